//! A look at the target's own certificate.

use fixtures::{
    dn::DistinguishedName, dns::DomainName, pki::summarise, smtp::transcript::Event, space::Space,
};
use rustls::pki_types::{CertificateDer, UnixTime};
use x509_parser::parse_x509_certificate;

use super::Player;
use crate::{
    certificate::Trust,
    chain::{same_name, written_in_two_ways},
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
                (Some(false), "la cible ne demande pas de certificat au pair".to_owned())
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
    match Trust::new(&[space.root()], &[]) {
        Err(error) => (None, error.to_string()),
        Ok(trust) => match trust.chain_is_complete(chain, now) {
            Ok(()) if !in_order(chain) => {
                (Some(false), format!("{sent}, chemin complet, mais dans le désordre"))
            }
            Ok(()) => (Some(true), format!("{sent}, chemin complet jusqu'à la racine simulée")),
            Err(error) => match written_in_two_ways(chain, &space.root(), now) {
                Some(names) => (
                    Some(true),
                    format!(
                        "{sent}, chemin complet jusqu'à la racine simulée ; le nom de {} est écrit de deux \
                         façons, en sujet et en émetteur : c'est le même (RFC 5280 §7.1), mais un pair qui \
                         compare des octets ne trouverait pas le chemin",
                        names.join(" et de ")
                    ),
                ),
                None => (Some(false), format!("{sent}, pas de chemin jusqu'à la racine : {error}")),
            },
        },
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
