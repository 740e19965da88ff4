//! A sound proxy whose deliveries go wrong: one fault, told by the scenarios about deliveries and by no
//! other one.

use fixtures::smtp::mailroom::Mailroom;
use proof::proxy::{Behaviour, Delivery, Parcel, Proxy, ProxyConfig};
use rstest::rstest;
use suite::{
    record::Verdict,
    target::{Observation, Target},
};

use crate::bed::{Bed, Played, review};

/// Some of every kind beside the scenarios about deliveries.
const SELECTION: &[&str] = &[
    "1-ptr/absent",
    "1-ptr/plusieurs",
    "2-smtp/deux-destinataires",
    "2-smtp/fin-de-donnees",
    "2-smtp/points",
    "3-starttls/en-clair",
    "3-starttls/tls-1-0",
    "4-certificat/cn-partage",
    "4-certificat/expire",
    "4-certificat/expire-expediteur-vide",
    "4-certificat/rdn-en-plus",
    "5-enveloppe/domaine-d-un-autre",
    "5-enveloppe/domaine-non-liste",
    "5-enveloppe/plusieurs-dn-2",
    "5-enveloppe/second-domaine",
    "5-enveloppe/sous-domaine",
    "6-fin/quit",
];

/// What is told of deliveries, or rests on what was not delivered.
const ABOUT_DELIVERIES: &[&str] = &[
    "2-smtp/fausse-fin-lf-point-lf",
    "5-enveloppe/remis",
    "5-enveloppe/remis-champs-x",
    "5-enveloppe/remis-piece-jointe",
    "5-enveloppe/remis-texte",
    "5-enveloppe/remis-une-fois",
    "5-enveloppe/rien-remis-apres-refus",
    "6-fin/coupure-en-data",
];

fn twice(parcel: Parcel) -> Vec<Parcel> {
    vec![parcel.clone(), parcel]
}

fn with_a_footer(parcel: Parcel) -> Vec<Parcel> {
    let content =
        [&parcel.content, b"--\r\nAvertissement : courrier externe\r\n".as_slice()].concat();
    vec![Parcel { content, ..parcel }]
}

fn nowhere(_: Parcel) -> Vec<Parcel> {
    Vec::new()
}

/// A proxy that loses what comes from `<>`, and that alone.
fn lost_from_nobody(parcel: Parcel) -> Vec<Parcel> {
    if parcel.sender.is_empty() { Vec::new() } else { vec![parcel] }
}

fn observed(target: &mut Target) {
    target.delivery = Observation::Memory;
    target.outgoing = Some(target.address);
}

fn unobserved(target: &mut Target) {
    target.outgoing = Some(target.address);
}

async fn played(deliver: fn(Parcel) -> Vec<Parcel>, seen: bool) -> Played {
    let declare: fn(&mut Target) = if seen { observed } else { unobserved };
    let ids = [SELECTION, ABOUT_DELIVERIES].concat();
    let bed = Bed::with(&ids).await.declaring(declare);
    let address = "127.0.0.1:0".parse().expect("an address");
    // What nobody observes comes to no mailroom of ours.
    let mailroom = if seen { bed.space.mailroom().clone() } else { Mailroom::new() };
    let delivery = Delivery::Memory(mailroom);
    let config = ProxyConfig::of_space(&bed.space, address, delivery).expect("a target");
    let behaviour = Behaviour { deliver, ..Behaviour::REFERENCE };
    let proxy = Proxy::start(ProxyConfig { behaviour, ..config }).await.expect("it starts");
    bed.play_at(proxy.address()).await
}

/// Whatever is wrong with its deliveries, all else is judged as for a target whose deliveries nobody
/// sees.
#[rstest]
#[case::twice("remis-deux-fois", twice, &[])]
#[case::with_a_footer(
    "remis-avec-un-pied",
    with_a_footer,
    &["5-enveloppe/remis-champs-x", "5-enveloppe/remis-texte"]
)]
#[case::nowhere("remis-nulle-part", nowhere, &[])]
#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_deliveries_is_one_fault(
    #[case] name: &str,
    #[case] deliver: fn(Parcel) -> Vec<Parcel>,
    #[case] faults: &[&str],
) {
    let seen = played(deliver, true).await;
    review(name, &seen, faults);
    let unseen = played(deliver, false).await;
    let others = |played: &Played| -> Vec<(String, Verdict)> {
        let all = played.record.scenarios.iter();
        all.map(|one| (one.id.trim_start_matches("reception/").to_owned(), one.verdict))
            .filter(|(id, _)| !ABOUT_DELIVERIES.contains(&id.as_str()))
            .collect()
    };
    assert_eq!(others(&seen), others(&unseen));
}

/// What only one peer's messages go through is that peer's scenario's to tell.
#[tokio::test(flavor = "multi_thread")]
async fn a_loss_that_one_scenario_brings_about_is_its_own() {
    let seen = played(lost_from_nobody, true).await;
    assert_eq!(seen.of(Verdict::Fail), ["4-certificat/valide-expediteur-vide"], "{}", seen.table());
    // The 250 in its session is all that the refusal beside it rests on.
    let (verdict, reason) = seen.said("4-certificat/expire-expediteur-vide");
    assert_eq!(verdict, Verdict::Pass, "{reason}");
}
