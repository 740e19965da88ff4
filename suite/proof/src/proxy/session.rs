//! One session: a connection from its arrival to its end.

use std::{io::Cursor, sync::Arc, time::Duration};

use fixtures::smtp::wire::LineReader;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use super::{
    behaviour::{Admission, Arrival, Farewell, Handshake},
    memory::Memory,
    peer::Peer,
    phase::{End, Phase},
    shared::Shared,
};
use suite::oracle::session::SessionState;

/// Octets of the largest TLS record, header and all (RFC 8446 §5.1).
const RECORD: usize = 5 + 16_384 + 256;
/// Type of a handshake record (RFC 8446 §5.1).
const HANDSHAKE: u8 = 22;
/// How long the connection may take to close.
const CLOSE: Duration = Duration::from_secs(5);

/// A session from its accepted connection on.
pub(super) struct Session {
    shared: Arc<Shared>,
    stream: TcpStream,
}

impl Session {
    pub(super) fn new(shared: Arc<Shared>, stream: TcpStream) -> Self {
        Self { shared, stream }
    }

    /// Serves the session to its end. A client that goes away ends it, whatever was under way.
    pub(super) async fn run(self) {
        let Self { shared, mut stream } = self;
        if stream.set_nodelay(true).is_err() {
            return;
        }
        let behaviour = &shared.behaviour;
        let client = stream.peer_addr().ok();
        let arrival = Arrival { client, resolver: shared.resolver };
        let reverse = (behaviour.reverse)(arrival).await;
        match (behaviour.admit)(arrival).await {
            Admission::Greet => {}
            Admission::Turn(reply) => {
                let text = format!("{} {}\r\n", reply.code, reply.text);
                drop(timeout(shared.idle, stream.write_all(text.as_bytes())).await);
                return;
            }
            Admission::Hang => return,
        }
        let memory = Memory::default();
        let trusted = shared.trusted();
        let in_clear = Peer::in_clear(client, reverse);
        let mut clear =
            Phase::new(&shared, &trusted, &memory, in_clear.clone(), SessionState::default());
        let mut reader = LineReader::new(stream);
        if !clear.greet(&mut reader).await {
            return;
        }
        loop {
            let before = match clear.serve(&mut reader).await {
                End::Handshake(before) => before,
                End::Quit => return leave(&mut reader, behaviour.farewell, shared.idle).await,
                End::Over => return,
            };
            let (stream, injected) = reader.into_parts();
            if !injected.is_empty() && (behaviour.still_clear)(&injected) {
                reader = LineReader::new(stream);
                reader.put_back(&injected);
                clear.state = before;
                continue;
            }
            let (mut receive, mut send) = stream.into_split();
            let Some(first) = record(&mut receive, shared.idle).await else { return };
            match (behaviour.handshake)(&first) {
                Handshake::Octets(octets) => {
                    drop(timeout(shared.idle, send.write_all(&octets)).await);
                    return;
                }
                Handshake::Clear(state) => {
                    let Ok(stream) = receive.reunite(send) else { return };
                    reader = LineReader::new(stream);
                    reader.put_back(&first);
                    clear.state = state;
                }
                Handshake::Library => {
                    let stream = tokio::io::join(Cursor::new(first).chain(receive), send);
                    let handshake = TlsAcceptor::from(Arc::clone(&shared.tls)).accept(stream);
                    let Ok(Ok(tls)) = timeout(shared.idle, handshake).await else { return };
                    let (_, connection) = tls.get_ref();
                    let chain = connection.peer_certificates().unwrap_or_default().to_vec();
                    let version = connection.protocol_version();
                    let peer = in_clear.inside_tls(version, &chain, &trusted, shared.now());
                    let state = (behaviour.secured)(&before);
                    let mut secured = Phase::new(&shared, &trusted, &memory, peer, state);
                    secured.said_in_clear = std::mem::take(&mut clear.hello);
                    let mut reader = LineReader::new(tls);
                    reader.put_back(&(behaviour.injected)(injected));
                    if let End::Quit = secured.serve(&mut reader).await {
                        leave(&mut reader, behaviour.farewell, shared.idle).await;
                    } else {
                        drop(timeout(CLOSE, reader.stream_mut().shutdown()).await);
                    }
                    return;
                }
            }
        }
    }
}

/// The first octets behind STARTTLS: a whole TLS record, or what came where one should be.
async fn record(stream: &mut (impl AsyncRead + Unpin), idle: Duration) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(512);
    let whole = async {
        while octets.len() < length(&octets) {
            if stream.read_buf(&mut octets).await.ok()? == 0 {
                return None;
            }
        }
        Some(())
    };
    timeout(idle, whole).await.ok().flatten()?;
    Some(octets)
}

/// How many octets the record in `octets` has, as far as that is known.
fn length(octets: &[u8]) -> usize {
    match octets {
        [HANDSHAKE, _, _, high, low, ..] => {
            (5 + usize::from(u16::from_be_bytes([*high, *low]))).min(RECORD)
        }
        [] => 1,
        [HANDSHAKE, ..] => 5,
        // No handshake: whatever came is enough.
        _ => octets.len(),
    }
}

/// Ends the session after QUIT was answered.
async fn leave<S: AsyncRead + AsyncWrite + Unpin>(
    reader: &mut LineReader<S>,
    farewell: Farewell,
    idle: Duration,
) {
    match farewell {
        // close_notify inside TLS; the client may be gone already.
        Farewell::Orderly => drop(timeout(CLOSE, reader.stream_mut().shutdown()).await),
        Farewell::Unnotified => {}
        Farewell::Never => {
            let mut rest = [0; 1024];
            let silence =
                async { while let Ok(1..) = reader.stream_mut().read(&mut rest).await {} };
            drop(timeout(idle, silence).await);
        }
    }
}
