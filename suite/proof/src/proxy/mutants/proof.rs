//! TLS configurations that ask a client for no certificate, or for no proof of its key.

use std::sync::Arc;

use fixtures::pki::Identity;
use rustls::{
    DEFAULT_VERSIONS, DigitallySignedStruct, DistinguishedName, Error, ServerConfig,
    SignatureScheme,
    client::danger::HandshakeSignatureValid,
    pki_types::{CertificateDer, UnixTime},
    server::{
        NoClientAuth,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};

use crate::proxy::verifier::{self, AnyPeer};

/// No certificate is asked for.
pub(super) fn not_asked_for(identity: &Identity) -> Result<ServerConfig, Error> {
    verifier::with(identity, DEFAULT_VERSIONS, Arc::new(NoClientAuth))
}

/// The proof of the private key is not looked at where `skipped` says so of the certificate.
pub(super) fn unchecked(
    identity: &Identity,
    skipped: fn(&CertificateDer<'_>) -> bool,
) -> Result<ServerConfig, Error> {
    let verifier = Unproven { reference: AnyPeer::default(), skipped };
    verifier::with(identity, DEFAULT_VERSIONS, Arc::new(verifier))
}

#[derive(Debug)]
struct Unproven {
    reference: AnyPeer,
    skipped: fn(&CertificateDer<'_>) -> bool,
}

impl ClientCertVerifier for Unproven {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.reference.root_hint_subjects()
    }

    fn client_auth_mandatory(&self) -> bool {
        self.reference.client_auth_mandatory()
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.reference.verify_client_cert(leaf, intermediates, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if (self.skipped)(leaf) {
            return Ok(HandshakeSignatureValid::assertion());
        }
        self.reference.verify_tls12_signature(message, leaf, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if (self.skipped)(leaf) {
            return Ok(HandshakeSignatureValid::assertion());
        }
        self.reference.verify_tls13_signature(message, leaf, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.reference.supported_verify_schemes()
    }
}
