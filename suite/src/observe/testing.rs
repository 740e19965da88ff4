//! Transcripts made by hand, for tests.

use fixtures::{
    log::{Fetch, QuestionOutcome, Service, Transport},
    pki::Role,
    smtp::transcript::{CertificateSummary, Entry, Event, ProbeAnswer, Side, Stage, Wire},
};
use jiff::Timestamp;

use super::steps;

/// Token of the message of transaction `t` in connection `session`.
pub(crate) fn token(session: u16, t: u16) -> String {
    format!("jeton-{session}-{t}")
}

/// A read of that authority's CRL at that second of the clock, answered with that status.
pub(crate) fn crl_read(authority: Role, second: i64, status: u16) -> Event {
    let fetch = Fetch {
        service: Service::Revocation,
        method: "GET".into(),
        host: None,
        path: authority.crl_path(),
        if_none_match: None,
        if_modified_since: None,
        status: Some(status),
        octets: 900,
        tls: None,
    };
    let at = Timestamp::from_second(second).expect("a time");
    Event::Fetched {
        what: fetch.resource(),
        from: [127, 0, 0, 1].into(),
        at,
        fetch: Box::new(fetch),
    }
}

/// A read of the list at that second of the clock, answered with that status.
pub(crate) fn list_read(second: i64, status: u16) -> Event {
    let Event::Fetched { from, at, mut fetch, .. } = crl_read(Role::Root, second, status) else {
        unreachable!("a read")
    };
    (fetch.service, fetch.path) = (Service::Whitelist, "/listeblanchemssante.xml".into());
    Event::Fetched { what: fetch.resource(), from, at, fetch }
}

/// A transcript in the making.
#[derive(Clone, Default)]
pub(crate) struct Played {
    entries: Vec<Entry>,
    session: u16,
}

impl Played {
    /// Connection 0, open.
    pub(crate) fn new() -> Self {
        Self::default().push(connected(0))
    }

    /// Nothing at all.
    pub(crate) fn nothing() -> Self {
        Self::default()
    }

    /// The next connection.
    pub(crate) fn again(mut self) -> Self {
        self.session += 1;
        let session = self.session;
        self.push(connected(session))
    }

    /// The same end of a connection, `times` in all, each after what `before` plays.
    pub(crate) fn times(times: u16, attempt: impl Fn(Self) -> Self) -> Self {
        (1..times).fold(attempt(Self::new()), |played, _| attempt(played.again()))
    }

    /// The peer of each connection came from there.
    pub(crate) fn from(mut self, source: std::net::IpAddr) -> Self {
        for entry in &mut self.entries {
            if let Event::Connected { asked, from, .. } = &mut entry.event {
                *asked = Some(source);
                from.set_ip(source);
            }
        }
        self
    }

    /// The target asked our DNS.
    pub(crate) fn asked_dns(self, name: &str, kind: &str) -> Self {
        let from = [127, 0, 0, 1].into();
        self.push(Event::DnsAsked {
            name: name.to_owned(),
            kind: kind.to_owned(),
            from,
            over: Transport::Udp,
            answer: QuestionOutcome::NxDomain,
        })
    }

    /// The target was given that authority's CRL at that second of the clock.
    pub(crate) fn read_crl(self, authority: Role, second: i64) -> Self {
        self.push(crl_read(authority, second, 200))
    }

    pub(crate) fn push(mut self, event: Event) -> Self {
        let at_us = self.entries.len() as u64;
        self.entries.push(Entry { at_us, event });
        self
    }

    pub(crate) fn sent(self, step: u16, stage: Stage, text: &str) -> Self {
        let session = self.session;
        self.push(Event::Sent {
            by: Side::Harness,
            session,
            step,
            stage,
            tls: true,
            bytes: text.into(),
        })
    }

    /// A reply whose lines are those of `text`.
    pub(crate) fn reply(self, step: u16, stage: Stage, text: &str) -> Self {
        let session = self.session;
        let enhanced = text
            .split([' ', '-'])
            .nth(1)
            .filter(|word| word.split('.').count() == 3)
            .map(str::to_owned);
        self.push(Event::Reply {
            by: Side::Target,
            session,
            step,
            stage,
            tls: stage >= Stage::EhloTls,
            code: text[..3].parse().expect("a code"),
            enhanced,
            lines: text.lines().map(Wire::from).collect(),
        })
    }

    pub(crate) fn closed(self, step: u16, stage: Stage, reset: bool) -> Self {
        self.ended_by(step, stage, Some(true), reset)
    }

    /// The target's end of the connection with no reset, and whether close_notify came.
    pub(crate) fn ended(self, step: u16, stage: Stage, close_notify: Option<bool>) -> Self {
        self.ended_by(step, stage, close_notify, false)
    }

    fn ended_by(self, step: u16, stage: Stage, close_notify: Option<bool>, reset: bool) -> Self {
        let session = self.session;
        self.push(Event::Closed { session, step, by: Side::Target, stage, close_notify, reset })
    }

    pub(crate) fn silent(self, step: u16, stage: Stage) -> Self {
        let session = self.session;
        self.push(Event::TimedOut { session, step, stage, after_ms: 9_500 })
    }

    pub(crate) fn alert(self, stage: Stage, name: &str) -> Self {
        let session = self.session;
        let description = name.to_owned();
        self.push(Event::TlsAlert { session, by: Side::Target, stage, description })
    }

    pub(crate) fn greeted(self) -> Self {
        self.reply(steps::GREETING, Stage::Greeting, "220 mx ESMTP")
    }

    pub(crate) fn until_starttls(self) -> Self {
        self.greeted()
            .sent(steps::EHLO, Stage::Ehlo, "EHLO a\r\n")
            .reply(steps::EHLO, Stage::Ehlo, "250-mx\n250 STARTTLS")
            .sent(steps::STARTTLS, Stage::StartTls, "STARTTLS\r\n")
            .reply(steps::STARTTLS, Stage::StartTls, "220 2.0.0 TLS")
    }

    /// The handshake begins, the certificate ready.
    pub(crate) fn tls_started(self) -> Self {
        self.tls_started_with(true, "")
    }

    pub(crate) fn tls_started_with(self, certificate: bool, left: &str) -> Self {
        let session = self.session;
        self.push(Event::TlsStarted {
            session,
            versions: vec!["TLS 1.3".into()],
            presenting: if certificate { vec![summary()] } else { Vec::new() },
            plaintext_left: left.into(),
        })
    }

    pub(crate) fn tls_established(self, certificate_sent: bool) -> Self {
        let session = self.session;
        self.push(Event::TlsEstablished {
            session,
            version: "TLS 1.3".into(),
            suite: "TLS13_AES_256_GCM_SHA384".into(),
            certificate_requested: certificate_sent,
            certificate_sent,
            peer: vec![summary()],
        })
    }

    /// Up to a handshake in which the certificate was sent.
    pub(crate) fn in_tls(self) -> Self {
        self.until_starttls().tls_started().tls_established(true).sent(
            steps::EHLO_TLS,
            Stage::EhloTls,
            "EHLO a\r\n",
        )
    }

    /// Up to EHLO inside TLS.
    pub(crate) fn ready(self) -> Self {
        self.in_tls().reply(steps::EHLO_TLS, Stage::EhloTls, "250-mx\n250 ENHANCEDSTATUSCODES")
    }

    pub(crate) fn mail(self, t: u16, text: &str) -> Self {
        self.sent(steps::mail(t), Stage::Mail, "MAIL FROM:<a@b>\r\n").reply(
            steps::mail(t),
            Stage::Mail,
            text,
        )
    }

    pub(crate) fn rcpt(self, t: u16, i: u16, text: &str) -> Self {
        self.sent(steps::rcpt(t, i), Stage::Rcpt, "RCPT TO:<c@d>\r\n").reply(
            steps::rcpt(t, i),
            Stage::Rcpt,
            text,
        )
    }

    pub(crate) fn data(self, t: u16, text: &str) -> Self {
        let session = self.session;
        self.push(Event::Message { session, transaction: t, token: token(session, t) })
            .sent(steps::data(t), Stage::Data, "DATA\r\n")
            .reply(steps::data(t), Stage::Data, text)
    }

    /// The envelope of transaction `t` accepted and its content sent.
    pub(crate) fn content(self, t: u16) -> Self {
        self.mail(t, "250 2.1.0 Ok").rcpt(t, 0, "250 2.1.5 Ok").data(t, "354 allez").sent(
            steps::body(t),
            Stage::Body,
            "…\r\n.\r\n",
        )
    }

    pub(crate) fn body(self, t: u16, text: &str) -> Self {
        self.content(t).reply(steps::body(t), Stage::Body, text)
    }

    pub(crate) fn delivered(self, session: u16, t: u16) -> Self {
        self.delivered_as(session, t, &[], true, "mss.ch-test.fr")
    }

    pub(crate) fn delivered_as(
        self,
        session: u16,
        t: u16,
        altered: &[&str],
        identical: bool,
        domain: &str,
    ) -> Self {
        self.push(Event::Delivered {
            token: token(session, t),
            recipients: vec![format!("boite@{domain}")],
            altered: altered.iter().map(ToString::to_string).collect(),
            identical,
            reordered: Vec::new(),
            received: Vec::new(),
        })
    }

    /// A copy in which fields came in another order.
    pub(crate) fn delivered_reordered(self, session: u16, t: u16) -> Self {
        self.push(Event::Delivered {
            token: token(session, t),
            recipients: vec!["boite@mss.ch-test.fr".to_owned()],
            altered: Vec::new(),
            identical: false,
            reordered: vec!["champs X-A remis dans un autre ordre".to_owned()],
            received: Vec::new(),
        })
    }

    /// An intact copy to which these Received fields were added.
    pub(crate) fn delivered_by(self, session: u16, t: u16, received: &[&str]) -> Self {
        self.push(Event::Delivered {
            token: token(session, t),
            recipients: vec!["boite@mss.ch-test.fr".to_owned()],
            altered: Vec::new(),
            identical: true,
            reordered: Vec::new(),
            received: received.iter().map(ToString::to_string).collect(),
        })
    }

    pub(crate) fn not_delivered(self, session: u16, t: u16) -> Self {
        self.push(Event::NotDelivered { token: token(session, t), watched_ms: 5_000 })
    }

    pub(crate) fn notified(self, session: u16, t: u16) -> Self {
        self.push(Event::Notified { token: token(session, t), text: "5.7.1 domaine".into() })
    }

    pub(crate) fn probed(self, answer: ProbeAnswer) -> Self {
        let session = self.session;
        self.push(Event::Probe { session, hello: "tls1.0".into(), answer })
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

fn connected(session: u16) -> Event {
    Event::Connected {
        session,
        asked: None,
        from: ([127, 0, 10, 1], 40_000).into(),
        to: ([127, 0, 0, 1], 25).into(),
    }
}

fn summary() -> CertificateSummary {
    CertificateSummary {
        subject: "CN=mx.alpha.mssante.test,C=FR".into(),
        issuer: "CN=AC TEST,C=FR".into(),
        serial: "1f".into(),
        not_before: "2024-01-01T00:00:00Z".into(),
        not_after: "2025-01-01T00:00:00Z".into(),
        sha256: "00".repeat(32),
    }
}
