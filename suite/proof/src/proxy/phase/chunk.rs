//! BDAT: the chunk read to its last octet, kept or thrown away, and answered (RFC 3030 §2).

use std::{mem, time::Duration};

use fixtures::smtp::wire::{Limits, LineReader};
use memchr::memmem;
use tokio::io::{AsyncRead, AsyncWrite};

use super::{MESSAGE, OpenTransaction, Phase};
use suite::oracle::{Command, session::Reply};

/// Octets read at once of a chunk.
const PIECE: u64 = 64 * 1024;

impl Phase<'_> {
    /// Reads the chunk of `command`, adds it to the message unless it is refused, delivers the message
    /// with the last one, and answers. `false` when the session is over.
    pub(super) async fn chunk<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        reader: &mut LineReader<S>,
        command: &Command,
        octets: u64,
        mut last: bool,
    ) -> bool {
        let behaviour = self.shared.behaviour;
        let due = self.permitted(command, None);
        if due.silence {
            return false;
        }
        // What is kept is bounded by the SIZE offered.
        let kept = due.preferred.accepts() && octets <= MESSAGE as u64;
        if kept || behaviour.discards {
            let chunk = read(reader, octets, kept, self.shared.idle).await;
            let (whole, mut chunk) = (chunk.is_ok(), chunk.unwrap_or_else(|part| part));
            if let Some((at, end)) = first(&chunk, behaviour.chunk_ends) {
                reader.put_back(&chunk[at + end.len()..]);
                chunk.truncate(at);
                last = true;
            }
            if kept {
                (behaviour.join)(&mut self.transaction.content, &chunk);
            }
            if !whole {
                self.cut_off(command).await;
                return false;
            }
        }
        let message = (kept && last).then(|| mem::take(&mut self.transaction.content));
        let preferred = (behaviour.hurried)(command, reader.unread())
            .unwrap_or_else(|| self.permitted(command, message.as_deref()).preferred);
        let mut reply = (behaviour.reply)(preferred, command);
        if let Some(message) = message {
            let parcel = self.parcel(command, message);
            let parcels = match reply.accepts() {
                true => (behaviour.deliver)(parcel),
                false => (behaviour.refused)(parcel),
            };
            if self.deliver(parcels).await.is_err() {
                reply = Reply { code: 451, enhanced: Some("4.3.0"), text: "Remise impossible" };
            }
        }
        self.state = (behaviour.next)(&self.state, command, reply.accepts());
        if !self.state.in_transaction() {
            self.forget();
        }
        self.answer(reader, &reply, None).await && (reply.accepts() || !self.is_tired(reader).await)
    }

    /// Ends a transaction whose last chunk did not come, as `command` or the connection ends the session.
    /// Nobody is left to be told.
    pub(super) async fn cut_off(&mut self, command: &Command) {
        if self.transaction.content.is_empty() {
            return;
        }
        let content = mem::take(&mut self.transaction.content);
        if let Some(message) = (self.shared.behaviour.cut)(content) {
            let parcel = self.parcel(command, message);
            drop(self.deliver(vec![parcel]).await);
        }
    }

    /// Forgets the transaction.
    pub(super) fn forget(&mut self) {
        let content = mem::take(&mut self.transaction.content);
        let content = (self.shared.behaviour.left_over)(content);
        self.transaction = OpenTransaction { content, ..OpenTransaction::default() };
    }
}

/// The first of these sequences in `chunk`.
fn first<'e>(chunk: &[u8], ends: &[&'e [u8]]) -> Option<(usize, &'e [u8])> {
    ends.iter().filter_map(|end| Some((memmem::find(chunk, end)?, *end))).min()
}

/// Reads `octets` octets; those that are not `kept` are thrown away.
///
/// # Errors
/// What was kept of a chunk that was cut off, by a silence of `idle` or by the end of the connection.
async fn read<S: AsyncRead + Unpin>(
    reader: &mut LineReader<S>,
    octets: u64,
    kept: bool,
    idle: Duration,
) -> Result<Vec<u8>, Vec<u8>> {
    let limits = Limits { reply_time: idle, ..Limits::default() };
    let mut chunk = Vec::new();
    let mut left = octets;
    while left > 0 {
        let most = usize::try_from(left.min(PIECE)).unwrap_or(usize::MAX);
        let Ok(piece) = reader.read_octets(most, &limits).await else { return Err(chunk) };
        left -= piece.len() as u64;
        if kept {
            chunk.extend_from_slice(&piece);
        }
    }
    Ok(chunk)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::exactly(b"abcQUIT\r\n", 3, true, Ok(b"abc".to_vec()), b"QUIT\r\n")]
    #[case::thrown_away(b"abcQUIT\r\n", 3, false, Ok(Vec::new()), b"QUIT\r\n")]
    #[case::empty(b"QUIT\r\n", 0, true, Ok(Vec::new()), b"")]
    #[case::line_ends_are_octets(b"\r\n.\r\n", 5, true, Ok(b"\r\n.\r\n".to_vec()), b"")]
    #[case::cut(b"ab", 3, true, Err(b"ab".to_vec()), b"")]
    #[case::beyond_all_measure(b"ab", u64::MAX, false, Err(Vec::new()), b"")]
    #[tokio::test]
    async fn a_chunk_is_as_long_as_it_says(
        #[case] sent: &[u8],
        #[case] octets: u64,
        #[case] kept: bool,
        #[case] expected: Result<Vec<u8>, Vec<u8>>,
        #[case] behind: &[u8],
    ) {
        let mut reader = LineReader::new(sent);
        let chunk = read(&mut reader, octets, kept, Duration::from_secs(1)).await;
        assert_eq!(chunk, expected);
        assert_eq!(reader.unread(), behind);
    }
}
