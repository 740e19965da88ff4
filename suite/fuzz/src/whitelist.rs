//! Whitelists: read, verified, indexed, inspected, written.

use fixtures::{
    dn::DistinguishedName,
    whitelist::{
        Document, Index, InspectionRequest, Whitelist, check_signer, inspect, read, read_trusted,
        verify_each, write,
    },
};
use jiff::Timestamp;
use rustls::pki_types::CertificateDer;

/// The seed that is signed, by a key that was thrown away: nothing else can be trusted.
const SIGNED: &[u8] = include_bytes!("../seeds/whitelist/signed.xml");
/// The TEST authority of its signer.
const AUTHORITY: &[u8] = include_bytes!("../authority.der");
/// A date at which the signer's certificate is valid.
const AT: i64 = 1_767_225_600;

/// A list that is read can be written and read again, its index knows each entry, nothing of it reaches
/// a terminal raw, and no list is trusted but the one that was signed.
pub fn check(data: &[u8]) {
    let authorities = [CertificateDer::from(AUTHORITY)];
    let at = Timestamp::from_second(AT).expect("2026");
    let Ok(document) = Document::parse(data) else {
        assert!(read(data).is_err());
        return;
    };
    let list = document.whitelist();
    if let Ok(list) = &list {
        assert_eq!(read(write(list).as_bytes()).as_ref(), Ok(list), "it can be written");
        check_index(list);
        let request =
            InspectionRequest { authorities: &authorities, at, domain: None, certificate: None };
        let found = inspect(data, &request).expect("what is read can be inspected");
        for text in [found.to_string(), format!("{found:#}")] {
            let raw = text.chars().find(|char| char.is_control() && *char != '\n');
            assert_eq!(raw, None, "a terminal sees no control character");
        }
    }
    let each = verify_each(&document, &authorities).unwrap_or_default();
    let ours =
        each.iter().flatten().any(|verified| check_signer(verified, &authorities, at).is_ok());
    if ours && let Ok(list) = &list {
        assert_eq!(list, &signed(), "nobody can sign another list");
        let trusted = read_trusted(data, &authorities, at).expect("the same, all at once");
        assert_eq!(&trusted.list, list);
    } else {
        assert!(read_trusted(data, &authorities, at).is_err());
    }
}

fn signed() -> Whitelist {
    read(SIGNED).expect("the signed seed is a list")
}

fn check_index(list: &Whitelist) {
    let index = Index::build(list);
    for entry in &list.entries {
        let domain = entry.domain.trim();
        let name = entry.operator_dn.parse::<DistinguishedName>().ok().filter(|dn| !dn.is_empty());
        let canonical = name.clone().unwrap_or_default().canonical();
        let found = index.lookup(domain, &canonical);
        // A longer name is none (RFC 1035 §2.3.4).
        if domain.len() <= 255 {
            assert!(found.domain_listed, "{domain:?}");
            assert_eq!(found.mapped, name.is_some(), "{entry:?}");
        }
        assert_eq!(found.dn_listed, name.is_some());
        assert_eq!(
            index.spellings(&canonical).any(|text| text == entry.operator_dn),
            name.is_some()
        );
    }
    assert_eq!(
        index.names().count() > 0,
        list.entries.iter().any(|entry| {
            entry.operator_dn.parse::<DistinguishedName>().is_ok_and(|dn| !dn.is_empty())
        })
    );
}
