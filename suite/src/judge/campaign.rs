//! What only a whole run shows: whether deliveries are seen at all, and how steady the connections
//! to the target are.

use std::collections::BTreeMap;

use fixtures::smtp::transcript::{Entry, Event, ProbeAnswer, Stage};

use super::{
    deferral::{self, Word},
    delivery::Deliveries,
    form::Forms,
};
use crate::{
    observe::{
        self, How, REPEATS, Refusal, TransactionEnd, Weak, deferral::is_of_further_recipients,
        last_session, line, probe,
    },
    scenario::{Action, Expected, Scenario},
};

/// One session in so many may end for no reason before such ends stop to count: three in a row
/// would then come by chance once in a hundred thousand scenarios.
const STEADY: u32 = 50;

/// What the transcripts of a run show together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Campaign {
    sessions: u32,
    strays: BTreeMap<Weak, u32>,
    ungreeted: u32,
    seen: bool,
    /// How many messages that must be accepted were put off.
    put_off: u32,
    /// The earliest stage at which one was, and the reply.
    earliest: Option<PutOff>,
    /// What was wrong with deliveries.
    pub deliveries: Deliveries,
    /// What was wrong with the form of replies.
    pub forms: Forms,
}

/// A temporary reply to what must be accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PutOff {
    stage: Stage,
    text: String,
    word: Word,
}

impl Campaign {
    /// Adds the transcript of a control, which sends the message of the `nominal` scenario.
    pub fn add_control(&mut self, nominal: &Scenario, entries: &[Entry]) {
        self.add(&nominal.action, entries);
        self.deliveries.add_control(entries);
    }

    /// Adds the transcript of a scenario.
    pub fn add_scenario(&mut self, scenario: &Scenario, entries: &[Entry]) {
        self.add(&scenario.action, entries);
        self.deliveries.add(scenario, entries);
    }

    /// Adds what a transcript shows beside deliveries.
    pub(super) fn add(&mut self, action: &Action, entries: &[Entry]) {
        // Where the reverse name is silent, a wait for the greeting is what is tested.
        let tested = entries.iter().any(
            |entry| matches!(&entry.event, Event::DnsControl { answer, .. } if answer == "silence"),
        );
        self.forms.add(entries);
        for entry in entries {
            match entry.event {
                Event::TimedOut { stage: Stage::Greeting, .. } if !tested => self.ungreeted += 1,
                Event::Connected { .. } | Event::ConnectFailed { .. } => self.sessions += 1,
                Event::Delivered { .. } => self.seen = true,
                _ => {}
            }
        }
        if let Some(put_off) = put_off(action, entries) {
            self.put_off += 1;
            if self.earliest.as_ref().is_none_or(|earliest| put_off.stage < earliest.stage) {
                self.earliest = Some(put_off);
            }
        }
        let last = last_session(entries);
        let end = weak_end(action, entries, last);
        for session in 0..last {
            if let Some(weak) = weak_end(action, entries, session)
                && Some(weak) != end
            {
                *self.strays.entry(weak).or_default() += 1;
            }
        }
    }

    /// Whether any message at all was seen delivered.
    #[must_use]
    pub fn saw_a_delivery(&self) -> bool {
        self.seen
    }

    /// Why a temporary reply at `stage` refuses nothing in this run, if so, in French: messages that must
    /// be accepted got one too. What puts off at the envelope leaves those apart that are answered before
    /// it: everybody else passed there.
    #[must_use]
    pub fn puts_off(&self, stage: Stage) -> Option<(String, &'static str)> {
        let PutOff { stage: earliest, text, word } = self.earliest.as_ref()?;
        let apart = stage < Stage::Mail && *earliest >= Stage::Mail;
        (!apart).then(|| {
            let why = format!(
                "la cible remet aussi à plus tard ce qu'elle doit accepter ({} ; {})",
                deferral::at(*earliest, text),
                word.name
            );
            (why, word.advice)
        })
    }

    /// What the reader of a run is told where messages that must be accepted were put off, in French.
    #[must_use]
    pub fn deferrals(&self) -> Option<String> {
        let PutOff { stage, text, word } = self.earliest.as_ref()?;
        let messages = match self.put_off {
            1 => "un message".to_owned(),
            several => format!("{several} messages"),
        };
        Some(format!(
            "la cible a d'abord remis à plus tard {messages} à accepter, {} ({}) : ce qu'elle remet ainsi a été \
             rejoué ensemble, et un refus temporaire (4xx) ne prouve ici aucun refus",
            deferral::at(*stage, text),
            word.name
        ))
    }

    /// Why a missing greeting says nothing of the peer that awaited it, if so, in French: others were
    /// not greeted either.
    #[must_use]
    pub fn greets_late(&self) -> Option<String> {
        (self.ungreeted > 0).then(|| {
            format!(
                "mais {} autre(s) session(s) sur {} n'ont pas été accueillies non plus : la cible est \
                 chargée ou injoignable par moments ; relancez avec max_connections = 1, ou cherchez la cause",
                self.ungreeted, self.sessions
            )
        })
    }

    /// Why ends of this kind are no answers in this run, however often seen, if so, in French: too
    /// many sessions ended in this way that went on when tried again.
    #[must_use]
    pub fn distrusts(&self, weak: Weak) -> Option<String> {
        let strays = self.strays.get(&weak).copied().unwrap_or(0);
        (strays * STEADY > self.sessions).then(|| {
            let what = match weak {
                Weak::Close => "coupées",
                Weak::Busy => "refusées par 421",
                Weak::Alert => "rompues par une alerte TLS",
                Weak::Silence => "laissées sans réponse",
            };
            format!(
                "mais {strays} session(s) sur {} ont été {what} puis ont abouti au nouvel essai : la cible \
                 ou le réseau est instable ; relancez avec max_connections = 1, ou cherchez la cause",
                self.sessions
            )
        })
    }
}

/// The temporary reply to a message that must be accepted, if one came in any connection. A 421 that is
/// not repeated is a stray end like any other, and one to a further message of a session is a limit
/// (RFC 9422 §4.1); a reply that names the peer's reverse name is a decision on that.
fn put_off(action: &Action, entries: &[Entry]) -> Option<PutOff> {
    let Action::Transactions(all) = action else { return None };
    let of_the_reverse_name =
        entries.iter().any(|entry| matches!(entry.event, Event::DnsControl { .. }));
    let last = last_session(entries);
    for (t, transaction) in all.iter().enumerate() {
        if transaction.expect != Expected::Accepted {
            continue;
        }
        let t = u16::try_from(t).unwrap_or(u16::MAX);
        let mut busy = 0;
        for session in 0..=last {
            let TransactionEnd::Refused(refusal) = observe::transaction(entries, session, t) else {
                continue;
            };
            // A recipient more is a limit of that transaction alone, in its form (RFC 5321 §4.5.3.1.10).
            if is_of_further_recipients(entries, session, t, &refusal) {
                continue;
            }
            let Refusal { stage, how: How::Reply { code, enhanced, text } } = refusal else {
                continue;
            };
            if !observe::is_temporary(code)
                || of_the_reverse_name && deferral::is_of_the_reverse_name(enhanced.as_deref())
            {
                continue;
            }
            busy += u16::from(code == 421 && t == 0);
            if code != 421 || busy >= REPEATS {
                let word = deferral::word(code, enhanced.as_deref(), &text, stage, t > 0);
                return Some(PutOff { stage, text, word });
            }
        }
    }
    None
}

/// The weak end of one connection, if it has one.
fn weak_end(action: &Action, entries: &[Entry], session: u16) -> Option<Weak> {
    match action {
        Action::Transactions(all) => (0..all.len()).find_map(|t| {
            let t = u16::try_from(t).unwrap_or(u16::MAX);
            match observe::transaction(entries, session, t) {
                TransactionEnd::Refused(refusal) => refusal.how.weak(),
                TransactionEnd::Accepted { .. } | TransactionEnd::Broken(_) => None,
            }
        }),
        Action::Script { lines, .. } => line::weak_end(entries, session, lines),
        Action::Probe { expect, .. } => {
            answer(entries, session).and_then(|a| probe::weak(a, *expect))
        }
        Action::Inspect(_) | Action::Request(_) => None,
    }
}

fn answer(entries: &[Entry], session: u16) -> Option<&ProbeAnswer> {
    entries.iter().find_map(|entry| match &entry.event {
        Event::Probe { session: s, answer, .. } if *s == session => Some(answer),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use fixtures::smtp::transcript::Stage;
    use rstest::rstest;

    use super::*;
    use crate::{
        observe::steps,
        observe::testing::Played,
        scenario::{
            Expected,
            model::{MessageKind, ReversePath, StatedSender, Transaction, Transfer},
        },
    };

    fn accepted(played: Played) -> Played {
        played.ready().body(0, "250 ok")
    }

    fn cut(played: Played) -> Played {
        played.in_tls().closed(steps::EHLO_TLS, Stage::EhloTls, false)
    }

    fn busy(played: Played) -> Played {
        played.reply(steps::GREETING, Stage::Greeting, "421 4.3.2 plus tard")
    }

    fn once() -> Action {
        Action::Transactions(vec![Transaction {
            from: ReversePath::Null,
            to: Vec::new(),
            mail_parameters: None,
            message: MessageKind::default(),
            size: None,
            by: Transfer::Data,
            stated: StatedSender::default(),
            expect: Expected::Accepted,
        }])
    }

    #[rstest]
    #[case::steady(&[accepted(P::new())], &[])]
    #[case::cut_once(&[accepted(cut(P::new()).again())], &[Weak::Close])]
    #[case::busy_once(&[accepted(busy(P::new()).again())], &[Weak::Busy])]
    #[case::always_cut(&[P::times(3, cut)], &[])]
    #[case::busy_then_cut(&[cut(cut(busy(P::new()).again()).again())], &[Weak::Busy])]
    fn ends_that_are_no_answers(#[case] all: &[Played], #[case] distrusted: &[Weak]) {
        let mut campaign = Campaign::default();
        all.iter().for_each(|played| campaign.add(&once(), played.entries()));
        for weak in [Weak::Close, Weak::Busy, Weak::Alert, Weak::Silence] {
            assert_eq!(campaign.distrusts(weak).is_some(), distrusted.contains(&weak), "{weak:?}");
        }
    }

    /// A recipient too many is a limit of that message; one that is put off alone may be anything.
    #[rstest]
    #[case::the_only_one(P::new().ready().mail(0, "250 ok").rcpt(0, 0, "452 4.5.3 plus tard"), true)]
    #[case::one_more(
        P::new().ready().mail(0, "250 ok").rcpt(0, 0, "250 ok").rcpt(0, 1, "452 4.5.3 trop"),
        false
    )]
    #[case::another_word(
        P::new().ready().mail(0, "250 ok").rcpt(0, 0, "250 ok").rcpt(0, 1, "451 4.7.1 plus tard"),
        true
    )]
    fn who_puts_off(#[case] played: Played, #[case] puts_off: bool) {
        let mut campaign = Campaign::default();
        campaign.add(&once(), played.entries());
        assert_eq!(campaign.puts_off(Stage::Rcpt).is_some(), puts_off);
    }

    #[test]
    fn one_stray_end_among_many_sessions_changes_nothing() {
        let mut campaign = Campaign::default();
        campaign.add(&once(), accepted(cut(P::new()).again()).entries());
        assert!(campaign.distrusts(Weak::Close).is_some());
        (0..48).for_each(|_| campaign.add(&once(), accepted(P::new()).entries()));
        assert_eq!(campaign.distrusts(Weak::Close), None);
        assert!(!campaign.saw_a_delivery());
        campaign.add(&once(), accepted(P::new()).delivered(0, 0).entries());
        assert!(campaign.saw_a_delivery());
    }

    type P = Played;
}
