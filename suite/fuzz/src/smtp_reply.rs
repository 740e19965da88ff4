//! The reader of SMTP replies and lines, fed in arbitrary pieces.
//!
//! Input: three octets that set the limits, one that cuts the stream, then the stream.

use std::mem::discriminant;

use fixtures::smtp::wire::{Limits, LineReader, RawReply, ReadProblem, ReplyFlaw};
use suite::oracle::enhanced::{self, Place};

use super::pieces::{Pieces, block_on};

/// Replies and lines stay within the limits, lose no octet, and do not depend on how the stream is
/// cut.
pub fn check(data: &[u8]) {
    let Some((&[lines, line, reply, cut], stream)) = data.split_first_chunk::<4>() else { return };
    let limits = Limits {
        lines: 1 + usize::from(lines) % 32,
        line_octets: 16 + 8 * usize::from(line),
        reply_octets: 16 + 16 * usize::from(reply),
        ..Limits::default()
    };
    let (replies, end) = block_on(read_replies(Pieces::cut(stream, cut), stream, &limits));
    let (same, same_end) = block_on(read_replies(Pieces::whole(stream), stream, &limits));
    assert_eq!(replies, same, "replies do not depend on the pieces");
    assert_eq!(discriminant(&end), discriminant(&same_end), "{end:?} or {same_end:?}");
    block_on(read_lines(Pieces::cut(stream, cut), stream, &limits));
}

/// Reads replies up to the first problem.
async fn read_replies(
    pieces: Pieces<'_>,
    stream: &[u8],
    limits: &Limits,
) -> (Vec<RawReply>, ReadProblem) {
    let mut reader = LineReader::new(pieces);
    let (mut at, mut replies) = (0, Vec::new());
    loop {
        match reader.read_reply(limits).await {
            Ok(reply) => {
                let length =
                    as_came(&reply, &stream[at..]).expect("a reply is what came, in order");
                let raw = &stream[at..at + length];
                at += length;
                assert!(stream[at..].starts_with(reader.unread()), "what is unread comes next");
                check_reply(&reply, raw, limits);
                replies.push(reply);
            }
            Err(problem) => {
                assert!(stream[at..].starts_with(problem.bytes()), "a problem shows what came");
                // What is kept of a problem: a whole reply at most, and what one read adds.
                let most = limits.reply_octets + limits.line_octets + READ_AT_ONCE;
                assert!(problem.bytes().len() <= most, "{} octets", problem.bytes().len());
                return (replies, problem);
            }
        }
    }
}

/// How much the reader reads at once, with what a vector may grow by.
const READ_AT_ONCE: usize = 64 * 1024;

/// How many octets of `stream` the reply is: its lines, each with one of both line ends.
fn as_came(reply: &RawReply, stream: &[u8]) -> Option<usize> {
    let mut rest = stream;
    for line in &reply.lines {
        rest = rest.strip_prefix(line.0.as_slice())?;
        rest = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n"))?;
    }
    Some(stream.len() - rest.len())
}

fn check_reply(reply: &RawReply, raw: &[u8], limits: &Limits) {
    assert!((200..600).contains(&reply.code));
    assert!((1..=limits.lines).contains(&reply.lines.len()));
    assert!(raw.len() <= limits.reply_octets);
    assert!(reply.lines.iter().all(|line| line.0.len() < limits.line_octets));
    let ascii = reply
        .lines
        .iter()
        .all(|line| line.0.iter().all(|b| matches!(b, b'\t' | b'\r' | b' '..=b'~')));
    assert_eq!(ascii, !reply.flaws.iter().any(|(flaw, _)| *flaw == ReplyFlaw::NotAscii));
    assert_eq!(reply.texts().count(), reply.lines.len());
    for text in reply.texts().skip(1) {
        if let Some(keyword) = text.split_ascii_whitespace().next() {
            assert!(reply.offers(keyword), "an EHLO reply offers its own keywords");
        }
    }
    if let Some(code) = &reply.enhanced {
        assert!(enhanced::class_of(code).is_some(), "{code}");
    }
    for place in [Place::Exempt, Place::Due] {
        let _ = enhanced::check(reply.code, reply.enhanced.as_deref(), place);
        let lines: Vec<_> = reply.lines.iter().map(|line| line.0.as_slice()).collect();
        let _ = enhanced::check_lines(&lines, place);
    }
}

/// Reads lines as a server does, over-long ones skipped, and holds them against the stream cut at
/// each line feed.
async fn read_lines(pieces: Pieces<'_>, stream: &[u8], limits: &Limits) {
    let mut reader = LineReader::new(pieces);
    let mut expected = stream.split_inclusive(|octet| *octet == b'\n');
    loop {
        match reader.read_line(limits).await {
            Ok(line) => {
                let whole = expected.next().expect("no line more than there are");
                assert_eq!(line.raw(), whole);
                assert!(whole.len() <= limits.line_octets);
            }
            // The rest of a line that is over-long beyond measure.
            Err(ReadProblem::LineTooLong { bytes, .. }) if bytes.is_empty() => {}
            Err(ReadProblem::LineTooLong { bytes, .. }) => {
                let whole = expected.next().expect("no line more than there are");
                assert!(whole.len() > limits.line_octets);
                assert_eq!(bytes, whole[..limits.line_octets]);
            }
            Err(ReadProblem::EofInside { bytes }) => {
                assert_eq!(expected.next(), Some(bytes.as_slice()));
                assert!(!bytes.ends_with(b"\n"));
                break;
            }
            Err(ReadProblem::Eof) => break,
            Err(other) => panic!("a stream in memory has no other end: {other:?}"),
        }
    }
    assert_eq!(expected.next(), None, "every line was read");
}
