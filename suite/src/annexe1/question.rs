//! The form as a conversation: one question after the other, each answer checked at once. Pure: who
//! holds the conversation reads and prints.

use super::{
    Certificate, Connector, Contact, Delegation, Form, IncidentContacts, LegalRepresentative,
    Problem, Redirection, Rule, check,
};

/// An answer that leaves a text empty, to be filled in later.
pub const LATER: &str = "-";

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The heading of the part that begins here.
    pub heading: Option<&'static str>,
    /// The question.
    pub text: String,
    /// What an empty answer means; empty for nothing.
    pub default: String,
}

/// A conversation that fills a form in.
#[derive(Clone, Debug)]
pub struct Interview {
    form: Form,
    certificates: Vec<Certificate>,
    choices: Choices,
    at: usize,
}

/// What was decided on the way.
#[derive(Clone, Copy, Debug, Default)]
struct Choices {
    second_dn: bool,
}

/// One step of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Space,
    Text { field: String, label: &'static str, heading: Option<&'static str> },
    SecondDn,
    HasConnector,
    HasContacts,
    HasTechnicalManager,
    Method,
    List { field: &'static str, label: &'static str, heading: Option<&'static str> },
}

const PERSON: [(&str, &str); 4] =
    [("last_name", "Nom"), ("first_name", "Prénom"), ("phone", "Téléphone"), ("email", "Courriel")];

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
        let yes_no = |yes: bool| if yes { "oui" } else { "non" }.to_owned();
        let plain = |text: &str, default: String| Question {
            heading: None,
            text: text.to_owned(),
            default,
        };
        Some(match self.step()? {
            Step::Space => {
                let space = self.form.space;
                Question {
                    heading: Some("Espace"),
                    ..plain(
                        "Espace : test ou production ?",
                        if space.production { "production" } else { "test" }.to_owned(),
                    )
                }
            }
            Step::Text { field, label, heading } => {
                let default = self.text(&field).unwrap_or_default();
                Question { heading, ..plain(label, default) }
            }
            Step::SecondDn => plain("Un second certificat ?", yes_no(self.choices.second_dn)),
            Step::HasConnector => plain(
                "Le connecteur vient-il d'un éditeur tiers ?",
                yes_no(self.form.operator.connector.is_some()),
            ),
            Step::HasContacts => Question {
                heading: Some("Coordonnées"),
                ..plain(
                    "Donner des coordonnées à l'ANS, ou les changer ?",
                    yes_no(self.form.legal_representative.is_some()),
                )
            },
            Step::HasTechnicalManager => plain(
                "Le responsable technique est-il une autre personne ?",
                yes_no(self.form.technical_manager.is_some()),
            ),
            Step::Method => Question {
                heading: Some("Méthode de résolution DNS"),
                ..plain(
                    "Délégation (à privilégier) ou redirection ?",
                    if self.form.dns.redirection.is_some() {
                        "redirection"
                    } else {
                        "délégation"
                    }
                    .to_owned(),
                )
            },
            Step::List { field, label, heading } => {
                Question { heading, ..plain(label, self.list(field).join(", ")) }
            }
        })
    }

    /// Takes an answer; an empty one means the default, [`LATER`] leaves a text empty. Gives what is
    /// wrong with it, warnings included; an error leaves the question where it is.
    pub fn answer(&mut self, text: &str) -> Vec<Problem> {
        let Some(step) = self.step() else { return Vec::new() };
        let default = self.question().map(|question| question.default).unwrap_or_default();
        let later = text.trim() == LATER;
        let text = if text.trim().is_empty() { default } else { text.trim().to_owned() };
        let before = check(&self.form, &self.certificates);
        let old = self.clone();
        if let Err(message) = self.apply(&step, if later { "" } else { &text }) {
            *self = old;
            let correction = message.clone();
            return vec![Problem::error(Rule::WrongType, "", message, correction)];
        }
        let field = match &step {
            Step::Text { field, .. } => field.as_str(),
            Step::List { field, .. } => *field,
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

    fn step(&self) -> Option<Step> {
        self.plan().into_iter().nth(self.at)
    }

    /// All steps, as far as the answers so far tell: an answer only changes what comes after it.
    fn plan(&self) -> Vec<Step> {
        let form = &self.form;
        let text =
            |field: &str, label| Step::Text { field: field.to_owned(), label, heading: None };
        let headed = |field: &str, label, heading| Step::Text {
            field: field.to_owned(),
            label,
            heading: Some(heading),
        };
        let mut plan = vec![
            Step::Space,
            headed("operator.name", "Nom, comme sur le contrat d'adhésion", "Opérateur"),
        ];
        // A certificate's own DN is not a matter of choice.
        if self.certificates.is_empty() {
            plan.push(text("operator.dn[0]", "DN du certificat (CN=…,OU=…,O=…,ST=…,C=FR)"));
            plan.push(Step::SecondDn);
            if self.choices.second_dn {
                plan.push(text("operator.dn[1]", "DN du second certificat"));
            }
        }
        plan.push(text("operator.auto_reply", "Boîte aux lettres de réponse automatique"));
        plan.push(Step::HasConnector);
        if form.operator.connector.is_some() {
            plan.push(text("operator.connector.vendor", "Éditeur du connecteur"));
            plan.push(text("operator.connector.version", "Sa version (facultatif)"));
        }
        plan.push(Step::HasContacts);
        let person = |plan: &mut Vec<Step>, table: &str, heading| {
            for (rank, (name, label)) in PERSON.into_iter().enumerate() {
                let field = format!("{table}.{name}");
                plan.push(Step::Text { field, label, heading: (rank == 0).then_some(heading) });
            }
        };
        if form.legal_representative.is_some() {
            let table = "legal_representative";
            plan.push(headed(
                &format!("{table}.structure"),
                "Nom de la structure",
                "Représentant légal",
            ));
            plan.push(text(&format!("{table}.identifier"), "FINESS, ou SIRET à défaut"));
            plan.push(text(&format!("{table}.last_name"), "Nom"));
            plan.push(text(&format!("{table}.first_name"), "Prénom"));
            plan.push(text(&format!("{table}.address"), "Adresse postale"));
            plan.push(text(&format!("{table}.phone"), "Téléphone"));
            plan.push(text(&format!("{table}.email"), "Courriel"));
            person(&mut plan, "project_manager", "Chef de projet");
            plan.push(Step::HasTechnicalManager);
            if form.technical_manager.is_some() {
                person(&mut plan, "technical_manager", "Responsable technique");
            }
            let heading = "Contact projet en cas d'incident (public)";
            person(&mut plan, "incident.project", heading);
            let heading = "Contact technique en cas d'incident (public)";
            person(&mut plan, "incident.technical", heading);
        }
        plan.push(Step::Method);
        if form.dns.delegation.is_some() {
            plan.push(text("dns.delegation.primary", "Serveur DNS primaire"));
            plan.push(text("dns.delegation.secondary", "Serveur DNS secondaire"));
        } else {
            plan.push(text("dns.redirection.server", "Serveur de messagerie (le CN)"));
        }
        let list = |field, label, heading| Step::List { field, label, heading };
        let heading = Some("Domaines, séparés par des virgules");
        plan.push(list("domains.add", "À ajouter", heading));
        plan.push(list("domains.modify", "À modifier", None));
        plan.push(list("domains.remove", "À supprimer", None));
        plan
    }

    fn apply(&mut self, step: &Step, text: &str) -> Result<(), String> {
        let form = &mut self.form;
        match step {
            Step::Space => {
                let test = one_of(text, "test", "production")?;
                form.space.test = test;
                form.space.production = !test;
            }
            Step::Text { field, .. } => {
                if let Some(slot) = slot(form, field) {
                    text.clone_into(slot);
                }
                // An empty DN is none.
                form.operator.dn.retain(|dn| !dn.is_empty());
            }
            Step::SecondDn => self.choices.second_dn = one_of(text, "oui", "non")?,
            Step::HasConnector => {
                let yes = one_of(text, "oui", "non")?;
                keep(&mut form.operator.connector, yes, Connector::default());
            }
            Step::HasContacts => {
                let yes = one_of(text, "oui", "non")?;
                keep(&mut form.legal_representative, yes, LegalRepresentative::default());
                keep(&mut form.project_manager, yes, Contact::default());
                keep(&mut form.incident, yes, IncidentContacts::default());
                keep(&mut form.technical_manager, false, Contact::default());
            }
            Step::HasTechnicalManager => {
                let yes = one_of(text, "oui", "non")?;
                keep(&mut form.technical_manager, yes, Contact::default());
            }
            Step::Method => {
                let delegation = one_of(&text.replace('é', "e"), "delegation", "redirection")?;
                keep(&mut form.dns.delegation, delegation, Delegation::default());
                keep(&mut form.dns.redirection, !delegation, Redirection::default());
            }
            Step::List { field, .. } => {
                let list = match *field {
                    "domains.add" => &mut form.domains.add,
                    "domains.modify" => &mut form.domains.modify,
                    _ => &mut form.domains.remove,
                };
                *list = text
                    .split([',', ';', ' '])
                    .filter(|domain| !domain.is_empty())
                    .map(str::to_owned)
                    .collect();
            }
        }
        Ok(())
    }

    fn text(&self, field: &str) -> Option<String> {
        let mut form = self.form.clone();
        slot(&mut form, field).map(|slot| slot.clone())
    }

    fn list(&self, field: &str) -> &[String] {
        match field {
            "domains.add" => &self.form.domains.add,
            "domains.modify" => &self.form.domains.modify,
            _ => &self.form.domains.remove,
        }
    }
}

fn keep<T>(table: &mut Option<T>, wanted: bool, blank: T) {
    if !wanted {
        *table = None;
    } else if table.is_none() {
        *table = Some(blank);
    }
}

/// Whether `text` is the beginning of the first word rather than of the second.
fn one_of(text: &str, first: &str, second: &str) -> Result<bool, String> {
    let text = text.trim().to_lowercase();
    match (text.is_empty(), first.starts_with(&text), second.starts_with(&text)) {
        (false, true, false) => Ok(true),
        (false, false, true) => Ok(false),
        _ => Err(format!("répondez {first} ou {second}")),
    }
}

/// The text of a field.
fn slot<'f>(form: &'f mut Form, field: &str) -> Option<&'f mut String> {
    let (table, key) = field.rsplit_once('.')?;
    match table {
        "operator" => match key {
            "name" => Some(&mut form.operator.name),
            "auto_reply" => Some(&mut form.operator.auto_reply),
            "dn[0]" => Some(nth(&mut form.operator.dn, 0)),
            "dn[1]" => Some(nth(&mut form.operator.dn, 1)),
            _ => None,
        },
        "operator.connector" => {
            let connector = form.operator.connector.as_mut()?;
            match key {
                "vendor" => Some(&mut connector.vendor),
                "version" => Some(&mut connector.version),
                _ => None,
            }
        }
        "legal_representative" => {
            let legal = form.legal_representative.as_mut()?;
            match key {
                "structure" => Some(&mut legal.structure),
                "identifier" => Some(&mut legal.identifier),
                "last_name" => Some(&mut legal.last_name),
                "first_name" => Some(&mut legal.first_name),
                "address" => Some(&mut legal.address),
                "phone" => Some(&mut legal.phone),
                "email" => Some(&mut legal.email),
                _ => None,
            }
        }
        "project_manager" => of_person(form.project_manager.as_mut()?, key),
        "technical_manager" => of_person(form.technical_manager.as_mut()?, key),
        "incident.project" => of_person(&mut form.incident.as_mut()?.project, key),
        "incident.technical" => of_person(&mut form.incident.as_mut()?.technical, key),
        "dns.delegation" => {
            let delegation = form.dns.delegation.as_mut()?;
            match key {
                "primary" => Some(&mut delegation.primary),
                "secondary" => Some(&mut delegation.secondary),
                _ => None,
            }
        }
        "dns.redirection" => Some(&mut form.dns.redirection.as_mut()?.server),
        _ => None,
    }
}

fn of_person<'c>(contact: &'c mut Contact, key: &str) -> Option<&'c mut String> {
    match key {
        "last_name" => Some(&mut contact.last_name),
        "first_name" => Some(&mut contact.first_name),
        "phone" => Some(&mut contact.phone),
        "email" => Some(&mut contact.email),
        _ => None,
    }
}

fn nth(list: &mut Vec<String>, rank: usize) -> &mut String {
    while list.len() <= rank {
        list.push(String::new());
    }
    &mut list[rank]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DN: &str = "CN=mx.a.fr,OU=1750048886,O=HOPITAL A,ST=Paris (75),C=FR";

    fn answers(interview: &mut Interview, answers: &[&str]) -> Vec<Problem> {
        answers.iter().flat_map(|text| interview.answer(text)).collect()
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
