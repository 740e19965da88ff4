//! What was put off: a temporary reply to what a connection asked for, and how long it was waited for
//! (RFC 5321 §4.2.1). What such a reply proves is the judge's to say.

use std::time::Duration;

use fixtures::smtp::transcript::{Entry, Event, Stage};

use super::{
    How, Refusal, TransactionEnd,
    answer::came,
    is_temporary, last_session,
    line::{Line, outcome},
    offers_enhanced_codes, steps, transaction,
};
use crate::scenario::{
    Action,
    model::{ScriptLine, ScriptStep},
};

/// Where the last connection of a scenario was put off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deferral {
    /// The stage.
    pub stage: Stage,
    /// The transaction or the line of the script.
    pub part: u16,
    /// The reply.
    pub text: String,
}

/// The temporary reply to what the last connection asked for, if one came: the scenario is to be played
/// again before anything is concluded.
#[must_use]
pub fn pending(action: &Action, entries: &[Entry]) -> Option<Deferral> {
    let last = last_session(entries);
    let refused = |t: u16| match transaction(entries, last, t) {
        TransactionEnd::Refused(Refusal { stage, how: How::Reply { code, text, .. } })
            if is_temporary(code) =>
        {
            Some(Deferral { stage, part: t, text })
        }
        _ => None,
    };
    match action {
        Action::Transactions(all) => {
            (0..all.len()).find_map(|t| refused(u16::try_from(t).unwrap_or(u16::MAX)))
        }
        Action::Script { lines, .. } => pending_line(entries, last, lines),
        // Neither goes beyond the handshake.
        Action::Probe { .. } | Action::Inspect(_) => refused(0),
        Action::Request(_) => None,
    }
}

/// The temporary reply to what connection `session` asked for, if one came.
fn pending_line(entries: &[Entry], session: u16, lines: &[ScriptLine]) -> Option<Deferral> {
    let offers = offers_enhanced_codes(entries, session);
    for (i, line) in lines.iter().enumerate() {
        let part = u16::try_from(i).unwrap_or(u16::MAX);
        let came = came(entries, session, part, line.stage);
        let outcome = outcome(lines, i, &came, offers);
        if let Some((_, _, text)) = came.temporary()
            && !is_open(&line.step)
        {
            return Some(Deferral { stage: line.stage, part, text });
        }
        if !matches!(outcome, Line::Met | Line::Remark(_)) {
            return None;
        }
    }
    None
}

/// Whether a line permits a temporary reply beside an acceptance: whichever comes, nothing rests on it.
/// Neither does anything on how a connection that is to end is ended.
pub(crate) fn is_open(step: &ScriptStep) -> bool {
    match step {
        ScriptStep::Expect(expectation) => expectation.is_open(),
        ScriptStep::AwaitClose => true,
        _ => false,
    }
}

/// How long after the first temporary reply the last connection was opened.
pub(crate) fn waited(entries: &[Entry]) -> Duration {
    let put_off = entries.iter().find_map(|entry| match entry.event {
        Event::Reply { code, .. } if is_temporary(code) => Some(entry.at_us),
        _ => None,
    });
    let tried = entries.iter().rev().find_map(|entry| match entry.event {
        Event::Connected { .. } | Event::ConnectFailed { .. } => Some(entry.at_us),
        _ => None,
    });
    Duration::from_micros(tried.unwrap_or(0).saturating_sub(put_off.unwrap_or(0)))
}

/// Whether a reply puts off one recipient more of transaction `t`, of which some were accepted.
pub(crate) fn is_of_further_recipients(
    entries: &[Entry],
    session: u16,
    t: u16,
    refusal: &Refusal,
) -> bool {
    matches!(refusal.how, How::Reply { code: 452, .. })
        && refusal.stage == Stage::Rcpt
        && entries.iter().any(|entry| {
            matches!(entry.event, Event::Reply { session: s, step, stage: Stage::Rcpt, code: 200..=299, .. }
                if s == session && steps::transaction(step) == Some(t))
        })
}

/// The most transactions in a session that the target announced (RFC 9422 §4.1), if it did.
#[must_use]
pub fn announced_transactions(entries: &[Entry], session: u16) -> Option<u32> {
    entries.iter().rev().find_map(|entry| match &entry.event {
        Event::Reply {
            session: s, stage: Stage::Ehlo | Stage::EhloTls, code: 250, lines, ..
        } if *s == session => lines.iter().find_map(|line| limit(&line.lossy(), "MAILMAX")),
        _ => None,
    })
}

/// The value of a limit in a line of the EHLO reply.
fn limit(line: &str, name: &str) -> Option<u32> {
    let mut words = line.get(4..)?.split_ascii_whitespace();
    if !words.next()?.eq_ignore_ascii_case("LIMITS") {
        return None;
    }
    words.find_map(|word| {
        let (key, value) = word.split_once('=')?;
        key.eq_ignore_ascii_case(name).then(|| value.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::observe::testing::Played;

    #[rstest]
    #[case("250 LIMITS MAILMAX=5", Some(5))]
    #[case("250-limits RCPTMAX=3 mailmax=20", Some(20))]
    #[case("250-LIMITS RCPTMAX=3", None)]
    #[case("250-LIMITS MAILMAX=beaucoup", None)]
    #[case("250 MAILMAX=5", None)]
    #[case("250", None)]
    fn a_limit_is_read(#[case] line: &str, #[case] most: Option<u32>) {
        assert_eq!(limit(line, "MAILMAX"), most);
    }

    #[rstest]
    #[case::prerequisite(Played::new().ready().reply(5, Stage::Mail, "450 4.7.1 plus tard"), Some(5))]
    #[case::reply(Played::new().ready().reply(5, Stage::Mail, "250 ok").reply(7, Stage::Other, "450 4.3.2 non"), Some(7))]
    #[case::refused(Played::new().ready().reply(5, Stage::Mail, "550 5.7.1 non"), None)]
    #[case::through(Played::new().ready().reply(5, Stage::Mail, "250 ok").reply(7, Stage::Other, "250 ok"), None)]
    #[case::at_last(Played::new().ready().reply(5, Stage::Mail, "450 non").again().ready().reply(5, Stage::Mail, "250 ok").reply(7, Stage::Other, "250 ok"), None)]
    fn what_was_put_off(#[case] played: Played, #[case] part: Option<u16>) {
        let lines =
            crate::scenario::script::parse(&["session", "mail", "> X", "< 250"]).expect("sound");
        let last = last_session(played.entries());
        assert_eq!(
            pending_line(played.entries(), last, &lines).map(|deferral| deferral.part),
            part
        );
    }
}
