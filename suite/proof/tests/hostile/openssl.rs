//! A server whose TLS is OpenSSL's: `openssl s_server` behind a front that speaks SMTP in clear.

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
};

use fixtures::pki::Identity;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines},
    net::TcpStream,
    process::{ChildStdin, ChildStdout, Command},
};

use crate::{bed::Bed, server::Listening};

/// What the server is told to do at a command inside TLS, before it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Late {
    /// Nothing.
    #[default]
    Never,
    /// In TLS 1.2 it asks for a renegotiation with a certificate, in TLS 1.3 for a certificate after the
    /// handshake; without one it refuses mail.
    At(&'static str),
}

/// How it serves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Serving {
    /// Arguments of `openssl s_server` beside the certificate.
    pub(crate) args: Vec<String>,
    /// When it asks for the certificate, if not in the handshake.
    pub(crate) late: Late,
    /// Whether its records in clear hold one octet each.
    pub(crate) crumbs: bool,
}

/// Whether `openssl` is there; a test that needs it says that it was skipped.
pub(crate) fn is_there() -> bool {
    let there = std::process::Command::new("openssl").arg("version").output().is_ok();
    if !there {
        fixtures::skip::program("openssl");
    }
    there
}

/// The target's certificate and key as files, with the root that its peers lead to.
pub(crate) struct Files {
    dir: TempDir,
}

impl Files {
    /// Those of an identity of the space.
    pub(crate) fn of(bed: &Bed, identity: &Identity) -> Self {
        let files = Self { dir: tempfile::tempdir().expect("a folder") };
        let chain = identity.chain_pem();
        let (leaf, issuers) = chain.split_at(chain.rfind("-----BEGIN").expect("an issuer"));
        files.write("cert.pem", leaf);
        files.write("chain.pem", issuers);
        files.write("key.pem", &identity.key().private_pem());
        files.write("root.pem", &bed.space.pki().root_pem());
        files
    }

    /// The same with a certificate that OpenSSL makes: a key of `algorithm`, as `openssl genpkey` is told, and
    /// these extensions; with none it is one of version 1.
    pub(crate) fn made(bed: &Bed, algorithm: &[&str], extensions: &str) -> Self {
        let files = Self::of(bed, &bed.identity());
        files.write("ext", extensions);
        let ca_key = Path::new(env!("CARGO_TARGET_TMPDIR")).join("keys/organisations-4096.pem");
        let path = |name: &str| files.path(name).display().to_string();
        let [key, ca, request, ext, leaf] =
            ["key.pem", "chain.pem", "csr", "ext", "cert.pem"].map(path);
        let ca_key = ca_key.display().to_string();
        run(&[&["genpkey", "-out", &key][..], algorithm].concat());
        run(&["req", "-new", "-key", &key, "-out", &request, "-subj", "/C=FR/O=TEST/CN=mx.test"]);
        let mut sign = vec!["x509", "-req", "-in", &request, "-CA", &ca, "-CAkey", &ca_key];
        sign.extend(["-CAcreateserial", "-days", "30", "-sha256", "-out", &leaf]);
        if !extensions.is_empty() {
            sign.extend(["-extfile", &ext]);
        }
        run(&sign);
        files
    }

    /// Where a file is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("written");
    }

    /// Serves with them.
    pub(crate) async fn serve(&self, serving: Serving) -> Listening {
        let mut args: Vec<String> =
            ["s_server", "-accept", "127.0.0.1:0", "-naccept", "1"].map(str::to_owned).to_vec();
        for (option, name) in
            [("-cert", "cert.pem"), ("-cert_chain", "chain.pem"), ("-key", "key.pem")]
        {
            args.extend([option.to_owned(), self.path(name).display().to_string()]);
        }
        args.extend(serving.args.iter().cloned());
        let serving = Arc::new(Serving { args, ..serving });
        Listening::start(move |_, stream| {
            let serving = Arc::clone(&serving);
            async move {
                // Whatever breaks a session, it was the client's to end it.
                drop(serve(stream, &serving).await);
            }
        })
        .await
    }
}

fn run(args: &[&str]) {
    let output = std::process::Command::new("openssl").args(args).output().expect("openssl runs");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

async fn serve(mut client: TcpStream, serving: &Serving) -> io::Result<()> {
    if !until_starttls(&mut client).await? {
        return Ok(());
    }
    let mut child = Command::new("openssl")
        .args(&serving.args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Ok(());
    };
    let mut lines = BufReader::new(output).lines();
    let address = loop {
        let Some(line) = lines.next_line().await? else { return Ok(()) };
        if let Some(address) = line.strip_prefix("ACCEPT ") {
            break address.parse::<SocketAddr>().map_err(io::Error::other)?;
        }
    };
    let mut server = TcpStream::connect(address).await?;
    server.set_nodelay(true)?;
    client.write_all(b"220 2.0.0 allez\r\n").await?;
    let carried = async {
        if serving.crumbs {
            crumble(&mut client, &mut server).await
        } else {
            tokio::io::copy_bidirectional(&mut client, &mut server).await.map(drop)
        }
    };
    let (carried, _) = tokio::join!(carried, inside(lines, input, serving.late));
    carried
}

/// Greeting, EHLO and STARTTLS in clear; whatever else comes is refused.
async fn until_starttls(client: &mut TcpStream) -> io::Result<bool> {
    let mut stream = BufReader::new(client);
    stream.write_all(b"220 mx.hostile.test ESMTP\r\n").await?;
    let mut line = Vec::new();
    loop {
        line.clear();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(false);
        }
        let reply: &[u8] = match line.get(..4).unwrap_or_default() {
            b"EHLO" => b"250-mx.hostile.test\r\n250 STARTTLS\r\n",
            b"STAR" => return Ok(true),
            b"QUIT" => b"221 2.0.0 fin\r\n",
            b"NOOP" | b"RSET" => b"250 2.0.0 bien\r\n",
            b"MAIL" | b"RCPT" | b"DATA" => b"530 5.7.0 STARTTLS d'abord\r\n",
            _ => b"500 5.5.2 inconnu\r\n",
        };
        stream.write_all(reply).await?;
    }
}

/// Answers what comes inside TLS, which `s_server` writes among words of its own.
async fn inside(
    mut lines: Lines<BufReader<ChildStdout>>,
    mut input: ChildStdin,
    late: Late,
) -> io::Result<()> {
    let (mut content, mut modern, mut asked) = (false, false, false);
    while let Some(line) = lines.next_line().await? {
        if let Some(suite) = line.strip_prefix("CIPHER is ") {
            modern = suite.starts_with("TLS_");
        }
        if content && line != "." {
            continue;
        }
        let verb = line.get(..4).unwrap_or(&line).to_ascii_uppercase();
        if let Late::At(at) = late
            && verb == at
            && !asked
        {
            asked = true;
            if !modern {
                // The rest of what it reads with that is lost, and no client that declines gets so far.
                input.write_all(b"R\n").await?;
                continue;
            }
            // It may ask nothing of a client that did not offer it (RFC 8446 §4.6.2).
        }
        let refuses = asked && ["MAIL", "RCPT", "DATA"].contains(&verb.as_str());
        let reply = match verb.as_str() {
            _ if refuses => "550 5.7.1 certificat absent",
            "EHLO" => "250-mx.hostile.test\r\n250 ENHANCEDSTATUSCODES",
            "MAIL" => "250 2.1.0 bien",
            "RCPT" => "250 2.1.5 bien",
            "DATA" => "354 allez",
            "." if content => "250 2.0.0 pris",
            "NOOP" | "RSET" => "250 2.0.0 bien",
            "QUIT" => "221 2.0.0 fin",
            _ => continue,
        };
        content = reply.starts_with("354");
        input.write_all(format!("{reply}\r\n").as_bytes()).await?;
        if verb == "QUIT" {
            return Ok(());
        }
    }
    Ok(())
}

/// Carries octets both ways, and cuts the server's handshake records in clear into records of one octet
/// (RFC 5246 §6.2.1).
async fn crumble(client: &mut TcpStream, server: &mut TcpStream) -> io::Result<()> {
    const HANDSHAKE: u8 = 22;
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let there = tokio::io::copy(&mut from_client, &mut to_server);
    let back = async {
        let mut clear = true;
        loop {
            let mut head = [0; 5];
            if from_server.read_exact(&mut head).await.is_err() {
                return to_client.shutdown().await;
            }
            let mut body = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
            from_server.read_exact(&mut body).await?;
            clear &= head[0] == HANDSHAKE;
            if clear {
                for octet in body {
                    to_client.write_all(&[head[0], head[1], head[2], 0, 1, octet]).await?;
                }
            } else {
                to_client.write_all(&[head.as_slice(), &body].concat()).await?;
            }
        }
    };
    tokio::try_join!(there, back).map(drop)
}
