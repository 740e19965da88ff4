//! What stands behind a signer: a path from its certificate to an authority that the reader trusts.

use std::time::Duration;

use jiff::Timestamp;
use rustls::pki_types::{CertificateDer, UnixTime};
use schemars::JsonSchema;
use serde::Serialize;
use suite::certificate::{Told, Trust, may_sign_documents};
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
    /// Whether that list came with the signature, and the reader's own tell nothing.
    pub carried: bool,
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
    /// What stands behind `signature` for who trusts `authorities`, at `now`. A revocation list that came with the
    /// signature counts where it names somebody, and where the reader's own say nothing.
    #[must_use]
    pub fn of(signature: &Signature, authorities: Option<&Authorities>, now: Timestamp) -> Self {
        let (Some(authorities), Some(leaf)) = (authorities, signature.chain.first()) else {
            return Self::Unasked;
        };
        if !may_sign_documents(leaf) {
            return Self::Unattached("son certificat n'est pas fait pour signer".to_owned());
        }
        let own = authorities.standing(&authorities.trust, leaf, signature, now);
        let Some(trust) = authorities.trust.with(&signature.lists) else { return own };
        let (Some(known), carried) =
            (own.revocation(), authorities.standing(&trust, leaf, signature, now))
        else {
            return own;
        };
        match carried {
            Self::Revoked { .. } => carried,
            _ if known.is_known() => own,
            Self::Named { revocation } => Self::Named { revocation: revocation.carried() },
            Self::Attached { in_force, revocation } => {
                Self::Attached { in_force, revocation: revocation.carried() }
            }
            _ => own,
        }
    }

    /// What is known of its revocation, where it is not known to be revoked.
    fn revocation(&self) -> Option<Known> {
        match self {
            Self::Named { revocation } | Self::Attached { revocation, .. } => {
                Some(revocation.known)
            }
            _ => None,
        }
    }
}

impl Revocation {
    /// The same, known by a list that came with the signature, if by any.
    fn carried(self) -> Self {
        Self { carried: self.list.is_some(), ..self }
    }
}

impl Authorities {
    /// What stands behind the signer of this certificate by these lists.
    fn standing(
        &self,
        trust: &Trust,
        leaf: &CertificateDer<'_>,
        signature: &Signature,
        now: Timestamp,
    ) -> Standing {
        let chain = &signature.chain;
        let told = trust.told(leaf, chain);
        let missing = told.is_empty() && trust.lacks_the_issuer(leaf, chain);
        let since = told.iter().find_map(|told| told.revoked).map(moment);
        if self.certificates.contains(leaf) {
            return match since {
                Some(_) => Standing::Revoked { since },
                // Of what stands above it nothing is asked: the reader trusts the certificate itself.
                None => {
                    let revocation = revocation(trust, &told, now, Known::Checked, missing);
                    Standing::Named { revocation }
                }
            };
        }
        let path = |at, depth| trust.signs(chain, at, depth);
        let signed = signature.at.unwrap_or(now);
        if let Err(error) = path(unix(signed), None) {
            return Standing::Unattached(why(&error));
        }
        let in_force = path(unix(now), None).is_ok();
        // A path that has ended is looked at when it was whole: an authority may strike who has expired off
        // its list, and what is on it counts all the same.
        let at = if in_force { now } else { signed };
        // A list that is wanting, or no more in force, hides nothing of what another says.
        if trust.names_one_of(chain, unix(at)) {
            return Standing::Revoked { since };
        }
        let whole = path(unix(at), Some(RevocationCheckDepth::Chain)).is_ok();
        let known = if whole { Known::Checked } else { Known::OfTheSigner };
        let revocation = revocation(trust, &told, at, known, missing);
        Standing::Attached { in_force, revocation }
    }
}

/// What the lists of its issuer, of which none names the signer, tell of it at a moment: `known` where one is
/// in force then.
fn revocation(
    trust: &Trust,
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
        None if trust.has_lists() => Known::OtherIssuers,
        None => Known::NoList,
    };
    let list = current.or(told.first()).map(|told| moment(told.published));
    Revocation { known, list, carried: false }
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
mod tests;
