use std::io::{Cursor, Write};

use rstest::rstest;
use zip::{
    CompressionMethod, ZipWriter,
    write::{ExtendedFileOptions, FileOptions, SimpleFileOptions},
};

use super::*;

const LIMIT: u64 = 1 << 16;

/// What the archive and its entries come to, read as `archive` does.
fn check(bytes: &[u8]) -> Result<(), String> {
    for entry in entries(bytes, LIMIT)? {
        entry.octets()?;
    }
    Ok(())
}

const TEXT: &[u8] = b"NON CONCLUANT, NON CONCLUANT, NON CONCLUANT";

fn packed(names: &[&str], options: SimpleFileOptions) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for name in names {
        zip.start_file(*name, options).expect("begun");
        zip.write_all(TEXT).expect("written");
    }
    zip.finish().expect("whole").into_inner()
}

fn honest() -> Vec<u8> {
    packed(&["record.json", "rapport.html"], SimpleFileOptions::default())
}

fn stored() -> Vec<u8> {
    let options = SimpleFileOptions::default();
    packed(&["rapport.html"], options.compression_method(CompressionMethod::Stored))
}

fn streamed() -> Vec<u8> {
    let mut zip = ZipWriter::new_stream(Vec::new());
    zip.start_file("rapport.html", SimpleFileOptions::default()).expect("begun");
    zip.write_all(TEXT).expect("written");
    zip.finish().expect("whole").into_inner()
}

fn accented() -> Vec<u8> {
    packed(&["pièces/à lire.txt"], SimpleFileOptions::default())
}

#[rstest]
#[case::ours(honest())]
#[case::stored(stored())]
#[case::streamed(streamed())]
#[case::accented(accented())]
#[case::empty(packed(&[], SimpleFileOptions::default()))]
fn what_others_pack_is_read(#[case] bytes: Vec<u8>) {
    assert_eq!(check(&bytes), Ok(()));
}

/// Position of the `n`th of these four octets.
fn find(bytes: &[u8], what: [u8; 4], n: usize) -> usize {
    let at = bytes.windows(4).enumerate().filter(|(_, four)| *four == what);
    at.map(|(at, _)| at).nth(n).expect("there")
}

/// Moves what the directory and the end record say of places behind `from` by `by`.
fn shifted(mut bytes: Vec<u8>, from: usize, by: u32) -> Vec<u8> {
    let end = bytes.len() - END_LENGTH;
    let mut centrals = Vec::new();
    let directory = find(&bytes, CENTRAL, 0);
    for at in directory..end {
        if bytes[at..].starts_with(&CENTRAL) {
            centrals.push(at + 42);
        }
    }
    for at in centrals.into_iter().chain([end + 16]) {
        let place = u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four"));
        if place as usize >= from {
            bytes[at..at + 4].copy_from_slice(&(place + by).to_le_bytes());
        }
    }
    bytes
}

fn two_joined() -> Vec<u8> {
    [honest(), honest()].concat()
}

fn two_joined_and_adjusted() -> Vec<u8> {
    let first = stored();
    let by = u32::try_from(first.len()).expect("short");
    [first, shifted(honest(), 0, by)].concat()
}

fn something_before() -> Vec<u8> {
    [b"#!/bin/sh\n".to_vec(), honest()].concat()
}

fn something_after() -> Vec<u8> {
    [honest(), b"\n".to_vec()].concat()
}

fn a_comment() -> Vec<u8> {
    let mut bytes = honest();
    let at = bytes.len() - 2;
    bytes[at..].copy_from_slice(&2_u16.to_le_bytes());
    bytes.extend(b"PK");
    bytes
}

/// An entry that only those who read from the beginning find.
fn an_entry_that_the_directory_lacks() -> Vec<u8> {
    let whole = honest();
    let second = find(&whole, ENTRY, 1);
    let hidden = whole[second..find(&whole, CENTRAL, 0)].to_vec();
    let by = u32::try_from(hidden.len()).expect("short");
    let mut bytes = shifted(whole, second, by);
    bytes.splice(second..second, hidden);
    bytes
}

fn an_entry_before_the_directory() -> Vec<u8> {
    let whole = honest();
    let directory = find(&whole, CENTRAL, 0);
    let hidden = whole[..find(&whole, ENTRY, 1)].to_vec();
    let by = u32::try_from(hidden.len()).expect("short");
    let mut bytes = shifted(whole, directory, by);
    bytes.splice(directory..directory, hidden);
    bytes
}

/// The directory of the end record begins behind another, which some programs take.
fn a_directory_cut_short() -> Vec<u8> {
    let mut bytes = honest();
    let end = bytes.len() - END_LENGTH;
    bytes[end + 8..end + 12].copy_from_slice(&[1, 0, 1, 0]);
    bytes
}

fn another_name_before_its_data() -> Vec<u8> {
    let mut bytes = honest();
    let at = find(&bytes, ENTRY, 0) + 30;
    bytes[at..at + 6].copy_from_slice(b"RECORD");
    bytes
}

fn another_size_before_its_data() -> Vec<u8> {
    let mut bytes = honest();
    let at = find(&bytes, ENTRY, 0) + 22;
    bytes[at] ^= 1;
    bytes
}

fn another_method_before_its_data() -> Vec<u8> {
    let mut bytes = honest();
    let at = find(&bytes, ENTRY, 0) + 8;
    bytes[at] = 0;
    bytes
}

fn octets_behind_the_packed_data() -> Vec<u8> {
    let whole = honest();
    let (second, size) = (find(&whole, ENTRY, 1), find(&whole, CENTRAL, 0) + 20);
    let mut bytes = shifted(whole, second, 4);
    for at in [find(&bytes, ENTRY, 0) + 18, size] {
        let packed = u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four"));
        bytes[at..at + 4].copy_from_slice(&(packed + 4).to_le_bytes());
    }
    bytes.splice(second..second, *b"rien");
    bytes
}

fn a_second_name() -> Vec<u8> {
    let mut options: FileOptions<'_, '_, ExtendedFileOptions> = FileOptions::default();
    let field: &[u8] = b"\x01\0\0\0\0autre.html";
    options.add_extra_field(0x7075, field, false).expect("added");
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("rapport.html", options).expect("begun");
    zip.write_all(TEXT).expect("written");
    zip.finish().expect("whole").into_inner()
}

fn more_than_there_may_be() -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("rapport.html", SimpleFileOptions::default()).expect("begun");
    zip.write_all(&vec![b' '; 1 << 17]).expect("written");
    zip.finish().expect("whole").into_inner()
}

fn a_link() -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink("rapport.html", "/etc/hostname", SimpleFileOptions::default()).expect("added");
    zip.finish().expect("whole").into_inner()
}

fn encrypted_it_says() -> Vec<u8> {
    let mut bytes = stored();
    for at in [find(&bytes, ENTRY, 0) + 6, find(&bytes, CENTRAL, 0) + 8] {
        bytes[at] |= 1;
    }
    bytes
}

#[rstest]
#[case::two_joined(two_joined())]
#[case::two_joined_and_adjusted(two_joined_and_adjusted())]
#[case::something_before(something_before())]
#[case::something_after(something_after())]
#[case::a_comment(a_comment())]
#[case::an_entry_that_the_directory_lacks(an_entry_that_the_directory_lacks())]
#[case::an_entry_before_the_directory(an_entry_before_the_directory())]
#[case::a_directory_cut_short(a_directory_cut_short())]
#[case::another_name_before_its_data(another_name_before_its_data())]
#[case::another_size_before_its_data(another_size_before_its_data())]
#[case::another_method_before_its_data(another_method_before_its_data())]
#[case::octets_behind_the_packed_data(octets_behind_the_packed_data())]
#[case::a_second_name(a_second_name())]
#[case::more_than_there_may_be(more_than_there_may_be())]
#[case::a_link(a_link())]
#[case::encrypted_it_says(encrypted_it_says())]
fn what_programs_read_diversely_is_refused(#[case] bytes: Vec<u8>) {
    let why = check(&bytes).expect_err("equivocal");
    assert!(!why.is_empty());
}

#[test]
fn no_archive_cut_short_is_read() {
    let bytes = honest();
    for length in 0..bytes.len() {
        check(&bytes[..length]).expect_err("cut");
    }
}
