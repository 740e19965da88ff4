//! A message on its way from the session to its mailboxes.

use suite::oracle::reception::Facts;

/// A message that was received to its end, before it is delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// Reverse-path; empty for `<>`.
    pub sender: String,
    /// Mailboxes.
    pub recipients: Vec<String>,
    /// The content, dots unstuffed, without the trace fields of this proxy.
    pub content: Vec<u8>,
    /// The facts about its transaction.
    pub facts: Facts,
}

impl Parcel {
    /// The notification that it could not be delivered (RFC 3464), for its sender.
    #[must_use]
    pub fn bounce(&self) -> Self {
        let report = "From: MAILER-DAEMON\r\nSubject: Message non remis\r\nAuto-Submitted: auto-replied\r\n\
            MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; \
            boundary=avis\r\n\r\n--avis\r\nContent-Type: message/delivery-status\r\n\r\n\
            Reporting-MTA: dns; proxy\r\n\r\nAction: failed\r\nStatus: 5.7.1\r\n\
            Diagnostic-Code: smtp; 550 5.7.1 Message non remis\r\n\r\n--avis\r\n\
            Content-Type: message/rfc822\r\n\r\n";
        let content = [report.as_bytes(), &self.content, b"\r\n--avis--\r\n"].concat();
        let recipients = vec![self.sender.clone()];
        Self { sender: String::new(), recipients, content, facts: self.facts }
    }
}
