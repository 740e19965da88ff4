//! What the handshakes of a run prove, in words.

use suite::observe::possession::Possession;

/// What is proven of the target's key, one sentence each.
pub(crate) fn possession(seen: &Possession) -> Vec<String> {
    let handshakes = |count: u32| match count {
        0 | 1 => format!("{count} poignée de main"),
        _ => format!("{count} poignées de main"),
    };
    let mut lines: Vec<String> = seen
        .signed
        .iter()
        .map(|(leaf, count)| {
            format!(
                "{} TLS sur {} signées par la clé du certificat de SHA-256 {leaf}",
                handshakes(*count),
                seen.handshakes
            )
        })
        .collect();
    if seen.challenge.is_some() {
        lines.push(format!(
            "{} sur {} signées après que le défi a été donné",
            handshakes(seen.challenged),
            seen.handshakes
        ));
    }
    let unproven = seen.unproven.iter();
    lines
        .extend(unproven.map(|(why, count)| format!("{} sans preuve : {why}", handshakes(*count))));
    lines
}
