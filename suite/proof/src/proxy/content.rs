//! The content of a message: read to its end, dots taken off.

use std::time::Duration;

use fixtures::smtp::wire::{Limits, LineReader, ReadProblem};
use memchr::memmem;
use tokio::io::AsyncRead;

/// The only end of the content (RFC 5321 §4.1.1.4), seen from the line end before it.
pub(super) const CRLF_DOT_CRLF: &[u8] = b"\r\n.\r\n";

/// Content as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// To its end, dot-stuffing and all.
    Whole(Vec<u8>),
    /// To its end, and larger than allowed.
    TooLarge,
    /// Not to its end: the client stopped.
    Cut(Vec<u8>),
}

/// Reads content up to the first of `ends`. What follows the end stays in the reader.
///
/// The line end before the dot belongs to the content (RFC 5321 §4.1.1.4); at its very start, the
/// end of the DATA line stands for it.
pub(super) async fn read<S: AsyncRead + Unpin>(
    reader: &mut LineReader<S>,
    ends: &[&[u8]],
    limit: usize,
    idle: Duration,
) -> Content {
    let limits = Limits {
        line_octets: limit.saturating_add(3),
        reply_octets: usize::MAX,
        reply_time: idle,
        ..Limits::default()
    };
    let mut content = b"\r\n".to_vec();
    let mut too_large = false;
    loop {
        let line = match reader.read_line(&limits).await {
            Ok(line) => line,
            Err(ReadProblem::LineTooLong { .. }) => {
                too_large = true;
                content = b"\r\n".to_vec();
                continue;
            }
            Err(problem) => {
                content.extend_from_slice(problem.bytes());
                return Content::Cut(content.split_off(2));
            }
        };
        // An end may lie across the end of the line before.
        let from = content.len().saturating_sub(LONGEST_END);
        content.extend_from_slice(&line.raw());
        if let Some((at, end)) = first(&content, from, ends) {
            let behind = content.split_off(at + end.len());
            reader.put_back(&behind);
            content.truncate(at + end.len() - dot_line(end));
            return if too_large || content.len() > limit.saturating_add(2) {
                Content::TooLarge
            } else {
                Content::Whole(content.split_off(2))
            };
        }
        if too_large || content.len() > limit.saturating_add(2) {
            too_large = true;
            // The tail may hold the beginning of the end.
            content.drain(..content.len() - 2);
        }
    }
}

/// Octets of the longest end.
const LONGEST_END: usize = 8;

/// The first end that begins at `from` or later.
fn first<'e>(content: &[u8], from: usize, ends: &[&'e [u8]]) -> Option<(usize, &'e [u8])> {
    // Every end begins with an end of line.
    memchr::memchr2_iter(b'\r', b'\n', &content[from..])
        .map(|at| from + at)
        .find_map(|at| ends.iter().find(|end| content[at..].starts_with(end)).map(|end| (at, *end)))
}

/// How many octets of an end are the dot's line, the line end before it left out.
fn dot_line(end: &[u8]) -> usize {
    end.len() - end.iter().take_while(|octet| matches!(octet, b'\r' | b'\n')).count()
}

/// Takes the dot off each line that begins with one (RFC 5321 §4.5.2). A bare LF or CR ends no line.
pub(super) fn unstuff(content: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(content.len());
    let mut rest = content;
    loop {
        rest = rest.strip_prefix(b".").unwrap_or(rest);
        let Some(end) = memmem::find(rest, b"\r\n") else {
            plain.extend_from_slice(rest);
            return plain;
        };
        plain.extend_from_slice(&rest[..end + 2]);
        rest = &rest[end + 2..];
    }
}

#[cfg(test)]
mod tests {
    use fixtures::smtp::wire::LineReader;
    use rstest::rstest;

    use super::*;

    const ANY_LF: &[&[u8]] = &[CRLF_DOT_CRLF, b"\n.\n", b"\r.\r"];

    #[rstest]
    #[case::whole(b"a\r\nb\r\n.\r\nQUIT\r\n", &[CRLF_DOT_CRLF], Content::Whole(b"a\r\nb\r\n".to_vec()), b"QUIT\r\n")]
    #[case::empty(b".\r\n", &[CRLF_DOT_CRLF], Content::Whole(Vec::new()), b"")]
    #[case::bare_lf_is_content(b"a\n.\nb\r\n.\r\n", &[CRLF_DOT_CRLF], Content::Whole(b"a\n.\nb\r\n".to_vec()), b"")]
    #[case::bare_cr_is_content(b"a\r.\r\r\n.\r\n", &[CRLF_DOT_CRLF], Content::Whole(b"a\r.\r\r\n".to_vec()), b"")]
    #[case::fooled_by_lf(b"a\n.\nMAIL\r\n.\r\n", ANY_LF, Content::Whole(b"a\n".to_vec()), b"MAIL\r\n.\r\n")]
    #[case::fooled_by_cr(b"a\r.\rMAIL\r\n.\r\n", ANY_LF, Content::Whole(b"a\r".to_vec()), b"MAIL\r\n.\r\n")]
    #[case::cut(b"a\r\nb", &[CRLF_DOT_CRLF], Content::Cut(b"a\r\nb".to_vec()), b"")]
    #[case::cut_in_the_end(b"a\r\n.", &[CRLF_DOT_CRLF], Content::Cut(b"a\r\n.".to_vec()), b"")]
    #[case::too_large(b"aaaaaaaaaaaaaaaaaaaaaa\r\nb\r\n.\r\nQUIT\r\n", &[CRLF_DOT_CRLF], Content::TooLarge, b"QUIT\r\n")]
    #[case::lines_too_many(b"aaaaaa\r\naaaaaa\r\naaaaaa\r\n.\r\n", &[CRLF_DOT_CRLF], Content::TooLarge, b"")]
    #[tokio::test]
    async fn content_ends(
        #[case] sent: &[u8],
        #[case] ends: &[&[u8]],
        #[case] expected: Content,
        #[case] behind: &[u8],
    ) {
        let mut reader = LineReader::new(sent);
        let content = read(&mut reader, ends, 16, Duration::from_secs(1)).await;
        assert_eq!(content, expected);
        if !matches!(content, Content::Cut(_)) {
            assert_eq!(reader.unread(), behind);
        }
    }

    #[rstest]
    #[case::none(b"a\r\nb\r\n", b"a\r\nb\r\n")]
    #[case::first(b"..a\r\n", b".a\r\n")]
    #[case::later(b"a\r\n..\r\n.b\r\n", b"a\r\n.\r\nb\r\n")]
    #[case::not_behind_a_bare_lf(b"a\n..b\r\n", b"a\n..b\r\n")]
    #[case::not_inside(b"a..b\r\n", b"a..b\r\n")]
    #[case::unfinished(b"a\r\n..b", b"a\r\n.b")]
    fn dots(#[case] stuffed: &[u8], #[case] plain: &[u8]) {
        assert_eq!(unstuff(stuffed), plain);
    }
}
