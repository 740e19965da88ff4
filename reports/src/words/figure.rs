//! Figures and foreign text, as French readers and every format take them.

use std::{borrow::Cow, fmt::Write};

use jiff::{Timestamp, tz::TimeZone};

/// A duration: `12 ms`, `4,1 s`, `2 min 05 s`, `1 h 02 min`.
pub(crate) fn duration(ms: u64) -> String {
    // Rounded to the last figure shown before the unit is chosen: 59,99 s is 1 min 00 s, never 60,0 s.
    let in_units_of = |unit: u64| ms.saturating_add(unit / 2) / unit;
    let (tenths, seconds, minutes) = (in_units_of(100), in_units_of(1_000), in_units_of(60_000));
    if ms < 1_000 {
        format!("{ms} ms")
    } else if tenths < 600 {
        format!("{},{} s", tenths / 10, tenths % 10)
    } else if seconds < 3_600 {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    } else {
        format!("{} h {:02} min", minutes / 60, minutes % 60)
    }
}

/// A moment: `22 novembre 2026 à 05:53 UTC`.
pub(crate) fn moment(at: Timestamp) -> String {
    const MONTHS: [&str; 12] = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ];
    let at = at.to_zoned(TimeZone::UTC);
    let month = MONTHS[usize::try_from(at.month() - 1).expect("months count from 1")];
    let day = if at.day() == 1 { "1er".to_owned() } else { at.day().to_string() };
    format!("{day} {month} {} à {:02}:{:02} UTC", at.year(), at.hour(), at.minute())
}

/// `1 scénario`, `2 scénarios`; zero is singular in French.
#[must_use]
pub fn plural(count: usize, noun: &str) -> String {
    let s = if count > 1 { "s" } else { "" };
    format!("{} {noun}{s}", thousands(count))
}

/// `6 494`: a no-break space between thousands.
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('\u{a0}');
        }
        out.push(digit);
    }
    out
}

/// The first six digits of a digest, enough to tell two apart by eye.
pub(crate) fn short(digest: &str) -> String {
    let mut chars = digest.chars();
    let head: String = chars.by_ref().take(6).collect();
    if chars.next().is_some() { head + "…" } else { head }
}

/// The text with every character that a terminal, a browser or an XML parser could obey made
/// visible: controls as `\x1b`, bidirectional and invisible format characters as `\u{202e}`. Line
/// feeds and tabs stay.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    let plain = |octet: &u8| matches!(octet, b' '..=b'~' | b'\n' | b'\t');
    if text.as_bytes().iter().all(plain) || !text.chars().any(is_treacherous) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\r' => out.push_str("\\r"),
            c if c.is_control() && is_treacherous(c) => {
                write!(out, "\\x{:02x}", u32::from(c)).expect("writing to a string");
            }
            c if is_treacherous(c) => {
                write!(out, "\\u{{{:x}}}", u32::from(c)).expect("writing to a string");
            }
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn is_treacherous(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' => true,
        '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => true,
        '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' => true,
        c => c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::none(0, "0 ms")]
    #[case::milliseconds(999, "999 ms")]
    #[case::seconds(4_149, "4,1 s")]
    #[case::rounded_up(13_081, "13,1 s")]
    #[case::half_a_tenth(4_150, "4,2 s")]
    #[case::under_a_minute(59_949, "59,9 s")]
    #[case::a_minute_once_rounded(59_950, "1 min 00 s")]
    #[case::minutes(125_499, "2 min 05 s")]
    #[case::minutes_rounded_up(125_500, "2 min 06 s")]
    #[case::an_hour_once_rounded(3_599_500, "1 h 00 min")]
    #[case::hours(3_725_000, "1 h 02 min")]
    #[case::hours_rounded_up(3_750_000, "1 h 03 min")]
    #[case::longer_than_any_run(u64::MAX, "5124095576030 h 25 min")]
    fn durations_are_french(#[case] ms: u64, #[case] text: &str) {
        assert_eq!(duration(ms), text);
    }

    #[rstest]
    #[case::ordinary("2026-11-22T05:53:46Z", "22 novembre 2026 à 05:53 UTC")]
    #[case::first_of_the_month("2027-08-01T23:05:00+02:00", "1er août 2027 à 21:05 UTC")]
    fn moments_are_french(#[case] at: &str, #[case] text: &str) {
        assert_eq!(moment(at.parse().expect("a timestamp")), text);
    }

    #[rstest]
    #[case::zero(0, "0 entrée")]
    #[case::one(1, "1 entrée")]
    #[case::two(2, "2 entrées")]
    #[case::thousands(6_494, "6\u{a0}494 entrées")]
    #[case::millions(1_234_567, "1\u{a0}234\u{a0}567 entrées")]
    fn counts_agree(#[case] count: usize, #[case] text: &str) {
        assert_eq!(plural(count, "entrée"), text);
    }

    #[rstest]
    #[case::plain("250 2.0.0 Ok é 🩺", "250 2.0.0 Ok é 🩺")]
    #[case::escape("\u{1b}[2J", "\\x1b[2J")]
    #[case::nul_and_c1("a\0b\u{9b}c", "a\\x00b\\x9bc")]
    #[case::right_to_left("\u{202e}exe", "\\u{202e}exe")]
    #[case::noncharacter("\u{ffff}", "\\u{ffff}")]
    #[case::line_ends("a\r\nb\tc", "a\\r\nb\tc")]
    fn nothing_is_left_to_obey(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(visible(text), shown);
    }
}
