//! The format of a record, and which of them are read.

/// The format that this version writes, `mssante-conformance/major.minor`.
///
/// A minor adds fields, which an older reader passes over; a major changes what is there. [`is_read`] says
/// which are read.
///
/// | format | what changed |
/// |---|---|
/// | 1 | the first, without a minor: one decision a scenario, what is known of the reception in the code |
/// | 2.0 | `families`, each with its conclusion, counts and controls; `decisions`, one a transaction; `filter` is a list; `declaration.not_applicable` has reasons, and says what capabilities follow from; `possession`; `changes` and `reads`; `resumed` and `noted`, so that `remarks` can be derived |
/// | 2.1 | `changes[].undone.awaited`, `controls[].part`, `changes[].awaited[].said`, `observations`; how a world ended follows from the transcripts, and so nothing is `noted` any more |
pub const SCHEMA: &str = "mssante-conformance/2.1";

/// Major of [`SCHEMA`].
const MAJOR: u32 = 2;

/// Whether a record of a format can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// It can: its major is that of [`SCHEMA`], whatever its minor.
    Read,
    /// It is older: the version that wrote it reads it.
    Older,
    /// It is newer.
    Newer,
    /// It is no format of a record.
    Foreign,
}

/// Whether a record whose `schema` is this can be read.
#[must_use]
pub fn is_read(schema: &str) -> Reading {
    let Some(version) = schema.strip_prefix("mssante-conformance/") else {
        return Reading::Foreign;
    };
    let (major, minor) = match version.split_once('.') {
        Some((major, minor)) => (major, Some(minor)),
        None => (version, None),
    };
    match (major.parse::<u32>(), minor.map(str::parse::<u32>)) {
        (Ok(major), _) if major > MAJOR => Reading::Newer,
        (Ok(MAJOR), Some(Ok(_))) => Reading::Read,
        (Ok(_), None | Some(Ok(_))) => Reading::Older,
        _ => Reading::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::own(SCHEMA, Reading::Read)]
    #[case::a_later_minor("mssante-conformance/2.17", Reading::Read)]
    #[case::the_first("mssante-conformance/1", Reading::Older)]
    #[case::before_minors("mssante-conformance/2", Reading::Older)]
    #[case::a_later_major("mssante-conformance/3.0", Reading::Newer)]
    #[case::much_later("mssante-conformance/9", Reading::Newer)]
    #[case::no_minor_at_all("mssante-conformance/2.x", Reading::Foreign)]
    #[case::of_a_head("mssante-run/2", Reading::Foreign)]
    #[case::none("", Reading::Foreign)]
    fn a_major_is_read_with_all_its_minors(#[case] schema: &str, #[case] reading: Reading) {
        assert_eq!(is_read(schema), reading);
    }
}
