//! Distinguished names as text.
//!
//! Input: one name a line; the first two are compared.

use fixtures::dn::{DistinguishedName, DnError, DnMatch, MAX_BYTES, oddities};

/// A name survives its string and its DER; the comparison is symmetric and agrees with the canonical
/// form.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.split('\n');
    let (first, second) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let first = name(first);
    let second = name(second);
    if let (Some(first), Some(second)) = (first, second) {
        agree(&first, &second);
        agree(&first, &first.clone());
    }
}

/// Reads a name and checks what holds of any.
fn name(text: &str) -> Option<DistinguishedName> {
    let found = oddities(text);
    match text.parse::<DistinguishedName>() {
        Ok(name) => {
            round(&name);
            Some(name)
        }
        Err(error) => {
            assert_eq!(found.len(), 1, "what is no name has that one oddity: {found:?}");
            if let DnError::BadEscape(at) = error {
                assert_eq!(text.as_bytes().get(at), Some(&b'\\'));
            }
            None
        }
    }
}

/// A name survives being written; only one that grows beyond the bound does not.
pub(crate) fn round(name: &DistinguishedName) {
    let text = name.to_string();
    assert!(!text.chars().any(char::is_control), "no control character is displayed");
    match text.parse::<DistinguishedName>() {
        Ok(read) => {
            assert_eq!(&read, name, "through {text:?}");
            assert_eq!(read.canonical(), name.canonical());
        }
        Err(error) => assert_eq!(error, DnError::TooLong(text.len()), "{text:?}"),
    }
    let der = name.to_der();
    match DistinguishedName::from_der(&der) {
        Ok(read) => assert_eq!(read.canonical(), name.canonical(), "through DER, {text:?}"),
        Err(error) => {
            assert_eq!(error, DnError::TooLong(der.len()), "{text:?}");
            assert!(der.len() > MAX_BYTES);
        }
    }
    assert_eq!(name.canonical().is_empty(), name.is_empty());
}

/// The comparison of two names.
pub(crate) fn agree(first: &DistinguishedName, second: &DistinguishedName) {
    let found = first.compare(second);
    assert_eq!(found, second.compare(first), "symmetric");
    let equal = first.canonical() == second.canonical();
    assert_eq!(equal, found <= DnMatch::Equivalent);
    assert_eq!(first == second, found == DnMatch::Identical);
    let unordered = first.canonical_unordered() == second.canonical_unordered();
    assert_eq!(unordered, found <= DnMatch::Reordered, "equal names are equal in any order");
}
