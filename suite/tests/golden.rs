//! Golden files: the record of a real run of the first 2.x with its transcripts, which every later version
//! reads.

use std::{fs, path::Path};

use fixtures::smtp::transcript::Entry;
use sha2::{Digest, Sha256};
use suite::record::{Reading, RunRecord, is_read};

#[test]
fn a_golden_run_is_read_with_its_transcripts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let text = fs::read(folder.join("record-2.0.json")).expect("the record is there");
    let record: RunRecord = serde_json::from_slice(&text).expect("a record of 2.0 is read");
    assert_eq!(is_read(&record.schema), Reading::Read);
    // One of each kind: the list and a CRL that changed, and what the target read of them.
    assert_eq!(record.changes.len(), 2);
    assert!(!record.reads.is_empty());
    let played = record.scenarios.iter().filter_map(|scenario| scenario.transcript.as_ref());
    let controls = record.controls().map(|control| &control.transcript);
    let all: Vec<_> = played.chain(controls).collect();
    // Those of the run, and one after each world.
    assert_eq!(all.len(), record.scenarios.len() + 4);
    for transcript in all {
        let octets = fs::read(folder.join(&transcript.path)).expect("the transcript is there");
        assert_eq!(hex::encode(Sha256::digest(&octets)), transcript.sha256, "{}", transcript.path);
        let lines: Vec<_> = octets.split(|octet| *octet == b'\n').collect();
        let events = lines.iter().filter(|line| !line.is_empty());
        for line in events {
            let entry: Result<Entry, _> = serde_json::from_slice(line);
            assert!(entry.is_ok(), "{}: {entry:?}", transcript.path);
        }
    }
}
