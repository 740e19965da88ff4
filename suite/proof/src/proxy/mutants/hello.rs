//! A ServerHello made by hand, for what the TLS library rightly does not agree to.

use crate::proxy::Handshake;

/// First octet of a handshake record (RFC 8446 §5.1).
const HANDSHAKE: u8 = 22;
/// Where the version of a ClientHello begins: behind the headers of record and message.
const VERSION: usize = 5 + 4;
/// Where its session id begins, length first: behind version and random.
const SESSION: usize = VERSION + 2 + 32;

/// Agrees to a ClientHello of no version above `highest`, with its first suite.
pub(super) fn of_version(record: &[u8], highest: u16) -> Handshake {
    match read(record) {
        Some((version, suites)) if version == highest => agree(version, &suites),
        _ => Handshake::Library,
    }
}

/// Agrees to a ClientHello that offers nothing but some of these suites.
pub(super) fn of_suites(record: &[u8], agreeable: &[u16]) -> Handshake {
    match read(record) {
        Some((version, suites)) if suites.iter().all(|suite| agreeable.contains(suite)) => {
            agree(version, &suites)
        }
        _ => Handshake::Library,
    }
}

/// The highest version and the suites of a ClientHello (RFC 5246 §7.4.1.2).
fn read(record: &[u8]) -> Option<(u16, Vec<u16>)> {
    if record.first() != Some(&HANDSHAKE) {
        return None;
    }
    let session = usize::from(*record.get(SESSION)?);
    let at = SESSION + 1 + session;
    let length = usize::from(number(record, at)?);
    let suites = record.get(at + 2..at + 2 + length)?;
    Some((
        number(record, VERSION)?,
        suites.chunks_exact(2).filter_map(|two| number(two, 0)).collect(),
    ))
}

fn number(octets: &[u8], at: usize) -> Option<u16> {
    let two = octets.get(at..at + 2)?;
    Some(u16::from_be_bytes([two[0], two[1]]))
}

/// A ServerHello (RFC 5246 §7.4.1.3) with no session, no compression and no extension.
fn agree(version: u16, suites: &[u16]) -> Handshake {
    let Some(suite) = suites.first() else { return Handshake::Library };
    let mut body = version.to_be_bytes().to_vec();
    body.extend([0x53; 32]);
    body.push(0);
    body.extend(suite.to_be_bytes());
    body.push(0);
    let length = u8::try_from(body.len()).expect("38 octets");
    let mut octets = vec![HANDSHAKE];
    octets.extend(version.to_be_bytes());
    octets.extend([0, length + 4, 2, 0, 0, length]);
    octets.extend(body);
    Handshake::Octets(octets)
}

#[cfg(test)]
mod tests {
    use fixtures::smtp::{
        probe::{Probe, read_answer},
        transcript::ProbeAnswer,
    };

    use super::*;

    #[tokio::test]
    async fn a_probe_reads_what_was_agreed() {
        let hello = Probe::Rc4Suites.hello();
        let record = hello.to_bytes();
        let Handshake::Octets(octets) = of_suites(&record, &hello.suites) else {
            panic!("agreed to")
        };
        let answer = read_answer(&mut &octets[..], Vec::new(), std::time::Duration::ZERO).await;
        let agreed = ProbeAnswer::ServerHello {
            version: "TLS 1.2".into(),
            suite: "TLS_RSA_WITH_RC4_128_MD5".into(),
        };
        assert_eq!(answer, agreed);
    }

    #[test]
    fn all_else_is_left_to_the_library() {
        let sound = Probe::Tls12.hello().to_bytes();
        assert_eq!(of_version(&sound, 0x0301), Handshake::Library);
        assert_eq!(of_suites(&sound, &[0x0004]), Handshake::Library);
        for cut in 0..sound.len() {
            assert_eq!(of_version(&sound[..cut], 0x0301), Handshake::Library);
        }
        assert_eq!(of_suites(b"MAIL FROM:<>\r\n", &[]), Handshake::Library);
    }
}
