//! A message in chunks (RFC 3030 §2).

use fixtures::smtp::{
    session::Session,
    transcript::{Event, Stage},
};
use memchr::memmem;

use super::{Letter, Player};
use crate::{
    observe::{extension, steps},
    scenario::model::{ScriptStep, Transfer},
};

/// A piece of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chunk<'m> {
    octets: &'m [u8],
    last: bool,
}

/// `BDAT size [LAST]`, its line end and the octets.
pub(super) fn framed(octets: &[u8], last: bool) -> Vec<u8> {
    let marker = if last { " LAST" } else { "" };
    [format!("BDAT {}{marker}\r\n", octets.len()).as_bytes(), octets].concat()
}

/// Whether a line of a script sends BDAT, which only a target that offers CHUNKING is sent: any other
/// would take the octets for commands (RFC 3030 §2).
pub(super) fn is_sent_by(step: &ScriptStep) -> bool {
    matches!(step, ScriptStep::Bdat | ScriptStep::Chunk { .. })
}

/// The chunks of a message. Borders lie where a server may go wrong: behind one octet, between CR and
/// LF, before a dot that begins a line, and before the last octet.
pub(super) fn chunks(message: &[u8], by: Transfer) -> Vec<Chunk<'_>> {
    let mut borders = match by {
        Transfer::Data | Transfer::Bdat => Vec::new(),
        Transfer::BdatChunks | Transfer::BdatZeroLast | Transfer::BdatPipelined => [
            Some(1),
            memchr::memchr(b'\n', message),
            memmem::find(message, b"\r\n.").map(|at| at + 2),
            Some(message.len() / 2),
            message.len().checked_sub(1),
        ]
        .into_iter()
        .flatten()
        .filter(|at| (1..message.len()).contains(at))
        .collect(),
    };
    borders.sort_unstable();
    borders.dedup();
    let ends = borders.iter().copied().chain([message.len()]);
    let mut from = 0;
    let mut chunks: Vec<Chunk<'_>> = ends
        .map(|to| {
            let octets = &message[from..to];
            from = to;
            Chunk { octets, last: false }
        })
        .collect();
    if matches!(by, Transfer::BdatZeroLast | Transfer::BdatPipelined) {
        chunks.push(Chunk { octets: &[], last: false });
    }
    if let Some(chunk) = chunks.last_mut() {
        chunk.last = true;
    }
    chunks
}

impl Player<'_> {
    /// Whether the last EHLO of connection `number` was offered CHUNKING.
    pub(super) fn offers_chunking(&self, number: u16) -> bool {
        extension::offered(&self.transcript.entries(), number, extension::CHUNKING)
    }

    /// Sends the message of transaction `t` in chunks, and says whether the last one was answered 2xx.
    /// None is sent behind one that was refused, but those sent together with it (RFC 3030 §2).
    pub(super) async fn chunks(
        &self,
        session: &mut Session,
        t: u16,
        letter: &Letter,
        by: Transfer,
    ) -> bool {
        let message = letter.original.as_deref().unwrap_or_default();
        let chunks = chunks(message, by);
        let steps: Vec<u16> = (0..)
            .zip(&chunks)
            .map(|(i, chunk)| if chunk.last { steps::body(t) } else { steps::chunk(t, i) })
            .collect();
        let together = by == Transfer::BdatPipelined && self.offers_pipelining();
        let mut accepted = true;
        for (chunk, &step) in chunks.iter().zip(&steps) {
            if !together && session.nothing_premature(Stage::Bdat, step).is_err() {
                return false;
            }
            let wire = framed(chunk.octets, chunk.last);
            if session.send(&wire, Stage::Bdat, step).await.is_err() {
                return false;
            }
            if !together {
                accepted = taken(session, step).await;
                if !accepted {
                    return false;
                }
            }
        }
        if together {
            for step in steps {
                match session.reply(Stage::Bdat, step).await {
                    Ok(reply) => accepted &= reply.code / 100 == 2,
                    Err(_) => return false,
                }
            }
        }
        accepted
    }

    /// Whether the target offers PIPELINING inside TLS.
    pub(super) fn offers_pipelining(&self) -> bool {
        self.transcript.entries().iter().rev().any(|entry| match &entry.event {
            Event::Reply { step: steps::EHLO_TLS, lines, .. } => {
                lines.iter().any(|line| extension::is_offered_by(line, "PIPELINING"))
            }
            _ => false,
        })
    }
}

async fn taken(session: &mut Session, step: u16) -> bool {
    session.reply(Stage::Bdat, step).await.is_ok_and(|reply| reply.code / 100 == 2)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const MESSAGE: &str = "A: b\r\n\r\ntexte\r\n.point\r\nfin\r\n";

    #[rstest]
    #[case::one(Transfer::Bdat, &[MESSAGE])]
    #[case::several(
        Transfer::BdatChunks,
        &["A", ": b\r", "\n\r\ntexte\r", "\n", ".point\r\nfin\r", "\n"]
    )]
    #[case::zero_last(
        Transfer::BdatZeroLast,
        &["A", ": b\r", "\n\r\ntexte\r", "\n", ".point\r\nfin\r", "\n", ""]
    )]
    fn a_message_in_chunks(#[case] by: Transfer, #[case] expected: &[&str]) {
        let chunks = chunks(MESSAGE.as_bytes(), by);
        let octets: Vec<&str> =
            chunks.iter().map(|chunk| std::str::from_utf8(chunk.octets).expect("ASCII")).collect();
        assert_eq!(octets, expected);
        assert_eq!(octets.concat(), MESSAGE);
        let last: Vec<usize> = (0..chunks.len()).filter(|&i| chunks[i].last).collect();
        assert_eq!(last, [chunks.len() - 1]);
    }

    #[rstest]
    #[case::empty(b"")]
    #[case::one_octet(b"a")]
    #[case::two_octets(b"\r\n")]
    fn a_short_message_has_its_last_chunk(#[case] message: &[u8]) {
        for by in [Transfer::Bdat, Transfer::BdatChunks, Transfer::BdatZeroLast] {
            let chunks = chunks(message, by);
            assert_eq!(chunks.iter().filter(|chunk| chunk.last).count(), 1);
            assert_eq!(
                chunks.iter().map(|chunk| chunk.octets).collect::<Vec<_>>().concat(),
                message
            );
        }
    }

    #[test]
    fn a_chunk_says_its_size() {
        assert_eq!(framed(b"a\r\n", false), b"BDAT 3\r\na\r\n");
        assert_eq!(framed(b"", true), b"BDAT 0 LAST\r\n");
    }
}
