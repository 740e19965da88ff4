//! `check`: is everything in place for a first run?

use std::{path::PathBuf, time::Duration};

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use suite::{
    play::look_at,
    runner::{Rehearsal, rehearse, withheld},
    scenario::{self, Capability, Inspection, Library},
    target::{Look, Target, how_to_supply},
};

use crate::{
    console::{Console, fill},
    exit::{self, Trouble},
    list::Format,
    place,
    stop::Stop,
    target::{BLIND, Bench, TargetOptions, blind},
};

/// Below this the space's expiry is worth a warning.
const SOON: SignedDuration = SignedDuration::from_hours(7 * 24);

const LONG: &str = "\
Vérifie, avant une première campagne, que tout est en place : adresse, accueil SMTP, STARTTLS, certificat \
de la cible, message nominal accepté et remis ; puis dit, capacité par capacité, combien de scénarios en \
dépendent et comment fournir celles qui manquent.";

const END: &str = "\
Exemples :
  cargo xtask check --target 127.0.0.1:2525
  cargo xtask check --space kit

Codes de sortie : 0 prêt · 1 pas prêt · 2 commande ou configuration à corriger · 3 impossible à dire
";

/// Vérifie qu'une campagne peut commencer : cible, certificat, message nominal, ce qui manque
#[derive(Args, Debug)]
#[command(long_about = LONG, after_long_help = END)]
pub(crate) struct Check {
    #[command(flatten)]
    target: TargetOptions,

    /// text (à défaut) ou json
    #[arg(
        long,
        value_name = "FORME",
        default_value = "text",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = "Options"
    )]
    format: Format,

    /// Dossier des scénarios (à défaut, ceux de ce dépôt)
    #[arg(long, value_name = "DOSSIER", help_heading = "Options")]
    scenarios: Option<PathBuf>,
}

/// The point that is there only when nothing answers.
const CONNECTION: &str = "connexion";

/// How a point stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// In place.
    Yes,
    /// Worth a look; a run can begin.
    Warning,
    /// To be mended first.
    No,
    /// Not looked at, or not to be told.
    Unknown,
}

/// One point.
#[derive(Clone, Debug, Serialize)]
struct Point {
    name: &'static str,
    state: State,
    detail: String,
}

/// A capability, and how many scenarios ask for it.
#[derive(Clone, Debug, Serialize)]
struct Offer {
    capability: Capability,
    title: &'static str,
    present: bool,
    scenarios: usize,
    otherwise: &'static str,
}

impl Check {
    /// Checks.
    pub(crate) async fn run(&self, console: &Console) -> Result<u8, Trouble> {
        let library = scenario::load(&place::scenarios(self.scenarios.as_deref()))?;
        let _stop = Stop::listen(*console)?;
        let bench = match self.target.bench(console, &library).await {
            Err(Trouble::Environment(report)) => {
                console.trouble(&Trouble::Environment(report));
                return Ok(exit::UNKNOWN);
            }
            bench => bench?,
        };
        let points = self.points(&library, &bench).await?;
        let offers = offers(&library, &bench.target);
        let (offered, declared) = (bench.target.capabilities(), &bench.target.not_applicable);
        let playable = library
            .scenarios
            .iter()
            .filter(|scenario| withheld(scenario, &offered, declared).is_none())
            .count();
        let ready = points.iter().all(|point| point.state != State::No);
        match self.format {
            Format::Json => {
                let value = serde_json::json!({
                    "ready": ready,
                    "target": bench.target.shown(),
                    "points": points,
                    "capabilities": offers,
                    "playable": playable,
                    "scenarios": library.scenarios.len(),
                });
                console.say(&format!("{value:#}\n"));
            }
            Format::Text => {
                console.say(&self.text(console, &bench, &points, &offers));
                let total = library.scenarios.len();
                console.say(&self.end(console, ready, playable, total));
            }
        }
        Ok(if ready { exit::YES } else { exit::NO })
    }

    async fn points(&self, library: &Library, bench: &Bench) -> Result<Vec<Point>, Trouble> {
        let target = &bench.target;
        let mut points = Vec::new();
        let mut point = |name, state, detail: String| points.push(Point { name, state, detail });
        if bench.space.dir().is_some()
            && let Ok(expiry) = bench.space.pki().expires()
        {
            let left = expiry.at.duration_since(Timestamp::now());
            let day = expiry.at.strftime("%Y-%m-%d");
            if left < SOON {
                let detail = format!(
                    "{} : jusqu'au {day} seulement ; renouvelez : cargo xtask kit --space {} --renew",
                    expiry.what,
                    bench.space.dir().map(place::pasted).unwrap_or_default()
                );
                point("espace", State::Warning, detail);
            } else {
                point("espace", State::Yes, format!("utilisable jusqu'au {day}"));
            }
        }
        point("adresse", State::Yes, format!("{} → {}", target.host, target.address));
        let look = match self.target.look(bench).await {
            Ok(look) => look,
            Err(Trouble::Environment(report)) => {
                point(CONNECTION, State::No, report.to_string());
                return Ok(points);
            }
            Err(trouble) => return Err(trouble),
        };
        let state = if look.ready { State::Yes } else { State::No };
        point("accueil", state, look.greeting.clone());
        if !look.ready {
            return Ok(points);
        }
        match &look.tls {
            Ok(tls) => {
                point("STARTTLS", State::Yes, format!("{}, {}", tls.version, tls.suite));
                points.extend(certificate(&look, bench));
            }
            Err(why) => {
                point("STARTTLS", State::No, why.clone());
                if !look.is_blind() && look.announces_starttls {
                    points.extend(certificate(&look, bench));
                }
            }
        }
        if let Some(why) = blind(&look).filter(|_| !self.target.production_target) {
            let detail = format!("non envoyé : {why} ; {BLIND}");
            points.push(Point { name: "message", state: State::No, detail });
            return Ok(points);
        }
        points.extend(self.nominal(library, bench).await?);
        Ok(points)
    }

    async fn nominal(&self, library: &Library, bench: &Bench) -> Result<Vec<Point>, Trouble> {
        let folder = place::runs().join("check");
        let seen = rehearse(library, &bench.space, &bench.target, &folder).await?;
        if seen.is_empty() {
            let why = "non envoyé : il demande une cible qui fait confiance à l'espace simulé, et \
                       une boîte de test";
            return Ok(vec![Point {
                name: "message",
                state: State::Unknown,
                detail: why.to_owned(),
            }]);
        }
        let points = seen.iter().flat_map(|one| {
            let mut points = self.nominal_of(one, bench);
            // Of one family alone there is one message, which needs no other name.
            if seen.len() > 1 {
                points.iter_mut().for_each(|p| p.detail = format!("{} : {}", one.family, p.detail));
            }
            points
        });
        Ok(points.collect())
    }

    fn nominal_of(&self, seen: &Rehearsal, bench: &Bench) -> Vec<Point> {
        let transcript = place::shown(&seen.transcript);
        let patience = bench.target.retry;
        let mut points = vec![if let Some(reply) = &seen.put_off {
            put_off(seen, reply, patience, &transcript)
        } else if seen.accepted {
            Point {
                name: "message",
                state: State::Yes,
                detail: format!("nominal, accepté : {}", seen.observed),
            }
        } else {
            let detail =
                format!("nominal, refusé : {} ; l'échange est dans {transcript}", seen.observed);
            Point { name: "message", state: State::No, detail }
        }];
        match seen.delivered {
            Some(true) => points.push(Point {
                name: "remise",
                state: State::Yes,
                detail: "le message a été remis, et vu".to_owned(),
            }),
            Some(false) => points.push(Point {
                name: "remise",
                state: State::No,
                detail: format!(
                    "rien n'est arrivé en {} s : vérifiez [delivery] dans target.toml (dossier \
                     lisible, adresse, delay_seconds)",
                    bench.target.delivery_delay.as_secs()
                ),
            }),
            None => {}
        }
        points
    }

    fn text(&self, console: &Console, bench: &Bench, points: &[Point], offers: &[Offer]) -> String {
        let style = console.out;
        let width = style.width.clamp(60, 100);
        let target = &bench.target;
        let whom = if target.embedded {
            target.name.clone()
        } else {
            format!("{} · {}", target.name, target.shown())
        };
        let mut text = format!("{}\n\n", console.strong(style, &format!("Cible  {whom}")));
        for point in points {
            let (mark, paint): (_, fn(&Console, _, &str) -> String) = match point.state {
                State::Yes => ("✔", Console::good),
                State::Warning => ("▲", Console::warn),
                State::No => ("✘", Console::bad),
                State::Unknown => ("○", Console::dim),
            };
            let line = fill(&point.detail, width, &format!("  {mark} {:12} ", point.name));
            text.push_str(&line.replacen(mark, &paint(console, style, mark), 1));
            text.push('\n');
        }
        text.push_str(&format!(
            "\n{}\n\n",
            console.strong(style, "Ce que la cible offre à la suite")
        ));
        for offer in offers {
            let line = format!("{:3} scénarios  {}", offer.scenarios, offer.title);
            if offer.present {
                text.push_str(&format!("  {} {line}\n", console.good(style, "✔")));
            } else {
                text.push_str(&format!("  {} {line}\n", console.dim(style, "○")));
                text.push_str(
                    &console.dim(style, &fill(offer.otherwise, width, "                   ")),
                );
                text.push('\n');
            }
        }
        text
    }

    fn end(&self, console: &Console, ready: bool, playable: usize, total: usize) -> String {
        let style = console.out;
        let verdict =
            if ready { console.good(style, "PRÊT") } else { console.bad(style, "PAS PRÊT") };
        let next = if ready {
            format!("cargo xtask conformance{}", self.target.typed())
        } else {
            "corrigez les points marqués ✘, puis relancez cette commande".to_owned()
        };
        let playable = if playable > 1 {
            format!("{playable} scénarios jouables")
        } else {
            format!("{playable} scénario jouable")
        };
        format!("\n{verdict} · {playable} sur {total}\nEnsuite  {next}\n")
    }
}

/// What is said of a nominal message that was put off: a run tries it again, and concludes nothing where
/// that is too early.
fn put_off(seen: &Rehearsal, reply: &str, patience: Duration, transcript: &str) -> Point {
    const NEWCOMERS: &str = "la cible remet à plus tard les nouveaux venus (liste grise, limite) ou est en \
                             panne passagère";
    let seconds = patience.as_secs();
    let (state, detail) = if seen.accepted {
        let detail = format!(
            "nominal, accepté au second essai seulement, {seconds} s après « {reply} » : {NEWCOMERS} ; une \
             campagne rejoue de même tout ce qui est remis à plus tard"
        );
        (State::Warning, detail)
    } else if seen.observed.contains(reply) && patience > Rehearsal::SHORT {
        let detail = format!(
            "nominal, remis à plus tard : « {reply} » : {NEWCOMERS} ; une campagne le rejoue pendant {seconds} \
             s (retry_seconds) et ne conclut pas si c'est trop court"
        );
        (State::Warning, detail)
    } else {
        let detail = format!(
            "nominal, remis à plus tard : « {reply} », puis {} : {NEWCOMERS} ; exemptez les adresses et les \
             domaines des pairs simulés, ou déclarez retry_seconds = 300 dans target.toml ; l'échange est \
             dans {transcript}",
            seen.observed
        );
        (State::No, detail)
    };
    Point { name: "message", state, detail }
}

/// What the target's certificate is worth.
fn certificate(look: &Look, bench: &Bench) -> Vec<Point> {
    let target = &bench.target;
    let wanted = [
        (Inspection::Chain, "chaîne", target.trusts_space),
        (Inspection::Validity, "validité", true),
        (Inspection::Name, "CN", target.mx_host.is_some()),
        (Inspection::Dn, "DN", target.dn.is_some()),
    ];
    wanted
        .into_iter()
        .filter(|(_, _, wanted)| *wanted)
        .map(|(inspection, name, _)| {
            let (met, detail) = look_at(inspection, &look.chain, target, &bench.space);
            let state = match met {
                Some(true) => State::Yes,
                Some(false) => State::No,
                None => State::Unknown,
            };
            Point { name, state, detail }
        })
        .collect()
}

fn offers(library: &Library, target: &Target) -> Vec<Offer> {
    let has = target.capabilities();
    Capability::ALL
        .into_iter()
        .map(|capability| Offer {
            capability,
            title: capability.title(),
            present: has.contains(&capability),
            scenarios: library.scenarios.iter().filter(|s| s.needs.contains(&capability)).count(),
            otherwise: how_to_supply(capability),
        })
        // What no scenario asks for is no matter.
        .filter(|offer| offer.scenarios > 0)
        .collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const LATER: &str = "451 4.7.1 Greylisted";

    #[rstest]
    #[case::accepted_at_last(true, "250 2.0.0 ok", 3, State::Warning, "au second essai")]
    #[case::still_too_early(
        false,
        "451 4.7.1 Greylisted au RCPT",
        3,
        State::No,
        "retry_seconds = 300"
    )]
    #[case::not_waited_for(
        false,
        "451 4.7.1 Greylisted au RCPT",
        300,
        State::Warning,
        "pendant 300 s"
    )]
    #[case::refused_at_last(false, "550 5.7.1 non au RCPT", 3, State::No, "550 5.7.1 non")]
    fn a_nominal_message_that_is_put_off(
        #[case] accepted: bool,
        #[case] observed: &str,
        #[case] patience: u64,
        #[case] state: State,
        #[case] words: &str,
    ) {
        let put_off_by = Some(LATER.to_owned());
        let observed = observed.to_owned();
        let seen = Rehearsal {
            family: String::new(),
            transcript: PathBuf::new(),
            accepted,
            observed,
            put_off: put_off_by,
            delivered: None,
        };
        let point = put_off(&seen, LATER, Duration::from_secs(patience), "t.jsonl");
        assert_eq!(point.state, state, "{}", point.detail);
        assert!(point.detail.contains(words) && point.detail.contains(LATER), "{}", point.detail);
    }
}
