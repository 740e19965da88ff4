//! What the handshakes of a run prove, in words.

use suite::observe::possession::Possession;

/// What is proven of the target's key, one sentence each.
pub(crate) fn possession(seen: &Possession) -> Vec<String> {
    let mut lines: Vec<String> = seen
        .signed
        .iter()
        .map(|(leaf, count)| {
            format!(
                "{} TLS sur {} : signature par la clé du certificat de SHA-256 {leaf}",
                handshakes(*count),
                seen.handshakes
            )
        })
        .collect();
    if seen.challenge.is_some() {
        lines.push(format!(
            "{} sur {} : signature postérieure au défi",
            handshakes(seen.challenged),
            seen.handshakes
        ));
    }
    let unproven = seen.unproven.iter();
    lines
        .extend(unproven.map(|(why, count)| format!("{} sans preuve : {why}", handshakes(*count))));
    lines
}

/// So many handshakes.
pub(crate) fn handshakes(count: u32) -> String {
    match count {
        0 | 1 => format!("{count} poignée de main"),
        _ => format!("{count} poignées de main"),
    }
}
