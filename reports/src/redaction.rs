//! What differs between two runs of the same scenarios against the same target, replaced by fixed
//! words: two redacted records are equal when the runs say the same.

use jiff::Timestamp;
use suite::record::{Observation, RunRecord};

/// The record with its moments, durations, ports, digests and other long hexadecimal numbers
/// replaced.
#[must_use]
pub fn redact(record: &RunRecord) -> RunRecord {
    let mut record = record.clone();
    record.started = Timestamp::UNIX_EPOCH;
    record.duration_ms = 0;
    let signed = std::mem::take(&mut record.possession.signed);
    record.possession.signed =
        signed.into_iter().map(|(leaf, count)| (redact_text(&leaf), count)).collect();
    let RunRecord {
        target,
        world,
        remarks,
        observations,
        families,
        changes,
        reads,
        scenarios,
        catalogue_sha256,
        ..
    } = &mut record;
    for text in [&mut target.address, &mut world.whitelist_url, &mut world.crl_url, &mut world.dns]
    {
        *text = redact_text(text);
    }
    for text in [&mut world.whitelist_sha256, &mut world.root_sha256, catalogue_sha256] {
        *text = redact_text(text);
    }
    remarks.iter_mut().for_each(|text| *text = redact_text(text));
    for observation in observations {
        if let Observation::Certificates(all)
        | Observation::Greetings(all)
        | Observation::Extensions(all) = observation
        {
            all.iter_mut().for_each(|text| *text = redact_text(text));
        }
    }
    for control in families.iter_mut().flat_map(|family| &mut family.controls) {
        control.observed = redact_text(&control.observed);
        control.transcript.sha256 = redact_text(&control.transcript.sha256);
    }
    for epoch in changes {
        for change in &mut epoch.changes {
            change.since = Timestamp::UNIX_EPOCH;
            change.asked = redact_text(&change.asked);
            change.answer = redact_text(&change.answer);
        }
        epoch.awaited.iter_mut().for_each(|awaited| awaited.took_ms = 0);
        let undone = epoch.undone.iter_mut().flat_map(|undone| {
            undone.since = Timestamp::UNIX_EPOCH;
            undone.proofs.iter_mut().for_each(|proof| *proof = redact_text(proof));
            undone.awaited.iter_mut().for_each(|awaited| awaited.took_ms = 0);
            &mut undone.read
        });
        for read in epoch.read.iter_mut().chain(undone) {
            (read.at, read.octets) = (Timestamp::UNIX_EPOCH, 0);
        }
    }
    for read in reads {
        (read.count, read.first, read.last) = (0, Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
    }
    for scenario in scenarios {
        scenario.duration_ms = 0;
        for text in [&mut scenario.observed, &mut scenario.reason] {
            *text = redact_text(text);
        }
        scenario.evidence.iter_mut().for_each(|text| *text = redact_text(text));
        if let Some(transcript) = &mut scenario.transcript {
            transcript.sha256 = redact_text(&transcript.sha256);
        }
    }
    record
}

/// The text with the ports of loopback addresses as `[port]` and hexadecimal numbers of 32 digits
/// or more as `[hex]`.
#[must_use]
pub fn redact_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let hex = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        let word = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        if hex >= 32 && hex == word {
            out.push_str("[hex]");
            rest = &rest[hex..];
        } else if let Some((address, port)) = loopback_with_port(rest) {
            out.push_str(&rest[..address]);
            out.push_str(":[port]");
            rest = &rest[address + port..];
        } else {
            let whole = word.max(first.len_utf8());
            out.push_str(&rest[..whole]);
            rest = &rest[whole..];
        }
    }
    out
}

/// The lengths of `127.x.y.z` and of `:port` at the head of `text`.
fn loopback_with_port(text: &str) -> Option<(usize, usize)> {
    if !text.starts_with("127.") {
        return None;
    }
    let address = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let port = text[address..].strip_prefix(':')?.bytes().take_while(u8::is_ascii_digit).count();
    (port > 0).then_some((address, port + 1))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::port("http://127.0.0.1:40001/crl/", "http://127.0.0.1:[port]/crl/")]
    #[case::no_port("depuis 127.0.3.7, port 25", "depuis 127.0.3.7, port 25")]
    #[case::digest("lu e3b0c44298fc1c149afbf4c8996fb924é", "lu [hex]é")]
    #[case::serial("série 0x1f", "série 0x1f")]
    #[case::word(
        "abcdefabcdefabcdefabcdefabcdefabcdefgh",
        "abcdefabcdefabcdefabcdefabcdefabcdefgh"
    )]
    #[case::accents("déjà « vu » 🩺", "déjà « vu » 🩺")]
    fn a_text_keeps_what_does_not_vary(#[case] text: &str, #[case] redacted: &str) {
        assert_eq!(redact_text(text), redacted);
    }

    #[test]
    fn runs_that_differ_in_time_and_ports_only_are_equal() {
        let one = crate::sample::record();
        let mut other = one.clone();
        other.started = Timestamp::UNIX_EPOCH;
        other.duration_ms += 7;
        other.scenarios[0].duration_ms += 7;
        other.world.dns = "127.0.0.1:9".to_owned();
        assert_ne!(one, other);
        assert_eq!(redact(&one), redact(&other));
        other.scenarios[0].observed.push('!');
        assert_ne!(redact(&one), redact(&other));
    }
}
