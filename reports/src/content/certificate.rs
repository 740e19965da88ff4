//! The certificates of a run: those of the simulated peers and those that the target presented.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;
use suite::record::RunRecord;

use super::{quoted, scenario::Link, transcript::Transcript};
use crate::words;

/// One certificate and where it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct SeenCertificate {
    subject: String,
    issuer: String,
    serial: String,
    sha256: String,
    validity: String,
    /// Scenarios in which it was seen, in their order; controls come first.
    places: Vec<Link>,
}

/// Who showed a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum By {
    Peer,
    Authority,
    Target,
}

/// The certificates of a run, each once by its digest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Certificates {
    /// Presented, or ready to be, by the simulated peers.
    peers: Vec<SeenCertificate>,
    /// The chains behind them.
    authorities: Vec<SeenCertificate>,
    /// Presented by the target, its chain included.
    target: Vec<SeenCertificate>,
}

impl Certificates {
    /// Serial number and SHA-256 of those that the target presented under this subject, as a rule one.
    pub(super) fn of_target(&self, subject: &str) -> Vec<String> {
        let subject = quoted(subject);
        let named = self.target.iter().filter(|seen| seen.subject == subject);
        named
            .map(|seen| {
                format!(
                    "série {} · SHA-256 {} · valide {}",
                    seen.serial, seen.sha256, seen.validity
                )
            })
            .collect()
    }
}

/// Those of the transcripts of a run.
pub(super) fn of(
    record: &RunRecord,
    controls: &[Transcript],
    of_scenarios: &[Option<Transcript>],
) -> Certificates {
    let mut seen = Collection::default();
    for ((name, _), transcript) in words::controls(record).zip(controls) {
        seen.add(transcript, &Link { name: format!("contrôle {name}"), anchor: None });
    }
    for (scenario, transcript) in record.scenarios.iter().zip(of_scenarios) {
        if let Some(transcript) = transcript {
            seen.add(transcript, &Link::to(record, &scenario.id));
        }
    }
    Certificates {
        peers: seen.of(By::Peer),
        authorities: seen.of(By::Authority),
        target: seen.of(By::Target),
    }
}

#[derive(Debug, Default)]
struct Collection {
    seen: BTreeMap<(By, String), (SeenCertificate, BTreeSet<Link>)>,
}

impl Collection {
    fn add(&mut self, transcript: &Transcript, place: &Link) {
        for event in &transcript.events {
            let chain = |key: &str| {
                event.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
            };
            for (rank, certificate) in chain("presenting").iter().enumerate() {
                self.one(if rank == 0 { By::Peer } else { By::Authority }, certificate, place);
            }
            for certificate in chain("peer") {
                self.one(By::Target, certificate, place);
            }
        }
    }

    fn one(&mut self, by: By, certificate: &Value, place: &Link) {
        let get = |key: &str| quoted(certificate.get(key).and_then(Value::as_str).unwrap_or("?"));
        let day = |key: &str| get(key).chars().take(10).collect::<String>();
        let sha256 = get("sha256");
        let (seen, known) = self.seen.entry((by, sha256.clone())).or_insert_with(|| {
            let seen = SeenCertificate {
                subject: get("subject"),
                issuer: get("issuer"),
                serial: get("serial"),
                sha256,
                validity: format!("du {} au {}", day("not_before"), day("not_after")),
                places: Vec::new(),
            };
            (seen, BTreeSet::new())
        });
        if known.insert(place.clone()) {
            seen.places.push(place.clone());
        }
    }

    /// Those that were shown by one side, the most used first.
    fn of(&self, by: By) -> Vec<SeenCertificate> {
        let of_side = self.seen.iter().filter(|((side, _), _)| *side == by);
        let mut seen: Vec<SeenCertificate> = of_side.map(|(_, (seen, _))| seen.clone()).collect();
        seen.sort_by(|a, b| {
            b.places.len().cmp(&a.places.len()).then_with(|| {
                (&a.subject, &a.issuer, &a.sha256).cmp(&(&b.subject, &b.issuer, &b.sha256))
            })
        });
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn each_certificate_is_told_once_with_all_its_places() {
        let record = sample::record();
        let transcript = |text: &str| Transcript {
            events: text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect(),
            ..Transcript::default()
        };
        let twice = transcript(&sample::TRANSCRIPT.repeat(2));
        let transcripts: Vec<_> = record
            .scenarios
            .iter()
            .map(|scenario| scenario.transcript.as_ref().map(|_| twice.clone()))
            .collect();
        let seen = of(&record, &[], &transcripts);
        let played = transcripts.iter().flatten().count();
        assert_eq!((seen.peers.len(), seen.authorities.len(), seen.target.len()), (1, 0, 1));
        assert_eq!(seen.peers[0].places.len(), played);
        assert_eq!(seen.peers[0].serial, "1f");
        assert_eq!(seen.peers[0].validity, "du 2025-01-01 au 2028-01-01");
        assert_eq!(seen.target[0].subject, record.target.certificate.expect("one"));
    }

    #[test]
    fn a_hostile_name_is_visible() {
        let line = r#"{"event":"tls-established","peer":[{"subject":"CN=\u202ea\u001b"}]}"#;
        let transcript = Transcript {
            events: vec![serde_json::from_str(line).expect("JSON")],
            ..Transcript::default()
        };
        let mut seen = Collection::default();
        seen.add(&transcript, &Link { name: "x".to_owned(), anchor: None });
        assert_eq!(seen.of(By::Target)[0].subject, "CN=\\u{202e}a\\x1b");
        assert_eq!(seen.of(By::Target)[0].sha256, "?");
    }
}
