//! The DN of the certificate, as the form wants it: `CN=…,OU=…,O=…,ST=…,C=FR` (GUIDE p. 17, 22).
//!
//! No correction ever proposes a DN: what counts is the one that the certificate bears.

use fixtures::dn::{DistinguishedName, OddityKind, oddities};

use super::{
    Problem, Rule, Severity,
    department::{self, Spelling},
    host_name,
    problem::quoted,
};

/// Holds one DN to the rules of DNs.
#[must_use]
pub fn check(field: &str, written: &str) -> Vec<Problem> {
    let mut found: Vec<Problem> = oddities(written)
        .iter()
        .map(|oddity| {
            let problem = match severity(oddity.kind) {
                Severity::Error => Problem::error,
                Severity::Warning => Problem::warning,
            };
            problem(Rule::Dn(oddity.kind), field, oddity.to_string(), correction(oddity.kind))
        })
        .collect();
    if let Ok(name) = written.parse::<DistinguishedName>() {
        found.extend(content(field, &name));
    }
    found
}

/// Makes of what the certificate itself bears a warning: the form must repeat it.
pub(super) fn soften(problems: &mut [Problem], field: &str, certified: &DistinguishedName) {
    let borne = check(field, &certified.to_string());
    for problem in problems.iter_mut().filter(|problem| problem.field == field) {
        if borne.iter().any(|other| other.rule == problem.rule && other.message == problem.message)
        {
            problem.severity = Severity::Warning;
            problem.correction = "c'est ce que porte le certificat : gardez-le tel quel dans le \
                                  formulaire, et signalez-le à l'ANS"
                .to_owned();
        }
    }
}

/// What breaks a sentence of the GUIDE is an error; what is only another spelling of the same name
/// (RFC 5280 §7.1), or a key that real identifiers do not always have, is a warning.
fn severity(kind: OddityKind) -> Severity {
    match kind {
        OddityKind::Unreadable
        | OddityKind::LocalityForState
        | OddityKind::NoSpaceBeforeDepartment
        | OddityKind::DepartmentForm
        | OddityKind::UnitForm
        | OddityKind::OrganizationForm
        | OddityKind::RdnOrder => Severity::Error,
        OddityKind::SpaceAfterComma
        | OddityKind::SpaceBeforeComma
        | OddityKind::QuotedValue
        | OddityKind::InnerQuotes
        | OddityKind::NoBreakSpace
        | OddityKind::SpaceRun
        | OddityKind::UnitLetter
        | OddityKind::UnitKey => Severity::Warning,
    }
}

fn correction(kind: OddityKind) -> &'static str {
    match kind {
        OddityKind::Unreadable => {
            "recopiez le sujet du certificat, sous la forme CN=…,OU=…,O=…,ST=…,C=FR"
        }
        OddityKind::SpaceAfterComma | OddityKind::SpaceBeforeComma => {
            "retirez l'espace autour de la virgule : un proxy qui compare des textes refuserait \
             votre certificat"
        }
        OddityKind::QuotedValue => {
            "retirez les guillemets : ils ne font pas partie de la valeur, et la liste réelle \
             écrit deux fois le même opérateur à cause d'eux"
        }
        OddityKind::InnerQuotes => {
            "gardez ces guillemets si le certificat les porte ; sinon, retirez-les"
        }
        OddityKind::NoBreakSpace => {
            "remplacez l'espace insécable par une espace, sauf si le certificat la porte"
        }
        OddityKind::SpaceRun => "n'écrivez qu'une espace, sauf si le certificat en porte plusieurs",
        OddityKind::LocalityForState => {
            "le formulaire attend ST : recopiez le certificat ; s'il porte L, demandez à l'ANS"
        }
        OddityKind::NoSpaceBeforeDepartment | OddityKind::DepartmentForm => {
            "ST = nom du département, une espace, son numéro entre parenthèses, comme « Bas-Rhin \
             (67) » : recopiez le certificat"
        }
        OddityKind::UnitLetter => {
            "normal pour un FINESS de Corse (2A, 2B) ; sinon, relisez l'OU du certificat"
        }
        OddityKind::UnitForm => {
            "OU = 1 suivi du FINESS (9 caractères), ou 3 suivi du SIRET (14 chiffres) : recopiez \
             le certificat"
        }
        OddityKind::UnitKey => {
            "relisez l'OU du certificat chiffre à chiffre (les SIRET de La Poste n'ont pas cette \
             clé)"
        }
        OddityKind::OrganizationForm => {
            "O = nom de la structure, en majuscules et sans accents : recopiez le certificat"
        }
        OddityKind::RdnOrder => {
            "écrivez CN, OU, O, ST et C, une fois chacun et dans cet ordre, tels que le \
             certificat les porte"
        }
    }
}

fn content(field: &str, name: &DistinguishedName) -> Vec<Problem> {
    let mut found = Vec::new();
    if let Some(cn) = name.common_name() {
        found.extend(host_name::check(field, "le CN du DN", cn));
    }
    let state = name.state().or_else(|| name.first(&fixtures::dn::AttributeType::Locality));
    if let Some((written, number)) = state.and_then(department::parts) {
        found.extend(department_problem(field, written, number));
    }
    if let Some(country) = name.country()
        && !country.eq_ignore_ascii_case("FR")
    {
        found.push(Problem::error(
            Rule::DnCountry,
            field,
            format!("C vaut {} au lieu de FR", quoted(country)),
            "recopiez le DN du certificat : ceux de l'IGC-Santé portent C=FR",
        ));
    }
    found
}

fn department_problem(field: &str, written: &str, number: &str) -> Option<Problem> {
    const COPY: &str = "recopiez l'ST du certificat ; si c'est lui qui porte cette écriture, \
                        gardez-la et signalez-le à l'ANS";
    let Some(department) = department::department(number) else {
        let message = format!("aucun département n'a le numéro {}", quoted(number));
        let help = match department::named(written) {
            Some(other) => {
                format!("{} a le numéro {} : relisez l'ST du certificat", other.name, other.number)
            }
            None => COPY.to_owned(),
        };
        return Some(Problem::error(Rule::DepartmentNumber, field, message, help));
    };
    let message = format!(
        "l'ST nomme {} le département {}, qui s'appelle {}",
        quoted(written),
        department.number,
        department.name
    );
    match department.spelling(written) {
        Spelling::Exact => None,
        Spelling::Near => Some(Problem::warning(Rule::DepartmentSpelling, field, message, COPY)),
        Spelling::Other => Some(Problem::error(Rule::DepartmentName, field, message, COPY)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::{OddityKind as K, *};

    #[rstest]
    #[case::in_form("CN=mx.a.fr,OU=1750048886,O=GIP SESAN,ST=Paris (75),C=FR", &[], &[])]
    #[case::guide_like("CN=serveur.ch-xyz.fr,OU=1750048886,O=CHXXX - XXX,ST=Bas-Rhin (67),C=FR", &[], &[])]
    #[case::corsica("CN=mx.a.fr,OU=12A0000014,O=CH A,ST=Corse-du-Sud (2A),C=FR", &[], &[Rule::Dn(K::UnitLetter)])]
    #[case::reunion("CN=mx.a.fr,OU=1750048886,O=CH A,ST=La Réunion (974),C=FR", &[], &[])]
    #[case::short_cn("CN=mx,OU=1750048886,O=A,ST=Paris (75),C=FR", &[Rule::HostQualified], &[])]
    #[case::country("CN=mx.a.fr,OU=1750048886,O=A,ST=Paris (75),C=BE", &[Rule::DnCountry], &[])]
    #[case::number("CN=mx.a.fr,OU=1750048886,O=A,ST=Paris (20),C=FR", &[Rule::DepartmentNumber], &[])]
    #[case::name("CN=mx.a.fr,OU=1750048886,O=A,ST=Meuthe-et-Moselle (54),C=FR", &[Rule::DepartmentName], &[])]
    #[case::capitals("CN=mx.a.fr,OU=1750048886,O=A,ST=PARIS (75),C=FR", &[], &[Rule::DepartmentSpelling])]
    #[case::no_space("CN=mx.a.fr,OU=1750048886,O=A,ST=Paris(75),C=FR", &[Rule::Dn(K::NoSpaceBeforeDepartment)], &[])]
    #[case::locality("CN=mx.a.fr,OU=1750048886,O=A,L=Paris (75),C=FR", &[Rule::Dn(K::LocalityForState)], &[])]
    #[case::lower_case("CN=mx.a.fr,OU=1750048886,O=Hôpital,ST=Paris (75),C=FR", &[Rule::Dn(K::OrganizationForm)], &[])]
    #[case::spaces("CN=mx.a.fr , OU=1750048886,O=A,ST=Paris (75),C=FR", &[], &[Rule::Dn(K::SpaceBeforeComma), Rule::Dn(K::SpaceAfterComma)])]
    #[case::key("CN=mx.a.fr,OU=1750048887,O=A,ST=Paris (75),C=FR", &[], &[Rule::Dn(K::UnitKey)])]
    #[case::unit("CN=mx.a.fr,OU=750048886,O=A,ST=Paris (75),C=FR", &[Rule::Dn(K::UnitForm)], &[])]
    #[case::order("C=FR,ST=Paris (75),O=A,OU=1750048886,CN=mx.a.fr", &[Rule::Dn(K::RdnOrder)], &[])]
    #[case::none("mx.a.fr", &[Rule::Dn(K::Unreadable)], &[])]
    fn rules(#[case] dn: &str, #[case] errors: &[Rule], #[case] warnings: &[Rule]) {
        let found = check("f", dn);
        let of = |severity| -> Vec<Rule> {
            found.iter().filter(|p| p.severity == severity).map(|p| p.rule).collect()
        };
        assert_eq!(of(Severity::Error), errors, "{found:?}");
        assert_eq!(of(Severity::Warning), warnings, "{found:?}");
    }

    #[test]
    fn what_the_certificate_bears_is_only_a_warning() {
        let odd = "CN=mx.a.fr,OU=1750048886,O=A,ST=Meuthe-et-Moselle (54),C=FR";
        let mut found = check("f", odd);
        soften(&mut found, "f", &odd.parse().expect("a DN"));
        assert!(found.iter().all(|problem| !problem.is_error()), "{found:?}");
        assert!(found[0].correction.contains("ce que porte le certificat"), "{found:?}");
        // Another certificate excuses nothing.
        let mut found = check("f", odd);
        let other = "CN=mx.a.fr,OU=1750048886,O=A,ST=Meurthe-et-Moselle (54),C=FR";
        soften(&mut found, "f", &other.parse().expect("a DN"));
        assert!(found.iter().any(Problem::is_error), "{found:?}");
    }

    proptest! {
        #[test]
        fn no_correction_proposes_a_dn(name in "[a-zA-Zé (0-9)\"]{1,12}", unit in "[0-9AB]{9,15}") {
            let dn = format!("CN=mx.a.fr,OU={unit},O={name},ST={name},C=FR");
            for problem in check("f", &dn) {
                prop_assert!(!problem.correction.contains("CN=mx"), "{}", problem.correction);
            }
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,80}") {
            let _ = check("f", &text);
        }
    }
}
