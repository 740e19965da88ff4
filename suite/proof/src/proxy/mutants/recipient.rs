//! Faults in the recipients (TM3.1P/2, TM3.1P/5d).

use super::{
    answer::{always, reply},
    mutant::{Mutant, as_is},
};
use crate::proxy::Behaviour;
use suite::oracle::{
    ClauseId, Command,
    address::Path,
    command::Verb,
    reception::{Facts, decide, facts::Recipients},
    session::{Permitted, Reply, SessionPolicy, SessionState, permitted},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "un-destinataire",
        fault: "refuse un second destinataire, par 550",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/deux-destinataires", "reception/2-smtp/cent-destinataires"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                at_most(1, reply(550, "5.5.3", "Un seul destinataire"), state, command, policy)
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "destinataire-suivant-a-plus-tard",
        fault: "remet à plus tard, par 452, tout destinataire après le premier",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/deux-destinataires", "reception/2-smtp/cent-destinataires"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                at_most(1, reply(452, "4.5.3", "Un destinataire a la fois"), state, command, policy)
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "cinquante-destinataires",
        fault: "refuse plus de cinquante destinataires",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/cent-destinataires"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                at_most(50, reply(452, "4.5.3", "Trop de destinataires"), state, command, policy)
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "second-destinataire-oublie",
        fault: "accepte deux destinataires et ne remet qu'au premier",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/deux-destinataires"],
        setting: as_is,
        behaviour: Behaviour {
            deliver: |mut parcel| {
                parcel.recipients.truncate(1);
                vec![parcel]
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "boite-inconnue-avis",
        fault: "accepte un message pour une boîte inconnue, puis notifie sa non-remise",
        clause: ClauseId::Notified,
        killers: &["reception/2-smtp/destinataire-inconnu"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                let facts = scene.facts();
                match facts.recipients {
                    Recipients::Unknown => {
                        decide(&Facts { recipients: Recipients::Known, ..facts })
                    }
                    _ => decide(&facts),
                }
            },
            deliver: |parcel| match parcel.facts.recipients {
                Recipients::Unknown => vec![parcel.bounce()],
                _ => vec![parcel],
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "boite-inconnue-attrape-tout",
        fault: "remet à une boîte attrape-tout un message pour une boîte inconnue",
        clause: ClauseId::Notified,
        killers: &["reception/2-smtp/destinataire-inconnu"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                let facts = scene.facts();
                match facts.recipients {
                    Recipients::Unknown => {
                        decide(&Facts { recipients: Recipients::Known, ..facts })
                    }
                    _ => decide(&facts),
                }
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "postmaster-refuse",
        fault: "n'a pas de boîte postmaster",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/postmaster-domaine", "reception/2-smtp/postmaster-seul"],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                let facts = scene.facts();
                match facts.recipients {
                    Recipients::Postmaster => {
                        decide(&Facts { recipients: Recipients::Unknown, ..facts })
                    }
                    _ => decide(&facts),
                }
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "route-source-refusee",
        fault: "refuse une route source qui mène à sa boîte",
        clause: ClauseId::Smtp,
        killers: &["reception/2-smtp/route-source"],
        setting: as_is,
        behaviour: Behaviour {
            permitted: |state, command, policy| {
                let due = permitted(state, command, policy);
                match &command.verb {
                    Verb::Rcpt { path: Path::Mailbox(mailbox), .. }
                        if !mailbox.route.is_empty() =>
                    {
                        always(due, reply(501, "5.1.3", "Route source refusee"))
                    }
                    _ => due,
                }
            },
            ..Behaviour::REFERENCE
        },
    },
];

/// That refusal of each recipient behind so many.
fn at_most(
    most: u32,
    refusal: Reply,
    state: &SessionState,
    command: &Command,
    policy: &SessionPolicy,
) -> Permitted {
    let due = permitted(state, command, policy);
    match &command.verb {
        Verb::Rcpt { .. } if state.recipients() >= most => always(due, refusal),
        _ => due,
    }
}
