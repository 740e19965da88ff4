//! Contacts: each field of a table that is there is filled in, and looks like what it is (GUIDE
//! p. 18, 23).

use super::{Contact, Form, LegalRepresentative, Problem, Rule, identifier, problem::quoted};
use suite::target::PlainAddress;

/// Holds the tables of contacts that are there to their rules.
pub(super) fn check(form: &Form) -> Vec<Problem> {
    let mut found = Vec::new();
    if let Some(legal) = &form.legal_representative {
        found.extend(legal_representative(legal));
    }
    let people = [
        ("project_manager", form.project_manager.as_ref(), false),
        ("technical_manager", form.technical_manager.as_ref(), false),
        ("incident.project", form.incident.as_ref().map(|incident| &incident.project), true),
        ("incident.technical", form.incident.as_ref().map(|incident| &incident.technical), true),
    ];
    for (table, contact, public) in people {
        if let Some(contact) = contact {
            found.extend(person(table, contact, public));
        }
    }
    if form.technical_manager.is_some() && form.project_manager.is_none() {
        found.push(Problem::error(
            Rule::ContactField,
            "technical_manager",
            "le responsable technique est donné sans le chef de projet",
            "remplissez aussi [project_manager] : le responsable technique n'est indiqué que s'il \
             est différent du chef de projet",
        ));
    }
    found
}

fn legal_representative(legal: &LegalRepresentative) -> Vec<Problem> {
    let field = |name: &str| format!("legal_representative.{name}");
    let mut found = Vec::new();
    let texts = [
        ("structure", &legal.structure, "le nom de la structure"),
        ("identifier", &legal.identifier, "l'identifiant de la structure"),
        ("last_name", &legal.last_name, "le nom"),
        ("first_name", &legal.first_name, "le prénom"),
        ("address", &legal.address, "l'adresse postale"),
        ("phone", &legal.phone, "le téléphone"),
        ("email", &legal.email, "le courriel"),
    ];
    for (name, text, what) in texts {
        found.extend(missing(Rule::ContactField, &field(name), what, text));
    }
    if !legal.identifier.trim().is_empty() {
        found.extend(identifier::check(&field("identifier"), &legal.identifier));
    }
    found.extend(phone(&field("phone"), &legal.phone));
    found.extend(email(&field("email"), &legal.email));
    found
}

fn person(table: &str, contact: &Contact, public: bool) -> Vec<Problem> {
    let field = |name: &str| format!("{table}.{name}");
    let mut found = Vec::new();
    let texts = [
        ("last_name", &contact.last_name, "le nom"),
        ("first_name", &contact.first_name, "le prénom"),
        ("phone", &contact.phone, "le téléphone"),
        ("email", &contact.email, "le courriel"),
    ];
    for (name, text, what) in texts {
        found.extend(missing(Rule::ContactField, &field(name), what, text));
    }
    found.extend(phone(&field("phone"), &contact.phone));
    found.extend(email(&field("email"), &contact.email));
    if public && personal(contact) {
        found.push(Problem::warning(
            Rule::PersonalAddress,
            field("email"),
            format!(
                "{} semble être l'adresse d'une personne, et sera visible de tous dans la liste \
                 blanche",
                quoted(&contact.email)
            ),
            "préférez une adresse de service, comme support-mss@ch-exemple.fr",
        ));
    }
    found
}

/// An obligatory text that is empty.
pub(super) fn missing(rule: Rule, field: &str, what: &str, text: &str) -> Option<Problem> {
    text.trim().is_empty().then(|| {
        let (table, key) = field.rsplit_once('.').unwrap_or(("", field));
        let correction = format!("remplissez {key} dans [{table}]");
        Problem::error(rule, field, format!("il manque {what}"), correction)
    })
}

/// A mail address that is none; an empty one is said to be missing elsewhere.
pub(super) fn email(field: &str, text: &str) -> Option<Problem> {
    if text.trim().is_empty() || text.parse::<PlainAddress>().is_ok() {
        return None;
    }
    Some(Problem::error(
        Rule::Email,
        field,
        format!("{} n'est pas une adresse de messagerie", quoted(text)),
        "écrivez une seule adresse, de la forme local@domaine, sans espace ni accent",
    ))
}

fn phone(field: &str, text: &str) -> Option<Problem> {
    if text.trim().is_empty() || is_phone(text) {
        return None;
    }
    Some(Problem::warning(
        Rule::Phone,
        field,
        format!("{} ne ressemble pas à un numéro de téléphone", quoted(text)),
        "écrivez dix chiffres, comme 01 23 45 67 89, ou la forme internationale, comme \
         +33 1 23 45 67 89",
    ))
}

/// Ten digits from 0, or a `+` and 7 to 15 digits, with the visual separators of RFC 3966 §5.1.1
/// and spaces.
fn is_phone(text: &str) -> bool {
    let (plus, rest) = match text.trim().strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let separator = |char: char| char.is_whitespace() || matches!(char, '-' | '.' | '(' | ')');
    let digits: String = rest.chars().filter(|char| !separator(*char)).collect();
    let numeric = digits.bytes().all(|byte| byte.is_ascii_digit());
    numeric
        && if plus {
            (7..=15).contains(&digits.len())
        } else {
            digits.len() == 10 && digits.starts_with('0') && !digits.starts_with("00")
        }
}

/// Words of an address that is a service's.
const SERVICE: [&str; 12] = [
    "contact",
    "support",
    "mss",
    "messagerie",
    "dsi",
    "service",
    "equipe",
    "hotline",
    "assistance",
    "admin",
    "technique",
    "secretariat",
];

/// Whether the local part is made of the person's names.
fn personal(contact: &Contact) -> bool {
    let fold = |text: &str| -> String {
        text.to_lowercase().chars().filter(|char| char.is_alphanumeric()).collect()
    };
    let local = fold(contact.email.split('@').next().unwrap_or_default());
    let (last, first) = (fold(&contact.last_name), fold(&contact.first_name));
    let initial: String = first.chars().take(1).collect();
    let service = SERVICE.iter().any(|word| local.contains(word));
    let named = local == last
        || local == format!("{initial}{last}")
        || (local.contains(&last) && local.contains(&first));
    last.len() > 2 && !service && named
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::ordinary("01 23 45 67 89", true)]
    #[case::dots("01.23.45.67.89", true)]
    #[case::international("+33 (0)1 23 45 67 89", true)]
    #[case::overseas("+262 262 12 34 56", true)]
    #[case::word("standard", false)]
    #[case::short("3949", false)]
    #[case::nine_digits("123456789", false)]
    #[case::two_numbers("01 23 45 67 89 / 06 12 34 56 78", false)]
    fn phones(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(is_phone(text), expected);
        assert_eq!(phone("f", text).is_none(), expected);
    }

    #[rstest]
    #[case::service("SUPPORT", "MSS", "support-mss@ch.fr", false)]
    #[case::person("Durand", "Anne", "anne.durand@ch.fr", true)]
    #[case::family_name("Durand", "Anne", "durand@ch.fr", true)]
    #[case::initial("Durand", "Anne", "a.durand@ch.fr", true)]
    #[case::hospital_of_that_name("Durand", "Anne", "contact@durand.fr", false)]
    #[case::service_of_that_name("Support", "Technique", "support@ch.fr", false)]
    fn addresses_of_persons(
        #[case] last: &str,
        #[case] first: &str,
        #[case] email: &str,
        #[case] expected: bool,
    ) {
        let contact = Contact {
            last_name: last.to_owned(),
            first_name: first.to_owned(),
            phone: "01 23 45 67 89".to_owned(),
            email: email.to_owned(),
        };
        let found = person("incident.project", &contact, true);
        assert_eq!(!found.is_empty(), expected, "{found:?}");
        assert_eq!(person("project_manager", &contact, false), []);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,40}", other in "\\PC{0,20}") {
            let contact = Contact {
                last_name: other.clone(),
                first_name: text.clone(),
                phone: text.clone(),
                email: text,
            };
            person("incident.project", &contact, true);
        }
    }
}
