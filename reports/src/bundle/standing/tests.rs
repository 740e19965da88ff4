use std::{fs, path::PathBuf};

use fixtures::pki::{Clock, KeyPool, Options, Pki, Role, Subject, Variant};
use jiff::SignedDuration;
use rstest::rstest;

use super::*;

fn attached(in_force: bool, known: Known) -> Standing {
    let list = (!matches!(known, Known::NoList | Known::OtherIssuers)).then(published);
    Standing::Attached { in_force, revocation: Revocation { known, list, carried: false } }
}

const SIGNED: &str = "2026-03-01T12:00:00Z";

fn at() -> Timestamp {
    SIGNED.parse().expect("a timestamp")
}

/// When the lists of a simulated IGC are published that are in force.
fn published() -> Timestamp {
    at() - SignedDuration::from_hours(1)
}

fn expired() -> Standing {
    let list = Some(at() - SignedDuration::from_hours(24 * 60));
    let revocation = Revocation { known: Known::ListExpired, list, carried: false };
    Standing::Attached { in_force: true, revocation }
}

fn revoked() -> Standing {
    Standing::Revoked { since: Some(at() - SignedDuration::from_hours(24 * 90)) }
}

const OF_AN_AUTHORITY: Standing = Standing::Revoked { since: None };

fn unattached(why: &str) -> Standing {
    Standing::Unattached(why.to_owned())
}

fn igc() -> Pki {
    let keys = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/tmp/keys");
    let pool = KeyPool::open(&keys).expect("a key pool");
    let clock = Clock::Fixed(at());
    let options = Options { clock, ..Options::new("http://127.0.0.1:40404") };
    Pki::ephemeral(&pool, &options).expect("an IGC")
}

const BOTH: &[Role] = &[Role::Root, Role::Organisations];

/// Looked at so many hours after the signature.
#[rstest]
#[case::whole(Variant::Valid, BOTH, 1, attached(true, Known::Checked))]
#[case::leaf_alone(
    Variant::Valid,
    &[Role::Organisations],
    1,
    attached(true, Known::OfTheSigner)
)]
#[case::no_list(Variant::Valid, &[], 1, attached(true, Known::NoList))]
#[case::old(Variant::Valid, BOTH, 24 * 366 * 20, attached(false, Known::Checked))]
#[case::revoked(Variant::RevokedLeaf, BOTH, 1, revoked())]
#[case::revoked_authority(
    Variant::RevokedIntermediate,
    &[Role::Root, Role::Revoked],
    1,
    OF_AN_AUTHORITY
)]
#[case::authority_alone_is_listed(
    Variant::RevokedIntermediate,
    &[Role::Root],
    1,
    OF_AN_AUTHORITY
)]
// The list that names it has expired, as those of an authority that is gone have.
#[case::listed_long_ago(
    Variant::RevokedLeaf,
    BOTH,
    24 * 366 * 20,
    revoked()
)]
#[case::list_expired(
    Variant::CrlExpired,
    &[Role::Root, Role::CrlExpired],
    1,
    expired()
)]
#[case::list_of_another(
    Variant::Valid,
    &[Role::Revoked],
    1,
    attached(true, Known::OtherIssuers)
)]
#[case::expired(
    Variant::Expired,
    BOTH,
    1,
    unattached("son certificat, ou une autorité, avait expiré à la signature")
)]
#[case::foreign(
    Variant::ForeignCa,
    BOTH,
    1,
    unattached("aucun chemin ne mène de son certificat à une autorité donnée par --trust")
)]
#[case::not_for_signatures(
    Variant::NoDigitalSignature,
    BOTH,
    1,
    unattached("son certificat n'est pas fait pour signer")
)]
fn what_stands_behind_a_signer(
    #[case] variant: Variant,
    #[case] lists: &[Role],
    #[case] hours: i64,
    #[case] standing: Standing,
) {
    let pki = igc();
    let subject = Subject::new("Paris (75)", "CLINIQUE", "399999999900017", "mss.a.test");
    let signature = Signature {
        at: Some(at()),
        chain: pki.issue(&subject, variant).expect("issued").chain().to_vec(),
        ..Signature::default()
    };

    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("written");
        path
    };
    let root = write("racine", pki.authority(Role::Root).certificate());
    let lists: Vec<_> = lists
        .iter()
        .map(|role| write(&format!("{}.crl", role.slug()), pki.crl(*role).expect("published")))
        .collect();
    let authorities = Authorities::read(&[root], &lists).expect("sound");
    let now = at() + SignedDuration::from_hours(hours);
    assert_eq!(Standing::of(&signature, Some(&authorities), now), standing);
    assert_eq!(Standing::of(&signature, None, now), Standing::Unasked);

    // Whoever names the certificate itself needs no authority, and is told all the same whether it is revoked.
    let own = write("lui-meme", &signature.chain[0]);
    let known = match (&standing, variant) {
        (Standing::Revoked { since: Some(_) }, _) => None,
        (Standing::Attached { revocation, .. }, Variant::Valid) => Some(match revocation.known {
            Known::OfTheSigner => Known::Checked,
            known => known,
        }),
        _ => return,
    };
    let itself = Authorities::read(&[own], &lists).expect("sound");
    match (Standing::of(&signature, Some(&itself), at()), known) {
        (told @ Standing::Revoked { .. }, None) => assert_eq!(told, standing),
        (Standing::Named { revocation }, Some(known)) => assert_eq!(revocation.known, known),
        (told, _) => panic!("{told:?}"),
    }
}

/// A file of authorities holds their lists too, as those do that an IGC publishes.
#[test]
fn lists_beside_the_authorities_are_read() {
    let pki = igc();
    let subject = Subject::new("Paris (75)", "CLINIQUE", "399999999900017", "mss.a.test");
    let signature = Signature {
        at: Some(at()),
        chain: pki.issue(&subject, Variant::RevokedLeaf).expect("issued").chain().to_vec(),
        ..Signature::default()
    };
    let block = |label: &str, der: &[u8]| pem::encode(&pem::Pem::new(label, der));
    let root = block("CERTIFICATE", pki.authority(Role::Root).certificate());
    let list = block("X509 CRL", pki.crl(Role::Organisations).expect("published"));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("igc.pem");
    fs::write(&file, root + &list).expect("written");
    let authorities = Authorities::read(&[file], &[]).expect("sound");
    assert_eq!(Standing::of(&signature, Some(&authorities), at()), revoked());
}

/// The signature brings no certificate of its issuer: what bears the issuer's name is told as that, and as no word
/// of the issuer's.
#[rstest]
#[case::valid(Variant::Valid)]
#[case::revoked(Variant::RevokedLeaf)]
fn a_list_whose_issuer_is_not_at_hand(#[case] variant: Variant) {
    let pki = igc();
    let subject = Subject::new("Paris (75)", "CLINIQUE", "399999999900017", "mss.a.test");
    let chain = pki.issue(&subject, variant).expect("issued").chain().to_vec();
    let folder = tempfile::tempdir().expect("a folder");
    let (own, list) = (folder.path().join("lui-meme"), folder.path().join("liste.crl"));
    fs::write(&own, &chain[0]).expect("written");
    fs::write(&list, pki.crl(Role::Organisations).expect("published")).expect("written");
    let itself = Authorities::read(&[own], &[list]).expect("sound");
    let of = |chain: &[_]| {
        let signature = Signature { at: Some(at()), chain: chain.to_vec(), ..Signature::default() };
        Standing::of(&signature, Some(&itself), at())
    };
    let revocation = Revocation { known: Known::IssuerMissing, list: None, carried: false };
    assert_eq!(of(&chain[..1]), Standing::Named { revocation });
    let whole = if variant == Variant::RevokedLeaf {
        revoked()
    } else {
        let revocation =
            Revocation { known: Known::Checked, list: Some(published()), carried: false };
        Standing::Named { revocation }
    };
    assert_eq!(of(&chain), whole);
}

/// A list that came with the signature tells where the reader has none; his own is the first that counts, and one
/// that names the signer counts wherever it came from.
#[rstest]
#[case::alone(Variant::Valid, &[], BOTH, attached(true, Known::Checked), true)]
#[case::beside_ones_own(Variant::Valid, BOTH, BOTH, attached(true, Known::Checked), false)]
#[case::beside_another(Variant::Valid, &[Role::Revoked], BOTH, attached(true, Known::Checked), true)]
#[case::of_another(Variant::Valid, &[], &[Role::Revoked], attached(true, Known::OtherIssuers), false)]
#[case::revoked(Variant::RevokedLeaf, &[], BOTH, revoked(), false)]
fn a_list_that_came_with_the_signature(
    #[case] variant: Variant,
    #[case] own: &[Role],
    #[case] carried: &[Role],
    #[case] standing: Standing,
    #[case] is_carried: bool,
) {
    let pki = igc();
    let subject = Subject::new("Paris (75)", "CLINIQUE", "399999999900017", "mss.a.test");
    let list = |role: &Role| pki.crl(*role).expect("published").to_vec();
    let signature = Signature {
        at: Some(at()),
        chain: pki.issue(&subject, variant).expect("issued").chain().to_vec(),
        lists: carried.iter().map(|role| list(role).into()).collect(),
        ..Signature::default()
    };
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("written");
        path
    };
    let root = write("racine", pki.authority(Role::Root).certificate());
    let own: Vec<_> =
        own.iter().map(|role| write(&format!("{}.crl", role.slug()), &list(role))).collect();
    let authorities = Authorities::read(&[root], &own).expect("sound");
    let standing = match standing {
        Standing::Attached { in_force, revocation } if is_carried => {
            Standing::Attached { in_force, revocation: revocation.carried() }
        }
        other => other,
    };
    assert_eq!(Standing::of(&signature, Some(&authorities), at()), standing);
}
