//! A delivered copy held against the message sent.
//!
//! Input: the message sent, a line of eight equals signs, the copy; without that line the message alone.

use fixtures::smtp::compare::compare;

const BETWEEN: &[u8] = b"\n========\n";

/// A copy of a message is that message, with trace fields on top and LF line ends too; and an identical
/// copy is never altered.
pub fn check(data: &[u8]) {
    let at = data.windows(BETWEEN.len()).position(|window| window == BETWEEN);
    let (sent, copy) = match at {
        Some(at) => (&data[..at], &data[at + BETWEEN.len()..]),
        None => (data, data),
    };
    for (sent, copy) in [(sent, copy), (copy, sent)] {
        let seen = compare(sent, copy);
        assert!(!seen.identical || seen.altered.is_empty(), "{seen:?}");
    }
    for message in [sent, copy] {
        is_untouched(message, message, "the message itself");
        let blank = message.iter().all(|octet| matches!(octet, b'\r' | b'\n'));
        let crlf = message.windows(2).any(|pair| pair == b"\r\n");
        if crlf && !blank {
            let traced = [b"Received: from mx.alpha.mssante.test\r\n", message].concat();
            is_untouched(message, &traced, "with a trace field");
        }
        // A CR before CR LF leaves CR LF behind: no store does that.
        if !message.windows(3).any(|three| three == b"\r\r\n") {
            let text = message
                .iter()
                .enumerate()
                .filter(|(at, octet)| **octet != b'\r' || message.get(at + 1) != Some(&b'\n'));
            let stored: Vec<u8> = text.map(|(_, octet)| *octet).collect();
            is_untouched(message, &stored, "stored with LF");
        }
    }
}

fn is_untouched(sent: &[u8], copy: &[u8], what: &str) {
    let seen = compare(sent, copy);
    assert!(seen.identical && seen.altered.is_empty(), "{what}: {seen:?}");
}
