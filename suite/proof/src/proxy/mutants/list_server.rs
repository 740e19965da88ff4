//! Faults in whom the list is taken from (TM4.1P/1).

use std::sync::Arc;

use jiff::Timestamp;
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, UnixTime},
};

use super::mutant::{Mutant, as_is};
use crate::proxy::{Behaviour, LoadError, Sources, Trusted};
use suite::oracle::ClauseId;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "serveur-de-la-liste-jamais-verifie",
        fault: "prend la liste blanche de tout serveur, quel que soit son certificat",
        clause: ClauseId::ListAsked,
        killers: &[
            "liste-blanche/demande/ecartee-serveur-expire",
            "liste-blanche/demande/ecartee-serveur-auto-signe",
            "liste-blanche/demande/ecartee-serveur-d-une-autre-igc",
            "liste-blanche/demande/ecartee-serveur-d-un-autre-hote",
        ],
        setting: as_is,
        behaviour: Behaviour {
            load: |sources, now| Box::pin(load(sources, now, |_| true)),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "serveur-de-la-liste-d-un-autre-hote",
        fault: "prend la liste blanche d'un serveur dont le certificat est d'un autre hôte",
        clause: ClauseId::ListAsked,
        killers: &["liste-blanche/demande/ecartee-serveur-d-un-autre-hote"],
        setting: as_is,
        behaviour: Behaviour {
            load: |sources, now| {
                Box::pin(load(sources, now, |error| {
                    use rustls::CertificateError::{NotValidForName, NotValidForNameContext};
                    matches!(
                        error,
                        Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. })
                    )
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "serveur-de-la-liste-hors-de-ses-dates",
        fault: "ne regarde pas les dates du certificat du serveur de la liste blanche",
        clause: ClauseId::ListAsked,
        killers: &[
            "liste-blanche/demande/ecartee-serveur-expire",
            "liste-blanche/demande/ecartee-serveur-pas-encore-valide",
        ],
        setting: as_is,
        behaviour: Behaviour {
            load: |sources, now| {
                Box::pin(load(sources, now, |error| {
                    use rustls::CertificateError as C;
                    matches!(
                        error,
                        Error::InvalidCertificate(
                            C::Expired
                                | C::ExpiredContext { .. }
                                | C::NotValidYet
                                | C::NotValidYetContext { .. }
                        )
                    )
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "serveur-de-la-liste-d-une-autorite-inconnue",
        fault: "prend la liste blanche d'un serveur dont l'autorité est inconnue",
        clause: ClauseId::ListAsked,
        killers: &[
            "liste-blanche/demande/ecartee-serveur-auto-signe",
            "liste-blanche/demande/ecartee-serveur-d-une-autre-igc",
        ],
        setting: as_is,
        behaviour: Behaviour {
            load: |sources, now| {
                Box::pin(load(sources, now, |error| {
                    use rustls::CertificateError::UnknownIssuer;
                    matches!(error, Error::InvalidCertificate(UnknownIssuer))
                }))
            },
            ..Behaviour::REFERENCE
        },
    },
];

/// Reads everything, the list from a server whose certificate is refused for nothing else than what is let pass.
async fn load(
    sources: &Sources,
    now: Timestamp,
    passes: fn(&Error) -> bool,
) -> Result<Trusted, LoadError> {
    let crls = sources.crls().await?;
    let octets = sources.whitelist_over(lenient(sources, passes)?).await?;
    sources.made_of(octets, &crls, now, |list| list.careful())
}

fn lenient(sources: &Sources, passes: fn(&Error) -> bool) -> Result<Arc<ClientConfig>, LoadError> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(sources.root.clone())?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let careful = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|error| Error::General(error.to_string()))?;
    let mut tls = sources.tls()?;
    tls.dangerous().set_certificate_verifier(Arc::new(Lenient { careful, passes }));
    Ok(Arc::new(tls))
}

/// A verifier that lets pass what it should not.
#[derive(Debug)]
struct Lenient {
    careful: Arc<WebPkiServerVerifier>,
    passes: fn(&Error) -> bool,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.careful.verify_server_cert(leaf, intermediates, name, ocsp, now) {
            Err(error) if (self.passes)(&error) => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.careful.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.careful.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.careful.supported_verify_schemes()
    }
}
