//! A message on its way from the session to its mailboxes.

/// An accepted message, before it is delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// Reverse-path; empty for `<>`.
    pub sender: String,
    /// Mailboxes.
    pub recipients: Vec<String>,
    /// The content, dots unstuffed, without the trace fields of this proxy.
    pub content: Vec<u8>,
}
