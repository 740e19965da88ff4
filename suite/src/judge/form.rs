//! The form of the target's replies, over a whole run: a reply whose code is clear counts where it is
//! awaited, and its form is told by a scenario of its own.

use std::collections::{BTreeMap, BTreeSet};

use fixtures::smtp::{
    transcript::{Entry, Event},
    wire::ReplyFlaw,
};

use super::{Context, Judgement};
use crate::{
    observe::{REPEATS, place},
    record::{Level, Verdict},
    scenario::model::ReplyForm,
};

/// How many octets of an example are shown.
const SHOWN: usize = 60;

/// What is wrong with the form of replies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forms {
    of: BTreeMap<ReplyForm, Flawed>,
}

/// Where a form was seen wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Flawed {
    sessions: usize,
    /// Nobody on the way changes what goes inside TLS.
    inside_tls: bool,
    /// The first in alphabetical order, so that the order of transcripts changes nothing.
    example: String,
}

impl Forms {
    /// Adds a transcript.
    pub fn add(&mut self, entries: &[Entry]) {
        let mut sessions: BTreeSet<(ReplyForm, u16)> = BTreeSet::new();
        for Entry { event, .. } in entries {
            let (form, session, tls, what) = match event {
                Event::Malformed { session, stage, tls, flaw, line, .. } => {
                    let what = example(flaw.title(), &line.to_string(), place(*stage));
                    (form_of(*flaw), *session, *tls, what)
                }
                Event::Garbled { session, stage, problem, bytes, .. }
                    if has_wrong_codes(&bytes.0) =>
                {
                    let what = example(problem, &bytes.to_string(), place(*stage));
                    (ReplyForm::Syntax, *session, false, what)
                }
                _ => continue,
            };
            let flawed = self.of.entry(form).or_default();
            flawed.inside_tls |= tls;
            flawed.sessions += usize::from(sessions.insert((form, session)));
            if flawed.example.is_empty() || what < flawed.example {
                flawed.example = what;
            }
        }
    }
}

fn example(problem: &str, line: &str, place: &str) -> String {
    let mut line: String = line.chars().take(SHOWN + 1).collect();
    if line.chars().count() > SHOWN {
        line.pop();
        line.push('…');
    }
    format!("{problem}, par exemple « {line} » {place}")
}

fn form_of(flaw: ReplyFlaw) -> ReplyForm {
    match flaw {
        ReplyFlaw::BareLf | ReplyFlaw::BareCr => ReplyForm::LineEnds,
        ReplyFlaw::Separator => ReplyForm::Syntax,
        ReplyFlaw::NotAscii => ReplyForm::Ascii,
        ReplyFlaw::LongLine => ReplyForm::Length,
    }
}

/// Whether what came is a reply by its digits, but of no code that there is, or of several (RFC 5321
/// §4.2, §4.2.1).
fn has_wrong_codes(bytes: &[u8]) -> bool {
    let mut first = None;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if !line.ends_with(b"\n") {
            return false;
        }
        let Some(digits) = line.get(..3).filter(|code| code.iter().all(u8::is_ascii_digit)) else {
            return first.is_some();
        };
        let valid = (b'2'..=b'5').contains(&digits[0]) && !line[3].is_ascii_digit();
        if !valid || first.is_some_and(|first: &[u8]| first != digits) {
            return true;
        }
        if line[3] != b'-' {
            return false;
        }
        first = Some(digits);
    }
    false
}

/// Adds to the judgement on a scenario about `form` what the run shows of it, or the scenario alone while
/// the run goes on.
pub(super) fn judge(
    context: &Context<'_>,
    level: Level,
    form: ReplyForm,
    judgement: Judgement,
) -> Judgement {
    let own = || {
        let mut forms = Forms::default();
        forms.add(context.entries);
        forms.of.remove(&form)
    };
    let flawed = match context.campaign {
        Some(campaign) => campaign.forms.of.get(&form).cloned(),
        None => own(),
    };
    let Some(Flawed { sessions, inside_tls, example }) = flawed else {
        return match judgement.verdict {
            Verdict::Pass => judgement
                .verdict(Verdict::Pass, "toutes les réponses de la campagne ont la forme attendue"),
            _ => judgement,
        };
    };
    let what = format!("{example} ; vu dans {sessions} session(s)");
    let judgement = Judgement { observed: what.clone(), ..judgement };
    if !inside_tls && sessions < usize::from(REPEATS) {
        return judgement.inconclude(&format!(
            "{what}, en clair : ce peut être le réseau, il faut le voir {REPEATS} fois"
        ));
    }
    match level {
        Level::Must => judgement.verdict(Verdict::Fail, &what),
        Level::Should => judgement.verdict(Verdict::PassWithRemark, &what),
        Level::May => judgement.verdict(Verdict::Pass, &what),
    }
    .unmet()
}

#[cfg(test)]
mod tests {
    use fixtures::smtp::transcript::{Side, Stage};
    use rstest::rstest;

    use super::*;
    use crate::{judge::Campaign, observe::testing::Played};

    fn malformed(played: Played, session: u16, tls: bool, flaw: ReplyFlaw) -> Played {
        let stage = if tls { Stage::Mail } else { Stage::Greeting };
        played.push(Event::Malformed {
            by: Side::Target,
            session,
            step: 0,
            stage,
            tls,
            flaw,
            line: "250 x".into(),
        })
    }

    fn judged(played: &Played, level: Level, form: ReplyForm) -> Judgement {
        let mut campaign = Campaign::default();
        campaign.forms.add(played.entries());
        let base = Judgement::at(Stage::Other, "x".into()).verdict(Verdict::Pass, "déroulé");
        judge(&Context { campaign: Some(&campaign), ..played.context() }, level, form, base)
    }

    fn times(times: u16, tls: bool, flaw: ReplyFlaw) -> Played {
        (0..times).fold(Played::new(), |played, session| malformed(played, session, tls, flaw))
    }

    #[rstest]
    #[case::sound(Played::new().greeted(), Level::Must, ReplyForm::LineEnds, Verdict::Pass)]
    #[case::inside_tls(
        times(1, true, ReplyFlaw::BareLf),
        Level::Must,
        ReplyForm::LineEnds,
        Verdict::Fail
    )]
    #[case::bare_cr(
        times(1, true, ReplyFlaw::BareCr),
        Level::Must,
        ReplyForm::LineEnds,
        Verdict::Fail
    )]
    #[case::once_in_clear(
        times(1, false, ReplyFlaw::BareLf),
        Level::Must,
        ReplyForm::LineEnds,
        Verdict::Inconclusive
    )]
    #[case::thrice_in_clear(
        times(3, false, ReplyFlaw::BareLf),
        Level::Must,
        ReplyForm::LineEnds,
        Verdict::Fail
    )]
    #[case::another_form(
        times(3, true, ReplyFlaw::BareLf),
        Level::Must,
        ReplyForm::Syntax,
        Verdict::Pass
    )]
    #[case::separator(
        times(1, true, ReplyFlaw::Separator),
        Level::Must,
        ReplyForm::Syntax,
        Verdict::Fail
    )]
    #[case::ascii(
        times(1, true, ReplyFlaw::NotAscii),
        Level::Should,
        ReplyForm::Ascii,
        Verdict::PassWithRemark
    )]
    #[case::length(
        times(1, true, ReplyFlaw::LongLine),
        Level::Should,
        ReplyForm::Length,
        Verdict::PassWithRemark
    )]
    fn a_form_is_told_over_the_run(
        #[case] played: Played,
        #[case] level: Level,
        #[case] form: ReplyForm,
        #[case] verdict: Verdict,
    ) {
        let judgement = judged(&played, level, form);
        assert_eq!(judgement.verdict, verdict, "{judgement:?}");
    }

    #[rstest]
    #[case::out_of_range(b"999 x\r\n", true)]
    #[case::preliminary(b"150 x\r\n", true)]
    #[case::four_digits(b"2500 x\r\n", true)]
    #[case::differ(b"250-a\r\n299 b\r\n", true)]
    #[case::a_line_without_a_code(b"250-a\r\nbonjour\r\n", true)]
    #[case::premature(b"250 a\r\n550 b\r\n", false)]
    #[case::unfinished(b"250-a\r\n", false)]
    #[case::cut_short(b"25", false)]
    #[case::no_reply(b"HTTP/1.1 400\r\n", false)]
    #[case::empty_line(b"\r\n", false)]
    fn codes_that_are_none(#[case] bytes: &[u8], #[case] wrong: bool) {
        assert_eq!(has_wrong_codes(bytes), wrong);
    }
}
