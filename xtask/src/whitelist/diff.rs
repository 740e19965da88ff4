//! `whitelist diff`: what changed between two lists.

use clap::Args;
use fixtures::whitelist::{Activity, Difference, DifferenceError, Respelt, Side, difference};
use serde_json::{Value, json};

use super::{Question, Shown, answer_json, list, no_list, signature_json};
use crate::{
    console::Console,
    exit::{self, Trouble},
    list::Format,
};

const LONG: &str = "\
Compare deux listes blanches : domaines ajoutés, retirés ou passés à un autre opérateur, DN qui changent, \
qui s'ajoutent ou qui sont écrits autrement, rafales d'un opérateur. Avec --domain ou --cert, la réponse \
vient d'abord : qu'est-ce que cela change pour moi ?";

const END: &str = "\
Exemples :
  cargo xtask whitelist diff hier.xml liste.xml
  cargo xtask whitelist diff hier.xml liste.xml --signer-ca chaine.pem --cert mon-certificat.pem
  cargo xtask whitelist diff hier.xml https://serveur/liste.xml --domain hopital.mssante.fr --format json

Codes de sortie :
  0  rien ne change (avec --domain ou --cert : rien ne change pour lui)
  1  quelque chose change
  2  commande ou certificat à corriger
  3  une liste ne peut pas être lue ou, avec --signer-ca, sa signature ou son signataire n'est pas établi
";

/// Compare deux listes blanches : qui peut émettre pour quels domaines, et ne le peut plus
#[derive(Args, Debug)]
#[command(long_about = LONG, after_long_help = END, next_help_heading = "Options")]
pub(super) struct Diff {
    /// La liste d'avant : fichier, ou adresse http(s)://
    #[arg(value_name = "AVANT", help_heading = "Arguments", display_order = 1)]
    before: String,

    /// La liste d'après : fichier, ou adresse http(s)://
    #[arg(value_name = "APRÈS", help_heading = "Arguments", display_order = 2)]
    after: String,

    #[command(flatten)]
    question: Question,

    #[command(flatten)]
    shown: Shown,
}

impl Diff {
    /// Compares.
    pub(super) async fn run(&self, console: &Console) -> Result<u8, Trouble> {
        let given = self.question.read()?;
        let before = list(&self.before, &given).await?;
        let after = list(&self.after, &given).await?;
        let found = difference(&before, &after, &self.question.request(&given)).map_err(
            |error| match error {
                DifferenceError::Before(error) => no_list(&self.before, &error),
                DifferenceError::After(error) => no_list(&self.after, &error),
            },
        )?;
        match self.shown.format {
            Format::Json => console.say(&format!("{:#}\n", json(&found))),
            Format::Text if self.shown.all => console.say(&format!("{found:#}")),
            Format::Text => console.say(&found.to_string()),
        }
        let changes = match &found.meaning {
            Some(meaning) => meaning.changes(),
            None => !found.is_empty(),
        };
        let sound = found.before.sound() && found.after.sound();
        Ok(match (self.question.signer_ca.is_some() && !sound, changes) {
            (true, _) => exit::UNKNOWN,
            (false, true) => exit::NO,
            (false, false) => exit::YES,
        })
    }
}

fn json(found: &Difference) -> Value {
    let side = |side: &Side| {
        json!({
            "generated": side.generated,
            "entries": side.entries,
            "domains": side.domains,
            "dns": side.names,
            "signature": signature_json(&side.signature),
        })
    };
    let respelt = |respelt: &[Respelt]| {
        let one = |one: &Respelt| json!({ "before": one.before, "after": one.after, "domains": one.domains });
        respelt.iter().map(one).collect::<Vec<_>>()
    };
    let activity = |activity: &Activity| {
        let day = |(day, count)| json!({ "day": day, "entries": count });
        json!({
            "operator": activity.operator,
            "added": activity.added,
            "removed": activity.removed,
            "busiest": activity.busiest.map(day),
            "burst": activity.burst().is_some(),
        })
    };
    json!({
        "same": found.is_empty(),
        "before": side(&found.before),
        "after": side(&found.after),
        "goes_back": found.goes_back(),
        "changes": found.changes,
        "dns_removed": found.dns_removed,
        "dns_added": found.dns_added,
        "respelt_dns": respelt(&found.respelt_dns),
        "respelt_domains": respelt(&found.respelt_domains),
        "operators": found.activity.iter().map(activity).collect::<Vec<_>>(),
        "retouched": found.retouched,
        "answer": found.meaning.as_ref().map(|meaning| json!({
            "changes": meaning.changes(),
            "gained": meaning.gained,
            "lost": meaning.lost,
            "before": answer_json(&meaning.before),
            "after": answer_json(&meaning.after),
        })),
    })
}
