//! One session: lines in, the session machine's replies out.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use fixtures::smtp::{
    sink::read_message,
    wire::{Limits, LineEnd, LineReader, ReadProblem},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{peer::Peer, server::Shared};
use crate::oracle::{
    Command, Facts,
    address::Path,
    command::{Keyword, Verb},
    decide,
    session::{Permitted, Reply, SessionState, next, permitted},
};

/// Octets of a line read before it is called too long; the limit of commands is checked on it.
const LINE: usize = 4_096;
/// Faulty commands after which the session is ended with 421 (RFC 5321 §3.8).
const FAULTS: u32 = 50;
/// Octets of the largest message kept, those of the SIZE offered (RFC 1870 §4).
const MESSAGE: usize = 20_971_520;

/// A session from its accepted connection on.
pub(super) struct Session {
    shared: Arc<Shared>,
    stream: TcpStream,
}

/// The open transaction.
#[derive(Default)]
struct Transaction {
    sender: Option<Path>,
    recipients: Vec<Path>,
}

/// Why a phase of the session ended.
enum End {
    /// STARTTLS was answered 220.
    Handshake,
    /// QUIT, a silence, too many faults, or the connection went away.
    Over,
}

impl Session {
    pub(super) fn new(shared: Arc<Shared>, stream: TcpStream) -> Self {
        Self { shared, stream }
    }

    /// Serves the session to its end. A client that goes away ends it, whatever was under way: an
    /// unfinished message is never delivered (RFC 5321 §4.1.1.4).
    pub(super) async fn run(self) {
        let Self { shared, stream } = self;
        if stream.set_nodelay(true).is_err() {
            return;
        }
        let peer_address = stream.peer_addr().ok();
        let mut reader = LineReader::new(stream);
        let mut clear = Phase::new(&shared, Peer::in_clear(), peer_address);
        if !clear.greet(&mut reader).await {
            return;
        }
        let End::Handshake = clear.serve(&mut reader).await else { return };
        // What the client sent in clear behind STARTTLS is thrown away with the reader's buffer
        // (RFC 3207 §4.2).
        let (stream, _injected) = reader.into_parts();
        let Ok(Ok(tls)) = timeout(shared.idle, shared.acceptor.accept(stream)).await else {
            return;
        };
        let peer = {
            let (_, connection) = tls.get_ref();
            let chain = connection.peer_certificates().unwrap_or_default().to_vec();
            Peer::inside_tls(connection.protocol_version(), &chain, &shared.trusted, shared.now())
        };
        let mut reader = LineReader::new(tls);
        let mut secured = Phase::new(&shared, peer, peer_address);
        secured.state = SessionState::secured();
        secured.serve(&mut reader).await;
        // close_notify; the client may be gone already.
        drop(timeout(Duration::from_secs(5), reader.stream_mut().shutdown()).await);
    }
}

/// One half of a session: in clear, or inside TLS.
struct Phase<'s> {
    shared: &'s Shared,
    peer: Peer,
    peer_address: Option<SocketAddr>,
    state: SessionState,
    transaction: Transaction,
    faults: u32,
    hello: String,
}

impl<'s> Phase<'s> {
    fn new(shared: &'s Shared, peer: Peer, peer_address: Option<SocketAddr>) -> Self {
        Self {
            shared,
            peer,
            peer_address,
            state: SessionState::default(),
            transaction: Transaction::default(),
            faults: 0,
            hello: String::new(),
        }
    }

    async fn greet<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        reader: &mut LineReader<S>,
    ) -> bool {
        let command = Command::connect();
        self.state = next(&self.state, &command, true);
        let banner = format!("220 {} ESMTP proxy de reference MSSante TEST\r\n", self.shared.host);
        reader.stream_mut().write_all(banner.as_bytes()).await.is_ok()
    }

    async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        reader: &mut LineReader<S>,
    ) -> End {
        // The rest of an over-long line is thrown away whole, so that it gets one reply.
        let limits = Limits {
            line_octets: LINE,
            reply_octets: usize::MAX,
            reply_time: self.shared.idle,
            ..Limits::default()
        };
        loop {
            let line = match reader.read_line(&limits).await {
                Ok(line) => line,
                Err(ReadProblem::LineTooLong { .. }) => {
                    let reply =
                        Reply { code: 500, enhanced: Some("5.5.2"), text: "Ligne trop longue" };
                    if !self.answer(reader, &reply, None).await || self.is_tired(reader).await {
                        return End::Over;
                    }
                    continue;
                }
                Err(ReadProblem::TimedOut { .. }) => {
                    let reply =
                        Reply { code: 421, enhanced: Some("4.4.2"), text: "Session inactive" };
                    self.answer(reader, &reply, None).await;
                    return End::Over;
                }
                Err(_) => return End::Over,
            };
            // A bare LF ends no line (RFC 5321 §2.3.8): the whole is no command.
            let command = match line.end {
                LineEnd::CrLf if !line.has_bare_cr() => Command::parse(&line.bytes),
                _ => Command { raw: line.bytes.clone(), verb: Verb::Unknown },
            };
            let permitted = self.permitted(&command);
            if permitted.silence {
                return End::Over;
            }
            let reply = permitted.preferred;
            if !self.answer(reader, &reply, Some(&command)).await {
                return End::Over;
            }
            self.advance(&command, &reply);
            match command.verb {
                Verb::StartTls if reply.code == 220 => return End::Handshake,
                Verb::Quit => return End::Over,
                Verb::Data if reply.code == 354 && !self.content(reader).await => return End::Over,
                _ => {}
            }
            if !reply.accepts() && self.is_tired(reader).await {
                return End::Over;
            }
        }
    }

    /// Counts a faulty command; after too many of them says 421 (RFC 5321 §3.8).
    async fn is_tired<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        reader: &mut LineReader<S>,
    ) -> bool {
        self.faults += 1;
        let tired = self.faults > FAULTS;
        if tired {
            let reply = Reply { code: 421, enhanced: Some("4.7.0"), text: "Trop d'erreurs" };
            self.answer(reader, &reply, None).await;
        }
        tired
    }

    /// The replies in order to `command`, with the decision on the transaction as far as it is
    /// known.
    fn permitted(&self, command: &Command) -> Permitted {
        let permitted = permitted(&self.state, command, &self.shared.policy);
        // A refusal could come as early as EHLO; this proxy speaks from MAIL on, where it can say why.
        let envelope = matches!(
            command.verb,
            Verb::Mail { .. } | Verb::Rcpt { .. } | Verb::Data | Verb::Content { .. }
        );
        if !permitted.policy || !envelope {
            return permitted;
        }
        let last = matches!(command.verb, Verb::Content { .. });
        permitted.under(&decide(&self.facts(command)), last)
    }

    fn facts(&self, command: &Command) -> Facts {
        let (sender, recipient) = match &command.verb {
            Verb::Mail { path, .. } => (Some(path), None),
            Verb::Rcpt { path, .. } => (self.transaction.sender.as_ref(), Some(path)),
            _ => (self.transaction.sender.as_ref(), self.transaction.recipients.first()),
        };
        self.peer.facts(sender, recipient, &self.shared.trusted, &self.shared.mailboxes)
    }

    /// Moves on after a reply.
    fn advance(&mut self, command: &Command, reply: &Reply) {
        let accepted = reply.accepts();
        self.state = next(&self.state, command, accepted);
        if !accepted {
            return;
        }
        match &command.verb {
            Verb::Mail { path, .. } => {
                self.transaction =
                    Transaction { sender: Some(path.clone()), recipients: Vec::new() };
            }
            Verb::Rcpt { path, .. } => self.transaction.recipients.push(path.clone()),
            Verb::Hello { name, .. } => {
                self.transaction = Transaction::default();
                self.hello.clone_from(name);
            }
            Verb::Rset => self.transaction = Transaction::default(),
            _ => {}
        }
    }

    /// Reads the content after 354, delivers it when it may be, and answers.
    async fn content<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        reader: &mut LineReader<S>,
    ) -> bool {
        let Ok(message) = read_message(reader, MESSAGE, self.shared.idle).await else {
            return false;
        };
        let octets = message.as_ref().map_or(u64::MAX, |message| message.len() as u64);
        let command = Command::content(octets);
        let mut reply = self.permitted(&command).preferred;
        let transaction = std::mem::take(&mut self.transaction);
        if let Some(message) = message
            && reply.accepts()
            && self.deliver(&transaction, &message).await.is_err()
        {
            reply = Reply { code: 451, enhanced: Some("4.3.0"), text: "Remise impossible" };
        }
        self.state = next(&self.state, &command, reply.accepts());
        self.answer(reader, &reply, None).await
    }

    async fn deliver(&self, transaction: &Transaction, message: &[u8]) -> std::io::Result<()> {
        let domain = self.shared.host.as_str();
        let recipients = transaction
            .recipients
            .iter()
            .map(|path| match path.mailbox() {
                Some(mailbox) => format!("{}@{}", mailbox.local, mailbox.domain),
                None => format!("postmaster@{domain}"),
            })
            .collect();
        let sender = match transaction.sender.as_ref().and_then(Path::mailbox) {
            Some(mailbox) => format!("{}@{}", mailbox.local, mailbox.domain),
            None => String::new(),
        };
        let from = self.peer_address.map(|address| address.ip().to_string()).unwrap_or_default();
        // Trace fields of final delivery (RFC 5321 §4.4).
        let mut raw = format!(
            "Return-Path: <{sender}>\r\nReceived: from {} ([{from}])\r\n\tby {domain} with ESMTPS; {}\r\n",
            self.hello,
            jiff::fmt::rfc2822::to_string(&jiff::Zoned::now()).unwrap_or_default(),
        )
        .into_bytes();
        raw.extend_from_slice(message);
        self.shared.deliver(recipients, raw).await
    }

    /// Writes one reply; `false` when the client is gone.
    async fn answer<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        reader: &mut LineReader<S>,
        reply: &Reply,
        command: Option<&Command>,
    ) -> bool {
        let keyword = command.and_then(|command| command.verb.keyword());
        let text = match keyword {
            Some(Keyword::Ehlo) if reply.accepts() => self.ehlo(reply.code),
            _ => {
                let enhanced = reply.enhanced.map(|code| format!("{code} ")).unwrap_or_default();
                format!("{} {enhanced}{}\r\n", reply.code, reply.text)
            }
        };
        let writing = reader.stream_mut().write_all(text.as_bytes());
        let Ok(Ok(())) = timeout(self.shared.idle, writing).await else { return false };
        matches!(timeout(self.shared.idle, reader.stream_mut().flush()).await, Ok(Ok(())))
    }

    fn ehlo(&self, code: u16) -> String {
        let lines = self.shared.policy.ehlo_lines(self.state.tls());
        let all: Vec<&str> = [self.shared.host.as_str()]
            .into_iter()
            .chain(lines.iter().map(String::as_str))
            .collect();
        let last = all.len() - 1;
        all.iter()
            .enumerate()
            .map(|(i, line)| format!("{code}{}{line}\r\n", if i == last { ' ' } else { '-' }))
            .collect()
    }
}
