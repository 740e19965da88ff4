//! The properties of the fuzz targets, on their seeds and on every input that ever failed.
//!
//! The targets themselves need libFuzzer: `cargo xtask fuzz`.

#[path = "../fuzz/src/lib.rs"]
pub mod properties;

use std::{
    collections::BTreeSet,
    fs,
    panic::catch_unwind,
    path::{Path, PathBuf},
};

use properties::{Check, TARGETS};
use rstest::rstest;

fn room() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// The files of a folder, in order; none when there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    files
}

/// Whether an input keeps the property; why it does not is on standard error.
fn holds(file: &Path, check: Check) -> bool {
    let input = fs::read(file).expect("an input");
    catch_unwind(|| check(&input)).is_ok()
}

#[rstest]
#[case::seeds("seeds")]
#[case::regressions("regressions")]
fn every_input_keeps_its_property(#[case] folder: &str) {
    let folder = room().join(folder);
    let (mut played, mut failed) = (0, Vec::new());
    for (name, check) in TARGETS {
        let files = files(&folder.join(name));
        played += files.len();
        failed.extend(files.into_iter().filter(|file| !holds(file, check)));
    }
    assert!(failed.is_empty(), "of {played} inputs these failed: {failed:#?}");
    assert!(played > 0, "nothing below {}", folder.display());
}

#[test]
fn every_target_has_seeds_and_a_program() {
    let names: BTreeSet<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let stems = |folder: &str| -> BTreeSet<String> {
        let files = files(&room().join(folder));
        let stem =
            |file: &PathBuf| file.file_stem().expect("a name").to_string_lossy().into_owned();
        files.iter().map(stem).collect()
    };
    assert_eq!(stems("fuzz_targets"), names);
    assert_eq!(stems("seeds"), names);
    assert!(stems("regressions").is_subset(&names));
    assert!(stems("dictionaries").is_subset(&names));
    let manifest = fs::read_to_string(room().join("Cargo.toml")).expect("its manifest");
    for name in &names {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is built");
        assert!(!files(&room().join("seeds").join(name)).is_empty(), "{name} has seeds");
    }
}
