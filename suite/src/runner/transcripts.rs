//! Where the transcripts of a run are.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use fixtures::smtp::transcript::Entry;

/// Octets of the largest transcript that is read: no scenario writes a hundredth of it.
pub const TRANSCRIPT: u64 = 256 << 20;

/// The transcripts of a run by their paths in its record: in the folder of that record, or held in memory.
pub trait Transcripts {
    /// The octets of one; `None` where there are more than `most`.
    ///
    /// # Errors
    /// It is not there, or cannot be read.
    fn octets(&self, path: &str, most: u64) -> io::Result<Option<Cow<'_, [u8]>>>;

    /// How many octets it has, if it is there.
    fn size(&self, path: &str) -> Option<u64>;
}

/// The events that the octets of a transcript are, one a line.
///
/// # Errors
/// The number of the first line that is none, from 1, and what the parser says of it.
pub(super) fn entries(octets: &[u8]) -> Result<Vec<Entry>, (usize, serde_json::Error)> {
    let lines = (1..).zip(octets.split(|octet| *octet == b'\n'));
    let lines = lines.filter(|(_, line)| !line.is_empty());
    lines.map(|(at, line)| serde_json::from_slice(line).map_err(|error| (at, error))).collect()
}

impl Transcripts for Path {
    fn octets(&self, path: &str, most: u64) -> io::Result<Option<Cow<'_, [u8]>>> {
        let mut octets = Vec::new();
        File::open(self.join(path))?.take(most.saturating_add(1)).read_to_end(&mut octets)?;
        Ok((octets.len() as u64 <= most).then_some(Cow::Owned(octets)))
    }

    fn size(&self, path: &str) -> Option<u64> {
        self.join(path).metadata().ok().map(|file| file.len())
    }
}

impl Transcripts for BTreeMap<String, Vec<u8>> {
    fn octets(&self, path: &str, most: u64) -> io::Result<Option<Cow<'_, [u8]>>> {
        let octets = self.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok((octets.len() as u64 <= most).then_some(Cow::Borrowed(octets.as_slice())))
    }

    fn size(&self, path: &str) -> Option<u64> {
        self.get(path).map(|octets| octets.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn holds(transcripts: &(impl Transcripts + ?Sized)) {
        assert_eq!(transcripts.size("a/b.jsonl"), Some(5));
        assert_eq!(transcripts.size("a/c.jsonl"), None);
        let octets = |most| transcripts.octets("a/b.jsonl", most).expect("it is there");
        assert_eq!(octets(5).as_deref(), Some(&b"12345"[..]));
        assert_eq!(octets(4), None);
        let missing = transcripts.octets("a/c.jsonl", 5).expect_err("it is not there");
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_folder_and_files_in_memory_give_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("a")).expect("made");
        fs::write(folder.path().join("a/b.jsonl"), "12345").expect("written");
        holds(folder.path());
        holds(&BTreeMap::from([("a/b.jsonl".to_owned(), b"12345".to_vec())]));
    }
}
