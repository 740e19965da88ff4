//! The lines of a transcript that prove a verdict.

use fixtures::smtp::transcript::{CertificateSummary, Entry, Event, Side, Stage};

use crate::judge::{Context, Twin};

/// The lines that prove a verdict: what was presented, what was said last, the twin.
pub(super) fn evidence(entries: &[Entry], context: &Context<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut presented = None;
    let mut said = None;
    let mut answered = None;
    for Entry { event, .. } in entries {
        match event {
            Event::Changed { change, asked, answer, .. } => {
                lines.push(format!("{change} (lecture de contrôle : {asked} → {answer})"));
            }
            Event::DnsControl { name, kind, answer } => {
                lines.push(format!("DNS simulé, question de contrôle : {name} {kind} → {answer}"));
            }
            Event::TlsStarted { presenting, .. } => presented = presenting.first(),
            // The farewell proves nothing.
            Event::Sent { stage: Stage::Quit, .. } | Event::Reply { stage: Stage::Quit, .. } => {}
            Event::Sent { bytes, .. } => said = Some(bytes),
            Event::Reply { lines, .. } => answered = lines.last(),
            Event::Fetched { what, from, fetch, .. } => {
                lines.push(match fetch.status {
                    Some(200) => format!("{from} a lu {what}"),
                    _ => format!("{from} a demandé {what} (réponse : {})", fetch.answer()),
                });
            }
            Event::Left { what, from, handshake, .. } => {
                lines.push(format!("{from} est venu pour {what} : {handshake}"));
            }
            Event::DnsAsked { name, kind, from, answer, .. } => {
                lines.push(format!("{from} a demandé {name} {kind} au DNS simulé ({answer})"));
            }
            Event::TlsAlert { by: Side::Target, description, .. } => {
                lines.push(format!("alerte TLS reçue : {description}"));
            }
            Event::Delivered { token, .. } => lines.push(format!("message {token} remis")),
            Event::Notified { token, .. } => lines.push(format!("avis de non-remise pour {token}")),
            _ => {}
        }
    }
    if let Some(certificate) = presented {
        lines.push(presented_line(certificate));
    }
    if let Some(said) = said {
        lines.push(format!("dernier envoi : {}", cut(&last_line(&said.to_string()))));
    }
    if let Some(answered) = answered {
        lines.push(format!("dernière réponse : {}", cut(&answered.to_string())));
    }
    match (&context.twin, context.control_after) {
        (Twin::Passed, Some(true)) => lines.push("témoin accepté ; contrôle final accepté".into()),
        (Twin::Passed, _) => lines.push("témoin accepté".into()),
        (Twin::NotPassed(why), _) => lines.push(format!("témoin non accepté : {why}")),
        (Twin::NotConcerned(why), _) => lines.push(format!("témoin sans objet : {why}")),
        (Twin::None, _) => {}
    }
    lines
}

fn presented_line(certificate: &CertificateSummary) -> String {
    format!(
        "certificat prêt à être présenté : {}, émis par {}, série {}, valide du {} au {}",
        certificate.subject,
        certificate.issuer,
        certificate.serial,
        certificate.not_before,
        certificate.not_after
    )
}

/// The last line of what was sent, its line end left out: a message of many lines is in the transcript.
fn last_line(sent: &str) -> String {
    let lines: Vec<&str> = sent.split("\\r\\n").filter(|line| !line.is_empty()).collect();
    match lines[..] {
        [] => String::new(),
        [one] => one.to_owned(),
        [.., last] => format!("{last} (fin d'un envoi de {} lignes)", lines.len()),
    }
}

fn cut(text: &str) -> String {
    const MOST: usize = 120;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::a_command("NOOP\\r\\n", "NOOP")]
    #[case::a_message("From: a\\r\\n\\r\\ntexte\\r\\n.\\r\\n", ". (fin d'un envoi de 3 lignes)")]
    #[case::no_line_end("MAIL FR", "MAIL FR")]
    #[case::nothing("", "")]
    fn a_sending_is_told_by_its_last_line(#[case] sent: &str, #[case] told: &str) {
        assert_eq!(last_line(sent), told);
    }
}
