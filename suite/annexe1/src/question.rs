//! The questions of the form, in their order.

use super::{Form, slot};

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

/// What was decided on the way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Choices {
    /// Whether there is a second DN.
    pub(super) second_dn: bool,
}

/// One step of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PlanStep {
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

impl PlanStep {
    /// All steps, as far as the answers so far tell: an answer only changes what comes after it.
    /// `certified` says that the DNs are those of certificates.
    pub(super) fn all(form: &Form, choices: Choices, certified: bool) -> Vec<Self> {
        let text =
            |field: &str, label| PlanStep::Text { field: field.to_owned(), label, heading: None };
        let headed = |field: &str, label, heading| PlanStep::Text {
            field: field.to_owned(),
            label,
            heading: Some(heading),
        };
        let mut plan = vec![
            PlanStep::Space,
            headed("operator.name", "Nom, comme sur le contrat d'adhésion", "Opérateur"),
        ];
        // A certificate's own DN is not a matter of choice.
        if !certified {
            plan.push(text("operator.dn[0]", "DN du certificat (CN=…,OU=…,O=…,ST=…,C=FR)"));
            plan.push(PlanStep::SecondDn);
            if choices.second_dn {
                plan.push(text("operator.dn[1]", "DN du second certificat"));
            }
        }
        plan.push(text("operator.auto_reply", "Boîte aux lettres de réponse automatique"));
        plan.push(PlanStep::HasConnector);
        if form.operator.connector.is_some() {
            plan.push(text("operator.connector.vendor", "Éditeur du connecteur"));
            plan.push(text("operator.connector.version", "Sa version (facultatif)"));
        }
        plan.push(PlanStep::HasContacts);
        let person = |plan: &mut Vec<PlanStep>, table: &str, heading| {
            for (rank, (name, label)) in PERSON.into_iter().enumerate() {
                let field = format!("{table}.{name}");
                plan.push(PlanStep::Text { field, label, heading: (rank == 0).then_some(heading) });
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
            plan.push(PlanStep::HasTechnicalManager);
            if form.technical_manager.is_some() {
                person(&mut plan, "technical_manager", "Responsable technique");
            }
            let heading = "Contact projet en cas d'incident (public)";
            person(&mut plan, "incident.project", heading);
            let heading = "Contact technique en cas d'incident (public)";
            person(&mut plan, "incident.technical", heading);
        }
        plan.push(PlanStep::Method);
        if form.dns.delegation.is_some() {
            plan.push(text("dns.delegation.primary", "Serveur DNS primaire"));
            plan.push(text("dns.delegation.secondary", "Serveur DNS secondaire"));
        } else {
            plan.push(text("dns.redirection.server", "Serveur de messagerie (le CN)"));
        }
        let list = |field, label, heading| PlanStep::List { field, label, heading };
        let heading = Some("Domaines, séparés par des virgules");
        plan.push(list("domains.add", "À ajouter", heading));
        plan.push(list("domains.modify", "À modifier", None));
        plan.push(list("domains.remove", "À supprimer", None));
        plan
    }

    /// The question of this step; its default is what the form holds.
    pub(super) fn question(&self, form: &Form, choices: Choices) -> Question {
        let yes_no = |yes: bool| if yes { "oui" } else { "non" }.to_owned();
        let plain = |text: &str, default: String| Question {
            heading: None,
            text: text.to_owned(),
            default,
        };
        match self {
            PlanStep::Space => {
                let space = form.space;
                Question {
                    heading: Some("Espace"),
                    ..plain(
                        "Espace : test ou production ?",
                        if space.production { "production" } else { "test" }.to_owned(),
                    )
                }
            }
            PlanStep::Text { field, label, heading } => {
                let default = slot::text(form, field).unwrap_or_default();
                Question { heading: *heading, ..plain(label, default) }
            }
            PlanStep::SecondDn => plain("Un second certificat ?", yes_no(choices.second_dn)),
            PlanStep::HasConnector => plain(
                "Le connecteur vient-il d'un éditeur tiers ?",
                yes_no(form.operator.connector.is_some()),
            ),
            PlanStep::HasContacts => Question {
                heading: Some("Coordonnées"),
                ..plain(
                    "Donner des coordonnées à l'ANS, ou les changer ?",
                    yes_no(form.legal_representative.is_some()),
                )
            },
            PlanStep::HasTechnicalManager => plain(
                "Le responsable technique est-il une autre personne ?",
                yes_no(form.technical_manager.is_some()),
            ),
            PlanStep::Method => Question {
                heading: Some("Méthode de résolution DNS"),
                ..plain(
                    "Délégation (à privilégier) ou redirection ?",
                    if form.dns.redirection.is_some() { "redirection" } else { "délégation" }
                        .to_owned(),
                )
            },
            PlanStep::List { field, label, heading } => {
                Question { heading: *heading, ..plain(label, slot::list(form, field).join(", ")) }
            }
        }
    }
}
