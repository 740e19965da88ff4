//! `whitelist`: reads a list and answers questions on it, or tells what changed between two.

mod diff;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use fixtures::{
    dns::DomainName,
    whitelist::{
        Answer, Inspection, InspectionRequest, ReadError, SignatureError, SignatureState, inspect,
        load, read_pem,
    },
};
use jiff::{Timestamp, civil, tz::TimeZone};
use rustls::pki_types::CertificateDer;
use serde_json::{Value, json};

use crate::{
    console::Console,
    exit::{self, Trouble},
    list::Format,
};

const LONG: &str = "\
Lit une liste blanche (fichier ou URL), vérifie sa signature, relève ce qui demande attention et, si on \
le demande, dit si un certificat peut émettre pour un domaine : étapes 4b, 5b et 5c de TM3.1P.";

const END: &str = "\
Exemples :
  cargo xtask whitelist kit/whitelist.xml --signer-ca kit/trust/chain.pem
  cargo xtask whitelist liste.xml --domain hopital.mssante.fr
  cargo xtask whitelist liste.xml --domain hopital.mssante.fr --cert mon-certificat.pem
  cargo xtask whitelist https://serveur/liste.xml --all
  cargo xtask whitelist diff hier.xml liste.xml --cert mon-certificat.pem

Codes de sortie :
  0  la liste est lue, sa signature est juste, la réponse est oui
  1  la signature ou son signataire est refusé, ou la réponse est non
  2  commande ou certificat à corriger
  3  la liste ne peut pas être lue, ou sa signature pas être vérifiée (forme, certificat)
";

/// Examine une liste blanche : signature, anomalies, domaine et certificat
#[derive(Args, Debug)]
#[command(long_about = LONG, after_long_help = END, next_help_heading = "Options",
    subcommand_help_heading = "Commandes", subcommand_value_name = "COMMANDE", disable_help_subcommand = true,
    args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Whitelist {
    #[command(subcommand)]
    command: Option<WhitelistCommand>,

    /// La liste : fichier, ou adresse http(s)://
    #[arg(value_name = "FICHIER|URL", help_heading = "Arguments", required = true)]
    source: Option<String>,

    #[command(flatten)]
    question: Question,

    #[command(flatten)]
    shown: Shown,
}

/// How an answer is shown.
#[derive(Args, Debug)]
struct Shown {
    /// Montre tout, sans abréger les longues listes
    #[arg(long)]
    all: bool,

    /// text (à défaut) ou json
    #[arg(
        long,
        value_name = "FORME",
        default_value = "text",
        hide_default_value = true,
        hide_possible_values = true
    )]
    format: Format,
}

/// What else to do with lists.
#[derive(Debug, Subcommand)]
enum WhitelistCommand {
    Diff(diff::Diff),
}

/// What is asked of a list, and by whom it should be signed.
#[derive(Args, Debug)]
struct Question {
    /// Autorités du signataire, ou son certificat : sa chaîne est vérifiée (PEM, DER, .p7b)
    #[arg(long, value_name = "FICHIER")]
    signer_ca: Option<PathBuf>,

    /// Date de la vérification du signataire (à défaut, maintenant) : 2026-01-31, ou RFC 3339
    #[arg(long, value_name = "DATE", value_parser = date)]
    at: Option<Timestamp>,

    /// Un domaine : y est-il, à quels DN est-il associé ?
    #[arg(long, value_name = "DOMAINE")]
    domain: Option<DomainName>,

    /// Un certificat (PEM, DER, .p7b) : son DN y est-il, pour quels domaines ?
    #[arg(long, value_name = "FICHIER")]
    cert: Option<PathBuf>,
}

fn date(text: &str) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let day = text.parse::<civil::Date>().ok();
    day.and_then(|day| day.to_zoned(TimeZone::UTC).ok())
        .map(|zoned| zoned.timestamp())
        .ok_or_else(|| "forme attendue : 2026-01-31 ou 2026-01-31T12:00:00Z".to_owned())
}

/// What a [`Question`] names, read.
struct Given {
    authorities: Vec<CertificateDer<'static>>,
    certificate: Vec<CertificateDer<'static>>,
}

impl Question {
    /// Reads the files that it names.
    ///
    /// # Errors
    /// A wrong PEM is the command line's fault, an unreadable list is not.
    fn read(&self) -> Result<Given, Trouble> {
        let pem = |path: &Option<PathBuf>| {
            path.as_deref().map(read_pem).transpose().map(Option::unwrap_or_default)
        };
        let authorities = pem(&self.signer_ca).map_err(|error| Trouble::given(&error))?;
        let certificate = pem(&self.cert).map_err(|error| Trouble::given(&error))?;
        Ok(Given { authorities, certificate })
    }

    fn request<'a>(&'a self, given: &'a Given) -> InspectionRequest<'a> {
        InspectionRequest {
            authorities: &given.authorities,
            at: self.at.unwrap_or_else(Timestamp::now),
            domain: self.domain.as_ref().map(DomainName::as_str),
            certificate: given.certificate.first(),
        }
    }
}

/// The octets of a list.
async fn list(source: &str, given: &Given) -> Result<Vec<u8>, Trouble> {
    load(source, &given.authorities).await.map_err(|error| {
        Trouble::environment(
            error.to_string(),
            "vérifiez le chemin ou l'adresse ; une liste se télécharge aussi avec curl, puis se donne \
             comme fichier",
        )
    })
}

fn no_list(source: &str, error: &ReadError) -> Trouble {
    let next = match error {
        ReadError::Cut { .. } | ReadError::Namespace { .. } => {
            "téléchargez-la de nouveau, et ne donnez à aucun proxy une liste dont la signature n'a pas été \
             vérifiée"
        }
        _ => "donnez le fichier XML tel qu'il est publié, sans le modifier",
    };
    Trouble::environment(format!("{source} n'est pas une liste blanche lisible : {error}"), next)
}

impl Whitelist {
    /// Inspects or compares.
    pub(crate) async fn run(&self, console: &Console) -> Result<u8, Trouble> {
        match (&self.command, &self.source) {
            (Some(WhitelistCommand::Diff(command)), _) => command.run(console).await,
            (None, Some(source)) => self.inspect(source, console).await,
            // The command line wants one of them.
            (None, None) => Ok(exit::USAGE),
        }
    }

    async fn inspect(&self, source: &str, console: &Console) -> Result<u8, Trouble> {
        let given = self.question.read()?;
        let bytes = list(source, &given).await?;
        let inspection = inspect(&bytes, &self.question.request(&given))
            .map_err(|error| no_list(source, &error))?;
        match self.shown.format {
            Format::Json => console.say(&json(&inspection)),
            Format::Text if self.shown.all => console.say(&format!("{inspection:#}")),
            Format::Text => console.say(&inspection.to_string()),
        }
        let allowed = inspection.answer.as_ref().is_none_or(|answer| answer.allowed());
        Ok(match (inspection.sound(), allowed) {
            (true, true) => exit::YES,
            (false, true) if inspection.undecided() => exit::UNKNOWN,
            _ => exit::NO,
        })
    }
}

fn signature_json(signature: &SignatureState) -> Value {
    let unproven = |valid: Option<bool>, claimed: &Option<String>, error: &SignatureError| {
        json!({
            "valid": valid,
            "signer": claimed,
            "chain": null,
            "error": error.to_string(),
            "unusual": [],
        })
    };
    match signature {
        SignatureState::Valid { signer, chain, unusual } => json!({
            "valid": true,
            "signer": signer,
            "chain": chain.as_ref().map(Result::is_ok),
            "error": chain.as_ref().and_then(|chain| chain.as_ref().err()).map(ToString::to_string),
            "unusual": unusual.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }),
        SignatureState::Undecided { claimed, error } => unproven(None, claimed, error),
        SignatureState::Invalid { claimed, error } => unproven(Some(false), claimed, error),
    }
}

fn answer_json(answer: &Answer) -> Value {
    json!({
        "allowed": answer.allowed(),
        "dn": answer.dn,
        "domain": answer.domain,
        "mapped_to": answer.mapped_to,
        "domains": answer.domains,
        "clauses": answer.clauses.iter()
            .map(|(clause, met)| json!({ "clause": clause, "met": met }))
            .collect::<Vec<_>>(),
    })
}

fn json(inspection: &Inspection) -> String {
    let value = json!({
        "generated": inspection.generated,
        "entries": inspection.entries,
        "domains": inspection.domains,
        "dns": inspection.names,
        "spellings": inspection.spellings,
        "signature": signature_json(&inspection.signature),
        "several_dns": inspection.several_dns.iter()
            .map(|(domain, dns)| json!({ "domain": domain, "dns": dns })).collect::<Vec<_>>(),
        "shared_cns": inspection.shared_cns.iter()
            .map(|(cn, dns)| json!({ "cn": cn, "dns": dns })).collect::<Vec<_>>(),
        "rewritten": inspection.rewritten,
        "oddities": inspection.oddities.iter()
            .map(|(dn, found)| json!({ "dn": dn, "found": found })).collect::<Vec<_>>(),
        "answer": inspection.answer.as_ref().map(answer_json),
    });
    format!("{value:#}\n")
}
