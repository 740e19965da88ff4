//! A first look at the target, before anything is sent to it: greeting, STARTTLS, certificate.
//!
//! A certificate that one handshake does not show may be shown by another: where the target demands a
//! certificate of its peers, offers what the TLS library cannot speak, or was busy. So it is looked for in
//! several ways, and whatever is found goes through the target's guard.

use std::{sync::Arc, time::Duration};

use fixtures::{
    smtp::{
        session::{Session, SessionConfig, SessionEnd},
        tls::{TlsOffer, TlsOutcome, TlsVersions},
        transcript::{Stage, Transcript},
        wire::{Limits, RawReply},
    },
    space::cast,
};
use rustls::{pki_types::CertificateDer, sign::CertifiedKey};
use tokio::time::Instant;

use super::{Target, production::is_readable};

/// How often a target that is busy is asked again, and the pause before each time.
const AGAIN: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_millis(800), Duration::from_secs(2)];

/// The bounds of all that is tried, in the time that one answer may take.
const PATIENCE: u32 = 4;

/// What a few connections without any mail command showed.
#[derive(Clone, Debug)]
pub struct Look {
    /// The text of the greeting.
    pub greeting: String,
    /// Whether the greeting was a 220.
    pub ready: bool,
    /// Whether EHLO announced STARTTLS.
    pub announces_starttls: bool,
    /// What STARTTLS and a handshake came to; where none was made, why the first one failed.
    pub tls: Result<TlsOutcome, String>,
    /// The chain that the target presented, leaf first, in a handshake that failed too; empty when none
    /// could be read.
    pub chain: Vec<CertificateDer<'static>>,
}

impl Look {
    /// Whether STARTTLS is announced and no certificate could be read for all that was tried: nothing
    /// tells a test platform from a production one then.
    #[must_use]
    pub fn is_blind(&self) -> bool {
        self.announces_starttls && !is_readable(&self.chain)
    }
}

/// One way to have the certificate.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// A handshake, with an identity or without, the target named or not.
    Handshake { identity: bool, named: bool },
    /// A hand-made ClientHello, answered in clear.
    ByHand { named: bool },
}

const WAYS: [Way; 5] = [
    Way::Handshake { identity: false, named: true },
    Way::Handshake { identity: true, named: true },
    Way::ByHand { named: true },
    Way::Handshake { identity: true, named: false },
    Way::ByHand { named: false },
];

/// Connects, and makes a handshake where STARTTLS is announced; tries in other ways, with `identity`,
/// as long as no certificate can be read.
///
/// # Errors
/// No SMTP greeting came: nothing is there, or nothing that speaks SMTP.
pub async fn look(
    target: &Target,
    identity: Option<Arc<CertifiedKey>>,
    limit: Duration,
) -> Result<Look, SessionEnd> {
    let deadline = Instant::now() + limit * PATIENCE;
    let mut first: Option<Look> = None;
    for way in WAYS {
        let useless = matches!(way, Way::Handshake { identity: true, .. }) && identity.is_none()
            || matches!(way, Way::Handshake { named: false, .. } | Way::ByHand { named: false })
                && target.mx_host.is_none();
        if useless || first.is_some() && Instant::now() > deadline {
            continue;
        }
        let seen = patiently(target, way, identity.as_ref(), limit).await;
        let Some(look) = &mut first else {
            let look = seen?;
            let done = !look.announces_starttls || !look.is_blind();
            first = Some(look);
            if done {
                break;
            }
            continue;
        };
        // The first way worked so far as to show that STARTTLS is announced: what ends this one is
        // no news.
        let Ok(seen) = seen else { continue };
        if is_readable(&seen.chain) {
            look.chain = seen.chain;
            if seen.tls.is_ok() {
                look.tls = seen.tls;
            }
            break;
        }
    }
    let why = "aucune connexion n'a été essayée".to_owned();
    first.ok_or(SessionEnd::LocalTrouble { text: why })
}

/// One way, again and again while the target is busy.
async fn patiently(
    target: &Target,
    way: Way,
    identity: Option<&Arc<CertifiedKey>>,
    limit: Duration,
) -> Result<Look, SessionEnd> {
    for pause in AGAIN {
        match once(target, way, identity, limit).await {
            Ok((look, busy)) if !busy => return Ok(look),
            Err(end) if !matches!(end, SessionEnd::Closed { .. } | SessionEnd::Reset) => {
                return Err(end);
            }
            _ => tokio::time::sleep(pause).await,
        }
    }
    once(target, way, identity, limit).await.map(|(look, _)| look)
}

/// One connection; and whether the target put it off: a temporary reply, or a close in clear.
async fn once(
    target: &Target,
    way: Way,
    identity: Option<&Arc<CertifiedKey>>,
    limit: Duration,
) -> Result<(Look, bool), SessionEnd> {
    let peer = &cast::OPERATORS[0];
    let v4_loopback = target.address.ip().is_loopback() && target.address.is_ipv4();
    let mut session = Session::connect(SessionConfig {
        target: target.address,
        source: v4_loopback.then(|| peer.source()),
        number: 0,
        limits: Limits {
            reply_time: limit,
            connect_time: limit,
            handshake_time: limit,
            ..Limits::default()
        },
        transcript: Transcript::in_memory(),
        guard: target.guard.clone(),
        challenge: None,
    })
    .await?;
    let greeting = session.reply(Stage::Greeting, 0).await?;
    let ready = greeting.code == 220;
    let mut look = Look {
        greeting: text(&greeting),
        ready,
        announces_starttls: false,
        tls: Err(format!("l'accueil n'est pas un 220 : {}", text(&greeting))),
        chain: Vec::new(),
    };
    let mut busy = greeting.code / 100 == 4;
    if ready {
        match starttls(&mut session, peer.host, &mut look.announces_starttls).await {
            Ok(()) => {
                let named = target.mx_host.clone();
                look.tls = secure(&mut session, way, identity, named).await;
                look.chain = session.shown().to_vec();
            }
            Err(Put::Off(why)) => {
                busy = true;
                look.tls = Err(why);
            }
            Err(Put::Away(why)) => look.tls = Err(why),
        }
    }
    if session.ended().is_none() && session.send(b"QUIT\r\n", Stage::Quit, 4).await.is_ok() {
        // The answer changes nothing.
        drop(session.reply(Stage::Quit, 4).await);
    }
    Ok((look, busy))
}

/// How STARTTLS was not granted.
enum Put {
    /// It may be later.
    Off(String),
    /// It will not be.
    Away(String),
}

impl From<SessionEnd> for Put {
    fn from(end: SessionEnd) -> Self {
        match end {
            SessionEnd::Closed { .. } | SessionEnd::Reset => Self::Off(end.to_string()),
            _ => Self::Away(end.to_string()),
        }
    }
}

async fn starttls(session: &mut Session, name: &str, announced: &mut bool) -> Result<(), Put> {
    let no = |what: &str, reply: &RawReply| {
        let why = format!("{what} n'a pas été accepté : {}", text(reply));
        if reply.code / 100 == 4 { Put::Off(why) } else { Put::Away(why) }
    };
    session.send(format!("EHLO {name}\r\n").as_bytes(), Stage::Ehlo, 1).await?;
    let ehlo = session.reply(Stage::Ehlo, 1).await?;
    if ehlo.code != 250 {
        return Err(no("EHLO", &ehlo));
    }
    *announced = ehlo.offers("STARTTLS");
    if !*announced {
        return Err(Put::Away("STARTTLS n'est pas annoncé".to_owned()));
    }
    session.send(b"STARTTLS\r\n", Stage::StartTls, 2).await?;
    let reply = session.reply(Stage::StartTls, 2).await?;
    if reply.code != 220 {
        return Err(no("STARTTLS", &reply));
    }
    Ok(())
}

async fn secure(
    session: &mut Session,
    way: Way,
    identity: Option<&Arc<CertifiedKey>>,
    host: Option<String>,
) -> Result<TlsOutcome, String> {
    match way {
        Way::Handshake { identity: presents, named } => {
            let offer = TlsOffer {
                versions: TlsVersions::Both,
                identity: identity.filter(|_| presents).cloned(),
                server_name: host.filter(|_| named),
            };
            session.start_tls(&offer).await.map_err(|end| end.to_string())
        }
        Way::ByHand { named } => {
            let agreed = session.agree(TlsVersions::Tls12, host.filter(|_| named)).await;
            Err(agreed.err().map(|end| end.to_string()).unwrap_or_default())
        }
    }
}

fn text(reply: &RawReply) -> String {
    let first = reply.lines.first().map(ToString::to_string).unwrap_or_default();
    first.trim_end_matches("\\r\\n").trim_end().to_owned()
}
