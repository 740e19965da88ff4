//! What stands behind a signer: a path from its certificate to an authority that the reader trusts.

use std::time::Duration;

use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use schemars::JsonSchema;
use serde::Serialize;
use suite::certificate::{Told, may_sign_documents};
use webpki::{Error, RevocationCheckDepth};

use super::{Authorities, Signature};

/// What stands behind a signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The reader named no authority.
    Unasked,
    /// Its certificate itself is among those that the reader trusts.
    Named {
        /// What is known of its revocation.
        revocation: Revocation,
    },
    /// A path led to an authority that the reader trusts when it signed.
    Attached {
        /// Whether it leads there still.
        in_force: bool,
        /// What is known of its revocation.
        revocation: Revocation,
    },
    /// Its certificate, or that of an authority above it, is revoked.
    Revoked {
        /// Since when its own certificate is, by its issuer's list; `None` where an authority's is.
        since: Option<Timestamp>,
    },
    /// No path leads to an authority that the reader trusts, or its certificate is not for signatures: why,
    /// in French.
    Unattached(String),
}

/// What is known of the revocation of a signer that is not known to be revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// What the lists say.
    pub known: Known,
    /// When the list of its issuer was published that says of its certificate, if there is one.
    pub list: Option<Timestamp>,
}

/// What the revocation lists say of a signer that is not known to be revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// None of the certificates that the reader relies on is revoked.
    Checked,
    /// The signer's certificate is not revoked; of its authorities a list is wanting.
    OfTheSigner,
    /// The reader gave no list.
    NoList,
    /// None of the lists given tells of the signer's certificate: they are of other issuers.
    OtherIssuers,
    /// A list bears the name of its issuer, whose certificate is not at hand.
    IssuerMissing,
    /// The list of its issuer is no longer in force.
    ListExpired,
}

impl Known {
    /// Whether a list in force says of the signer's certificate that it is not revoked.
    #[must_use]
    pub fn is_known(self) -> bool {
        matches!(self, Self::Checked | Self::OfTheSigner)
    }
}

impl Standing {
    /// What stands behind `signature` for who trusts `authorities`, at `now`.
    #[must_use]
    pub fn of(signature: &Signature, authorities: Option<&Authorities>, now: Timestamp) -> Self {
        let (Some(authorities), Some(leaf)) = (authorities, signature.chain.first()) else {
            return Self::Unasked;
        };
        if !may_sign_documents(leaf) {
            return Self::Unattached("son certificat n'est pas fait pour signer".to_owned());
        }
        let chain = &signature.chain;
        let told = authorities.trust.told(leaf, chain);
        let missing = told.is_empty() && authorities.trust.lacks_the_issuer(leaf, chain);
        let since = told.iter().find_map(|told| told.revoked).map(moment);
        if authorities.certificates.contains(leaf) {
            return match since {
                Some(_) => Self::Revoked { since },
                // Of what stands above it nothing is asked: the reader trusts the certificate itself.
                None => {
                    let revocation = authorities.revocation(&told, now, Known::Checked, missing);
                    Self::Named { revocation }
                }
            };
        }
        let path = |at, depth| authorities.trust.signs(chain, at, depth);
        let signed = signature.at.unwrap_or(now);
        if let Err(error) = path(unix(signed), None) {
            return Self::Unattached(why(&error));
        }
        let in_force = path(unix(now), None).is_ok();
        // A path that has ended is looked at when it was whole: an authority may strike who has expired off
        // its list, and what is on it counts all the same.
        let at = if in_force { now } else { signed };
        // A list that is wanting, or no more in force, hides nothing of what another says.
        if authorities.trust.names_one_of(chain, unix(at)) {
            return Self::Revoked { since };
        }
        let whole = path(unix(at), Some(RevocationCheckDepth::Chain)).is_ok();
        let known = if whole { Known::Checked } else { Known::OfTheSigner };
        Self::Attached { in_force, revocation: authorities.revocation(&told, at, known, missing) }
    }
}

impl Authorities {
    /// What the lists of its issuer, of which none names the signer, tell of it at a moment: `known` where one is
    /// in force then.
    fn revocation(
        &self,
        told: &[Told],
        at: Timestamp,
        known: Known,
        issuer_missing: bool,
    ) -> Revocation {
        let current = told.iter().find(|told| told.in_force(unix(at)));
        let known = match current {
            Some(_) => known,
            None if !told.is_empty() => Known::ListExpired,
            None if issuer_missing => Known::IssuerMissing,
            None if self.trust.has_lists() => Known::OtherIssuers,
            None => Known::NoList,
        };
        let list = current.or(told.first()).map(|told| moment(told.published));
        Revocation { known, list }
    }
}

/// A moment in seconds since 1970; one that no calendar holds is the first.
fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or_default()
}

fn unix(at: Timestamp) -> UnixTime {
    let seconds = u64::try_from(at.as_second()).unwrap_or_default();
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}

fn why(error: &Error) -> String {
    match error {
        Error::UnknownIssuer => {
            "aucun chemin ne mène de son certificat à une autorité donnée par --trust"
        }
        Error::CertExpired { .. } => "son certificat, ou une autorité, avait expiré à la signature",
        Error::CertNotValidYet { .. } => {
            "son certificat, ou une autorité, n'était pas encore valable à la signature"
        }
        Error::RequiredEkuNotFoundContext(_) => "son certificat n'est pas fait pour signer",
        Error::CaUsedAsEndEntity => "son certificat est celui d'une autorité",
        Error::EndEntityUsedAsCa | Error::PathLenConstraintViolated => {
            "son émetteur n'a pas le droit d'émettre ce certificat"
        }
        Error::InvalidSignatureForPublicKey => {
            "son certificat n'est pas signé par l'autorité de ce nom"
        }
        other => return format!("son certificat n'est pas accepté ({other})"),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use fixtures::pki::{Clock, KeyPool, Options, Pki, Role, Subject, Variant};
    use jiff::SignedDuration;
    use rstest::rstest;

    use super::*;

    fn attached(in_force: bool, known: Known) -> Standing {
        let list = (!matches!(known, Known::NoList | Known::OtherIssuers)).then(published);
        Standing::Attached { in_force, revocation: Revocation { known, list } }
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
        let revocation = Revocation { known: Known::ListExpired, list };
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
            (Standing::Attached { revocation, .. }, Variant::Valid) => {
                Some(match revocation.known {
                    Known::OfTheSigner => Known::Checked,
                    known => known,
                })
            }
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
            let signature =
                Signature { at: Some(at()), chain: chain.to_vec(), ..Signature::default() };
            Standing::of(&signature, Some(&itself), at())
        };
        let revocation = Revocation { known: Known::IssuerMissing, list: None };
        assert_eq!(of(&chain[..1]), Standing::Named { revocation });
        let whole = if variant == Variant::RevokedLeaf {
            revoked()
        } else {
            let revocation = Revocation { known: Known::Checked, list: Some(published()) };
            Standing::Named { revocation }
        };
        assert_eq!(of(&chain), whole);
    }
}
