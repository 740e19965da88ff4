//! A verifier that lets any certificate into the session, where the rules decide on it.
//!
//! Only the proof of the private key is checked here: without it there is no peer to speak of.

use std::sync::Arc;

use fixtures::pki::Identity;
use rustls::{
    DEFAULT_VERSIONS, DigitallySignedStruct, DistinguishedName, Error, ServerConfig,
    SignatureScheme, SupportedProtocolVersion,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};

/// The reference configuration: TLS 1.2 and 1.3 with sound suites, and a certificate asked for.
pub(super) fn any_peer(identity: &Identity) -> Result<ServerConfig, Error> {
    with(identity, DEFAULT_VERSIONS, Arc::new(AnyPeer::default()))
}

/// A configuration of these versions, with sound suites.
pub(super) fn with(
    identity: &Identity,
    versions: &[&'static SupportedProtocolVersion],
    verifier: Arc<dyn ClientCertVerifier>,
) -> Result<ServerConfig, Error> {
    Ok(ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(versions)?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(identity.server_resolver()))
}

/// Asks for a certificate, takes any, and does without.
#[derive(Debug)]
pub(super) struct AnyPeer {
    /// The cryptography.
    provider: Arc<CryptoProvider>,
}

impl Default for AnyPeer {
    fn default() -> Self {
        Self { provider: Arc::new(aws_lc_rs::default_provider()) }
    }
}

impl ClientCertVerifier for AnyPeer {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        _leaf: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, leaf, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, leaf, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
