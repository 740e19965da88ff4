//! What was played, as these tests tell it.

use super::*;

pub(super) fn altered() -> P {
    P::new().ready().body(0, "250 ok").delivered_as(0, 0, &["Subject"], false, "x")
}

pub(super) fn rewritten() -> P {
    P::new().ready().body(0, "250 ok").delivered_as(0, 0, &[], false, "x")
}

pub(super) fn doubled() -> P {
    P::new().ready().body(0, "250 ok").delivered(0, 0).delivered(0, 0)
}

pub(super) fn lost() -> P {
    P::new().ready().body(0, "250 ok").not_delivered(0, 0)
}

pub(super) fn silent() -> Facts {
    Facts { ptr: PtrStatus::Silent, ..nominal() }
}

/// The silence was in place, the peer came from its address, and the target asked for the name.
pub(super) fn met(played: P) -> P {
    met_as(PtrFault::Silent, played)
}

/// The same with another fault, of which our DNS says the same.
pub(super) fn met_as(fault: PtrFault, played: P) -> P {
    let source = fault.source();
    let name = reverse_name(source);
    let control =
        Event::DnsControl { name: name.clone(), kind: "PTR".into(), answer: "silence".into() };
    played.from(source).push(control).asked_dns(&name, "PTR")
}

/// The peer came from the address of the silent name; what was asked is told apart.
pub(super) fn from_there(played: P) -> P {
    played.from(PtrFault::Silent.source())
}

pub(super) fn received() -> P {
    P::new().ready().body(0, "250 ok").delivered(0, 0)
}

pub(super) fn turned_away() -> P {
    P::new().ready().mail(0, "550 5.7.1 nom inverse")
}

pub(super) fn ungreeted(times: u16) -> P {
    P::times(times, |p| p.silent(steps::GREETING, Stage::Greeting))
}

pub(super) fn cut_after_the_dot(played: P, close_notify: Option<bool>) -> P {
    played.ready().content(0).ended(steps::body(0), Stage::Body, close_notify)
}

/// Delivered each time, and never answered.
pub(super) fn taken_without_a_reply(close_notify: Option<bool>) -> P {
    let played = P::times(3, |p| cut_after_the_dot(p, close_notify));
    (0..3).fold(played, |played, session| played.delivered(session, 0))
}

pub(super) fn put_off_at_mail(played: P) -> P {
    played.ready().mail(0, "450 4.7.1 Liste grise")
}

pub(super) fn put_off_at_ehlo(played: P) -> P {
    played.in_tls().reply(steps::EHLO_TLS, Stage::EhloTls, "454 4.7.0 plus tard")
}

pub(super) fn accepted_transactions(count: usize) -> Action {
    let transaction = Transaction {
        from: ReversePath::Null,
        to: Vec::new(),
        mail_parameters: None,
        message: MessageKind::default(),
        size: None,
        by: Transfer::Data,
        stated: StatedSender::default(),
        expect: Expected::Accepted,
    };
    Action::Transactions(vec![transaction; count])
}

pub(super) fn silence_proven() -> Event {
    Event::DnsControl { name: "x".into(), kind: "PTR".into(), answer: "silence".into() }
}

pub(super) fn connected() -> Event {
    Event::Connected {
        session: 0,
        asked: None,
        from: ([127, 0, 10, 1], 40_000).into(),
        to: ([127, 0, 0, 1], 25).into(),
    }
}
