//! One half of a session, in clear or inside TLS: lines in, the session machine's replies out.

mod chunk;

use std::mem;

use fixtures::smtp::wire::{Limits, LineReader, ReadProblem};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    time::timeout,
};

use super::{
    content::{self, Content},
    load::Trusted,
    memory::Memory,
    parcel::Parcel,
    peer::Peer,
    scene::Scene,
    shared::Shared,
};
use suite::oracle::{
    Command,
    address::Path,
    command::{Keyword, Verb},
    session::{Permitted, Reply, SessionState},
};

/// Octets of a line read before it is called too long; the limit of commands is checked on it.
const LINE: usize = 4_096;
/// Octets of the largest message kept, those of the SIZE offered (RFC 1870 §4).
const MESSAGE: usize = 20_971_520;

/// The open transaction.
#[derive(Default)]
struct OpenTransaction {
    sender: Option<Path>,
    recipients: Vec<Path>,
    /// The chunks taken so far (RFC 3030 §2).
    content: Vec<u8>,
}

/// Why a phase of the session ended.
pub(super) enum End {
    /// STARTTLS was answered 220, where the session stood so.
    Handshake(SessionState),
    /// QUIT was answered.
    Quit,
    /// A silence, too many faults, or the connection went away.
    Over,
}

/// One half of a session: in clear, or inside TLS.
pub(super) struct Phase<'s> {
    shared: &'s Shared,
    trusted: &'s Trusted,
    memory: &'s Memory,
    peer: Peer,
    pub(super) state: SessionState,
    transaction: OpenTransaction,
    faults: u32,
    pub(super) hello: String,
    /// The name that was given before TLS, which the reference proxy does not look at.
    pub(super) said_in_clear: String,
}

impl<'s> Phase<'s> {
    /// The part of a session with `peer` that begins in `state`; `trusted` and `memory` are the session's.
    pub(super) fn new(
        shared: &'s Shared,
        trusted: &'s Trusted,
        memory: &'s Memory,
        peer: Peer,
        state: SessionState,
    ) -> Self {
        Self {
            shared,
            trusted,
            memory,
            peer,
            state,
            transaction: OpenTransaction::default(),
            faults: 0,
            hello: String::new(),
            said_in_clear: String::new(),
        }
    }

    /// Greets the client; `false` when it is gone.
    pub(super) async fn greet<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        reader: &mut LineReader<S>,
    ) -> bool {
        let behaviour = &self.shared.behaviour;
        self.state = (behaviour.next)(&self.state, &Command::connect(), true);
        let banner = (behaviour.octets)((behaviour.banner)(&self.shared.host) + "\r\n");
        reader.stream_mut().write_all(&banner).await.is_ok()
    }

    /// Serves commands until the phase ends.
    pub(super) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
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
                    let Some(reply) = (self.shared.behaviour.too_long)() else {
                        return End::Over;
                    };
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
            let command = (self.shared.behaviour.command)(&line);
            if let Verb::Bdat { octets, last } = command.verb {
                if !self.chunk(reader, &command, octets, last).await {
                    return End::Over;
                }
                continue;
            }
            let permitted = self.permitted(&command, None);
            if permitted.silence {
                return End::Over;
            }
            let due = (self.shared.behaviour.hurried)(&command, reader.unread())
                .unwrap_or(permitted.preferred);
            let reply = (self.shared.behaviour.reply)(due, &command);
            if !self.answer(reader, &reply, Some(&command)).await {
                return End::Over;
            }
            if command.verb == Verb::Quit {
                self.cut_off(&command).await;
            }
            let before = self.state;
            self.advance(&command, &reply);
            match command.verb {
                Verb::StartTls if reply.code == 220 => return End::Handshake(before),
                Verb::Quit => return End::Quit,
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
        let tired = self.faults > self.shared.behaviour.patience;
        if tired {
            let reply = Reply { code: 421, enhanced: Some("4.7.0"), text: "Trop d'erreurs" };
            self.answer(reader, &reply, None).await;
        }
        tired
    }

    /// The replies in order to `command`, with the decision on the transaction as far as it is
    /// known.
    fn permitted(&self, command: &Command, content: Option<&[u8]>) -> Permitted {
        let Shared { behaviour, policy, .. } = self.shared;
        let permitted = (behaviour.permitted)(&self.state, command, policy);
        // A refusal could come as early as EHLO; this proxy speaks from MAIL on, where it can say why.
        let envelope = matches!(
            command.verb,
            Verb::Mail { .. }
                | Verb::Rcpt { .. }
                | Verb::Data
                | Verb::Bdat { .. }
                | Verb::Content { .. }
        );
        if !permitted.policy || !envelope {
            return permitted;
        }
        let last = matches!(command.verb, Verb::Content { .. } | Verb::Bdat { last: true, .. });
        permitted.under(&(behaviour.decision)(&self.scene(command, content)), last)
    }

    fn scene<'a>(&'a self, command: &'a Command, content: Option<&'a [u8]>) -> Scene<'a> {
        Scene {
            command,
            hello: &self.hello,
            peer: &self.peer,
            sender: match &command.verb {
                Verb::Mail { path, .. } => Some(path),
                _ => self.transaction.sender.as_ref(),
            },
            recipients: &self.transaction.recipients,
            content,
            trusted: self.trusted,
            mailboxes: &self.shared.mailboxes,
            session: self.memory,
            process: &self.shared.memory,
        }
    }

    /// Moves on after a reply.
    fn advance(&mut self, command: &Command, reply: &Reply) {
        let accepted = reply.accepts();
        self.state = (self.shared.behaviour.next)(&self.state, command, accepted);
        if !accepted {
            return;
        }
        match &command.verb {
            Verb::Mail { path, .. } => {
                let content = mem::take(&mut self.transaction.content);
                let (sender, recipients) = (Some(path.clone()), Vec::new());
                self.transaction = OpenTransaction { sender, recipients, content };
            }
            Verb::Rcpt { path, .. } => self.transaction.recipients.push(path.clone()),
            Verb::Hello { name, .. } => self.hello.clone_from(name),
            _ => {}
        }
        // Its transaction lives as long as the session is in one (RFC 5321 §4.1.1.5, §4.1.4).
        if !self.state.in_transaction() {
            self.forget();
        }
    }

    /// Reads the content after 354, delivers it when it may be, and answers.
    async fn content<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        reader: &mut LineReader<S>,
    ) -> bool {
        let behaviour = self.shared.behaviour;
        let content = content::read(reader, behaviour.ends, MESSAGE, self.shared.idle).await;
        let message = match content {
            Content::Whole(stuffed) => Some((behaviour.unstuff)(&stuffed)),
            Content::TooLarge => None,
            Content::Cut(part) => {
                // Nobody is left to be told.
                if let Some(message) = (behaviour.cut)(part) {
                    let parcel = self.parcel(&Command::content(message.len() as u64), message);
                    drop(self.deliver(vec![parcel]).await);
                }
                return false;
            }
        };
        let octets = message.as_ref().map_or(u64::MAX, |message| message.len() as u64);
        let command = Command::content(octets);
        let preferred = self.permitted(&command, message.as_deref()).preferred;
        let mut reply = (behaviour.reply)(preferred, &command);
        if let Some(message) = message {
            let parcel = self.parcel(&command, message);
            let parcels = match reply.accepts() {
                true => (behaviour.deliver)(parcel),
                false => (behaviour.refused)(parcel),
            };
            if self.deliver(parcels).await.is_err() {
                reply = Reply { code: 451, enhanced: Some("4.3.0"), text: "Remise impossible" };
            }
        }
        self.transaction = OpenTransaction::default();
        self.state = (behaviour.next)(&self.state, &command, reply.accepts());
        self.answer(reader, &reply, None).await
    }

    /// The message of the transaction, which ends with `command`.
    fn parcel(&self, command: &Command, content: Vec<u8>) -> Parcel {
        let facts = self.scene(command, Some(&content)).facts();
        let domain = self.shared.host.as_str();
        let recipients = self
            .transaction
            .recipients
            .iter()
            .map(|path| match path.mailbox() {
                Some(mailbox) => format!("{}@{}", mailbox.local, mailbox.domain),
                None => format!("postmaster@{domain}"),
            })
            .collect();
        let sender = match self.transaction.sender.as_ref().and_then(Path::mailbox) {
            Some(mailbox) => format!("{}@{}", mailbox.local, mailbox.domain),
            None => String::new(),
        };
        Parcel { sender, recipients, content, facts }
    }

    async fn deliver(&self, parcels: Vec<Parcel>) -> std::io::Result<()> {
        for parcel in parcels {
            let mut raw = self.trace(&parcel.sender).into_bytes();
            raw.extend_from_slice(&parcel.content);
            self.shared.delivery.deliver(parcel.recipients, raw).await?;
        }
        Ok(())
    }

    /// The trace fields of final delivery (RFC 5321 §4.4).
    fn trace(&self, sender: &str) -> String {
        format!(
            "Return-Path: <{sender}>\r\nReceived: from {} ([{}])\r\n\tby {} with ESMTPS; {}\r\n",
            (self.shared.behaviour.named)(&self.said_in_clear, &self.hello),
            self.peer.address.map(|address| address.ip().to_string()).unwrap_or_default(),
            self.shared.host,
            jiff::fmt::rfc2822::to_string(&jiff::Zoned::now()).unwrap_or_default(),
        )
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
        let octets = (self.shared.behaviour.octets)(text);
        let writing = reader.stream_mut().write_all(&octets);
        let Ok(Ok(())) = timeout(self.shared.idle, writing).await else { return false };
        matches!(timeout(self.shared.idle, reader.stream_mut().flush()).await, Ok(Ok(())))
    }

    fn ehlo(&self, code: u16) -> String {
        let lines = (self.shared.behaviour.ehlo)(&self.shared.policy, self.state.tls());
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
