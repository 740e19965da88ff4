//! Whether every program reads the same files in a zip archive (APPNOTE.TXT §4.3).
//!
//! Programs find the entries of an archive in two ways: by the central directory at its end, or one
//! after the other from its beginning. Of two archives joined, an entry that the directory does not
//! have, or two names for one entry, they show different files. So entries, directory and end record
//! must tile the file, octet for octet, and say the same of each entry twice.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
};

use super::entry::Entry;

const ENTRY: [u8; 4] = *b"PK\x03\x04";
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
/// How an end record begins.
pub(super) const END: [u8; 4] = *b"PK\x05\x06";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
/// Octets of the end record, without a comment.
const END_LENGTH: usize = 22;

/// Sizes and digest stand behind the data (§4.4.4, bit 3).
const STREAMED: u16 = 1 << 3;
/// The name is UTF-8 (bit 11).
const UTF_8: u16 = 1 << 11;
/// How well it was packed (bits 1 and 2), which changes nothing in what comes out.
const EFFORT: u16 = 0b110;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// Extra fields by which some programs read other names, sizes or octets than others: ZIP64 (§4.5.3),
/// a comment or a name in Unicode beside the first one (§4.6.8, §4.6.9), encryption.
const EQUIVOCAL: [u16; 4] = [0x0001, 0x6375, 0x7075, 0x9901];

/// What the directory says of an entry.
struct Central<'a> {
    flags: u16,
    method: u16,
    crc: u32,
    packed: usize,
    size: usize,
    name: &'a [u8],
    at: usize,
}

/// Octets of the largest directory that is read: that of as many files as there may be, with long names.
const DIRECTORY: u64 = 16 << 20;

/// How many octets the directory of an archive of `length` octets says that its files have; where it cannot be read, none.
///
/// # Errors
/// The file cannot be read.
pub(super) fn announced(archive: &mut File, length: u64) -> io::Result<u64> {
    let Some(at) = length.checked_sub(END_LENGTH as u64) else { return Ok(0) };
    let mut end = Vec::new();
    archive.seek(SeekFrom::Start(at))?;
    archive.by_ref().take(END_LENGTH as u64).read_to_end(&mut end)?;
    let Some((begins, _)) = directory(&end, length) else { return Ok(0) };
    if at.saturating_sub(begins) > DIRECTORY {
        return Ok(u64::MAX);
    }
    let mut table = Vec::new();
    archive.seek(SeekFrom::Start(begins))?;
    archive.by_ref().take(at.saturating_sub(begins)).read_to_end(&mut table)?;
    let mut rest = table.as_slice();
    let mut sizes = 0_u64;
    while let Some(Ok(entry)) = central(&mut rest) {
        sizes = sizes.saturating_add(entry.size as u64);
    }
    Ok(sizes)
}

/// The files of an archive, of at most `limit` octets together; else what is equivocal, in French, as a detail behind
/// the archive's name.
pub(super) fn entries(bytes: &[u8], limit: u64) -> Result<Vec<Entry<'_>>, String> {
    let at_end = bytes.len().saturating_sub(END_LENGTH);
    let found = directory(&bytes[at_end..], bytes.len() as u64);
    let found = found.and_then(|(at, count)| Some((usize::try_from(at).ok()?, count)));
    let (directory, count) =
        found.ok_or("elle ne finit pas par sa table, ou quelque chose la précède ou la suit")?;
    let mut entries = Vec::new();
    let mut rest = &bytes[directory..at_end];
    for _ in 0..count {
        entries.push(central(&mut rest).ok_or("sa table des fichiers est rompue")??);
    }
    if !rest.is_empty() {
        return Err("sa table a d'autres fichiers que sa fin n'en annonce".into());
    }
    if entries.iter().map(|entry| entry.size as u64).sum::<u64>() > limit {
        return Err(format!("ses fichiers font plus de {limit} octets"));
    }
    entries.sort_by_key(|entry| entry.at);
    let mut at = 0;
    let mut names = BTreeSet::new();
    let mut found = Vec::new();
    for entry in entries {
        let shown = String::from_utf8_lossy(entry.name);
        // Where case is folded, two names that are alike are one file.
        if !names.insert(shown.to_lowercase()) {
            return Err(format!("« {shown} » y est deux fois"));
        }
        if entry.at != at {
            return Err(format!("des octets que sa table ne nomme pas précèdent « {shown} »"));
        }
        let (data, length) = local(&bytes[at..directory], &entry)
            .ok_or_else(|| format!("« {shown} » n'y est pas entier"))?
            .map_err(|what| format!("« {shown} » {what}"))?;
        let Central { method, crc, size, name, .. } = entry;
        found.push(Entry { name, deflated: method == DEFLATED, crc, size, data });
        at += length;
    }
    if at == directory {
        Ok(found)
    } else {
        Err("des octets que sa table ne nomme pas la précèdent".into())
    }
}

/// Where the directory begins and how many entries it has, by the end record of an archive of `length` octets (§4.3.16).
fn directory(mut end: &[u8], length: u64) -> Option<(u64, u16)> {
    let sound = take(&mut end, 4)? == END && le32(&mut end)? == 0;
    let (here, count) = (le16(&mut end)?, le16(&mut end)?);
    let (size, at) = (le32(&mut end)?, le32(&mut end)?);
    let comment = le16(&mut end)?;
    let tiles = u64::from(at) + u64::from(size) + END_LENGTH as u64 == length;
    (sound && here == count && comment == 0 && tiles).then_some((at.into(), count))
}

/// Reads one entry of the directory (§4.3.12); `None` where it is cut.
fn central<'a>(rest: &mut &'a [u8]) -> Option<Result<Central<'a>, String>> {
    if take(rest, 4)? != CENTRAL {
        return None;
    }
    let system = le16(rest)? >> 8;
    let _needed = le16(rest)?;
    let (flags, method) = (le16(rest)?, le16(rest)?);
    let _time = le32(rest)?;
    let (crc, packed, size) = (le32(rest)?, le32(rest)?, le32(rest)?);
    let (name, extra, comment) = (le16(rest)?, le16(rest)?, le16(rest)?);
    let disk = le16(rest)?;
    let _internal = le16(rest)?;
    let (external, at) = (le32(rest)?, le32(rest)?);
    let (name, extra) = (take(rest, name.into())?, take(rest, extra.into())?);
    let problem = if flags & !(STREAMED | UTF_8 | EFFORT) != 0 {
        Some("est chiffré, ou d'une forme peu commune")
    } else if ![STORED, DEFLATED].contains(&method) {
        Some("est comprimé d'une façon que tous les outils n'ont pas")
    } else if !name.is_ascii() && flags & UTF_8 == 0 {
        Some("a un nom que chaque outil lit à sa façon")
    } else if comment != 0 || disk != 0 {
        Some("porte un commentaire, ou vient d'un autre volume")
    } else if system == 3 && external >> 16 & 0o170_000 == 0o120_000 {
        Some("est un lien")
    } else {
        equivocal(extra)
    };
    if let Some(problem) = problem {
        return Some(Err(format!("« {} » {problem}", String::from_utf8_lossy(name))));
    }
    let number = |value: u32| usize::try_from(value).unwrap_or(usize::MAX);
    let (packed, size, at) = (number(packed), number(size), number(at));
    Some(Ok(Central { flags, method, crc, packed, size, name, at }))
}

/// The data of an entry at the head of `rest`, and how many octets it takes there: header, data, and what is behind
/// them (§4.3.7 to §4.3.9); `None` where it is cut.
fn local<'a>(
    rest: &'a [u8],
    central: &Central<'_>,
) -> Option<Result<(&'a [u8], usize), &'static str>> {
    const OTHERWISE: &str = "y est dit de deux façons";
    let mut left = rest;
    if take(&mut left, 4)? != ENTRY {
        return None;
    }
    let _needed = le16(&mut left)?;
    let (flags, method) = (le16(&mut left)?, le16(&mut left)?);
    let _time = le32(&mut left)?;
    let told = (le32(&mut left)?, le32(&mut left)?, le32(&mut left)?);
    let (name, extra) = (le16(&mut left)?, le16(&mut left)?);
    let (name, extra) = (take(&mut left, name.into())?, take(&mut left, extra.into())?);
    let data = take(&mut left, central.packed)?;
    let due = (central.crc, u32::try_from(central.packed).ok()?, u32::try_from(central.size).ok()?);
    let streamed = flags & STREAMED != 0;
    // Behind its data an entry says what it could not say before, and may leave zeros there.
    let alike = told == due || streamed && told == (0, 0, 0);
    if (flags, method, name) != (central.flags, central.method, central.name) || !alike {
        return Some(Err(OTHERWISE));
    }
    if let Some(problem) = equivocal(extra) {
        return Some(Err(problem));
    }
    if streamed {
        // The signature is customary, and not obligatory.
        if left.starts_with(&DESCRIPTOR) {
            take(&mut left, 4)?;
        }
        if (le32(&mut left)?, le32(&mut left)?, le32(&mut left)?) != due {
            return Some(Err(OTHERWISE));
        }
    }
    Some(Ok((data, rest.len() - left.len())))
}

/// What is wrong with the extra fields of an entry, if anything (§4.5.1).
fn equivocal(mut extra: &[u8]) -> Option<&'static str> {
    const PROBLEM: &str = "porte des champs que les outils lisent diversement";
    while !extra.is_empty() {
        let field = (|| Some((le16(&mut extra)?, le16(&mut extra)?)))();
        let Some((id, length)) = field else { return Some(PROBLEM) };
        if EQUIVOCAL.contains(&id) || take(&mut extra, length.into()).is_none() {
            return Some(PROBLEM);
        }
    }
    None
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

fn le16(rest: &mut &[u8]) -> Option<u16> {
    take(rest, 2)?.try_into().ok().map(u16::from_le_bytes)
}

fn le32(rest: &mut &[u8]) -> Option<u32> {
    take(rest, 4)?.try_into().ok().map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests;
