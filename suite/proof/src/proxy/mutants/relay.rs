//! Faults in what the proxy relays: the forms of an open relay (TM3.1P/5d).

use fixtures::smtp::wire::Line;

use super::{
    answer::reread,
    mutant::{Mutant, as_is},
};
use crate::proxy::{Behaviour, Scene};
use suite::oracle::{
    ClauseId, Command, Decision,
    command::Verb,
    reception::{Facts, decide, facts::Recipients},
};

/// The domain of the proxy, as it ends an address.
const OURS: &str = "@cible.mssante.test";

pub(super) const MUTANTS: &[Mutant] = &[
    relay(
        "relais-ouvert",
        "relaie un message vers tout domaine",
        &["reception/2-smtp/relais-simple"],
        Behaviour::REFERENCE.command,
        |scene| {
            relayed(scene, |path| {
                path.matches('@').count() == 1 && !path.contains(['%', '!', '"', '[', ':'])
            })
        },
    ),
    relay(
        "relais-guillemets",
        "relaie vers l'adresse qu'il lit dans une partie locale entre guillemets",
        &["reception/2-smtp/relais-guillemets"],
        |line| forwarded(line, |path| quoted(path.strip_suffix(OURS)?)),
        |scene| relayed(scene, |path| path.starts_with('"') && path.ends_with(OURS)),
    ),
    relay(
        "relais-guillemets-seuls",
        "relaie vers une adresse entre guillemets, sans domaine",
        &["reception/2-smtp/relais-guillemets-seuls"],
        |line| forwarded(line, quoted),
        |scene| relayed(scene, |path| path.starts_with('"') && path.ends_with('"')),
    ),
    relay(
        "relais-route-source",
        "suit une route source vers un autre domaine",
        &["reception/2-smtp/relais-route-source"],
        Behaviour::REFERENCE.command,
        |scene| relayed(scene, |path| path.starts_with('@')),
    ),
    relay(
        "relais-pourcent",
        "relaie vers le domaine qui suit le signe pour cent, devant le sien",
        &["reception/2-smtp/relais-pourcent"],
        |line| forwarded(line, |path| percent(path.strip_suffix(OURS)?)),
        |scene| relayed(scene, |path| path.contains('%') && path.ends_with(OURS)),
    ),
    relay(
        "relais-pourcent-seul",
        "relaie vers le domaine qui suit le signe pour cent, sans autre domaine",
        &["reception/2-smtp/relais-pourcent-seul"],
        |line| forwarded(line, percent),
        |scene| relayed(scene, |path| path.contains('%') && !path.contains('@')),
    ),
    relay(
        "relais-exclamation",
        "relaie par un chemin à points d'exclamation",
        &["reception/2-smtp/relais-exclamation"],
        |line| forwarded(line, bang),
        |scene| relayed(scene, |path| path.contains('!') && !path.contains('@')),
    ),
    relay(
        "relais-exclamation-domaine",
        "relaie par un chemin à points d'exclamation, devant son domaine",
        &["reception/2-smtp/relais-exclamation-domaine"],
        |line| forwarded(line, |path| bang(path.strip_suffix(OURS)?)),
        |scene| relayed(scene, |path| path.contains('!') && path.ends_with(OURS)),
    ),
    relay(
        "relais-double-arobase",
        "relaie vers le premier domaine d'une adresse à deux arobases",
        &["reception/2-smtp/relais-double-arobase"],
        |line| forwarded(line, |path| twice(path.strip_suffix(OURS)?)),
        |scene| relayed(scene, |path| path.matches('@').count() == 2 && !path.contains(['"', ':'])),
    ),
    relay(
        "relais-chevron-entre-guillemets",
        "contrôle le destinataire jusqu'au premier chevron, guillemets ou non, et relaie le reste",
        &["reception/2-smtp/relais-chevron-entre-guillemets"],
        Behaviour::REFERENCE.command,
        |scene| relayed(scene, |path| path.starts_with('"') && path.contains(&format!("{OURS}>"))),
    ),
    relay(
        "relais-chevron-devant-son-domaine",
        "relaie vers l'adresse qu'il lit entre guillemets jusqu'au premier chevron",
        &["reception/2-smtp/relais-chevron-devant-son-domaine"],
        |line| forwarded(line, |path| twice(path.strip_prefix('"')?.split_once('>')?.0)),
        |scene| relayed(scene, |path| path.starts_with('"') && path.contains('>')),
    ),
    relay(
        "relais-adresse-litterale",
        "relaie vers une adresse IP",
        &["reception/2-smtp/relais-adresse-litterale"],
        Behaviour::REFERENCE.command,
        |scene| relayed(scene, |path| path.contains('[')),
    ),
];

const fn relay(
    id: &'static str,
    fault: &'static str,
    killers: &'static [&'static str],
    command: fn(&Line) -> Command,
    decision: fn(&Scene<'_>) -> Decision,
) -> Mutant {
    let behaviour = Behaviour { command, decision, ..Behaviour::REFERENCE };
    Mutant { id, fault, clause: ClauseId::Notified, killers, setting: as_is, behaviour }
}

/// The decision, with a foreign domain overlooked in a path of this spelling.
fn relayed(scene: &Scene<'_>, spelled: fn(&str) -> bool) -> Decision {
    let facts = scene.facts();
    // Behind RCPT the foreign domains left are those that were let in.
    let open = match &scene.command.verb {
        Verb::Rcpt { .. } => {
            let line = String::from_utf8_lossy(&scene.command.raw);
            path(&line).is_some_and(spelled)
        }
        _ => true,
    };
    match facts.recipients {
        Recipients::Foreign if open => decide(&Facts { recipients: Recipients::Known, ..facts }),
        _ => decide(&facts),
    }
}

/// RCPT with its path rewritten.
fn forwarded(line: &Line, onward: fn(&str) -> Option<String>) -> Command {
    reread(line, |text| Some(format!("RCPT TO:<{}>", onward(path(text)?)?)))
}

/// What stands between the brackets of RCPT.
fn path(line: &str) -> Option<&str> {
    line.strip_prefix("RCPT TO:<")?.strip_suffix('>')
}

fn quoted(local: &str) -> Option<String> {
    twice(local.strip_prefix('"')?.strip_suffix('"')?)
}

/// `x@domain` for `x%domain`.
fn percent(local: &str) -> Option<String> {
    let (user, domain) = local.rsplit_once('%')?;
    Some(format!("{user}@{domain}"))
}

/// `x@domain` for `domain!x`.
fn bang(local: &str) -> Option<String> {
    let (domain, user) = local.split_once('!')?;
    Some(format!("{user}@{domain}"))
}

fn twice(local: &str) -> Option<String> {
    local.contains('@').then(|| local.to_owned())
}
