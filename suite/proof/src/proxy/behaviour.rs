//! The points at which a proxy decides, and how the reference one does.

use std::net::SocketAddr;

use fixtures::{
    dns::Answer,
    pki::Identity,
    smtp::wire::{Line, LineEnd},
};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use rustls::ServerConfig;

use super::{
    content::CRLF_DOT_CRLF,
    load::{LoadError, Sources, Trusted},
    parcel::Parcel,
    scene::Scene,
    verifier,
};
use suite::oracle::{
    Command, Decision,
    command::Verb,
    reception::decide,
    session::{Permitted, Reply, SessionPolicy, SessionState, next, permitted},
};

/// What is known of a connection when it arrives.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// The client.
    pub client: Option<SocketAddr>,
    /// The DNS server of the space.
    pub resolver: SocketAddr,
}

/// What becomes of a connection that arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is greeted with 220.
    Greet,
    /// It gets this reply in place of the greeting, and is closed.
    Turn(Reply),
    /// It is closed without a word.
    Hang,
}

/// What answers the first octets after STARTTLS was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// The TLS library.
    Library,
    /// These octets; then the connection is closed.
    Octets(Vec<u8>),
    /// SMTP in clear, from where the session then stands.
    Clear(SessionState),
}

/// How a session ends after QUIT was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Farewell {
    /// close_notify inside TLS, then FIN.
    Orderly,
    /// FIN alone.
    Unnotified,
    /// Not at all: the client may wait.
    Never,
}

/// The points at which a proxy decides, one function each; they hold no state of their own.
///
/// [`Behaviour::REFERENCE`] is right at each of them. A mutant replaces one.
#[derive(Clone, Copy, Debug)]
pub struct Behaviour {
    /// Reads the trust space at start.
    pub load: for<'a> fn(&'a Sources, Timestamp) -> BoxFuture<'a, Result<Trusted, LoadError>>,
    /// What is in force once the trust space was read anew, when the proxy is asked to: out of what was, and
    /// of what was read.
    pub renewed: fn(&Trusted, Trusted) -> Trusted,
    /// What is in force once it could not be read anew, in place of what was, if that does not stay.
    pub unread: fn(&Trusted, &LoadError) -> Option<Trusted>,
    /// The TLS configuration: versions, suites, what is asked of the client.
    pub tls: fn(&Identity) -> Result<ServerConfig, rustls::Error>,
    /// Asks for the client's reverse name, before all else; it stays with the peer (TM3.1P/1: it is
    /// not asked for).
    pub reverse: fn(Arrival) -> BoxFuture<'static, Option<Answer>>,
    /// Receives a connection (TM3.1P/1).
    pub admit: fn(Arrival) -> BoxFuture<'static, Admission>,
    /// The greeting's line, from the host's name, without its CRLF (RFC 5321 §4.3.1).
    pub banner: fn(&str) -> String,
    /// The lines of the EHLO reply behind the host's name, `true` inside TLS.
    pub ehlo: fn(&SessionPolicy, bool) -> Vec<String>,
    /// Reads a command from a line.
    pub command: fn(&Line) -> Command,
    /// The answer to a line that is too long; `None` ends the session without a word.
    pub too_long: fn() -> Option<Reply>,
    /// The replies in order, whoever the peer is.
    pub permitted: fn(&SessionState, &Command, &SessionPolicy) -> Permitted,
    /// Where the session stands after a reply.
    pub next: fn(&SessionState, &Command, bool) -> SessionState,
    /// What answers the first octets behind STARTTLS.
    pub handshake: fn(&[u8]) -> Handshake,
    /// Where the session stands after the handshake, from where it stood before STARTTLS
    /// (RFC 3207 §4.2).
    pub secured: fn(&SessionState) -> SessionState,
    /// The client's name as the Received field has it, from the one given in clear and the one given
    /// inside TLS; either is empty where none was (RFC 3207 §4.2, RFC 5321 §4.4).
    pub named: fn(&str, &str) -> String,
    /// Whether octets received in clear behind STARTTLS are still served, in clear (RFC 3207 §4.2).
    pub still_clear: fn(&[u8]) -> bool,
    /// What is kept, to be served inside TLS, of the octets received in clear behind STARTTLS
    /// (RFC 3207 §4.2).
    pub injected: fn(Vec<u8>) -> Vec<u8>,
    /// The reception rules (TM3.1P/1 to 5).
    pub decision: fn(&Scene<'_>) -> Decision,
    /// The last word on a reply before it is sent.
    pub reply: fn(Reply, &Command) -> Reply,
    /// A whole reply as it goes over the wire (RFC 5321 §4.2).
    pub octets: fn(String) -> Vec<u8>,
    /// What answers a command behind which these octets have come already, in place of the reply
    /// due (RFC 2920 §3.1).
    pub hurried: fn(&Command, &[u8]) -> Option<Reply>,
    /// The sequences that end the content; each begins behind a line of it, or at its start.
    pub ends: &'static [&'static [u8]],
    /// The content without its dot-stuffing (RFC 5321 §4.5.2).
    pub unstuff: fn(&[u8]) -> Vec<u8>,
    /// Whether the chunk of a BDAT that is refused is read before the reply (RFC 3030 §2).
    pub discards: bool,
    /// The sequences that end the message within a chunk: none, its size alone tells (RFC 3030 §2).
    pub chunk_ends: &'static [&'static [u8]],
    /// Adds a chunk to those before it (RFC 3030 §2).
    pub join: fn(&mut Vec<u8>, &[u8]),
    /// What is left, for the transaction that follows, of the chunks of one that ended without its
    /// last one (RFC 3030 §2).
    pub left_over: fn(Vec<u8>) -> Vec<u8>,
    /// What is delivered of content that was cut off (RFC 5321 §4.1.1.4).
    pub cut: fn(Vec<u8>) -> Option<Vec<u8>>,
    /// What is delivered for an accepted message (TM3.1P/5d).
    pub deliver: fn(Parcel) -> Vec<Parcel>,
    /// What is delivered of a message that was refused after its final dot.
    pub refused: fn(Parcel) -> Vec<Parcel>,
    /// How the session ends after QUIT.
    pub farewell: Farewell,
    /// Refused commands after which the session is ended with 421 (RFC 5321 §3.8).
    pub patience: u32,
}

impl Behaviour {
    /// The reference proxy's.
    pub const REFERENCE: Self = Self {
        load: |sources, now| Box::pin(sources.load(now)),
        renewed: |_, read| read,
        unread: |_, _| None,
        tls: verifier::any_peer,
        reverse: |_| Box::pin(async { None }),
        admit: |_| Box::pin(async { Admission::Greet }),
        banner: |host| format!("220 {host} ESMTP {}", suite::runner::REFERENCE),
        ehlo: SessionPolicy::ehlo_lines,
        command: read_command,
        too_long: || Some(Reply { code: 500, enhanced: Some("5.5.2"), text: "Ligne trop longue" }),
        permitted,
        next,
        handshake: |_| Handshake::Library,
        secured: |_| SessionState::secured(),
        named: |_, inside| inside.to_owned(),
        still_clear: |_| false,
        injected: |_| Vec::new(),
        decision: |scene| decide(&scene.facts()),
        reply: |reply, _| reply,
        octets: String::into_bytes,
        hurried: |_, _| None,
        ends: &[CRLF_DOT_CRLF],
        unstuff: super::content::unstuff,
        discards: true,
        chunk_ends: &[],
        join: |message, chunk| message.extend_from_slice(chunk),
        left_over: |_| Vec::new(),
        cut: |_| None,
        deliver: |parcel| vec![parcel],
        refused: |_| Vec::new(),
        farewell: Farewell::Orderly,
        patience: 50,
    };
}

impl Default for Behaviour {
    fn default() -> Self {
        Self::REFERENCE
    }
}

/// A bare LF ends no line (RFC 5321 §2.3.8): a line with one, or with a bare CR, is no command.
fn read_command(line: &Line) -> Command {
    match line.end {
        LineEnd::CrLf if !line.has_bare_cr() => Command::parse(&line.bytes),
        _ => Command { raw: line.bytes.clone(), verb: Verb::Unknown },
    }
}
