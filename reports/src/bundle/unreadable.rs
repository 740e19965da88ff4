//! Why the octets of a signature are not read.

use der::{Decode, Error, ErrorKind, Header, SliceReader};

/// Why the signature `p7s` is not read, in French, and what to do: whether the file is cut or goes on, whether it is
/// written in BER where DER is asked for, or which of its fields is none.
pub(super) fn unreadable(p7s: &[u8], error: &Error) -> String {
    // What stands around all of it says how long it is.
    if let Some(length) = length(p7s) {
        if p7s.len() < length {
            return CUT.to_owned();
        }
        if p7s.len() > length {
            return "elle est suivie d'octets qui n'en sont pas ; joignez le fichier tel que l'outil de signature l'a \
                    écrit"
                .to_owned();
        }
    }
    let field = match error.kind() {
        ErrorKind::IndefiniteLength => return ber("des longueurs y sont laissées ouvertes"),
        ErrorKind::Overlength | ErrorKind::Length { .. } if is_overlong(p7s, DEPTH) => {
            return ber("une longueur y prend plus d'octets qu'il n'en faut");
        }
        ErrorKind::SetOrdering => return ber("un ensemble n'y est pas dans l'ordre"),
        ErrorKind::TagUnknown { byte } if is_in_pieces(byte) => {
            return ber("un texte y est en plusieurs morceaux");
        }
        ErrorKind::TagUnexpected { expected: Some(expected), actual }
            if expected.number() == actual.number() && actual.is_constructed() =>
        {
            return ber("un texte y est en plusieurs morceaux");
        }
        ErrorKind::Noncanonical { tag } => {
            return format!(
                "elle n'est pas en DER (une valeur y est écrite autrement, {tag}) ; si elle est en BER, openssl cms \
                 -cmsout -inform DER -outform DER la convertit ; sinon, signez de nouveau, d'un autre outil"
            );
        }
        ErrorKind::Incomplete { .. } => "un champ y dépasse celui qui le contient".to_owned(),
        ErrorKind::TrailingData { .. } => "un champ y contient plus que sa valeur".to_owned(),
        ErrorKind::Length { tag } => format!("un champ n'y a pas la longueur qu'il faut ({tag})"),
        ErrorKind::TagUnexpected { expected: Some(expected), actual } => {
            format!("un champ y est d'un autre type que celui attendu ({actual} pour {expected})")
        }
        ErrorKind::TagUnexpected { actual, .. } => {
            format!("un champ n'y est pas attendu ({actual})")
        }
        ErrorKind::Value { tag } => format!("une valeur n'y en est pas une de son type ({tag})"),
        ErrorKind::DateTime => "une date y est impossible".to_owned(),
        ErrorKind::SetDuplicate => "un élément y est deux fois dans un ensemble".to_owned(),
        other => other.to_string(),
    };
    format!("la structure CMS est rompue : {field} ; signez de nouveau, d'un autre outil")
}

/// How many octets the whole takes by its own head; `None` where that does not say.
fn length(p7s: &[u8]) -> Option<usize> {
    let mut reader = SliceReader::new(p7s).ok()?;
    let head = Header::decode(&mut reader).ok()?;
    let before = usize::try_from(der::Reader::position(&reader)).ok()?;
    before.checked_add(usize::try_from(head.length).ok()?)
}

/// Levels of a signature, one within the other, that are looked into.
const DEPTH: u8 = 32;

/// Whether a length somewhere in it takes more octets than it needs (X.690 §10.1).
fn is_overlong(mut rest: &[u8], depth: u8) -> bool {
    while let [tag, first, behind @ ..] = rest {
        let octets = usize::from(first & 0x7f);
        let Some((length, content)) =
            behind.split_at_checked(if *first < 0x80 { 0 } else { octets })
        else {
            return false;
        };
        let size = match length {
            [] => octets,
            [0, ..] | [0..0x80] => return true,
            _ if length.len() > 4 => return false,
            _ => length.iter().fold(0, |size, octet| size << 8 | usize::from(*octet)),
        };
        let Some((content, behind)) = content.split_at_checked(size) else { return false };
        if tag & 0x20 != 0 && depth > 0 && is_overlong(content, depth - 1) {
            return true;
        }
        rest = behind;
    }
    false
}

/// Whether this is the tag of a string of octets or of characters that is made of several (X.690 §8.7, §8.23).
fn is_in_pieces(tag: u8) -> bool {
    const STRINGS: [u8; 8] = [3, 4, 12, 19, 20, 22, 26, 30];
    tag & 0xe0 == 0x20 && STRINGS.contains(&(tag & 0x1f))
}

const CUT: &str = "elle est tronquée ; joignez le fichier tel que l'outil de signature l'a écrit";

/// Of BER (X.690 §8) it is said what, and how it becomes DER.
fn ber(what: &str) -> String {
    format!(
        "elle est en BER, pas en DER ({what}) ; signez sans -stream ni -indef, ou d'un autre outil, et openssl cms \
         -cmsout -inform DER -outform DER la convertit"
    )
}
