//! A first look at the target, before anything is sent to it: greeting, STARTTLS, certificate.

use std::time::Duration;

use fixtures::{
    dn::DistinguishedName,
    smtp::{
        session::{Session, SessionConfig, SessionEnd},
        tls::{TlsOffer, TlsOutcome},
        transcript::{Stage, Transcript},
        wire::{Limits, RawReply},
    },
    space::cast,
};
use rustls::pki_types::CertificateDer;
use x509_parser::parse_x509_certificate;

use super::{Target, production::is_production};

/// What one connection without client certificate and without any mail command showed.
#[derive(Clone, Debug)]
pub struct Look {
    /// The text of the greeting.
    pub greeting: String,
    /// Whether the greeting was a 220.
    pub ready: bool,
    /// Whether EHLO announced STARTTLS.
    pub announces_starttls: bool,
    /// What STARTTLS and the handshake came to.
    pub tls: Result<TlsOutcome, String>,
}

impl Look {
    /// The chain that the target presented, leaf first; empty when there was no handshake.
    #[must_use]
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        self.tls.as_ref().map_or(&[], |outcome| outcome.chain.as_slice())
    }

    /// The issuer of the target's certificate, when it is the production IGC-Santé.
    #[must_use]
    pub fn production_issuer(&self) -> Option<String> {
        self.chain().iter().find_map(|certificate| {
            let (_, parsed) = parse_x509_certificate(certificate).ok()?;
            let issuer = DistinguishedName::from_x509(parsed.issuer()).ok()?;
            is_production(&issuer).then(|| issuer.to_string())
        })
    }
}

/// Connects once, and makes a handshake where STARTTLS is announced.
///
/// # Errors
/// No SMTP greeting came: nothing is there, or nothing that speaks SMTP.
pub async fn look(target: &Target, limit: Duration) -> Result<Look, SessionEnd> {
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
    })
    .await?;
    let greeting = session.reply(Stage::Greeting, 0).await?;
    let ready = greeting.code == 220;
    let mut announces_starttls = false;
    let tls = if ready {
        match starttls(&mut session, peer.host, target, &mut announces_starttls).await {
            Ok(tls) => tls,
            Err(end) => Err(end.to_string()),
        }
    } else {
        Err(format!("l'accueil n'est pas un 220 : {}", text(&greeting)))
    };
    if session.ended().is_none() && session.send(b"QUIT\r\n", Stage::Quit, 4).await.is_ok() {
        // The answer changes nothing.
        drop(session.reply(Stage::Quit, 4).await);
    }
    Ok(Look { greeting: text(&greeting), ready, announces_starttls, tls })
}

async fn starttls(
    session: &mut Session,
    name: &str,
    target: &Target,
    announced: &mut bool,
) -> Result<Result<TlsOutcome, String>, SessionEnd> {
    session.send(format!("EHLO {name}\r\n").as_bytes(), Stage::Ehlo, 1).await?;
    let ehlo = session.reply(Stage::Ehlo, 1).await?;
    if ehlo.code != 250 {
        return Ok(Err(format!("EHLO n'a pas été accepté : {}", text(&ehlo))));
    }
    *announced = ehlo.offers("STARTTLS");
    if !*announced {
        return Ok(Err("STARTTLS n'est pas annoncé".to_owned()));
    }
    session.send(b"STARTTLS\r\n", Stage::StartTls, 2).await?;
    let reply = session.reply(Stage::StartTls, 2).await?;
    if reply.code != 220 {
        return Ok(Err(format!("STARTTLS n'a pas été accepté : {}", text(&reply))));
    }
    let offer = TlsOffer { server_name: target.mx_host.clone(), ..TlsOffer::default() };
    Ok(Ok(session.start_tls(&offer).await?))
}

fn text(reply: &RawReply) -> String {
    let first = reply.lines.first().map(ToString::to_string).unwrap_or_default();
    first.trim_end_matches("\\r\\n").trim_end().to_owned()
}
