//! A detached CMS signature of the manifest, as anybody may have made it (RFC 5652, RFC 5035).

use cms::{
    cert::CertificateChoices,
    content_info::ContentInfo,
    revocation::RevocationInfoChoice,
    signed_data::{SignedData, SignerIdentifier, SignerInfo},
};
use der::{
    Decode, Encode,
    asn1::{ObjectIdentifier, OctetString},
    oid::db::rfc5911,
};
use fixtures::pki::path;
use jiff::Timestamp;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};
use sha2::{Digest, Sha256};
use x509_cert::{Certificate, ext::pkix::SubjectKeyIdentifier, time::Time};

use super::{
    algorithm::{digest_of, verifies},
    attribute::{names, value},
    lists::is_used,
    unreadable::unreadable,
};

/// Octets of the largest signature: many signers with their chains, and lists of revocation.
pub(super) const LARGEST: usize = 8 << 20;
/// Signers of one signature, at most.
const SIGNERS: usize = 16;

/// The signature's name in a bundle.
pub const SIGNATURE: &str = "MANIFEST.sha256.p7s";

/// What the signature of one signer says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// The signer's subject, in the order of the certificate.
    pub subject: String,
    /// The same, in DER.
    pub name: Vec<u8>,
    /// The issuer of its certificate.
    pub issuer: String,
    /// The certificate's serial number, in hexadecimal.
    pub serial: String,
    /// SHA-256 of the certificate.
    pub sha256: String,
    /// When it was made, by the signer's clock.
    pub at: Option<Timestamp>,
    /// Whether the certificate was valid then.
    pub in_validity: bool,
    /// Whether the certificate answers for itself alone.
    pub self_signed: bool,
    /// Whether the signature names its certificate (CAdES, RFC 5035): another one of the same key cannot
    /// be put in its place.
    pub names_certificate: bool,
    /// The certificate, in DER, and behind it all others that came with the signature.
    pub chain: Vec<CertificateDer<'static>>,
    /// The revocation lists that came with the signature, in DER, as far as this suite uses such.
    pub lists: Vec<CertificateRevocationListDer<'static>>,
}

impl Signature {
    /// Verifies a detached signature of `content`, which may be that of several signers: each one's digest,
    /// its signature, and that its certificate is in it. Whether that certificate is to be trusted is for
    /// the reader to say.
    ///
    /// # Errors
    /// Why it is not to be relied on, in French: one signer who cannot be verified spoils all.
    pub fn verify(content: &[u8], p7s: &[u8]) -> Result<Vec<Self>, String> {
        if p7s.len() > LARGEST {
            return Err("elle a plus de 8 Mio, bien plus qu'il n'en faut".to_owned());
        }
        if !p7s.starts_with(&[0x30]) {
            return Err("elle n'est pas en DER ; openssl cms -sign l'écrit par -outform DER".into());
        }
        let info = ContentInfo::from_der(p7s).map_err(|error| unreadable(p7s, &error))?;
        if info.content_type != rfc5911::ID_SIGNED_DATA {
            return Err("ce n'est pas une signature CMS".to_owned());
        }
        let data: SignedData = info.content.decode_as().map_err(|error| unreadable(p7s, &error))?;
        if data.encap_content_info.econtent.is_some() {
            return Err(OPAQUE.to_owned());
        }
        let signers = data.signer_infos.0.as_slice();
        if signers.is_empty() {
            return Err("elle n'a pas de signataire".to_owned());
        }
        if signers.len() > SIGNERS {
            return Err(format!("elle a plus de {SIGNERS} signataires"));
        }
        signers.iter().map(|signer| of(signer, &data, content)).collect()
    }
}

/// What one signer says, once it is verified.
fn of(signer: &SignerInfo, data: &SignedData, content: &[u8]) -> Result<Signature, String> {
    let certificate = certificate(signer, data)
        .ok_or("le certificat du signataire n'est pas joint ; il faut signer sans -nocerts")?;
    let tbs = &certificate.tbs_certificate;
    let der = certificate.to_der().map_err(rewritten)?;
    let expected = digest_of(signer.digest_alg.oid, content)
        .ok_or("algorithme d'empreinte inconnu, ou trop faible, dans la signature")?;
    let (message, names_certificate, at) = match &signer.signed_attrs {
        None => (content.to_vec(), false, None),
        Some(attributes) => {
            let kind = value(attributes, rfc5911::ID_CONTENT_TYPE);
            if kind.and_then(|any| any.decode_as::<ObjectIdentifier>().ok())
                != Some(rfc5911::ID_DATA)
            {
                return Err("la signature n'est pas celle de données simples".to_owned());
            }
            let digest = value(attributes, rfc5911::ID_MESSAGE_DIGEST)
                .and_then(|any| any.decode_as::<OctetString>().ok());
            if digest.as_ref().map(OctetString::as_bytes) != Some(&expected[..]) {
                return Err("MANIFEST.sha256 a changé depuis sa signature".to_owned());
            }
            let named = names(attributes, &der)?;
            let at = value(attributes, rfc5911::ID_SIGNING_TIME)
                .and_then(|any| Time::from_der(&any.to_der().ok()?).ok())
                .and_then(|time| Timestamp::from_second(seconds(&time)).ok());
            (attributes.to_der().map_err(rewritten)?, named, at)
        }
    };
    if !verifies(certificate, &der, signer, &message)? {
        let what = if signer.signed_attrs.is_some() {
            "la signature ne vérifie pas avec la clé du certificat"
        } else {
            "la signature ne vérifie pas avec la clé du certificat, ou MANIFEST.sha256 a changé depuis"
        };
        return Err(what.to_owned());
    }
    let validity = seconds(&tbs.validity.not_before)..=seconds(&tbs.validity.not_after);
    let own = CertificateDer::from(der.as_slice());
    let (signed, by) = (tbs.to_der().map_err(rewritten)?, certificate.signature.raw_bytes());
    let others = certificates(data).filter(|other| *other != certificate);
    let others = others.map(|other| other.to_der().map(CertificateDer::from));
    let chain: Vec<_> = std::iter::once(Ok(own.clone().into_owned()))
        .chain(others)
        .collect::<Result<_, _>>()
        .map_err(rewritten)?;
    Ok(Signature {
        subject: tbs.subject.to_string(),
        name: tbs.subject.to_der().map_err(rewritten)?,
        issuer: tbs.issuer.to_string(),
        serial: tbs.serial_number.to_string().replace(':', "").to_ascii_lowercase(),
        sha256: hex(&Sha256::digest(&der)),
        in_validity: at.is_some_and(|at| validity.contains(&at.as_second())),
        at,
        self_signed: tbs.subject == tbs.issuer && path::signed_by(&signed, by, &own),
        names_certificate,
        chain,
        lists: lists(data),
    })
}

/// The certificates that came with the signature.
fn certificates(data: &SignedData) -> impl Iterator<Item = &Certificate> {
    let all = data.certificates.iter().flat_map(|set| set.0.iter());
    all.filter_map(|choice| match choice {
        CertificateChoices::Certificate(certificate) => Some(certificate),
        CertificateChoices::Other(_) => None,
    })
}

/// The revocation lists that came with the signature (RFC 5652 §10.2.1).
fn lists(data: &SignedData) -> Vec<CertificateRevocationListDer<'static>> {
    let all = data.crls.iter().flat_map(|set| set.0.iter());
    let lists = all.filter_map(|choice| match choice {
        RevocationInfoChoice::Crl(list) => list.to_der().ok().map(Into::into),
        RevocationInfoChoice::Other(_) => None,
    });
    lists.filter(is_used).collect()
}

/// The certificate that a signer names, among those that came with the signature.
fn certificate<'a>(signer: &SignerInfo, data: &'a SignedData) -> Option<&'a Certificate> {
    certificates(data).find(|certificate| {
        let tbs = &certificate.tbs_certificate;
        match &signer.sid {
            SignerIdentifier::IssuerAndSerialNumber(name) => {
                tbs.issuer == name.issuer && tbs.serial_number == name.serial_number
            }
            SignerIdentifier::SubjectKeyIdentifier(id) => {
                matches!(tbs.get::<SubjectKeyIdentifier>(), Ok(Some((_, own))) if own == *id)
            }
        }
    })
}

fn seconds(time: &Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
}

/// What was read, and cannot be written again as it was.
fn rewritten(error: der::Error) -> String {
    format!(
        "un de ses champs ne peut pas être réécrit ({error}) ; signez de nouveau, d'un autre outil"
    )
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

const OPAQUE: &str = "elle n'est pas détachée : elle porte un contenu à elle ; openssl cms -sign la détache sans \
                      -nodetach, -stream ni -indef";
#[cfg(test)]
mod tests;
