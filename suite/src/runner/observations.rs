//! What the transcripts of a run show together that is worth a word, though it can be.

use std::collections::BTreeSet;

use fixtures::smtp::transcript::{Entry, Event, Side, Stage, Wire};

use crate::record::Observation;

/// What the embedded reference proxy says of itself when it greets.
pub const REFERENCE: &str = "proxy de reference MSSante TEST";

/// What is worth a word in these transcripts, of a target that is the `embedded` proxy or is not.
pub(super) fn observations<'a>(
    all: impl Iterator<Item = &'a [Entry]>,
    embedded: bool,
) -> Vec<Observation> {
    let (mut certificates, mut greetings) = (BTreeSet::new(), BTreeSet::new());
    let (mut clear, mut inside) = (BTreeSet::new(), BTreeSet::new());
    let mut reference = false;
    for Entry { event, .. } in all.flatten() {
        match event {
            Event::TlsEstablished { peer, .. } | Event::TlsShown { peer, .. } => {
                certificates.extend(
                    peer.first().map(|leaf| format!("{}, SHA-256 {}", leaf.subject, leaf.sha256)),
                );
            }
            Event::Reply { stage: Stage::Greeting, code: 220, lines, .. } => {
                let first = lines.first().map(ToString::to_string).unwrap_or_default();
                reference |= first.contains(REFERENCE);
                // What follows the name may be the time of day (RFC 5321 §4.2).
                let rest = first.get(4..).unwrap_or_default();
                greetings.extend(rest.split_whitespace().next().map(str::to_owned));
            }
            // One line is HELO's too.
            Event::Reply { stage, by: Side::Target, tls, code: 250, lines, .. }
                if matches!(stage, Stage::Ehlo | Stage::EhloTls) && lines.len() > 1 =>
            {
                if *tls { &mut inside } else { &mut clear }.insert(keywords(lines));
            }
            _ => {}
        }
    }
    let alike = |place: &str, sets: BTreeSet<String>| {
        let several = sets.len() > 1;
        let told: Vec<String> = sets.iter().map(|set| format!("{place} {set}")).collect();
        told.into_iter().filter(move |_| several)
    };
    let extensions = alike("en clair", clear).chain(alike("dans TLS", inside)).collect();
    let several = |set: BTreeSet<String>| (set.len() > 1).then(|| set.into_iter().collect());
    several(certificates)
        .map(Observation::Certificates)
        .into_iter()
        .chain(several(greetings).map(Observation::Greetings))
        .chain(several(extensions).map(Observation::Extensions))
        .chain((reference && !embedded).then_some(Observation::Reference))
        .collect()
}

/// The keywords of a reply to EHLO, in order. Their parameters may change, as that of SIZE does with the room on a
/// disk (RFC 1870 §3).
fn keywords(lines: &[Wire]) -> String {
    let keyword = |line: &Wire| {
        let line = line.lossy();
        line.get(4..)?.split_whitespace().next().map(str::to_ascii_uppercase)
    };
    let all: BTreeSet<String> = lines.iter().skip(1).filter_map(keyword).collect();
    all.into_iter().collect::<Vec<_>>().join(", ")
}
