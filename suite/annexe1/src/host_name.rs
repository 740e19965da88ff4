//! The FQDN of a mail server or a name server: at most 63 characters, letters, digits, dots and
//! hyphens (GUIDE p. 19, 24).

use std::net::IpAddr;

use fixtures::dns::DomainName;

use super::{Problem, Rule, problem::quoted};

/// Characters that the form's field has room for.
pub const MOST: usize = 63;

/// Whether two names are the same for the DNS: case, the final dot and the script of the labels say
/// nothing.
#[must_use]
pub fn same(a: &str, b: &str) -> bool {
    DomainName::same(a, b)
}

/// Whether `name` lies below `zone`.
#[must_use]
pub fn below(name: &str, zone: &str) -> bool {
    let bare = |text: &str| match text.parse::<DomainName>() {
        Ok(name) => String::from(name),
        Err(_) => text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase(),
    };
    let (name, zone) = (bare(name), bare(zone));
    name.strip_suffix(zone.as_str()).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
}

/// Holds a server's name to its rules; `what` says whose it is, as « le serveur primaire ».
pub(super) fn check(field: &str, what: &str, name: &str) -> Vec<Problem> {
    let mut found = Vec::new();
    let shown = quoted(name);
    let mut add = |rule, message: String, correction: &str| {
        found.push(Problem::error(rule, field, message, correction));
    };
    let length = name.chars().count();
    if length > MOST {
        add(
            Rule::HostLength,
            format!("{what} a {length} caractères : le formulaire en admet {MOST}"),
            "donnez un nom plus court à ce serveur",
        );
    }
    let odd: Vec<char> =
        name.chars().filter(|c| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))).collect();
    if let Some(first) = odd.first() {
        add(
            Rule::HostCharacter,
            format!("{what}, {shown}, contient {}", quoted(&first.to_string())),
            &meant(name).unwrap_or_else(|| {
                "n'écrivez que des lettres sans accent, des chiffres, des points et des traits d'union"
                    .to_owned()
            }),
        );
        return found;
    }
    if name.parse::<IpAddr>().is_ok() {
        add(
            Rule::HostQualified,
            format!("{what}, {shown}, est une adresse IP"),
            "écrivez le nom complet du serveur, par exemple mss.ch-exemple.fr",
        );
    } else if let Some(fault) = label_fault(name) {
        add(
            Rule::HostLabel,
            format!("{what}, {shown}, n'est pas un nom d'hôte : {fault}"),
            &meant(name).unwrap_or_else(|| {
                "écrivez le nom complet du serveur, par exemple mss.ch-exemple.fr".to_owned()
            }),
        );
    } else if !name.contains('.') {
        add(
            Rule::HostQualified,
            format!("{what}, {shown}, n'est pas un nom complet (FQDN)"),
            "ajoutez le domaine, par exemple mss.ch-exemple.fr",
        );
    }
    found
}

/// What to write, where the name is one once its blanks and its final dot are taken off and its labels
/// made ASCII.
pub(super) fn meant(name: &str) -> Option<String> {
    let name = name.parse::<DomainName>().ok().filter(DomainName::is_qualified)?;
    Some(format!("écrivez {}", quoted(name.as_str())))
}

/// What is wrong with a label, if anything (RFC 1035 §2.3.1 and §2.3.4, RFC 1123 §2.1).
pub(super) fn label_fault(name: &str) -> Option<String> {
    name.split('.').find_map(|label| {
        if label.is_empty() {
            Some("une de ses parties, entre deux points, est vide".to_owned())
        } else if label.len() > 63 {
            Some(format!("{} a plus de 63 caractères", quoted(label)))
        } else if label.starts_with('-') || label.ends_with('-') {
            Some(format!("{} commence ou finit par un trait d'union", quoted(label)))
        } else {
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::ordinary("mss.ch-exemple.fr", &[])]
    #[case::capitals("MSS.CH-Exemple.FR", &[])]
    #[case::just_fits(&format!("{}.fr", "a".repeat(60)), &[])]
    #[case::too_long(&format!("{}.fr", "a.".repeat(31).trim_end_matches('.')), &[Rule::HostLength])]
    #[case::underscore("mss_1.ch.fr", &[Rule::HostCharacter])]
    #[case::accent("hôpital.fr", &[Rule::HostCharacter])]
    #[case::space("mss.ch.fr ", &[Rule::HostCharacter])]
    #[case::short_name("mss", &[Rule::HostQualified])]
    #[case::address("192.0.2.1", &[Rule::HostQualified])]
    #[case::final_dot("mss.ch.fr.", &[Rule::HostLabel])]
    #[case::two_dots("mss..fr", &[Rule::HostLabel])]
    #[case::hyphen("-mss.ch.fr", &[Rule::HostLabel])]
    fn rules(#[case] name: &str, #[case] expected: &[Rule]) {
        let rules: Vec<_> = check("f", "le serveur", name).iter().map(|p| p.rule).collect();
        assert_eq!(rules, expected);
    }

    #[rstest]
    #[case::below("ns.a.fr", "a.fr", true)]
    #[case::itself("a.fr", "a.fr", false)]
    #[case::suffix_only("ba.fr", "a.fr", false)]
    #[case::case_and_dot("NS.A.fr.", "a.fr", true)]
    #[case::dot_alone(".a.fr", "a.fr", false)]
    fn belows(#[case] name: &str, #[case] zone: &str, #[case] expected: bool) {
        assert_eq!(below(name, zone), expected);
    }

    proptest! {
        #[test]
        fn a_name_without_problem_has_only_what_the_guide_allows(name in "[A-Za-z0-9._ é-]{0,70}") {
            let sound = check("f", "le serveur", &name).is_empty();
            if sound {
                prop_assert!(name.len() <= MOST && name.contains('.'));
                prop_assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b".-".contains(&b)));
            }
            prop_assert!(!below(&name, &name));
        }
    }
}
