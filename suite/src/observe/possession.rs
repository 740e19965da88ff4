//! Whether the target holds the key of its certificate: its signatures over the handshakes, checked with no more than
//! the transcripts.

use std::collections::BTreeMap;

use fixtures::smtp::{
    challenge::Challenge,
    signed::client_random,
    transcript::{Entry, Event},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Why a handshake whose signature was not kept is not proven.
const UNSIGNED: &str = "aucune signature n'est notée";

/// What the handshakes of a run prove: that whoever holds the key of a certificate took part in them, and, with a
/// challenge, after it was given (RFC 5246 §7.4.3, RFC 8446 §4.4.3). They do not show which software used the key, nor
/// what was said inside TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Possession {
    /// The word of an agency, carried by the client random of each handshake.
    pub challenge: Option<String>,
    /// TLS handshakes with the target.
    pub handshakes: u32,
    /// How many of them the key of each certificate signed, by the SHA-256 of its DER.
    pub signed: BTreeMap<String, u32>,
    /// How many of those signed carry the challenge; 0 without one.
    pub challenged: u32,
    /// How many are not proven, and why, in French.
    pub unproven: BTreeMap<String, u32>,
}

impl Possession {
    /// What these transcripts show.
    pub fn of<'e>(
        challenge: Option<&Challenge>,
        transcripts: impl IntoIterator<Item = &'e [Entry]>,
    ) -> Self {
        let mut all =
            Self { challenge: challenge.map(|one| one.text().to_owned()), ..Self::default() };
        for entries in transcripts {
            all.add(challenge, entries);
        }
        all
    }

    /// Whether each handshake was signed over the challenge, by the key of one certificate or another of those named.
    #[must_use]
    pub fn answers(&self) -> bool {
        self.challenge.is_some() && self.handshakes > 0 && self.challenged == self.handshakes
    }

    fn add(&mut self, challenge: Option<&Challenge>, entries: &[Entry]) {
        // The leaf that a session showed, until its signature comes.
        let mut awaited: BTreeMap<u16, Option<&str>> = BTreeMap::new();
        for entry in entries {
            match &entry.event {
                Event::TlsEstablished { session, peer, .. } => {
                    self.handshakes += 1;
                    awaited.insert(*session, peer.first().map(|leaf| leaf.sha256.as_str()));
                }
                // One that failed may have failed before the target signed.
                Event::TlsSigned { session, scheme, certificate, content, signature } => {
                    let shown = awaited.remove(session);
                    if shown.is_none() {
                        self.handshakes += 1;
                    }
                    let leaf = hex::encode(Sha256::digest(&certificate.0));
                    let random = client_random(scheme, certificate, content, signature);
                    match random {
                        Ok(random) if shown.flatten().is_none_or(|shown| shown == leaf) => {
                            let carries = challenge.is_some_and(|one| one.is_in(&random));
                            self.challenged += u32::from(carries);
                            *self.signed.entry(leaf).or_default() += 1;
                        }
                        Ok(_) => self.leave("la session montre un autre certificat"),
                        Err(why) => self.leave(&why.to_string()),
                    }
                }
                _ => {}
            }
        }
        for _ in awaited {
            self.leave(UNSIGNED);
        }
    }

    fn leave(&mut self, why: &str) {
        *self.unproven.entry(why.to_owned()).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use fixtures::smtp::transcript::{CertificateSummary, Octets};

    use super::*;

    fn established(session: u16) -> Event {
        let summary = CertificateSummary {
            subject: "CN=a.test".to_owned(),
            issuer: "CN=AC TEST".to_owned(),
            serial: "1f".to_owned(),
            not_before: "2025-01-01T00:00:00Z".to_owned(),
            not_after: "2028-01-01T00:00:00Z".to_owned(),
            sha256: "00".to_owned(),
        };
        Event::TlsEstablished {
            session,
            version: "TLS 1.3".to_owned(),
            suite: "TLS_AES_128_GCM_SHA256".to_owned(),
            certificate_requested: true,
            certificate_sent: true,
            peer: vec![summary],
        }
    }

    fn signed(session: u16) -> Event {
        Event::TlsSigned {
            session,
            scheme: "ED25519".to_owned(),
            certificate: Octets(b"not DER".to_vec()),
            content: Octets(vec![7; 100]),
            signature: Octets(vec![0; 64]),
        }
    }

    fn of(events: Vec<Event>) -> Possession {
        let entry = |(at_us, event)| Entry { at_us, event };
        let entries: Vec<Entry> = (0..).zip(events).map(entry).collect();
        let challenge = Challenge::new("lune-42").expect("a word");
        Possession::of(Some(&challenge), [entries.as_slice()])
    }

    #[test]
    fn what_no_signature_bears_out_is_counted_apart() {
        let found = of(vec![established(0), established(1), signed(1), signed(2)]);
        assert_eq!(found.handshakes, 3);
        assert_eq!((found.signed.len(), found.challenged), (0, 0));
        let why = |(why, count): (&str, u32)| (why.to_owned(), count);
        let unproven = [(UNSIGNED, 1), ("le certificat est illisible", 2)].map(why);
        assert_eq!(found.unproven, BTreeMap::from(unproven));
        assert!(!found.answers());
    }

    #[test]
    fn nothing_proves_nothing() {
        assert!(!of(Vec::new()).answers());
    }
}
