//! A look at the target's own certificate, and at whether it asks for its peer's.

use fixtures::{
    dn::DistinguishedName,
    dns::DomainName,
    pki::{path::same_name, summarise},
    smtp::{
        session::Session,
        tls::{TlsOffer, TlsVersions},
        transcript::{Event, Stage},
    },
    space::Space,
};
use rustls::pki_types::{CertificateDer, UnixTime};
use x509_parser::parse_x509_certificate;

use super::{Player, Stopped};
use crate::{
    certificate::Trust,
    chain::{broken_path, leads_otherwise},
    observe::{
        limit::{AFTER_THE_HANDSHAKE, RENEGOTIATION},
        steps,
    },
    scenario::model::Inspection,
    target::Target,
};

impl Player<'_> {
    /// Makes a handshake in connection `number` and looks at one thing of the target's certificate.
    pub(super) async fn inspect(&self, number: u16, inspection: Inspection) {
        let Ok((mut session, Some(offer))) = self.until_starttls(number).await else { return };
        let Ok(outcome) = self.secure(&mut session, &offer).await else { return };
        let (met, detail) = match inspection {
            Inspection::Request if outcome.certificate_requested => {
                (Some(true), "la cible demande un certificat au pair".to_owned())
            }
            Inspection::Request => {
                let later = self.asks_later(&mut session, &outcome.version, offer).await;
                match later {
                    Some(how) => (None, how.to_owned()),
                    None => {
                        (Some(false), "la cible ne demande pas de certificat au pair".to_owned())
                    }
                }
            }
            _ => look_at(inspection, &outcome.chain, self.target, self.space),
        };
        self.transcript.push(Event::Inspected {
            session: number,
            what: format!("{inspection:?}").to_lowercase(),
            met,
            detail,
        });
        self.leave(&mut session).await;
    }
}

impl Player<'_> {
    /// How a target that asked for no certificate in the handshake may ask for it later, in French, where
    /// it does so by its acts: in TLS 1.2 it asks for a renegotiation; in TLS 1.3 it may not ask at all
    /// of a client that did not offer that (RFC 8446 §4.6.2), and refuses the sender.
    async fn asks_later(
        &self,
        session: &mut Session,
        version: &str,
        offer: TlsOffer,
    ) -> Option<&'static str> {
        let admitted = self.is_admitted(session).await;
        if session.renegotiates() {
            return Some(RENEGOTIATION);
        }
        if admitted || version != "TLS 1.3" {
            return None;
        }
        // Whoever asks in no version does not ask later either.
        let again = async {
            let (mut other, _) = self.until_starttls(session.number() + 1).await?;
            let offer = TlsOffer { versions: TlsVersions::Tls12, ..offer };
            let outcome = self.secure(&mut other, &offer).await?;
            if !outcome.certificate_requested {
                self.is_admitted(&mut other).await;
            }
            let asks = outcome.certificate_requested || other.renegotiates();
            self.leave(&mut other).await;
            Ok::<bool, Stopped>(asks)
        };
        (again.await != Ok(false)).then_some(AFTER_THE_HANDSHAKE)
    }

    /// Whether the target takes an envelope to a mailbox of its own, as far as RCPT; nothing is sent.
    async fn is_admitted(&self, session: &mut Session) -> bool {
        let mut lines = vec![
            (self.ehlo_line(), Stage::EhloTls, steps::EHLO_TLS),
            ("MAIL FROM:<>\r\n".to_owned(), Stage::Mail, steps::mail(0)),
        ];
        if let Some(mailbox) = &self.target.mailboxes.valid {
            lines.push((format!("RCPT TO:<{mailbox}>\r\n"), Stage::Rcpt, steps::rcpt(0, 0)));
        }
        for (line, stage, step) in &lines {
            if self.command(session, line, *stage, *step, 250).await.is_err() {
                return false;
            }
        }
        let _ = self.command(session, "RSET\r\n", Stage::Other, steps::reset(0), 250).await;
        true
    }
}

/// Looks at one thing of the chain that `target` presented, leaf first: whether it is met, `None`
/// when that cannot be told, and what was seen, in French. [`Inspection::Request`] is not of the
/// chain.
#[must_use]
pub fn look_at(
    inspection: Inspection,
    chain: &[CertificateDer<'static>],
    target: &Target,
    space: &Space,
) -> (Option<bool>, String) {
    let Some((_, leaf)) = chain.first().and_then(|leaf| parse_x509_certificate(leaf).ok()) else {
        return (Some(false), "le certificat de la cible est illisible".into());
    };
    let subject = DistinguishedName::from_x509(leaf.subject());
    match inspection {
        Inspection::Chain => whole(chain, space),
        Inspection::Validity => {
            let validity = leaf.validity();
            let seconds = space.now().as_second();
            let Ok(at) = x509_parser::time::ASN1Time::from_timestamp(seconds) else {
                return (None, "l'horloge de la suite est hors des dates X.509".into());
            };
            let summary = summarise(&chain[0]);
            let detail = format!("valide du {} au {}", summary.not_before, summary.not_after);
            (Some(validity.is_valid_at(at)), detail)
        }
        Inspection::Name => match (&target.mx_host, &subject) {
            (Some(host), Ok(subject)) => {
                let name = subject.common_name().unwrap_or_default().to_owned();
                (
                    Some(host.parse::<DomainName>().is_ok_and(|host| host.is_written(&name))),
                    format!("CN={name}, nom MX déclaré : {host}"),
                )
            }
            (None, _) => (None, "mx_host n'est pas déclaré dans target.toml".into()),
            (_, Err(error)) => (Some(false), format!("sujet illisible : {error}")),
        },
        Inspection::Dn => match (&target.dn, &subject) {
            (Some(declared), Ok(subject)) => match declared.parse::<DistinguishedName>() {
                Ok(declared) => (
                    Some(declared.canonical() == subject.canonical()),
                    format!("sujet {subject}, DN déclaré : {declared}"),
                ),
                Err(error) => {
                    (None, format!("le DN déclaré dans target.toml est illisible : {error}"))
                }
            },
            (None, _) => (None, "dn n'est pas déclaré dans target.toml".into()),
            (_, Err(error)) => (Some(false), format!("sujet illisible : {error}")),
        },
        Inspection::Request => (None, String::new()),
    }
}

fn whole(chain: &[CertificateDer<'static>], space: &Space) -> (Option<bool>, String) {
    let sent = format!("{} certificat(s) envoyé(s)", chain.len());
    let seconds = u64::try_from(space.now().as_second()).unwrap_or_default();
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
    let trust = match Trust::new(&[space.root()], &[]) {
        Ok(trust) => trust,
        Err(error) => return (None, error.to_string()),
    };
    let judged = trust.chain_is_complete(chain, now);
    if judged.is_ok() && !in_order(chain) {
        return (Some(false), format!("{sent}, chemin complet, mais dans le désordre"));
    }
    match (judged, leads_otherwise(chain, &space.root(), now)) {
        (_, Some(how)) => {
            (Some(true), format!("{sent}, chemin complet jusqu'à la racine simulée ; {how}"))
        }
        (Ok(()), None) => (Some(true), format!("{sent}, chemin complet jusqu'à la racine simulée")),
        (Err(error), None) => {
            let (met, words) = broken_path(&error);
            (met, format!("{sent}, {words}"))
        }
    }
}

/// Whether each certificate certifies the one before it (RFC 5246 §7.4.2; RFC 8446 §4.4.2).
fn in_order(chain: &[CertificateDer<'static>]) -> bool {
    chain.windows(2).all(|two| {
        let (Ok((_, one)), Ok((_, next))) =
            (parse_x509_certificate(&two[0]), parse_x509_certificate(&two[1]))
        else {
            return false;
        };
        same_name(one.issuer(), next.subject())
    })
}
