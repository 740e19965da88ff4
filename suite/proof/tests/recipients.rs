//! No message goes to a recipient that the operator did not name, even when the target takes it.

use std::{net::SocketAddr, path::Path};

use fixtures::{
    pki::{Clock, KeyPool},
    smtp::transcript::{Event, Stage, Transcript},
    space::Space,
};
use proof::proxy::{Delivery, Proxy, ProxyConfig};
use suite::{
    play::{Player, Tokens},
    scenario::{self, Action, Scenario, Template},
};

#[rstest::rstest]
#[case::unnamed("test2@cible.mssante.test", None, false)]
#[case::unnamed_but_what_leaves_is_caught("test2@cible.mssante.test", Some(25), true)]
#[case::named("test@CIBLE.mssante.test", None, true)]
#[tokio::test]
async fn a_message_is_sent(#[case] to: &str, #[case] outgoing: Option<u16>, #[case] sent: bool) {
    let pool = KeyPool::open(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("keys")).expect("a pool");
    let space = Space::ephemeral(&pool, Clock::System).await.expect("the space starts");
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let delivery = Delivery::Memory(space.mailroom().clone());
    let config = ProxyConfig::of_space(&space, listen, delivery).expect("it has a target");
    let proxy = Proxy::start(config).await.expect("the proxy starts");
    let mut target = proxy.target();
    target.embedded = false;
    target.mailboxes.second = None;
    target.outgoing = outgoing.map(|port| SocketAddr::from(([127, 0, 0, 1], port)));

    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let library = scenario::load(&root).expect("all scenarios load");
    let nominal = library.nominal(&library.catalogue.families[0]);
    let mut scenario: Scenario = nominal.expect("the suite has it").clone();
    let Action::Transactions(transactions) = &mut scenario.action else { panic!("transactions") };
    transactions[0].to = vec![Template(to.into())];

    let transcript = Transcript::in_memory();
    let tokens = Tokens::new(1, 1);
    let player = Player {
        scenario: &scenario,
        space: &space,
        target: &target,
        transcript: transcript.clone(),
        tokens: &tokens,
        repeats_silence: false,
    };
    player.play().await;
    let events: Vec<Event> = transcript.entries().into_iter().map(|entry| entry.event).collect();
    let at_rcpt =
        |event: &Event| matches!(event, Event::Reply { stage: Stage::Rcpt, code: 250, .. });
    assert!(events.iter().any(at_rcpt), "the target takes the recipient: {events:?}");
    let at_data = |event: &Event| matches!(event, Event::Sent { stage: Stage::Data, .. });
    assert_eq!(events.iter().any(at_data), sent, "{events:?}");
    assert_eq!(space.mailroom().count(), usize::from(sent));
}
