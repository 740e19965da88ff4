//! A signature of the manifest that was made elsewhere, put beside those that are there.

use std::path::Path;

use cms::{
    content_info::{CmsVersion, ContentInfo},
    signed_data::{SignedData, SignerInfos},
};
use der::{Any, Decode, Encode, asn1::SetOfVec, oid::db::rfc5911};

use super::{BundleError, Signature, signature::LARGEST};
use crate::file;

/// Reads the file of a signature.
///
/// # Errors
/// [`BundleError::Read`], [`BundleError::TooLarge`].
pub fn read_signature(path: &Path) -> Result<Vec<u8>, BundleError> {
    let limit = u64::try_from(LARGEST).unwrap_or(u64::MAX);
    file::read_at_most(path, limit)
        .map_err(|source| BundleError::Read { path: path.to_owned(), source })?
        .ok_or_else(|| BundleError::TooLarge { path: path.to_owned(), limit })
}

/// Puts the signature `given`, in DER or PEM, beside the one `present`, if there is one: both of `manifest`.
///
/// # Errors
/// [`BundleError::Unattached`]: it is none, does not fit the manifest, or is there already.
pub fn attach(
    manifest: &[u8],
    present: Option<&[u8]>,
    given: &[u8],
) -> Result<Vec<u8>, BundleError> {
    let refused = |detail: String| BundleError::Unattached { detail };
    let given = der(given).map_err(refused)?;
    Signature::verify(manifest, &given).map_err(refused)?;
    let joined = match present {
        None => given,
        Some(present) => join(present, &given)
            .map_err(|error| BundleError::Encoding(error.to_string()))?
            .ok_or_else(|| refused("elle est déjà jointe".to_owned()))?,
    };
    // What was made of two is held to what each was held to.
    Signature::verify(manifest, &joined).map_err(refused)?;
    Ok(joined)
}

/// The signature in DER, or what the file is in its place.
fn der(given: &[u8]) -> Result<Vec<u8>, String> {
    const OTHER: &str = "ce n'est pas une signature CMS en DER ou en PEM ; openssl cms -sign l'écrit par \
                         -outform DER";
    if given.starts_with(&[0x30]) {
        return Ok(given.to_vec());
    }
    let block = pem::parse(given).map_err(|_| OTHER)?;
    match block.tag() {
        "CMS" | "PKCS7" | "PKCS #7 SIGNED DATA" => Ok(block.into_contents()),
        _ => Err(OTHER.to_owned()),
    }
}

/// The signers of both, with all that came with them; `None` where the second brings none.
fn join(one: &[u8], other: &[u8]) -> Result<Option<Vec<u8>>, der::Error> {
    let (mut data, other) = (signed_data(one)?, signed_data(other)?);
    let signers = data.signer_infos.0.len();
    data.signer_infos = SignerInfos(union(&data.signer_infos.0, &other.signer_infos.0)?);
    if data.signer_infos.0.len() == signers {
        return Ok(None);
    }
    data.digest_algorithms = union(&data.digest_algorithms, &other.digest_algorithms)?;
    data.certificates = match (data.certificates, other.certificates) {
        (Some(one), Some(other)) => Some(Vec::from(union(&one.0, &other.0)?).try_into()?),
        (one, other) => one.or(other),
    };
    data.crls = match (data.crls, other.crls) {
        (Some(one), Some(other)) => Some(Vec::from(union(&one.0, &other.0)?).try_into()?),
        (one, other) => one.or(other),
    };
    // The later of the two (RFC 5652 §5.1).
    data.version = CmsVersion::max(data.version, other.version);
    ContentInfo { content_type: rfc5911::ID_SIGNED_DATA, content: Any::encode_from(&data)? }
        .to_der()
        .map(Some)
}

fn signed_data(p7s: &[u8]) -> Result<SignedData, der::Error> {
    ContentInfo::from_der(p7s)?.content.decode_as()
}

fn union<T: Clone + der::DerOrd + PartialEq>(
    one: &SetOfVec<T>,
    other: &SetOfVec<T>,
) -> Result<SetOfVec<T>, der::Error> {
    let new = other.iter().filter(|element| !one.iter().any(|own| own == *element));
    SetOfVec::from_iter(one.iter().chain(new).cloned())
}
