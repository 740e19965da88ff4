//! A small server that is polite but where it is told to be hostile.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use fixtures::pki::Identity;
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
    sign::{CertifiedKey, SingleCertAndKey},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// What the server is asked at: the client's last act.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment<'m> {
    /// Number of the connection, from 0; the runner's first look at the greeting is one.
    pub(crate) session: usize,
    /// Whether it is inside TLS.
    pub(crate) tls: bool,
    /// [`ACCEPT`], [`HELLO`], [`SECURED`], [`DOT`], or the command's verb in capitals.
    pub(crate) verb: &'m str,
    /// The message that [`DOT`] ends, as it came, or the chunk of [`BDAT`].
    pub(crate) content: &'m [u8],
}

/// The connection is open.
pub(crate) const ACCEPT: &str = "(accept)";
/// The connection is open, and its peer was not let in.
pub(crate) const TURNED_AWAY: &str = "(turned away)";
/// The first octets of a ClientHello are there, none is read.
pub(crate) const HELLO: &str = "(hello)";
/// The handshake is done.
pub(crate) const SECURED: &str = "(secured)";
/// The message is read, with its final dot.
pub(crate) const DOT: &str = ".";

/// The chunk is read to its last octet (RFC 3030 §2).
pub(crate) const BDAT: &str = "BDAT";

/// What the server does then.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// Writes these octets and goes on.
    Say(Vec<u8>),
    /// Writes these octets after this time and goes on.
    Late(Vec<u8>, Duration),
    /// Writes these octets and ends the connection.
    Last(Vec<u8>),
    /// Writes these octets one by one, at this interval, and goes on.
    Drip(Vec<u8>, Duration),
    /// Writes these octets over and over until the client has gone.
    Flood(Vec<u8>),
    /// Ends the connection in order: close_notify inside TLS, then FIN.
    Leave,
    /// Resets the connection.
    Reset,
    /// Writes these octets, then nothing until the client has gone.
    Hold(Vec<u8>),
    /// Says nothing until the client has gone.
    Stall,
}

impl Answer {
    /// A text and its line end.
    pub(crate) fn line(text: &str) -> Self {
        Self::Say(format!("{text}\r\n").into_bytes())
    }

    /// The end of the connection, with no word.
    pub(crate) fn close() -> Self {
        Self::Last(Vec::new())
    }

    fn says(&self, code: &[u8]) -> bool {
        matches!(self, Self::Say(bytes) | Self::Late(bytes, _) | Self::Drip(bytes, _) if bytes.starts_with(code))
    }
}

/// What a sound server answers, but that it takes any certificate.
pub(crate) fn polite(moment: &Moment<'_>) -> Answer {
    Answer::line(match moment.verb {
        HELLO | SECURED => return Answer::Say(Vec::new()),
        ACCEPT => "220 mx.hostile.test ESMTP",
        "EHLO" if moment.tls => "250-mx.hostile.test\r\n250 ENHANCEDSTATUSCODES",
        "EHLO" => "250-mx.hostile.test\r\n250 STARTTLS",
        "STARTTLS" if !moment.tls => "220 2.0.0 allez",
        "NOOP" | "RSET" => "250 2.0.0 bien",
        "MAIL" | "RCPT" | "DATA" if !moment.tls => "530 5.7.0 STARTTLS d'abord",
        "MAIL" => "250 2.1.0 bien",
        "RCPT" => "250 2.1.5 bien",
        "DATA" => "354 allez",
        DOT => "250 2.0.0 pris",
        "QUIT" => return Answer::Last(b"221 2.0.0 fin\r\n".to_vec()),
        _ => "500 5.5.2 inconnu",
    })
}

/// A listener on a port that the system draws; it and its sessions end when it is dropped.
#[derive(Debug)]
pub(crate) struct Listening {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    task: AbortHandle,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Listening {
    /// Serves each connection, with its number, by `serve`.
    pub(crate) async fn start<F>(serve: impl Fn(usize, TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        Self::on(listener, serve)
    }

    fn on<F>(listener: TcpListener, serve: impl Fn(usize, TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let address = listener.local_addr().expect("bound");
        let task = tokio::spawn(async move {
            let mut sessions = JoinSet::new();
            let mut number = 0;
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).expect("a socket");
                sessions.spawn(serve(number, stream));
                number += 1;
                while sessions.try_join_next().is_some() {}
            }
        })
        .abort_handle();
        Self { address, task }
    }

    /// A server that presents `identity` and answers each act of its clients by `answer`.
    pub(crate) async fn server(
        identity: &Identity,
        answer: impl Fn(&Moment<'_>) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::server_with(identity.certified(), answer).await
    }

    /// The same with any chain and key.
    pub(crate) async fn server_with(
        certified: Arc<CertifiedKey>,
        answer: impl Fn(&Moment<'_>) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let acceptor = acceptor(certified);
        let answer = Arc::new(answer);
        Self::start(move |session, stream| {
            let (answer, acceptor) = (Arc::clone(&answer), acceptor.clone());
            async move {
                // Whatever breaks a session, it was the client's to end it.
                drop(serve(session, stream, ACCEPT, &*answer, &acceptor).await);
            }
        })
        .await
    }

    /// A server as [`Self::server`], at another address; `None` where this machine does not have it.
    pub(crate) async fn server_at(
        address: &str,
        identity: &Identity,
        answer: impl Fn(&Moment<'_>) -> Answer + Send + Sync + 'static,
    ) -> Option<Self> {
        let listener = TcpListener::bind(address).await.ok()?;
        let acceptor = acceptor(identity.certified());
        let answer = Arc::new(answer);
        Some(Self::on(listener, move |session, stream| {
            let (answer, acceptor) = (Arc::clone(&answer), acceptor.clone());
            async move { drop(serve(session, stream, ACCEPT, &*answer, &acceptor).await) }
        }))
    }

    /// A server as [`Self::server`], which greets the peers that `opens` lets in, by their addresses;
    /// at the others it is asked [`TURNED_AWAY`].
    pub(crate) async fn choosing<F>(
        identity: &Identity,
        opens: impl Fn(IpAddr) -> F + Send + Sync + 'static,
        answer: impl Fn(&Moment<'_>) -> Answer + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = bool> + Send + 'static,
    {
        let acceptor = acceptor(identity.certified());
        let answer = Arc::new(answer);
        Self::start(move |session, stream| {
            let (answer, acceptor) = (Arc::clone(&answer), acceptor.clone());
            let opens = opens(stream.peer_addr().expect("connected").ip());
            async move {
                let first = if opens.await { ACCEPT } else { TURNED_AWAY };
                drop(serve(session, stream, first, &*answer, &acceptor).await);
            }
        })
        .await
    }
}

fn acceptor(certified: Arc<CertifiedKey>) -> TlsAcceptor {
    let tls = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the library's own versions")
        .with_client_cert_verifier(Arc::new(Anyone))
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    TlsAcceptor::from(Arc::new(tls))
}

/// Octets of a chunk that are read, at most.
const CHUNK: usize = 1024 * 1024;

type Script = dyn Fn(&Moment<'_>) -> Answer + Send + Sync;

async fn serve(
    session: usize,
    stream: TcpStream,
    first: &'static str,
    answer: &Script,
    acceptor: &TlsAcceptor,
) -> io::Result<()> {
    let at = |verb: &'static str| Moment { session, tls: false, verb, content: &[] };
    let Some(mut stream) = phase(stream, at(first), answer).await? else { return Ok(()) };
    stream.peek(&mut [0]).await?;
    if !act(&mut stream, answer(&at(HELLO))).await? {
        return Ok(());
    }
    let stream = acceptor.accept(stream).await?;
    phase(stream, Moment { tls: true, ..at(SECURED) }, answer).await.map(drop)
}

/// Serves one half of a session, in clear or inside TLS; the stream when a handshake is due.
async fn phase<S: Connection>(
    stream: S,
    first: Moment<'_>,
    answer: &Script,
) -> io::Result<Option<S>> {
    let mut stream = BufReader::new(stream);
    if !act(stream.get_mut(), answer(&first)).await? {
        return Ok(None);
    }
    let mut content = false;
    let mut message = Vec::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        if content && line != b".\r\n" {
            message.extend_from_slice(&line);
            continue;
        }
        let text = String::from_utf8_lossy(&line).to_ascii_uppercase();
        let verb = if content { DOT } else { text.split_whitespace().next().unwrap_or_default() };
        if verb == BDAT {
            let size = text.split_whitespace().nth(1).and_then(|size| size.parse().ok());
            message.resize(size.unwrap_or(0).min(CHUNK), 0);
            stream.read_exact(&mut message).await?;
        }
        let said = answer(&Moment { verb, content: &message, ..first });
        message.clear();
        content = verb == "DATA" && said.says(b"354");
        let upgrade = verb == "STARTTLS" && !first.tls && said.says(b"220");
        if !act(stream.get_mut(), said).await? {
            return Ok(None);
        }
        if upgrade {
            return Ok(Some(stream.into_inner()));
        }
    }
}

/// Does it; whether the session goes on.
async fn act<S: Connection>(stream: &mut S, answer: Answer) -> io::Result<bool> {
    match answer {
        Answer::Say(bytes) => {
            stream.write_all(&bytes).await?;
            stream.flush().await?;
            return Ok(true);
        }
        Answer::Late(bytes, time) => {
            tokio::time::sleep(time).await;
            stream.write_all(&bytes).await?;
            stream.flush().await?;
            return Ok(true);
        }
        Answer::Last(bytes) => {
            stream.write_all(&bytes).await?;
            stream.flush().await?;
            stream.end().await?;
        }
        Answer::Drip(bytes, interval) => {
            let mut ticks = tokio::time::interval(interval);
            for byte in bytes {
                ticks.tick().await;
                stream.write_all(&[byte]).await?;
                stream.flush().await?;
            }
            return Ok(true);
        }
        Answer::Flood(bytes) => loop {
            stream.write_all(&bytes).await?;
            stream.flush().await?;
        },
        Answer::Hold(bytes) => {
            stream.write_all(&bytes).await?;
            stream.flush().await?;
            while stream.read(&mut [0; 1024]).await? > 0 {}
        }
        Answer::Leave => {
            stream.shutdown().await?;
            while stream.read(&mut [0; 1024]).await? > 0 {}
        }
        Answer::Reset => stream.tcp().set_zero_linger()?,
        Answer::Stall => while stream.read(&mut [0; 1024]).await? > 0 {},
    }
    Ok(false)
}

/// A stream over TCP.
trait Connection: AsyncRead + AsyncWrite + Unpin + Send {
    fn tcp(&self) -> &TcpStream;

    /// Sends FIN, not close_notify, and reads what the client still says: a socket that is closed with
    /// octets unread resets.
    fn end(&mut self) -> impl Future<Output = io::Result<()>> + Send;
}

impl Connection for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }

    async fn end(&mut self) -> io::Result<()> {
        self.shutdown().await?;
        while self.read(&mut [0; 1024]).await? > 0 {}
        Ok(())
    }
}

impl Connection for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }

    async fn end(&mut self) -> io::Result<()> {
        self.get_mut().0.end().await
    }
}

/// Takes any certificate, and none.
#[derive(Debug)]
struct Anyone;

impl ClientCertVerifier for Anyone {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        aws_lc_rs::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
