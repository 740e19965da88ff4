//! A sound proxy, or one that takes anything, behind a relay that harms the connection.

use std::{io, net::SocketAddr, time::Duration};

use proof::proxy::{Delivery, Proxy, ProxyConfig};
use rstest::rstest;
use suite::{
    record::{RunVerdict, Verdict},
    target::Observation,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

use crate::{
    bed::{Bed, Played},
    server::{Listening, polite},
};

/// What the relay does to one connection. Octets are counted from its beginning.
#[derive(Clone, Copy, Debug)]
enum Harm {
    None,
    /// Ends it at once.
    Refuse,
    /// Ends it after so many octets from the server.
    Cut(usize),
    /// Changes that octet from the server.
    FlipDown(usize),
    /// Changes that octet from the client.
    FlipUp(usize),
    /// Leaves that octet from the server out.
    Drop(usize),
    /// Hands on what it reads after this time.
    Delay(Duration),
}

/// A relay to `server` that harms its connections as `harm` tells by their number.
async fn relay(
    server: SocketAddr,
    harm: impl Fn(usize) -> Harm + Send + Sync + 'static,
) -> Listening {
    Listening::start(move |number, client| {
        let harm = harm(number);
        async move {
            // However it ends, both ends see it end.
            drop(carry(client, server, harm).await);
        }
    })
    .await
}

async fn carry(client: TcpStream, server: SocketAddr, harm: Harm) -> io::Result<()> {
    if matches!(harm, Harm::Refuse) {
        return Ok(());
    }
    let server = TcpStream::connect(server).await?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let down = one_way(
        from_server,
        to_client,
        move |at, bytes| match harm {
            Harm::Cut(end) if at + bytes.len() >= end => {
                bytes.truncate(end - at);
                false
            }
            Harm::FlipDown(which) => flip(at, bytes, which),
            Harm::Drop(which) if (at..at + bytes.len()).contains(&which) => {
                bytes.remove(which - at);
                true
            }
            _ => true,
        },
        harm,
    );
    let up = one_way(
        from_client,
        to_server,
        move |at, bytes| match harm {
            Harm::FlipUp(which) => flip(at, bytes, which),
            _ => true,
        },
        harm,
    );
    // A cut ends both ways; an end of file only its own.
    tokio::try_join!(down, up).map(drop)
}

fn flip(at: usize, bytes: &mut [u8], which: usize) -> bool {
    if let Some(byte) = which.checked_sub(at).and_then(|index| bytes.get_mut(index)) {
        *byte ^= 0x20;
    }
    true
}

async fn one_way(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    change: impl Fn(usize, &mut Vec<u8>) -> bool,
    harm: Harm,
) -> io::Result<()> {
    let mut at = 0;
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return to.shutdown().await;
        }
        if let Harm::Delay(time) = harm {
            tokio::time::sleep(time).await;
        }
        let mut bytes = buffer[..read].to_vec();
        let goes_on = change(at, &mut bytes);
        at += read;
        to.write_all(&bytes).await?;
        if !goes_on {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
    }
}

/// The reference proxy behind a relay.
async fn reference(bed: &Bed, harm: impl Fn(usize) -> Harm + Send + Sync + 'static) -> Played {
    let config = ProxyConfig::of_space(
        &bed.space,
        "127.0.0.1:0".parse().expect("an address"),
        Delivery::Memory(bed.space.mailroom().clone()),
    )
    .expect("the space has a target");
    let proxy = Proxy::start(config).await.expect("the proxy starts");
    let relay = relay(proxy.address(), harm).await;
    bed.play_at(relay.address).await
}

async fn bed(jobs: usize) -> Bed {
    let bed = Bed { jobs, ..Bed::new().await };
    bed.declaring(|target| {
        target.delivery = Observation::Memory;
        target.outgoing = Some(target.address);
    })
}

/// One connection in three, but for the first look at the greeting.
fn third(number: usize) -> bool {
    number % 3 == 2
}

#[rstest]
#[case::sound(Harm::None)]
#[case::slow(Harm::Delay(Duration::from_millis(5)))]
#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_harms_nothing(#[case] harm: Harm) {
    let played = reference(&bed(8).await, move |_| harm).await;
    assert_eq!(played.record.verdict, RunVerdict::Concluant, "{}", played.table());
    assert_eq!(played.of(Verdict::Pass).len(), played.record.scenarios.len(), "{}", played.table());
}

/// A sound proxy is never blamed for what a relay does.
#[rstest]
#[case::refuse(Harm::Refuse)]
#[case::cut_the_greeting(Harm::Cut(20))]
#[case::cut_after_the_greeting(Harm::Cut(100))]
#[case::cut_the_handshake(Harm::Cut(600))]
#[case::cut_inside_tls(Harm::Cut(5_500))]
#[case::flip_the_server_hello(Harm::FlipDown(400))]
#[case::flip_the_servers_handshake(Harm::FlipDown(2_000))]
#[case::flip_a_reply(Harm::FlipDown(5_500))]
#[case::flip_the_client_hello(Harm::FlipUp(160))]
#[case::flip_the_clients_certificate(Harm::FlipUp(1_500))]
#[case::flip_a_command(Harm::FlipUp(5_000))]
#[case::drop_an_octet(Harm::Drop(2_000))]
#[tokio::test(flavor = "multi_thread")]
async fn a_sound_proxy_behind_a_bad_relay(
    #[case] harm: Harm,
    #[values((true, 8), (false, 1), (false, 8))] (always, jobs): (bool, usize),
) {
    let bed = bed(jobs).await;
    // Where an octet lacks, one waits for it.
    let bed = if matches!(harm, Harm::Drop(_)) { bed.impatient() } else { bed };
    let played = reference(&bed, move |number| {
        // The runner's first look passes.
        if number > 0 && (always || third(number)) { harm } else { Harm::None }
    })
    .await;
    assert_eq!(played.of(Verdict::Fail), [""; 0], "{}", played.table());
}

/// A proxy that takes anything is never praised for what a relay does.
#[rstest]
#[case::refuse(Harm::Refuse)]
#[case::cut_the_handshake(Harm::Cut(600))]
#[case::cut_inside_tls(Harm::Cut(5_500))]
#[case::flip_the_servers_handshake(Harm::FlipDown(2_000))]
#[case::flip_the_clients_certificate(Harm::FlipUp(1_500))]
#[tokio::test(flavor = "multi_thread")]
async fn a_lenient_proxy_behind_a_bad_relay(
    #[case] harm: Harm,
    #[values((true, 8), (false, 1), (false, 8))] (always, jobs): (bool, usize),
) {
    let bed = bed(jobs).await;
    let server = Listening::server(&bed.identity(), polite).await;
    let relay = relay(server.address, move |number| {
        if number > 0 && (always || third(number)) { harm } else { Harm::None }
    })
    .await;
    let played = bed.play_at(relay.address).await;
    for id in ["4-certificat/expire", "4-certificat/expire-tls-1-3"] {
        let (verdict, reason) = played.said(id);
        assert!(
            matches!(verdict, Verdict::Fail | Verdict::Inconclusive),
            "{id}: {verdict:?}, {reason}\n{}",
            played.table()
        );
    }
}
