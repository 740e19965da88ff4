//! Transcripts as `verify` reads them back, and octets in their text form.

use fixtures::smtp::transcript::{Entry, Wire};

/// What can be read can be written on one line and read again; octets survive their text form.
pub fn check(data: &[u8]) {
    let wire = Wire(data.to_vec());
    let text = wire.to_string();
    assert!(!text.chars().any(char::is_control), "no control character in a transcript");
    assert_eq!(text.parse::<Wire>().as_ref(), Ok(&wire), "octets survive their text form");

    for line in data.split(|octet| *octet == b'\n') {
        if let Ok(entry) = serde_json::from_slice::<Entry>(line) {
            let written = serde_json::to_string(&entry).expect("an entry is JSON");
            assert!(!written.contains('\n'));
            let read: Entry = serde_json::from_str(&written).expect("it reads back");
            assert_eq!(read, entry);
        }
        if let Ok(text) = std::str::from_utf8(line) {
            match text.parse::<Wire>() {
                Ok(wire) => assert_eq!(wire.to_string().parse(), Ok(wire)),
                Err(error) => assert_eq!(text.as_bytes().get(error.0), Some(&b'\\')),
            }
        }
    }
}
