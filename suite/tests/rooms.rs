//! The rooms of the suite stand one above the other: what a module may name of the others.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rstest::rstest;

/// Every source file below a module, tests of it included.
fn sources(module: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut left = vec![root.join(module), root.join(format!("{module}.rs"))];
    let mut found = Vec::new();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("a folder");
            left.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") && path.exists() {
            found.push(path);
        }
    }
    found
}

/// The modules of this crate that a source names, as `crate::name` or in a `use crate::{name…}`.
fn named(source: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
    };
    let mut names = Vec::new();
    for (at, prefix) in source.match_indices("crate::") {
        let rest = &source[at + prefix.len()..];
        let Some(list) = rest.strip_prefix('{') else {
            names.push(word(rest));
            continue;
        };
        let (mut depth, mut begins) = (0, true);
        for (at, c) in list.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => begins = true,
                c if begins && !c.is_whitespace() => {
                    names.push(word(&list[at..]));
                    begins = false;
                }
                _ => {}
            }
        }
    }
    names
}

#[rstest]
#[case::oracle("oracle", &["scenario", "target", "observe", "play", "judge", "runner", "record"])]
#[case::scenario("scenario", &["target", "observe", "play", "judge", "runner"])]
#[case::observe("observe", &["target", "play", "judge", "runner", "record"])]
#[case::play("play", &["judge", "runner", "record"])]
#[case::judge("judge", &["target", "play", "runner"])]
fn a_room_names_none_above_it(#[case] room: &str, #[case] above: &[&str]) {
    let sources = sources(room);
    assert!(!sources.is_empty(), "{room} has moved");
    for path in sources {
        let source = fs::read_to_string(&path).expect("a source");
        for name in named(&source) {
            assert!(
                !above.contains(&name.as_str()),
                "{}: {room} stands below {name}",
                path.display()
            );
        }
    }
}

#[rstest]
#[case::plain("use crate::judge::Context;", &["judge"])]
#[case::list("use crate::{\n    oracle::{self, Facts},\n    play::steps,\n};", &["oracle", "play"])]
#[case::in_place("let x = crate::record::Verdict::Pass;", &["record"])]
#[case::none("use super::judge;", &[])]
fn what_a_source_names_is_found(#[case] source: &str, #[case] names: &[&str]) {
    assert_eq!(named(source), names);
}
