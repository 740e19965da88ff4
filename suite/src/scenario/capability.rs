//! What a scenario needs, derived from what it does.

use std::collections::BTreeSet;

use fixtures::pki::Variant;

use super::{
    model::{
        Action, Capability, Inspection, Peer, PeerTls, Presented, ReversePath, ScriptStep,
        Template, Transaction,
    },
    template::{Piece, pieces},
};
use crate::oracle::reception::facts::{EhloStatus, PtrStatus};

/// The needs that follow from the peer and the action. Delivery is needed when the verdict rests on
/// it: messages that a script wants delivered, or messages that it wants kept out when it awaits no
/// reply. All else is judged by its replies first, and by deliveries where they can be seen.
#[must_use]
pub fn derived(peer: &Peer, action: &Action) -> BTreeSet<Capability> {
    let mut needs = BTreeSet::new();
    if rests_on_trust(peer, action) {
        needs.insert(Capability::SimulatedSpace);
    }
    if peer.ptr != PtrStatus::Valid {
        needs.insert(Capability::SourceAddresses);
    }
    if peer.revoked {
        needs.insert(Capability::CrlRefresh);
    }
    if peer.ehlo == EhloStatus::OtherName {
        needs.insert(Capability::Dns);
    }
    match action {
        Action::Transactions(transactions) => {
            for transaction in transactions {
                of_transaction(transaction, &mut needs);
            }
        }
        Action::Script { lines, transaction, effects } => {
            for line in lines {
                match &line.step {
                    ScriptStep::Send(text)
                    | ScriptStep::SendRaw(text)
                    | ScriptStep::Chunk { octets: text, .. } => {
                        of_template(text, &mut needs);
                    }
                    ScriptStep::Mail => of_sender(&transaction.from, &mut needs),
                    ScriptStep::Rcpt => {
                        transaction
                            .to
                            .first()
                            .into_iter()
                            .for_each(|to| of_template(to, &mut needs));
                    }
                    _ => {}
                }
            }
            let awaits = lines.iter().any(|line| match &line.step {
                ScriptStep::Expect(reply) => !reply.recommended,
                _ => false,
            });
            if !effects.delivered.is_empty() || (!effects.not_delivered.is_empty() && !awaits) {
                needs.insert(Capability::Delivery);
            }
            if !effects.not_relayed.is_empty() {
                needs.insert(Capability::Relay);
            }
        }
        Action::Inspect(Inspection::Name | Inspection::Dn) => {
            needs.insert(Capability::DeclaredIdentity);
        }
        Action::Probe { .. } | Action::Inspect(_) => {}
        // Who reads the list of the space trusts what signs it.
        Action::Request(_) => {
            needs.insert(Capability::SimulatedSpace);
        }
    }
    needs
}

/// Whether the action can go its way only at a target that trusts the space: it comes to a
/// handshake with a certificate that leads to the space's root. A foreign certificate, or none,
/// means the same to every target.
fn rests_on_trust(peer: &Peer, action: &Action) -> bool {
    let trusted = match peer.certificate {
        Presented::None => false,
        Presented::Certificate(variant) => !is_foreign(variant),
    };
    let handshake = match action {
        Action::Transactions(_) => peer.tls != PeerTls::None,
        Action::Script { lines, .. } => lines
            .iter()
            .any(|line| matches!(line.step, ScriptStep::Handshake | ScriptStep::TryHandshake)),
        Action::Probe { .. } | Action::Inspect(_) | Action::Request(_) => false,
    };
    trusted && handshake
}

/// Whether no target at all has a path for it, whatever it trusts.
fn is_foreign(variant: Variant) -> bool {
    matches!(
        variant,
        Variant::SelfSigned
            | Variant::ForeignCa
            | Variant::LookAlikeIntermediate
            | Variant::Malformed
    )
}

fn of_transaction(transaction: &Transaction, needs: &mut BTreeSet<Capability>) {
    of_sender(&transaction.from, needs);
    for text in transaction.to.iter().chain(&transaction.mail_parameters) {
        of_template(text, needs);
    }
}

fn of_sender(from: &ReversePath, needs: &mut BTreeSet<Capability>) {
    if let ReversePath::Address(text) = from {
        of_template(text, needs);
    }
}

fn of_template(text: &Template, needs: &mut BTreeSet<Capability>) {
    for piece in pieces(&text.0).unwrap_or_default() {
        if let Piece::Variable(name) = piece {
            needs.extend(of_variable(name));
        }
    }
}

fn of_variable(name: &str) -> Option<Capability> {
    match name {
        "mailbox" | "mailbox.local" => Some(Capability::Mailbox),
        "mailbox2" => Some(Capability::SecondMailbox),
        "unknown" => Some(Capability::UnknownMailbox),
        "target.domain" | "target.host" => Some(Capability::DeclaredIdentity),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::scenario::{
        model::{Expected, MessageKind, SideEffects, StatedSender, Transfer},
        script,
    };

    fn peer() -> Peer {
        Peer {
            operator: "alpha".to_owned(),
            certificate: Presented::Certificate(Variant::Valid),
            ehlo: EhloStatus::default(),
            ptr: PtrStatus::default(),
            tls: PeerTls::Any,
            name: None,
            revoked: false,
            listed: None,
        }
    }

    fn to(recipient: &str) -> Transaction {
        Transaction {
            from: ReversePath::Null,
            to: vec![Template(recipient.to_owned())],
            mail_parameters: None,
            message: MessageKind::Text,
            size: None,
            by: Transfer::Data,
            expect: Expected::Accepted,
            stated: StatedSender::default(),
        }
    }

    #[rstest]
    #[case::nominal(peer(), "{mailbox}", &[Capability::SimulatedSpace, Capability::Mailbox])]
    #[case::relay(peer(), "{foreign}", &[Capability::SimulatedSpace])]
    #[case::revoked(
        Peer { revoked: true, ..peer() },
        "{mailbox}",
        &[Capability::SimulatedSpace, Capability::Mailbox, Capability::CrlRefresh]
    )]
    #[case::clear(Peer { tls: PeerTls::None, ..peer() }, "{mailbox}", &[Capability::Mailbox])]
    #[case::no_certificate(
        Peer { certificate: Presented::None, ..peer() },
        "{mailbox2}",
        &[Capability::SecondMailbox]
    )]
    #[case::foreign(
        Peer { certificate: Presented::Certificate(Variant::ForeignCa), ..peer() },
        "{unknown}",
        &[Capability::UnknownMailbox]
    )]
    #[case::expired_is_of_the_space(
        Peer { certificate: Presented::Certificate(Variant::Expired), ..peer() },
        "postmaster",
        &[Capability::SimulatedSpace]
    )]
    #[case::ptr(
        Peer { ptr: PtrStatus::Absent, tls: PeerTls::None, ..peer() },
        "postmaster",
        &[Capability::SourceAddresses]
    )]
    fn needs_of_a_transaction(
        #[case] peer: Peer,
        #[case] recipient: &str,
        #[case] expected: &[Capability],
    ) {
        let needs = derived(&peer, &Action::Transactions(vec![to(recipient)]));
        assert_eq!(needs, expected.iter().copied().collect());
    }

    #[rstest]
    #[case::before_tls(&["greeting", "> RCPT TO:<{mailbox}>"], &[Capability::Mailbox])]
    #[case::inside_tls(&["session", "quit"], &[Capability::SimulatedSpace])]
    #[case::rcpt(&["rcpt"], &[Capability::Mailbox])]
    fn needs_of_a_script(#[case] lines: &[&str], #[case] expected: &[Capability]) {
        let lines = script::parse(lines).expect("sound");
        let effects = SideEffects::default();
        let action = Action::Script { lines, transaction: to("{mailbox}"), effects };
        assert_eq!(derived(&peer(), &action), expected.iter().copied().collect());
    }

    #[rstest]
    #[case::no_reply_to_go_by(&["session", "data", "abort"], false, true)]
    #[case::judged_by_replies(&["session", "> NOOP", "< 250"], false, false)]
    #[case::wanted(&["session", "quit"], true, true)]
    fn effects_need_a_view_of_deliveries(
        #[case] lines: &[&str],
        #[case] wanted: bool,
        #[case] needed: bool,
    ) {
        let token = vec![Template("{token}".to_owned())];
        let effects = if wanted {
            SideEffects { delivered: token, ..Default::default() }
        } else {
            SideEffects { not_delivered: token, ..Default::default() }
        };
        let lines = script::parse(lines).expect("sound");
        let action = Action::Script { lines, transaction: to("x"), effects };
        assert_eq!(derived(&peer(), &action).contains(&Capability::Delivery), needed);
    }
}
