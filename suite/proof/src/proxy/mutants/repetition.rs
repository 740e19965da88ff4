//! Rules that are kept at the first place only: the first recipient, the first transaction, the
//! commands that come alone (TM3.1P/5c, TM3.1P/5d).

use super::{
    answer::{instead, reply},
    mutant::{Mutant, as_is},
};
use crate::proxy::{Behaviour, Scene};
use suite::oracle::{
    ClauseId, Decision, Grade,
    command::Verb,
    reception::{
        Facts, decide,
        facts::{DomainStatus, MailFrom, Recipients},
    },
    session::{Reply, Situation},
};

pub(super) const MUTANTS: &[Mutant] = &[
    relay(
        "relais-au-second-destinataire",
        "ne contrôle que le premier destinataire d'un message",
        &[
            "reception/2-smtp/relais-second-destinataire",
            "reception/2-smtp/relais-second-expediteur-vide",
            "reception/2-smtp/relais-malgre-refus",
        ],
        |scene| let_in(scene, !scene.recipients.is_empty()),
    ),
    relay(
        "relais-devant-le-dernier-destinataire",
        "ne contrôle que le dernier destinataire d'un message, à DATA",
        &["reception/2-smtp/relais-premier-destinataire"],
        |scene| {
            let last = scene.recipients.last().map(|path| scene.mailboxes.status(path));
            match (&scene.command.verb, last) {
                (Verb::Data | Verb::Content { .. }, Some(recipients)) => {
                    decide(&Facts { recipients, ..scene.facts() })
                }
                _ => let_in(scene, true),
            }
        },
    ),
    relay(
        "relais-second-expediteur-vide",
        "ne contrôle que le premier destinataire quand l'expéditeur est vide",
        &["reception/2-smtp/relais-second-expediteur-vide"],
        |scene| {
            let null = scene.facts().mail_from == MailFrom::Null;
            let_in(scene, null && !scene.recipients.is_empty())
        },
    ),
    Mutant {
        behaviour: Behaviour {
            hurried: |command, unread| match &command.verb {
                Verb::Rcpt { .. } if !unread.is_empty() => {
                    Some(Reply { code: 250, enhanced: Some("2.1.5"), text: "Ok" })
                }
                _ => None,
            },
            ..relay_behaviour(|scene| {
                let_in(scene, !matches!(scene.command.verb, Verb::Rcpt { .. }))
            })
        },
        ..relay(
            "relais-commandes-groupees",
            "ne contrôle pas un destinataire derrière lequel d'autres commandes sont déjà arrivées",
            &["reception/2-smtp/relais-commandes-groupees"],
            |scene| decide(&scene.facts()),
        )
    },
    relay(
        "boite-inconnue-en-second",
        "ne contrôle que le premier destinataire : accepte ensuite une boîte qui n'existe pas",
        &["reception/2-smtp/destinataire-inconnu-second"],
        |scene| {
            let facts = scene.facts();
            match facts.recipients {
                Recipients::Unknown if !scene.recipients.is_empty() => {
                    decide(&Facts { recipients: Recipients::Known, ..facts })
                }
                _ => decide(&facts),
            }
        },
    ),
    relay(
        "relais-apres-un-message",
        "relaie pour qui a déjà fait accepter un message dans la session",
        &["reception/2-smtp/relais-seconde-transaction", "reception/2-smtp/relais-apres-rset"],
        |scene| let_in(scene, after(scene, "message", |scene| content(scene) && !refused(scene))),
    ),
    relay(
        "relais-apres-un-refus",
        "relaie pour qui a déjà été refusé dans la session",
        &["reception/2-smtp/relais-apres-refus"],
        |scene| let_in(scene, after(scene, "refus", refused)),
    ),
    sender(
        "expediteur-libre-apres-vide",
        "ne contrôle plus l'expéditeur après un expéditeur vide dans la session",
        &["reception/5-enveloppe/second-expediteur-apres-vide"],
        |scene| {
            let null = |scene: &Scene<'_>| scene.facts().mail_from == MailFrom::Null;
            mapped(scene, after(scene, "vide", null))
        },
    ),
    sender(
        "expediteur-libre-apres-un-message",
        "ne contrôle plus l'expéditeur dans la session après un message accepté",
        &[
            "reception/5-enveloppe/second-expediteur-domaine-d-un-autre",
            "reception/5-enveloppe/second-expediteur-domaine-non-liste",
            "reception/5-enveloppe/second-expediteur-apres-rset",
            "reception/5-enveloppe/second-expediteur-apres-ehlo",
        ],
        |scene| mapped(scene, after(scene, "message", |scene| content(scene) && !refused(scene))),
    ),
    sender(
        "expediteur-libre-apres-un-relais-refuse",
        "ne contrôle plus l'expéditeur dans la session après un relais refusé",
        &["reception/5-enveloppe/second-expediteur-apres-relais-refuse"],
        |scene| {
            let relay = |scene: &Scene<'_>| {
                matches!(scene.command.verb, Verb::Rcpt { .. })
                    && scene.facts().recipients == Recipients::Foreign
            };
            mapped(scene, after(scene, "relais", relay))
        },
    ),
    sender(
        "expediteur-controle-au-premier-rcpt",
        "ne contrôle l'expéditeur qu'au premier RCPT, et oublie de l'avoir refusé",
        &["reception/5-enveloppe/second-destinataire-domaine-d-un-autre"],
        |scene| {
            let rcpt = matches!(scene.command.verb, Verb::Rcpt { .. });
            let name = scene.sender.map(|path| format!("rcpt {path:?}")).unwrap_or_default();
            let asked = after(scene, &name, |_| rcpt);
            mapped(scene, !rcpt || asked)
        },
    ),
    Mutant {
        id: "second-mail-sans-controle",
        fault: "prend pour expéditeur celui d'un second MAIL, sans le contrôler",
        clause: ClauseId::DomainMapped,
        killers: &["reception/5-enveloppe/second-mail-domaine-d-un-autre"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                let accepted = reply(250, "2.1.0", "Ok");
                instead(state, command, policy, Situation::MailTwice, accepted)
            },
            decision: |scene| {
                let mail = matches!(scene.command.verb, Verb::Mail { .. });
                // The sender of the first MAIL is the one that was looked at.
                let looked = after(scene, "mail", |_| mail);
                mapped(scene, looked)
            },
            ..Behaviour::REFERENCE
        },
    },
];

const fn relay_behaviour(decision: fn(&Scene<'_>) -> Decision) -> Behaviour {
    Behaviour { decision, ..Behaviour::REFERENCE }
}

const fn relay(
    id: &'static str,
    fault: &'static str,
    killers: &'static [&'static str],
    decision: fn(&Scene<'_>) -> Decision,
) -> Mutant {
    let behaviour = relay_behaviour(decision);
    Mutant { id, fault, clause: ClauseId::Notified, killers, setting: as_is, behaviour }
}

const fn sender(
    id: &'static str,
    fault: &'static str,
    killers: &'static [&'static str],
    decision: fn(&Scene<'_>) -> Decision,
) -> Mutant {
    let behaviour = relay_behaviour(decision);
    Mutant { id, fault, clause: ClauseId::DomainMapped, killers, setting: as_is, behaviour }
}

/// The decision; where `open`, a foreign recipient is taken for one of the proxy's.
fn let_in(scene: &Scene<'_>, open: bool) -> Decision {
    let facts = scene.facts();
    match facts.recipients {
        // Behind RCPT the foreign ones that are left were let in.
        Recipients::Foreign if open || !matches!(scene.command.verb, Verb::Rcpt { .. }) => {
            decide(&Facts { recipients: Recipients::Known, ..facts })
        }
        _ => decide(&facts),
    }
}

/// The decision; where `open`, the sender's domain is taken for one of the peer's.
fn mapped(scene: &Scene<'_>, open: bool) -> Decision {
    let facts = scene.facts();
    let domain = if open { DomainStatus::Mapped } else { facts.domain };
    decide(&Facts { domain, ..facts })
}

/// Whether `event` was so at an earlier decision of the session; it is noted under `name` from now on.
fn after(scene: &Scene<'_>, name: &str, event: impl Fn(&Scene<'_>) -> bool) -> bool {
    let mut new = false;
    let now = event(scene);
    let make = || {
        new = true;
        decide(&scene.facts())
    };
    scene.session.recall(name, make, |_| now);
    !new
}

fn content(scene: &Scene<'_>) -> bool {
    matches!(scene.command.verb, Verb::Content { .. })
}

fn refused(scene: &Scene<'_>) -> bool {
    decide(&scene.facts()).accept == Grade::NonConforming
}
