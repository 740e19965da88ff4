//! The form as a conversation: one question after the other, each answer checked at once. Pure: who
//! holds the conversation reads and prints.

use super::{
    Certificate, Connector, Contact, Delegation, Form, IncidentContacts, LegalRepresentative,
    Problem, Question, Redirection, Rule, check,
    department::letters,
    question::{Choices, PlanStep},
    slot,
};

/// An answer that leaves a text empty, to be filled in later.
pub const LATER: &str = "-";

/// A conversation that fills a form in.
#[derive(Clone, Debug)]
pub struct Interview {
    form: Form,
    certificates: Vec<Certificate>,
    choices: Choices,
    at: usize,
}

impl Interview {
    /// Begins with what `form` holds; the DNs of `certificates` are taken over and not asked for.
    #[must_use]
    pub fn new(mut form: Form, certificates: Vec<Certificate>) -> Self {
        for certificate in &certificates {
            form.take(certificate);
        }
        Self { form, certificates, choices: Choices::default(), at: 0 }
    }

    /// The form as it is now.
    #[must_use]
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// The next question, or `None` at the end.
    #[must_use]
    pub fn question(&self) -> Option<Question> {
        Some(self.step()?.question(&self.form, self.choices))
    }

    /// Takes an answer; an empty one means the default, [`LATER`] leaves a text empty. Gives what is
    /// wrong with it, warnings included; an error leaves the question where it is.
    pub fn answer(&mut self, text: &str) -> Vec<Problem> {
        let Some(step) = self.step() else { return Vec::new() };
        let default = self.question().map(|question| question.default).unwrap_or_default();
        let later = is_later(text);
        let text = if text.trim().is_empty() { default } else { text.trim().to_owned() };
        let before = check(&self.form, &self.certificates);
        let old = self.clone();
        if let Err(message) = self.apply(&step, if later { "" } else { &text }) {
            *self = old;
            let correction = message.clone();
            return vec![Problem::error(Rule::WrongType, "", message, correction)];
        }
        let field = match &step {
            PlanStep::Text { field, .. } => field.as_str(),
            PlanStep::List { field, .. } => *field,
            _ => {
                self.at += 1;
                return Vec::new();
            }
        };
        // Of a list, or of the list that an item is in: no DN at all is said of the list.
        let list = field.split('[').next().unwrap_or(field);
        let own = |problem: &Problem| problem.field.starts_with(field) || problem.field == list;
        let blank = |problem: &Problem| {
            matches!(
                problem.rule,
                Rule::OperatorField
                    | Rule::ContactField
                    | Rule::MethodField
                    | Rule::MethodChoice
                    | Rule::NothingAsked
                    | Rule::SpaceChoice
            )
        };
        let found: Vec<Problem> = check(&self.form, &self.certificates)
            .into_iter()
            .filter(|problem| {
                // What was wrong before is no news, and what is still to be asked is not missing.
                (own(problem) && !later) || (!before.contains(problem) && !blank(problem))
            })
            .collect();
        if found.iter().any(|problem| own(problem) && problem.is_error()) {
            *self = old;
        } else {
            self.at += 1;
        }
        found
    }

    fn step(&self) -> Option<PlanStep> {
        let certified = !self.certificates.is_empty();
        PlanStep::all(&self.form, self.choices, certified).into_iter().nth(self.at)
    }

    fn apply(&mut self, step: &PlanStep, text: &str) -> Result<(), String> {
        let form = &mut self.form;
        match step {
            PlanStep::Space => {
                let test = one_of(text, "test", "production")?;
                form.space.test = test;
                form.space.production = !test;
            }
            PlanStep::Text { field, .. } => {
                if let Some(slot) = slot::slot(form, field) {
                    text.clone_into(slot);
                }
                // An empty DN is none.
                form.operator.dn.retain(|dn| !dn.is_empty());
            }
            PlanStep::SecondDn => self.choices.second_dn = one_of(text, "oui", "non")?,
            PlanStep::HasConnector => {
                let yes = one_of(text, "oui", "non")?;
                keep(&mut form.operator.connector, yes, Connector::default());
            }
            PlanStep::HasContacts => {
                let yes = one_of(text, "oui", "non")?;
                keep(&mut form.legal_representative, yes, LegalRepresentative::default());
                keep(&mut form.project_manager, yes, Contact::default());
                keep(&mut form.incident, yes, IncidentContacts::default());
                keep(&mut form.technical_manager, false, Contact::default());
            }
            PlanStep::HasTechnicalManager => {
                let yes = one_of(text, "oui", "non")?;
                keep(&mut form.technical_manager, yes, Contact::default());
            }
            PlanStep::Method => {
                let delegation = one_of(text, "delegation", "redirection")?;
                keep(&mut form.dns.delegation, delegation, Delegation::default());
                keep(&mut form.dns.redirection, !delegation, Redirection::default());
            }
            PlanStep::List { field, .. } => {
                *slot::list_mut(form, field) = text
                    .split(|char: char| matches!(char, ',' | ';') || char.is_whitespace())
                    .filter(|domain| !domain.is_empty())
                    .map(str::to_owned)
                    .collect();
            }
        }
        Ok(())
    }
}

fn keep<T>(table: &mut Option<T>, wanted: bool, blank: T) {
    if !wanted {
        *table = None;
    } else if table.is_none() {
        *table = Some(blank);
    }
}

/// Whether an answer is [`LATER`], by any dash and in the quotation marks in which it was printed.
fn is_later(text: &str) -> bool {
    let quotes = |char: char| char.is_whitespace() || matches!(char, '«' | '»' | '"' | '\'');
    let bare = text.trim_matches(quotes);
    bare == LATER || matches!(bare, "–" | "—" | "‑" | "−")
}

/// Whether `text` is the beginning of the first word rather than of the second; case, accents, quotation
/// marks and brackets aside, in which the words are printed.
fn one_of(text: &str, first: &str, second: &str) -> Result<bool, String> {
    let text = letters(text);
    match (text.is_empty(), first.starts_with(&text), second.starts_with(&text)) {
        (false, true, false) => Ok(true),
        (false, false, true) => Ok(false),
        _ => Err(format!("répondez {first} ou {second}")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const DN: &str = "CN=mx.a.fr,OU=1750048886,O=HOPITAL A,ST=Paris (75),C=FR";

    fn answers(interview: &mut Interview, answers: &[&str]) -> Vec<Problem> {
        answers.iter().flat_map(|text| interview.answer(text)).collect()
    }

    #[rstest]
    #[case::word("oui", Some(true))]
    #[case::letter("O", Some(true))]
    #[case::as_printed("[oui]", Some(true))]
    #[case::quoted("« non »", Some(false))]
    #[case::full_stop("Non.", Some(false))]
    #[case::question_mark("non ?", Some(false))]
    #[case::another("peut-être", None)]
    #[case::nothing("…", None)]
    fn yes_and_no(#[case] text: &str, #[case] expected: Option<bool>) {
        assert_eq!(one_of(text, "oui", "non").ok(), expected);
    }

    #[rstest]
    #[case::accent("délégation")]
    #[case::no_accent("DELEGATION")]
    #[case::combining_accents("de\u{301}le\u{301}gation")]
    #[case::beginning("Dél")]
    fn a_word_with_accents(#[case] text: &str) {
        assert_eq!(one_of(text, "delegation", "redirection"), Ok(true));
    }

    #[rstest]
    #[case::dash("-", true)]
    #[case::as_printed("« - »", true)]
    #[case::long_dash(" — ", true)]
    #[case::word("non", false)]
    #[case::nothing("", false)]
    fn later(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(is_later(text), expected);
    }

    #[test]
    fn a_whole_conversation_gives_a_sound_form() {
        let mut interview = Interview::new(Form::default(), Vec::new());
        let start = ["", "Hôpital A", DN, "", "reponse@a.mssante.fr", "o", "Éditeur B", "2.1"];
        assert_eq!(answers(&mut interview, &start), []);
        assert_eq!(answers(&mut interview, &["non", "d", "ns1.a.fr", "ns2.b.fr"]), []);
        assert_eq!(answers(&mut interview, &["a.mssante.fr, b.mssante.fr", "", ""]), []);
        assert_eq!(interview.question(), None);
        assert_eq!(check(interview.form(), &[]), []);
        assert_eq!(interview.form().domains.add.len(), 2);
    }

    #[test]
    fn contacts_are_asked_for_one_by_one() {
        let mut interview = Interview::new(Form::default(), Vec::new());
        answers(&mut interview, &["test", "A", DN, "non", "r@a.fr", "non", "oui"]);
        let legal = ["HOPITAL A", "750048886", "Durand", "Anne", "1 rue X", "0123456789", "d@a.fr"];
        assert_eq!(answers(&mut interview, &legal), []);
        assert_eq!(answers(&mut interview, &["Petit", "Jean", "0123456789", "p@a.fr", "non"]), []);
        for _ in 0..2 {
            let service = ["SERVICE", "MSS", "0123456789", "mss@a.fr"];
            assert_eq!(answers(&mut interview, &service), []);
        }
        assert_eq!(answers(&mut interview, &["r", "mx.a.fr", "a.mssante.fr", "", ""]), []);
        assert_eq!(interview.question(), None);
        assert_eq!(check(interview.form(), &[]), []);
    }

    #[test]
    fn a_wrong_answer_is_told_and_asked_again() {
        let mut interview = Interview::new(Form::default(), Vec::new());
        let first = interview.question();
        assert!(interview.answer("les deux")[0].message.contains("test ou production"));
        assert_eq!(interview.question(), first);
        answers(&mut interview, &["test", "A"]);
        let dn = interview.question();
        for (wrong, rule) in [("mx.a.fr", "DnUnreadable"), ("", "OperatorField")] {
            let found = interview.answer(wrong);
            assert_eq!(found[0].rule.to_string(), rule);
            assert_eq!(interview.question(), dn);
        }
        // Left for later: no error, and nothing in the form.
        assert_eq!(interview.answer(LATER), []);
        assert_eq!(interview.form().operator.dn, Vec::<String>::new());
    }

    #[test]
    fn a_warning_is_told_once_and_does_not_hold() {
        let mut interview = Interview::new(Form::default(), Vec::new());
        answers(&mut interview, &["test", "A"]);
        let found = interview.answer("CN=mx.a.fr,OU=1750048887,O=A,ST=Paris (75),C=FR");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(!found[0].is_error());
        assert_eq!(interview.answer("non"), []);
        assert_eq!(interview.answer("r@a.fr"), []);
    }

    proptest! {
        #[test]
        fn any_answers_end_without_panic(texts in prop::collection::vec("\\PC{0,12}|oui|non|-", 0..80)) {
            let mut interview = Interview::new(Form::default(), Vec::new());
            for text in &texts {
                interview.answer(text);
            }
            // Every question can be passed, though not all by `-`.
            for _ in 0..200 {
                if interview.question().is_none() {
                    break;
                }
                if interview.answer(LATER).iter().any(Problem::is_error) {
                    interview.answer("");
                }
            }
            prop_assert_eq!(interview.question(), None);
        }
    }
}
