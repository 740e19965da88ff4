//! The form held against a whitelist: what is already there, and whose it is.

use fixtures::{
    dn::DistinguishedName,
    whitelist::{DnListing, Index},
};

use super::{Form, Problem, Rule, dns_view::key, problem::quoted};

/// Holds the form's DNs and domains against the list that they are to change.
#[must_use]
pub fn against_whitelist(form: &Form, list: &Index) -> Vec<Problem> {
    let names = form.names();
    let mut found = Vec::new();
    let mut listed = false;
    for (field, name) in &names {
        let status = list.dn_status(name);
        listed |= matches!(status, DnListing::Identical | DnListing::Equivalent);
        if status == DnListing::Equivalent {
            let spellings: Vec<_> = list.spellings(&name.canonical()).map(quoted).collect();
            found.push(Problem::warning(
                Rule::ListedSpelling,
                field.as_str(),
                format!("la liste blanche écrit ce DN autrement : {}", spellings.join(", ")),
                "gardez l'écriture du certificat, et demandez à l'ANS de n'en garder qu'une : un \
                 proxy qui compare des textes refuserait l'autre",
            ));
        }
    }
    let own = Own { names: names.iter().map(|(_, name)| name).collect(), list };
    for (field, domain) in form.domains.all() {
        let listing = own.listing(domain);
        found.extend(if field.starts_with("domains.add") {
            added(field, domain, &listing)
        } else {
            changed(field, domain, &listing)
        });
    }
    let contacts = form.legal_representative.is_some() && form.incident.is_some();
    if !names.is_empty() && !listed && !contacts && !own.structure_is_listed() {
        found.push(Problem::warning(
            Rule::ListedContacts,
            "operator",
            "cet opérateur n'est pas dans la liste blanche, et le formulaire ne donne pas ses \
             coordonnées",
            "remplissez [legal_representative], [project_manager] et [incident], sauf si l'ANS \
             les a déjà",
        ));
    }
    found
}

/// Whose a domain is in the list.
#[derive(Debug, PartialEq, Eq)]
enum Listing {
    Absent,
    /// Mapped to a DN of the form.
    Ours,
    /// Mapped to other DNs, one of them of the same structure (the same OU).
    SameStructure,
    /// Mapped to DNs of other structures only.
    Others(Vec<String>),
}

struct Own<'a> {
    names: Vec<&'a DistinguishedName>,
    list: &'a Index,
}

impl Own<'_> {
    fn listing(&self, domain: &str) -> Listing {
        let domain = key(domain);
        let mapped: Vec<&DistinguishedName> = self.list.dns_of(&domain).collect();
        if mapped.is_empty() {
            return if self.list.domains().any(|listed| listed == domain) {
                Listing::Others(Vec::new())
            } else {
                Listing::Absent
            };
        }
        let is_ours =
            |name: &DistinguishedName| self.names.iter().any(|n| n.canonical() == name.canonical());
        if mapped.iter().any(|name| is_ours(name)) {
            Listing::Ours
        } else if mapped.iter().any(|name| self.is_of_the_structure(name)) {
            Listing::SameStructure
        } else {
            Listing::Others(mapped.iter().map(|name| quoted(&name.to_string())).collect())
        }
    }

    fn is_of_the_structure(&self, name: &DistinguishedName) -> bool {
        let unit = name.organizational_unit();
        unit.is_some() && self.names.iter().any(|own| own.organizational_unit() == unit)
    }

    fn structure_is_listed(&self) -> bool {
        self.list.names().any(|(name, _)| self.is_of_the_structure(name))
    }
}

fn added(field: String, domain: &str, listing: &Listing) -> Option<Problem> {
    let domain = quoted(domain);
    let (rule, message, correction) = match listing {
        Listing::Absent => return None,
        Listing::Ours => (
            Rule::ListedAlready,
            format!("{domain} est déjà dans la liste blanche pour ce DN"),
            "retirez-le de add, ou passez-le dans modify",
        ),
        Listing::SameStructure => (
            Rule::ListedElsewhere,
            format!("{domain} est déjà dans la liste blanche, avec un autre DN de votre structure"),
            "passez-le dans modify si le nouveau DN remplace l'ancien ; gardez-le dans add si les \
             deux doivent servir",
        ),
        Listing::Others(dns) => (
            Rule::ListedElsewhere,
            format!(
                "{domain} est déjà dans la liste blanche, pour un autre opérateur{}",
                if dns.is_empty() { String::new() } else { format!(" : {}", dns.join(", ")) }
            ),
            "vérifiez le nom ; si ce domaine change d'opérateur ou en aura plusieurs, dites-le à \
             l'ANS avec le formulaire",
        ),
    };
    Some(Problem::warning(rule, field, message, correction))
}

fn changed(field: String, domain: &str, listing: &Listing) -> Option<Problem> {
    let removed = field.starts_with("domains.remove");
    let domain = quoted(domain);
    match listing {
        Listing::Ours | Listing::SameStructure => None,
        Listing::Absent => Some(Problem::error(
            Rule::ListedNot,
            field,
            format!("{domain} n'est pas dans la liste blanche"),
            if removed {
                "vérifiez le nom, et la liste : test ou production"
            } else {
                "vérifiez le nom, et la liste : test ou production ; un nouveau domaine va dans add"
            },
        )),
        Listing::Others(dns) => {
            let message = format!(
                "{domain} est dans la liste blanche pour un autre opérateur : {}",
                if dns.is_empty() { "DN illisible".to_owned() } else { dns.join(", ") }
            );
            Some(if removed {
                let help = "ne supprimez que vos domaines : retirez-le, ou vérifiez le DN";
                Problem::error(Rule::ListedForOthers, field, message, help)
            } else {
                let help = "vérifiez le nom ; si ce domaine change d'opérateur, dites-le à l'ANS";
                Problem::warning(Rule::ListedForOthers, field, message, help)
            })
        }
    }
}

/// What a list says of the form's DNs, in a line of French for each.
#[must_use]
pub fn standing(form: &Form, list: &Index) -> Vec<String> {
    form.names()
        .iter()
        .map(|(field, name)| {
            let domains = list.domains_of(&name.canonical()).count();
            match list.dn_status(name) {
                DnListing::Identical | DnListing::Equivalent => {
                    let s = if domains > 1 { "s" } else { "" };
                    format!("{field} y est, pour {domains} domaine{s}")
                }
                DnListing::Reordered => format!("{field} y est, dans un autre ordre"),
                DnListing::Unlisted => format!("{field} n'y est pas encore"),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use fixtures::whitelist::{Entry, Whitelist};
    use rstest::rstest;

    use super::*;
    use crate::{IncidentContacts, LegalRepresentative, Severity};

    const OURS: &str = "CN=mx.a.fr,OU=1750048886,O=HOPITAL A,ST=Paris (75),C=FR";
    const SISTER: &str = "CN=mx2.a.fr,OU=1750048886,O=HOPITAL A,ST=Paris (75),C=FR";
    const OTHER: &str = "CN=mx.b.fr,OU=318310021300028,O=B,ST=Paris (75),C=FR";

    fn list() -> Index {
        let now = "2026-01-01T00:00:00Z".parse().expect("a date");
        let entries = [
            ("ours.fr", OURS),
            ("Hôpital.fr", OURS),
            ("sister.fr", SISTER),
            ("other.fr", OTHER),
            ("odd.fr", "nothing"),
        ]
        .into_iter()
        .map(|(domain, dn)| Entry {
            domain: domain.to_owned(),
            description: String::new(),
            operator_dn: dn.to_owned(),
            contact: String::new(),
            support: String::new(),
            updated: now,
        })
        .collect();
        Index::build(&Whitelist { generated: now, entries })
    }

    fn ask(list_of: &str, domain: &str) -> Vec<(Rule, Severity)> {
        let mut form = Form::default();
        form.operator.dn = vec![OURS.to_owned()];
        let domains = vec![domain.to_owned()];
        match list_of {
            "add" => form.domains.add = domains,
            "modify" => form.domains.modify = domains,
            _ => form.domains.remove = domains,
        }
        let found = against_whitelist(&form, &list());
        found.iter().map(|problem| (problem.rule, problem.severity)).collect()
    }

    use Severity::{Error, Warning};

    #[rstest]
    #[case::new("add", "new.fr", &[])]
    #[case::again("add", "OURS.fr", &[(Rule::ListedAlready, Warning)])]
    #[case::final_dot("modify", "Ours.fr.", &[])]
    #[case::blanks("modify", " ours.fr ", &[])]
    #[case::accent("modify", "hôpital.fr", &[])]
    #[case::a_label("remove", "XN--hpital-ixa.fr", &[])]
    #[case::sister("add", "sister.fr", &[(Rule::ListedElsewhere, Warning)])]
    #[case::elsewhere("add", "other.fr", &[(Rule::ListedElsewhere, Warning)])]
    #[case::unreadable("add", "odd.fr", &[(Rule::ListedElsewhere, Warning)])]
    #[case::modify("modify", "ours.fr", &[])]
    #[case::modify_sister("modify", "sister.fr", &[])]
    #[case::modify_absent("modify", "new.fr", &[(Rule::ListedNot, Error)])]
    #[case::modify_other("modify", "other.fr", &[(Rule::ListedForOthers, Warning)])]
    #[case::remove("remove", "ours.fr", &[])]
    #[case::remove_absent("remove", "new.fr", &[(Rule::ListedNot, Error)])]
    #[case::remove_other("remove", "other.fr", &[(Rule::ListedForOthers, Error)])]
    fn domains(#[case] of: &str, #[case] domain: &str, #[case] expected: &[(Rule, Severity)]) {
        assert_eq!(ask(of, domain), expected);
    }

    #[test]
    fn a_dn_written_otherwise_is_told_and_a_new_operator_gives_its_contacts() {
        let mut form = Form::default();
        form.operator.dn = vec![OURS.replace("HOPITAL A", "Hopital A")];
        let found = against_whitelist(&form, &list());
        assert_eq!(found.iter().map(|p| p.rule).collect::<Vec<_>>(), [Rule::ListedSpelling]);
        assert_eq!(standing(&form, &list()), ["operator.dn[0] y est, pour 2 domaines"]);

        form.operator.dn = vec!["CN=mx.c.fr,OU=1640780813,O=C,ST=Paris (75),C=FR".to_owned()];
        let found = against_whitelist(&form, &list());
        assert_eq!(found.iter().map(|p| p.rule).collect::<Vec<_>>(), [Rule::ListedContacts]);
        assert_eq!(standing(&form, &list()), ["operator.dn[0] n'y est pas encore"]);
        form.legal_representative = Some(LegalRepresentative::default());
        form.incident = Some(IncidentContacts::default());
        assert_eq!(against_whitelist(&form, &list()), []);
    }
}
