//! What stands behind a signer: a path from its certificate to an authority that the reader trusts.

use std::time::Duration;

use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use schemars::JsonSchema;
use serde::Serialize;
use suite::certificate::may_sign_documents;
use webpki::{Error, RevocationCheckDepth};

use super::{Authorities, Signature};

/// What stands behind a signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The reader named no authority.
    Unasked,
    /// Its certificate itself is among those that the reader trusts.
    Named,
    /// A path led to an authority that the reader trusts when it signed.
    Attached {
        /// Whether it leads there still.
        in_force: bool,
        /// What is known of its revocation.
        revocation: Revocation,
    },
    /// Its certificate, or that of an authority above it, is revoked.
    Revoked,
    /// No path leads to an authority that the reader trusts, or its certificate is not for signatures: why,
    /// in French.
    Unattached(String),
}

/// What is known of the revocation of a path that is not known to be revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Revocation {
    /// None of its certificates is revoked.
    Checked,
    /// The signer's certificate is not revoked; of its authorities a list is wanting.
    OfTheSigner,
    /// No list in force says.
    Unchecked,
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
        if authorities.certificates.contains(leaf) {
            let revoked = authorities.trust.names(leaf, chain);
            return if revoked { Self::Revoked } else { Self::Named };
        }
        let path = |at, depth| authorities.trust.signs(chain, at, depth);
        let signed = unix(signature.at.unwrap_or(now));
        if let Err(error) = path(signed, None) {
            return Self::Unattached(why(&error));
        }
        let present = unix(now);
        let in_force = path(present, None).is_ok();
        // A path that has ended is looked at when it was whole: an authority may strike who has expired off
        // its list, and what is on it counts all the same.
        let at = if in_force { present } else { signed };
        // A list that is wanting, or no more in force, hides nothing of what another says.
        if authorities.trust.names_one_of(chain, at) {
            return Self::Revoked;
        }
        let mut revocation = Revocation::Unchecked;
        for (depth, known) in [
            (RevocationCheckDepth::EndEntity, Revocation::OfTheSigner),
            (RevocationCheckDepth::Chain, Revocation::Checked),
        ] {
            match path(at, Some(depth)) {
                Ok(()) => revocation = known,
                Err(_) => break,
            }
        }
        Self::Attached { in_force, revocation }
    }
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

    fn attached(in_force: bool, revocation: Revocation) -> Standing {
        Standing::Attached { in_force, revocation }
    }

    fn unattached(why: &str) -> Standing {
        Standing::Unattached(why.to_owned())
    }

    const BOTH: &[Role] = &[Role::Root, Role::Organisations];

    /// Looked at so many hours after the signature.
    #[rstest]
    #[case::whole(Variant::Valid, BOTH, 1, attached(true, Revocation::Checked))]
    #[case::leaf_alone(
        Variant::Valid,
        &[Role::Organisations],
        1,
        attached(true, Revocation::OfTheSigner)
    )]
    #[case::no_list(Variant::Valid, &[], 1, attached(true, Revocation::Unchecked))]
    #[case::old(Variant::Valid, BOTH, 24 * 366 * 20, attached(false, Revocation::Checked))]
    #[case::revoked(Variant::RevokedLeaf, BOTH, 1, Standing::Revoked)]
    #[case::revoked_authority(
        Variant::RevokedIntermediate,
        &[Role::Root, Role::Revoked],
        1,
        Standing::Revoked
    )]
    #[case::authority_alone_is_listed(
        Variant::RevokedIntermediate,
        &[Role::Root],
        1,
        Standing::Revoked
    )]
    // The list that names it has expired, as those of an authority that is gone have.
    #[case::listed_long_ago(
        Variant::RevokedLeaf,
        BOTH,
        24 * 366 * 20,
        Standing::Revoked
    )]
    #[case::list_expired(
        Variant::CrlExpired,
        &[Role::Root, Role::CrlExpired],
        1,
        attached(true, Revocation::Unchecked)
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
        let keys = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/tmp/keys");
        let pool = KeyPool::open(&keys).expect("a key pool");
        let at: Timestamp = "2026-03-01T12:00:00Z".parse().expect("a timestamp");
        let options = Options { clock: Clock::Fixed(at), ..Options::new("http://127.0.0.1:40404") };
        let pki = Pki::ephemeral(&pool, &options).expect("an IGC");
        let subject = Subject::new("Paris (75)", "CLINIQUE", "399999999900017", "mss.a.test");
        let signature = Signature {
            at: Some(at),
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
        let now = at + SignedDuration::from_hours(hours);
        assert_eq!(Standing::of(&signature, Some(&authorities), now), standing);
        assert_eq!(Standing::of(&signature, None, now), Standing::Unasked);

        // Whoever names the certificate itself needs no authority, and is told all the same that it is revoked.
        let own = write("lui-meme", &signature.chain[0]);
        let named = match variant {
            Variant::Valid => Standing::Named,
            Variant::RevokedLeaf => Standing::Revoked,
            _ => return,
        };
        let itself = Authorities::read(&[own], &lists).expect("sound");
        assert_eq!(Standing::of(&signature, Some(&itself), now), named);
    }
}
