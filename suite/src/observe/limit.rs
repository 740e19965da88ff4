//! What the sending peers cannot speak, seen in a transcript: a limit of the suite, and no fault of the target.

use fixtures::smtp::transcript::{Entry, Event};

/// What the target agreed to in place of a handshake and the sending peers cannot speak, if so: a limit
/// of theirs, and no refusal.
#[must_use]
pub fn beyond_us(entries: &[Entry]) -> Option<String> {
    entries.iter().find_map(|entry| match &entry.event {
        Event::Agreed { version, suite, beyond, .. } if !beyond.is_empty() => {
            let suite = if beyond.contains(suite) { String::new() } else { format!(", {suite}") };
            Some(format!(
                "la cible négocie {version}{suite} avec ce que la suite ne sait pas parler : {} ; c'est une \
                 limite de la suite, non un refus de la cible",
                beyond.join(", ")
            ))
        }
        _ => None,
    })
}

/// That the target asked for the peer's certificate, in connection number `session`, in a way that the
/// sending peers do not answer, if so: what it refuses then is none of their certificate's doing.
#[must_use]
pub fn asked_late(entries: &[Entry], session: u16) -> Option<&'static str> {
    let renegotiates = |entry: &Entry| matches!(entry.event, Event::Renegotiation { session: s, .. } if s == session);
    entries.iter().any(renegotiates).then_some(RENEGOTIATION)
}

/// What a renegotiation means, in French.
pub const RENEGOTIATION: &str = "la cible demande une renégociation TLS (HelloRequest), sans doute pour obtenir alors le certificat du \
     pair : la suite n'en fait pas, comme bien des bibliothèques, et TLS 1.3 l'interdit (RFC 8446 §4.1.2) ; \
     c'est une limite de la suite, non un refus de la cible : qu'elle demande le certificat dès la première \
     négociation";

/// What a certificate asked for after a handshake of TLS 1.3 means, in French.
pub const AFTER_THE_HANDSHAKE: &str = "la cible n'a pas demandé de certificat pendant la négociation TLS 1.3, puis refuse l'émetteur : si elle \
     l'attend après la négociation (post_handshake_auth, RFC 8446 §4.6.2), la suite ne sait pas le \
     présenter, et c'est une limite de la suite ; qu'elle le demande pendant la négociation";

/// Whether connection number `session` is of TLS 1.3, and the target asked for no certificate by its end.
#[must_use]
pub fn asked_for_none(entries: &[Entry], session: u16) -> bool {
    entries.iter().any(|entry| {
        matches!(&entry.event, Event::TlsEstablished { session: s, version, certificate_requested: false, .. }
            if *s == session && version == "TLS 1.3")
    })
}
