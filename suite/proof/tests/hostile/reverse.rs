//! Servers and the reverse names of their peers: what is told of them is what was seen.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use fixtures::dns::{Answer as DnsAnswer, RecordType, query, reverse_name};
use rstest::rstest;
use suite::record::{RunVerdict, Verdict};

use crate::{
    bed::Bed,
    server::{Answer, Listening, Moment, TURNED_AWAY, polite},
};

const FAULTS: &[&str] =
    &["1-ptr/absent", "1-ptr/autre-nom", "1-ptr/plusieurs", "1-ptr/servfail", "1-ptr/silence"];

/// What a server does with the address that it sees its peer come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    /// Asks nothing.
    Open,
    /// Asks its reverse name, and receives it whatever the answer.
    Curious,
    /// Asks its reverse name, and turns away who has none.
    Demanding,
    /// The same behind a forwarder: it sees 127.0.0.1, which has none either.
    Forwarded,
    /// Turns away whom it does not know by address, and asks nothing.
    Closed,
}

impl Door {
    async fn opens(self, peer: IpAddr, dns: SocketAddr) -> bool {
        let seen = if self == Self::Forwarded { Ipv4Addr::LOCALHOST.into() } else { peer };
        match self {
            Self::Open => true,
            Self::Closed => !peer.to_string().starts_with("127.0.11."),
            Self::Curious | Self::Demanding | Self::Forwarded => {
                let limit = std::time::Duration::from_millis(300);
                let answer = query(dns, &reverse_name(seen), RecordType::PTR, limit).await;
                self != Self::Demanding || matches!(answer, Ok(DnsAnswer::Records(_)))
            }
        }
    }
}

#[rstest]
#[case::asks_nothing(Door::Open, false, Verdict::PassWithRemark, "aucune question DNS vue")]
#[case::asks_nothing_and_says_it_does(
    Door::Open,
    true,
    Verdict::PassWithRemark,
    "aucune question DNS vue"
)]
#[case::asks(
    Door::Curious,
    false,
    Verdict::Pass,
    "a demandé le nom inverse de 127.0.11.1 et reçu NXDOMAIN"
)]
#[case::demands(Door::Demanding, false, Verdict::Fail, "a demandé le nom inverse de 127.0.11.1")]
#[case::forwarded(Door::Forwarded, true, Verdict::Inconclusive, "voit une autre adresse")]
#[case::knows_addresses(Door::Closed, false, Verdict::Inconclusive, "aucune question DNS vue")]
#[tokio::test(flavor = "multi_thread")]
async fn a_reverse_name_is_judged_by_what_was_asked(
    #[case] door: Door,
    #[case] uses_dns: bool,
    #[case] verdict: Verdict,
    #[case] words: &str,
) {
    let bed = Bed::with(FAULTS).await;
    let declare: fn(&mut suite::target::Target) =
        if uses_dns { |t| t.uses_dns = true } else { |t| t.uses_dns = false };
    let bed = bed.declaring(declare);
    let dns = bed.space.dns().addr();
    let opens = move |peer: IpAddr| door.opens(peer, dns);
    let server = Listening::choosing(&bed.identity(), opens, answer).await;
    let played = bed.play_at(server.address).await;
    let (seen, reason) = played.said("1-ptr/absent");
    assert_eq!(seen, verdict, "{}", played.table());
    assert!(reason.contains(words), "{reason}");
    if matches!(door, Door::Open | Door::Curious) {
        assert_eq!(played.record.verdict, RunVerdict::Concluant, "{}", played.table());
    }
}

/// There, no peer can have an address of its own.
#[tokio::test(flavor = "multi_thread")]
async fn over_the_loopback_of_ipv6_no_reverse_name_is_tried() {
    let bed = Bed::with(FAULTS).await;
    let Some(server) = Listening::server_at("[::1]:0", &bed.identity(), answer).await else {
        return fixtures::skip::place("l'adresse ::1");
    };
    let played = bed.play_at(server.address).await;
    assert_eq!(played.of(Verdict::Skipped), FAULTS, "{}", played.table());
    let (_, reason) = played.said("1-ptr/absent");
    assert!(reason.contains("::1") && reason.contains("127.0.0.1"), "{reason}");
}

fn answer(moment: &Moment<'_>) -> Answer {
    match moment.verb {
        TURNED_AWAY => Answer::Last(b"554 5.7.1 adresse sans nom inverse\r\n".to_vec()),
        _ => polite(moment),
    }
}

/// A host of two addresses, of which the first does not answer: the second is tried, and named.
#[tokio::test(flavor = "multi_thread")]
async fn each_address_of_a_host_is_tried() {
    let bed = Bed::with(&["2-smtp/accueil"]).await;
    let server = Listening::server(&bed.identity(), answer).await;
    let silent = tokio::net::TcpListener::bind("127.0.0.2:0").await.expect("a port");
    let dead = silent.local_addr().expect("bound");
    drop(silent);
    let limit = std::time::Duration::from_secs(2);
    let named = |others: Vec<SocketAddr>| suite::target::Target {
        host: "mx.hopital.test".into(),
        others,
        ..suite::target::Target::embedded(dead)
    };
    let target = named(vec![server.address]).reached(limit).await.expect("the second answers");
    assert_eq!(target.address, server.address);
    assert!(target.shown().ends_with("(127.0.0.1)"), "{}", target.shown());
    let failed = named(vec![dead]).reached(limit).await.expect_err("none answers");
    assert_eq!(failed.iter().map(|(address, _)| *address).collect::<Vec<_>>(), [dead, dead]);
}
