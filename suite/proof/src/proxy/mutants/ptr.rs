//! Faults that bring the deleted check of the reverse name back (TM3.1P/1).

use std::time::Duration;

use fixtures::dns::{Answer, RecordType, query, reverse_name};
use futures_util::future::BoxFuture;

use super::mutant::{Mutant, as_is};
use crate::proxy::{Admission, Arrival, Behaviour, Scene};
use suite::oracle::{ClauseId, Decision, Grade, reception::decide, session::Reply};

/// How long a resolver is asked before it is called silent.
const RESOLVER: Duration = Duration::from_millis(500);
/// How long the most patient one is: longer than any client waits to be greeted.
const FOR_EVER: Duration = Duration::from_secs(3_600);

const NO_NAME: Reply =
    Reply { code: 554, enhanced: None, text: "Adresse sans nom inverse, acces refuse" };
const LATER: Reply =
    Reply { code: 450, enhanced: Some("4.7.25"), text: "Nom inverse introuvable, revenez" };

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "ptr-exige",
        fault: "ferme la porte à un émetteur dont l'adresse n'a pas d'enregistrement PTR",
        clause: ClauseId::Ptr,
        killers: &["reception/1-ptr/absent"],
        setting: as_is,
        behaviour: Behaviour {
            admit: |arrival| {
                Box::pin(async move {
                    match reverse(arrival, RESOLVER).await {
                        Some(Answer::NxDomain | Answer::NoData) => Admission::Turn(NO_NAME),
                        _ => Admission::Greet,
                    }
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "ptr-servfail-ferme",
        fault: "tient un DNS en panne pour une intrusion et coupe la connexion sans un mot",
        clause: ClauseId::Ptr,
        killers: &["reception/1-ptr/servfail"],
        setting: as_is,
        behaviour: Behaviour {
            admit: |arrival| {
                Box::pin(async move {
                    match reverse(arrival, RESOLVER).await {
                        Some(Answer::ServFail) => Admission::Hang,
                        _ => Admission::Greet,
                    }
                })
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "ptr-differe",
        fault: "remet à plus tard (450) tout émetteur dont le nom inverse ne se trouve pas",
        clause: ClauseId::Ptr,
        killers: &["reception/1-ptr/absent", "reception/1-ptr/servfail", "reception/1-ptr/silence"],
        setting: as_is,
        behaviour: Behaviour {
            reverse: known,
            decision: |scene| {
                refuse_if(scene, !matches!(scene.peer.reverse, Some(Answer::Records(_))))
            },
            reply: |reply, _| if reply.code == REFUSED { LATER } else { reply },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "ptr-egal-ehlo",
        fault: "exige que le nom inverse soit le nom donné dans EHLO",
        clause: ClauseId::Ptr,
        killers: &["reception/1-ptr/autre-nom"],
        setting: as_is,
        behaviour: Behaviour {
            reverse: known,
            decision: |scene| {
                refuse_if(scene, names(scene).is_some_and(|names| !names.contains(&hello(scene))))
            },
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "ptr-unique",
        fault: "refuse un émetteur dont l'adresse a plusieurs noms inverses",
        clause: ClauseId::Ptr,
        killers: &["reception/1-ptr/plusieurs"],
        setting: as_is,
        behaviour: Behaviour {
            reverse: known,
            decision: |scene| refuse_if(scene, names(scene).is_some_and(|names| names.len() > 1)),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "ptr-confirme",
        fault: "exige que le nom inverse se résolve en l'adresse de l'émetteur",
        clause: ClauseId::Ptr,
        killers: &["reception/1-ptr/autre-nom", "reception/1-ptr/plusieurs"],
        setting: as_is,
        behaviour: Behaviour {
            admit: |arrival| Box::pin(confirmed(arrival)),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "ptr-attendu",
        fault: "n'accueille un émetteur qu'une fois son nom inverse connu, aussi longtemps qu'il faille",
        clause: ClauseId::Ptr,
        killers: &["reception/1-ptr/silence"],
        setting: as_is,
        behaviour: Behaviour {
            reverse: |arrival| Box::pin(reverse(arrival, FOR_EVER)),
            ..Behaviour::REFERENCE
        },
    },
    Mutant {
        id: "ehlo-egal-cn",
        fault: "exige que le nom donné dans EHLO soit le CN du certificat",
        clause: ClauseId::Smtp,
        killers: &[
            "reception/1-ptr/ehlo-autre-nom",
            "reception/1-ptr/ehlo-non-resolu",
            "reception/1-ptr/ehlo-adresse-litterale",
        ],
        setting: as_is,
        behaviour: Behaviour {
            decision: |scene| {
                let name = scene.peer.name.as_ref().and_then(|name| name.common_name());
                refuse_if(scene, name.is_some_and(|name| !name.eq_ignore_ascii_case(scene.hello)))
            },
            ..Behaviour::REFERENCE
        },
    },
];

/// The code of the refusal that [`refuse_if`] leads to.
const REFUSED: u16 = 554;

fn refuse_if(scene: &Scene<'_>, refused: bool) -> Decision {
    let decision = decide(&scene.facts());
    if refused && decision.accept != Grade::NonConforming {
        Decision {
            accept: Grade::NonConforming,
            refuse: Grade::Conforming,
            clause: ClauseId::Ptr,
            refusal: Reply::REFUSED,
            ..decision
        }
    } else {
        decision
    }
}

fn known(arrival: Arrival) -> BoxFuture<'static, Option<Answer>> {
    Box::pin(reverse(arrival, RESOLVER))
}

async fn reverse(arrival: Arrival, limit: Duration) -> Option<Answer> {
    let name = reverse_name(arrival.client?.ip());
    query(arrival.resolver, &name, RecordType::PTR, limit).await.ok()
}

async fn confirmed(arrival: Arrival) -> Admission {
    let (Some(client), Some(Answer::Records(names))) =
        (arrival.client, reverse(arrival, RESOLVER).await)
    else {
        return Admission::Greet;
    };
    for name in names {
        let back = query(arrival.resolver, &name, RecordType::A, RESOLVER).await;
        let own = client.ip().to_string();
        if matches!(back, Ok(Answer::Records(addresses)) if addresses.contains(&own)) {
            return Admission::Greet;
        }
    }
    Admission::Turn(NO_NAME)
}

/// The reverse names, in lower case, if the DNS gave any.
fn names(scene: &Scene<'_>) -> Option<Vec<String>> {
    let Some(Answer::Records(names)) = &scene.peer.reverse else { return None };
    Some(names.iter().map(|name| name.trim_end_matches('.').to_ascii_lowercase()).collect())
}

fn hello(scene: &Scene<'_>) -> String {
    scene.hello.to_ascii_lowercase()
}
