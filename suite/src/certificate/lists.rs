//! What revocation lists say of the certificates of a path (RFC 5280 §6.3).

use fixtures::pki::path::{same_name, signed_by};
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::Error;
use x509_parser::{
    certificate::X509Certificate, extensions::ParsedExtension, parse_x509_certificate,
    parse_x509_crl, revocation_list::CertificateRevocationList,
};

use super::Trust;

/// What a revocation list of its issuer says of a certificate; moments in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// When the list was published (`thisUpdate`).
    pub published: i64,
    /// Until when it is in force (`nextUpdate`); one that does not say never is.
    pub until: Option<i64>,
    /// Since when the certificate is revoked, if it is.
    pub revoked: Option<i64>,
}

impl Told {
    /// What a list says of a certificate of its issuer.
    fn of(list: &CertificateRevocationList<'_>, certificate: &X509Certificate<'_>) -> Self {
        let mut revoked = list.iter_revoked_certificates();
        let named = revoked.find(|one| one.raw_serial() == certificate.raw_serial());
        Self {
            published: list.last_update().timestamp(),
            until: list.next_update().map(|next| next.timestamp()),
            revoked: named.map(|one| one.revocation_date.timestamp()),
        }
    }

    /// Whether the list is still in force.
    #[must_use]
    pub fn in_force(&self, now: UnixTime) -> bool {
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        self.until.is_some_and(|until| until >= now)
    }
}

impl Trust {
    /// What the lists of its issuer, in force or not, say of this certificate, the newest first; the issuer is
    /// one of these or of the roots. Empty where no list is its issuer's.
    #[must_use]
    pub fn told(
        &self,
        certificate: &CertificateDer<'_>,
        issuers: &[CertificateDer<'_>],
    ) -> Vec<Told> {
        let Ok((_, certificate)) = parse_x509_certificate(certificate) else { return Vec::new() };
        let issuers: Vec<_> = self.issuers(&certificate, issuers).collect();
        let mut told: Vec<Told> = self
            .lists_named_for(&certificate)
            .filter(|list| issuers.iter().any(|issuer| is_signed(list, issuer)))
            .map(|list| Told::of(&list, &certificate))
            .collect();
        told.sort_by_key(|told| std::cmp::Reverse(told.published));
        told
    }

    /// Whether some list bears the name of this certificate's issuer, and none of these certificates nor of the roots
    /// is the issuer's: whose list it is cannot be told.
    #[must_use]
    pub fn lacks_the_issuer(
        &self,
        certificate: &CertificateDer<'_>,
        issuers: &[CertificateDer<'_>],
    ) -> bool {
        let Ok((_, certificate)) = parse_x509_certificate(certificate) else { return false };
        self.issuers(&certificate, issuers).next().is_none()
            && self.lists_named_for(&certificate).next().is_some()
    }

    /// Whether there is any revocation list.
    #[must_use]
    pub fn has_lists(&self) -> bool {
        !self.lists.is_empty()
    }

    /// Whether no certificate of a path, its last one aside, is revoked by its issuer's list (RFC 5280 §6.3): a list in
    /// force at `now`, which must be there, or without it whatever lists there are.
    pub(super) fn in_force(
        &self,
        path: &[&CertificateDer<'_>],
        now: Option<UnixTime>,
    ) -> Result<(), Error> {
        let mut unknown = false;
        for two in path.windows(2) {
            match self.looked_for([two[0], two[1]], now)? {
                Some(true) => return Err(Error::CertRevoked),
                Some(false) => {}
                // One above may be named all the same.
                None => unknown = now.is_some(),
            }
        }
        if unknown { Err(Error::UnknownRevocationStatus) } else { Ok(()) }
    }

    /// Of these certificates and the roots, those that bear the name of the issuer.
    fn issuers<'a>(
        &'a self,
        certificate: &'a X509Certificate<'_>,
        issuers: &'a [CertificateDer<'a>],
    ) -> impl Iterator<Item = &'a CertificateDer<'a>> {
        issuers.iter().chain(&self.roots).filter(|issuer| {
            parse_x509_certificate(issuer)
                .is_ok_and(|(_, issuer)| same_name(issuer.subject(), certificate.issuer()))
        })
    }

    /// The lists that bear the name of the issuer and are of such certificates, each parsed when it is come to.
    fn lists_named_for<'a>(
        &'a self,
        certificate: &'a X509Certificate<'_>,
    ) -> impl Iterator<Item = CertificateRevocationList<'a>> {
        let lists = self.raw_lists.iter().filter_map(|list| parse_x509_crl(list).ok());
        lists.map(|(_, list)| list).filter(|list| {
            same_name(list.issuer(), certificate.issuer()) && covers(list, certificate.is_ca())
        })
    }

    /// Whether a list of this issuer names the certificate: one in force at `now`, or any. `None` where there is none.
    fn looked_for(
        &self,
        [certificate, issuer]: [&CertificateDer<'_>; 2],
        now: Option<UnixTime>,
    ) -> Result<Option<bool>, Error> {
        let told = self.told_by(certificate, issuer)?;
        let current = told.iter().filter(|told| now.is_none_or(|now| told.in_force(now)));
        Ok(current.map(|told| told.revoked.is_some()).reduce(|one, other| one || other))
    }

    /// What the lists of this issuer say of the certificate.
    fn told_by(
        &self,
        certificate: &CertificateDer<'_>,
        issuer: &CertificateDer<'_>,
    ) -> Result<Vec<Told>, Error> {
        let (_, certificate) = parse_x509_certificate(certificate).map_err(|_| Error::BadDer)?;
        let lists = self.lists_named_for(&certificate).filter(|list| is_signed(list, issuer));
        Ok(lists.map(|list| Told::of(&list, &certificate)).collect())
    }
}

/// Whether a list is signed by the key of this certificate.
fn is_signed(list: &CertificateRevocationList<'_>, issuer: &CertificateDer<'_>) -> bool {
    signed_by(list.tbs_cert_list.as_ref(), &list.signature_value.data, issuer)
}

/// Whether a list speaks of certificates of authorities, or of others (issuingDistributionPoint, RFC 5280 §5.2.5).
fn covers(list: &CertificateRevocationList<'_>, authority: bool) -> bool {
    list.extensions().iter().all(|extension| match extension.parsed_extension() {
        ParsedExtension::IssuingDistributionPoint(scope) => {
            let elsewhere = if authority {
                scope.only_contains_user_certs
            } else {
                scope.only_contains_ca_certs
            };
            !elsewhere && !scope.only_contains_attribute_certs
        }
        _ => true,
    })
}
