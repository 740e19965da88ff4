//! What the trace of a delivered message tells of what its sender said before TLS.
//!
//! "The server MUST discard any knowledge obtained from the client, such as the argument to the EHLO
//! command, which was not obtained from the TLS negotiation itself" (RFC 3207 §4.2); and the Received
//! field that a server adds has the name that the client gave (RFC 5321 §4.4).

use std::collections::BTreeSet;

use fixtures::smtp::transcript::{Entry, Event};

use crate::{
    judge::{Context, Judgement},
    observe::last_session,
    record::{Level, Verdict},
};

/// Judges the copies of the message of `token`. A name that was said in clear alone, and stands in a
/// Received field that was added on the way, was not forgotten. A copy with no such field shows nothing.
pub(super) fn judge(
    context: &Context<'_>,
    level: Level,
    token: &str,
    judgement: Judgement,
) -> Judgement {
    if judgement.verdict == Verdict::Fail {
        return judgement;
    }
    let names = names_in_clear_alone(context.entries, last_session(context.entries));
    let received: Vec<&String> = context
        .entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Delivered { token: of, received, .. } if of == token => Some(received),
            _ => None,
        })
        .flatten()
        .collect();
    let kept = received.iter().find_map(|field| {
        let lower = field.to_ascii_lowercase();
        names.iter().find(|name| lower.contains(name.as_str())).map(|name| (name, field))
    });
    match kept {
        Some((name, field)) => {
            let seen = format!(" ; la trace du message remis nomme « {name} » : Received: {field}");
            let why = format!(
                "« {name} », dit avant TLS et jamais depuis, est dans le champ Received : la cible ne l'a pas \
                 oublié (RFC 3207 §4.2)"
            );
            let verdict = match level {
                Level::Must => Verdict::Fail,
                Level::Should => Verdict::PassWithRemark,
                Level::May => Verdict::Pass,
            };
            judgement.observe(&seen).verdict(verdict, &why).unmet()
        }
        // Another remark leads: it is about what the target did.
        None if judgement.verdict != Verdict::Pass => judgement,
        None if received.is_empty() => {
            let why = "accepté, mais la copie remise n'a pas de champ Received de la cible (RFC 5321 §4.4) : rien ne \
                       montre que le nom dit avant TLS soit oublié ni qu'il soit gardé ; observez la remise là où ces \
                       champs sont laissés";
            let judgement = judgement.verdict(Verdict::PassWithRemark, why);
            Judgement { untold: true, ..judgement }
        }
        None => judgement
            .observe(" ; la trace du message remis ne dit rien de ce qui fut dit avant TLS"),
    }
}

/// The names that EHLO and HELO gave in clear, and none inside TLS; in lower case.
fn names_in_clear_alone(entries: &[Entry], session: u16) -> BTreeSet<String> {
    let said = |inside: bool| {
        entries.iter().filter_map(move |entry| match &entry.event {
            Event::Sent { session: s, tls, bytes, .. } if *s == session && *tls == inside => {
                name(&bytes.0)
            }
            _ => None,
        })
    };
    let inside: BTreeSet<String> = said(true).collect();
    said(false).filter(|name| !inside.contains(name)).collect()
}

/// The name in an EHLO or HELO command (RFC 5321 §4.1.1.1).
fn name(line: &[u8]) -> Option<String> {
    let line = std::str::from_utf8(line).ok()?.to_ascii_lowercase();
    let rest = line.strip_prefix("ehlo ").or_else(|| line.strip_prefix("helo "))?;
    let name = rest.trim();
    (!name.is_empty()).then(|| name.to_owned())
}
