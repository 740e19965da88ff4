//! The digest of a catalogue: which scenarios exactly a record was made with.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// SHA-256 over files, sorted by path: of each its path below the root, with `/`, and its octets,
/// both preceded by their length.
#[must_use]
pub fn digest<'f>(root: &Path, files: impl IntoIterator<Item = (&'f PathBuf, &'f [u8])>) -> String {
    let mut files: Vec<(String, &[u8])> =
        files.into_iter().map(|(path, octets)| (below(root, path), octets)).collect();
    files.sort_unstable();
    let mut hash = Sha256::new();
    for (path, octets) in files {
        for part in [path.as_bytes(), octets] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    hex::encode(hash.finalize())
}

/// The path of a file below `root`, its parts joined by `/`.
pub(super) fn below(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(files: &[(&str, &str)]) -> String {
        let files: Vec<(PathBuf, &[u8])> = files
            .iter()
            .map(|(path, text)| (Path::new("/s").join(path), text.as_bytes()))
            .collect();
        digest(Path::new("/s"), files.iter().map(|(path, octets)| (path, *octets)))
    }

    #[test]
    fn the_order_of_reading_is_of_no_weight() {
        assert_eq!(of(&[("a", "1"), ("b", "2")]), of(&[("b", "2"), ("a", "1")]));
    }

    #[test]
    fn a_name_and_a_text_cannot_be_mistaken_for_each_other() {
        assert_ne!(of(&[("a", "b1")]), of(&[("ab", "1")]));
        assert_ne!(of(&[("a", "1")]), of(&[("a", "2")]));
    }
}
