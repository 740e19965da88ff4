//! A server that may be one of production, and makes it hard to see. It takes whatever it is sent, and counts it.

use std::{
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use fixtures::pki::Identity;
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, ServerConfig, ServerConnection,
    SignatureScheme, Stream,
    client::danger::HandshakeSignatureValid,
    crypto::aws_lc_rs::default_provider,
    pki_types::{CertificateDer, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
    sign::SingleCertAndKey,
    version::{TLS12, TLS13},
};

/// What its first connections see.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum First {
    /// What all see.
    #[default]
    Same,
    /// As many of them, a 421.
    Busy(usize),
    /// As many of them, a 554.
    Refused(usize),
    /// As many of them, a close in place of the greeting.
    Closed(usize),
    /// As many of them, a certificate of the space's.
    Sound(usize),
    /// All of them, a STARTTLS that is only announced.
    NoTls,
}

/// How it hides.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Suspect {
    /// What its first connections see.
    pub(crate) first: First,
    /// Whether it demands a certificate of its clients.
    pub(crate) required: bool,
    /// TLS 1.3 alone, in the place of TLS 1.2 alone.
    pub(crate) modern: bool,
    /// Octets of the list of authorities in its CertificateRequest.
    pub(crate) authorities: usize,
}

/// One at work, up to the end of the test's process.
pub(crate) struct Working {
    pub(crate) port: u16,
    mails: Arc<AtomicUsize>,
}

impl Working {
    /// How many MAIL commands it was sent.
    pub(crate) fn mails(&self) -> usize {
        self.mails.load(Ordering::SeqCst)
    }
}

impl Suspect {
    /// Starts it, with the certificate that it has and the one that it may show first.
    pub(crate) fn start(self, own: &Identity, sound: &Identity) -> Working {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let mails = Arc::new(AtomicUsize::new(0));
        let (own, sound) = (self.config(own), self.config(sound));
        let counted = Arc::clone(&mails);
        thread::spawn(move || {
            for (number, stream) in listener.incoming().flatten().enumerate() {
                let tls = match self.first {
                    First::Sound(until) if number < until => Arc::clone(&sound),
                    _ => Arc::clone(&own),
                };
                let mails = Arc::clone(&counted);
                thread::spawn(move || drop(self.serve(number, stream, tls, &mails)));
            }
        });
        Working { port, mails }
    }

    fn config(self, identity: &Identity) -> Arc<ServerConfig> {
        let hint = DistinguishedName::from(vec![0x30; self.authorities.saturating_sub(2)]);
        let asks = Asks {
            required: self.required,
            hints: if self.authorities == 0 { Vec::new() } else { vec![hint] },
        };
        let version = if self.modern { &TLS13 } else { &TLS12 };
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[version])
            .expect("versions")
            .with_client_cert_verifier(Arc::new(asks))
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(identity.certified())));
        Arc::new(config)
    }

    fn serve(
        self,
        number: usize,
        mut stream: TcpStream,
        tls: Arc<ServerConfig>,
        mails: &AtomicUsize,
    ) -> io::Result<()> {
        match self.first {
            First::Busy(until) if number < until => {
                return stream.write_all(b"421 4.3.2 plus tard\r\n");
            }
            First::Refused(until) if number < until => {
                return stream.write_all(b"554 5.3.2 non\r\n");
            }
            First::Closed(until) if number < until => return Ok(()),
            _ => {}
        }
        stream.write_all(b"220 mx.suspect.test ESMTP\r\n")?;
        if !session(&mut stream, false, mails)? {
            return Ok(());
        }
        if matches!(self.first, First::NoTls) {
            return stream.write_all(b"500 5.5.2 inconnu\r\n");
        }
        let mut connection = ServerConnection::new(tls).map_err(io::Error::other)?;
        session(&mut Stream::new(&mut connection, &mut stream), true, mails).map(drop)
    }
}

/// One half of a session; whether STARTTLS ended it.
fn session(stream: &mut (impl Read + Write), tls: bool, mails: &AtomicUsize) -> io::Result<bool> {
    let mut content = false;
    loop {
        // Octet by octet: what follows STARTTLS is not ours.
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            let mut octet = [0];
            if stream.read(&mut octet)? == 0 {
                return Ok(false);
            }
            line.push(octet[0]);
        }
        if content && line != b".\r\n" {
            continue;
        }
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let reply: &[u8] = match verb.as_slice() {
            _ if content => b"250 2.0.0 pris\r\n",
            b"EHLO" if tls => b"250 mx.suspect.test\r\n",
            b"EHLO" => b"250-mx.suspect.test\r\n250 STARTTLS\r\n",
            b"STAR" if !tls => b"220 2.0.0 allez\r\n",
            b"DATA" => b"354 allez\r\n",
            b"QUIT" => b"221 2.0.0 fin\r\n",
            _ => b"250 2.0.0 bien\r\n",
        };
        content = verb == b"DATA" && !content;
        if verb == b"MAIL" {
            mails.fetch_add(1, Ordering::SeqCst);
        }
        stream.write_all(reply)?;
        stream.flush()?;
        match verb.as_slice() {
            b"STAR" if !tls => return Ok(true),
            b"QUIT" => return Ok(false),
            _ => {}
        }
    }
}

/// Takes any certificate, and asks for one as it is told.
#[derive(Debug)]
struct Asks {
    required: bool,
    hints: Vec<DistinguishedName>,
}

impl ClientCertVerifier for Asks {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn client_auth_mandatory(&self) -> bool {
        self.required
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
        default_provider().signature_verification_algorithms.supported_schemes()
    }
}
