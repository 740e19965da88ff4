//! The oracle's answers in French words, for reports.

use super::{Decision, FactRow, Finding, Grade, Outcome, Proof, Rule};

const REFUSAL: &str =
    "un refus : alerte TLS, coupure, ou 4xx/5xx au plus tard après le point final";
const REFUSAL_WITH_REASON: &str =
    "un refus motivé : 5xx, code étendu et texte, au plus tard après le point final";
const ACCEPTANCE: &str = "une acceptation : 250 après le point final";

/// What is expected, in a sentence without its final stop.
#[must_use]
pub fn expected_text(decision: &Decision) -> String {
    let [first, rest @ ..] = &permitted_texts(decision)[..] else {
        return String::new();
    };
    rest.iter().fold(first.clone(), |text, next| format!("{text} ; ou {next}"))
}

/// The outcomes permitted, best first.
#[must_use]
pub fn permitted_texts(decision: &Decision) -> Vec<String> {
    let mut outcomes =
        [Outcome::Accepted, Outcome::Refused].map(|outcome| (decision.grade(outcome), outcome));
    outcomes.sort_by_key(|(grade, _)| *grade);
    let permitted = outcomes.into_iter().filter(|(grade, _)| *grade != Grade::NonConforming);
    permitted
        .map(|(grade, outcome)| {
            let text = match (outcome, decision.proof) {
                (Outcome::Accepted, _) => decision.acceptance.unwrap_or(ACCEPTANCE),
                (Outcome::Refused, Proof::Relay) => "un refus, ou aucune remise au domaine tiers",
                (Outcome::Refused, _) if decision.reason_due => REFUSAL_WITH_REASON,
                (Outcome::Refused, _) => REFUSAL,
            };
            match grade {
                Grade::Remark => format!("{text} (avec remarque)"),
                _ => text.to_owned(),
            }
        })
        .collect()
}

/// An outcome.
#[must_use]
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "accepté",
        Outcome::Refused => "refusé",
    }
}

/// A grade.
#[must_use]
pub fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::Conforming => "conforme",
        Grade::Remark => "conforme avec remarque",
        Grade::NonConforming => "non conforme",
    }
}

/// A finding.
#[must_use]
pub fn finding(finding: Finding) -> &'static str {
    match finding {
        Finding::NotApplicable => "sans objet",
        Finding::Met => "satisfaite",
        Finding::ShouldAccept => "satisfaite selon une lecture (acceptation recommandée)",
        Finding::Open => "laissée ouverte par les sources",
        Finding::OpenRemark => "laissée ouverte par les sources (acceptation à signaler)",
        Finding::ShouldRefuse => "non satisfaite (refus recommandé)",
        Finding::Broken => "non satisfaite (refus exigé)",
    }
}

/// A step of the rule path, such as `TM3.1P/4a : non satisfaite (refus exigé) — certificat expiré`.
#[must_use]
pub fn rule(rule: &Rule) -> String {
    format!("{} : {} — {}", rule.clause, finding(rule.finding), rule.why)
}

/// The rules that apply, one line each: the rule path of a record.
#[must_use]
pub fn rule_path(decision: &Decision) -> Vec<String> {
    decision.applied().map(rule).collect()
}

/// What must be known besides the reply before an acceptance is graded; `None` when nothing.
#[must_use]
pub fn proof(proof: Proof) -> Option<&'static str> {
    match proof {
        Proof::Reply => None,
        Proof::Relay => Some("seule une remise au domaine tiers prouve un relais"),
        Proof::Revocation => Some(
            "une acceptation ne prouve rien tant que la cible n'a pas lu la CRL de l'espace ou \
             déclaré qu'elle l'utilise",
        ),
    }
}

/// The facts that differ from the nominal ones, as their keys and values; empty for nominal facts.
#[must_use]
pub fn deviations(facts: &[FactRow]) -> Vec<String> {
    let changed = facts.iter().filter(|row| row.changed);
    changed.map(|row| format!("{} = {}", row.key, row.name)).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::oracle::reception::{
        Facts, decide,
        facts::{CertificateStatus, DomainStatus, EhloStatus, MailFrom, PtrStatus, Recipients},
    };

    #[rstest]
    #[case::nominal(Facts::default(), ACCEPTANCE)]
    #[case::expired(
        Facts { certificate: CertificateStatus::Expired, ..Facts::default() }, REFUSAL)]
    #[case::reason(
        Facts { domain: DomainStatus::Unlisted, ..Facts::default() }, REFUSAL_WITH_REASON)]
    #[case::should_accept(
        Facts { ehlo: EhloStatus::OtherName, ..Facts::default() },
        "une acceptation : 250 après le point final ; ou un refus : alerte TLS, coupure, ou 4xx/5xx \
         au plus tard après le point final (avec remarque)")]
    #[case::should_refuse(
        Facts { certificate: CertificateStatus::WeakKey, ..Facts::default() },
        "un refus : alerte TLS, coupure, ou 4xx/5xx au plus tard après le point final ; ou une \
         acceptation : 250 après le point final (avec remarque)")]
    #[case::unknown_mailbox(
        Facts { recipients: Recipients::Unknown, ..Facts::default() },
        "un refus : alerte TLS, coupure, ou 4xx/5xx au plus tard après le point final ; ou une \
         acceptation suivie d'une notification motivée à l'expéditeur (avec remarque)")]
    #[case::relay(
        Facts { recipients: Recipients::Foreign, ..Facts::default() },
        "un refus, ou aucune remise au domaine tiers")]
    fn what_is_expected(#[case] facts: Facts, #[case] text: &str) {
        assert_eq!(expected_text(&decide(&facts)), text);
    }

    #[test]
    fn the_path_of_a_refusal() {
        let facts = Facts {
            certificate: CertificateStatus::Expired,
            mail_from: MailFrom::Null,
            ..Facts::default()
        };
        insta::assert_snapshot!(rule_path(&decide(&facts)).join("\n"), @r"
        TM3.1P/1 : satisfaite — le PTR de l'émetteur n'est plus vérifié (étape supprimée)
        TM3.1P/2 : satisfaite — le nom donné dans EHLO est le CN du certificat
        TM3.1P/3 : satisfaite — session TLS ouverte par STARTTLS
        TM3.1P/4a : non satisfaite (refus exigé) — certificat expiré
        TM3.1P/4b : satisfaite — le DN du certificat est dans la liste blanche
        TM3.1P/5e : satisfaite — MAIL FROM vide : à autoriser
        TM3.1P/5f : satisfaite — MAIL FROM vide : pas de contrôle du domaine et du DN
        ");
    }

    #[test]
    fn only_what_deviates_is_named() {
        assert!(deviations(&Facts::default().rows()).is_empty());
        let facts = Facts {
            ptr: PtrStatus::Absent,
            domain: DomainStatus::MappedToOthers,
            ..Facts::default()
        };
        assert_eq!(deviations(&facts.rows()), ["ptr = absent", "domain = mapped-to-others"]);
    }
}
