//! The text that says whether a bundle is what it claims to be.

#[cfg(test)]
mod tests;

use fixtures::smtp::challenge::Challenge;
use jiff::Timestamp;
use suite::record::RunVerdict;

use super::{Style, page::Page};
use crate::{
    bundle::{Known, Revocation, Signature, Standing},
    dossier::{Demands, Finding, Organisation, Rendered, Shortfall, Signed, Verification},
    words,
};

/// Findings of one kind shown.
const MOST: usize = 40;

/// What the check of a dossier at `now` found, held against what is asked of it, ending with a line feed.
#[must_use]
pub fn verification(
    verification: &Verification,
    demands: &Demands,
    now: Timestamp,
    style: &Style,
) -> String {
    let mut page = Page::new(style);
    head(&mut page, verification);
    page.blank();
    for finding in verification.findings.iter().take(MOST) {
        page.hanging(&style.conclusion(RunVerdict::NonConcluant, "✘ "), 2, &finding.sentence());
    }
    if let Some(more) = verification.findings.len().checked_sub(MOST).filter(|more| *more > 0) {
        page.line(&format!("… et {more} de plus"));
    }
    let unchecked = words::unchecked(verification);
    for what in &unchecked {
        page.hanging(
            &style.conclusion(RunVerdict::Inconclusive, "○ "),
            2,
            &format!("non vérifié : {what}"),
        );
    }
    for observation in &verification.observations {
        page.hanging(
            &style.conclusion(RunVerdict::Inconclusive, "○ "),
            2,
            &format!("à noter : {}", words::observation(observation)),
        );
    }
    let shortfalls = verification.shortfalls(demands, now);
    for shortfall in &shortfalls {
        if let Some(asked) = asked(*shortfall, verification, demands, now) {
            page.hanging(&style.conclusion(RunVerdict::NonConcluant, "✘ "), 2, &asked);
        }
    }
    if !(unchecked.is_empty() && shortfalls.is_empty() && verification.observations.is_empty()) {
        page.blank();
    }
    page.hanging(
        "",
        0,
        &format!(
            "{} · {}",
            verdict(shortfalls.first().copied(), style),
            words::plural(verification.findings.len(), "constat")
        ),
    );
    let compared = matches!(verification.rendered, Rendered::Compared(_));
    if verification.findings.is_empty() && verification.uncompared.is_empty() && compared {
        page.hanging("", 0, limit(verification));
        page.hanging("", 0, words::UNPROVEN);
    }
    page.text
}

/// What the dossier is, who signed it, and what was done to check it.
fn head(page: &mut Page<'_>, verification: &Verification) {
    let record = &verification.record;
    page.field("Dossier", &format!("{} · {}", verification.operator(), record.target.address));
    for dn in verification.dn() {
        page.field("DN", dn);
    }
    if let Some(connector) = verification.connector() {
        let version = Some(&connector.version).filter(|version| !version.is_empty());
        let version = version.map_or("sans version".to_owned(), |v| format!("version {v}"));
        page.field("Proxy", &format!("{} · {version}", connector.vendor));
    }
    let spaces = verification.spaces();
    if !spaces.is_empty() {
        page.field("Espace", &spaces.join(", "));
    }
    page.field(
        "Joué",
        &format!("{} · {}", words::moment(record.started), words::conclusion(record.verdict)),
    );
    let digests = match verification.manifest {
        Some(files) => format!("{} au manifeste", words::plural(files, "fichier")),
        None => "aucun manifeste : les fichiers ne sont pas protégés par des empreintes".to_owned(),
    };
    page.field("Contenu", &digests);
    for signature in &verification.signatures {
        page.field("Signé", &signed(signature));
    }
    if verification.signatures.is_empty() {
        let refused = verification.findings.iter().any(|one| matches!(one, Finding::Signature(_)));
        let none = if refused { "signature présente, mais refusée" } else { "non signé" };
        page.field("Signé", none);
    }
    let derived = words::plural(verification.derived, "verdict");
    let others = record.scenarios.len().saturating_sub(verification.derived);
    let others = match others {
        0 => String::new(),
        n => format!(" ; {} sans transcription, non joués", words::plural(n, "scénario")),
    };
    page.field("Rejugé", &format!("{derived} à partir des transcriptions{others}"));
    page.field("Refait", &rendered(&verification.rendered));
    if let Some(shown) = &verification.possession {
        for line in words::possession(shown) {
            page.field("Clé", &line);
        }
        if let Some(word) = &shown.challenge {
            page.field("Défi", &format!("« {} »", words::visible(word)));
        }
    }
}

/// What the dossier proves, no more than that.
fn limit(verification: &Verification) -> &'static str {
    let asked =
        |is: fn(&Standing) -> bool| verification.signatures.iter().any(|one| is(&one.standing));
    if verification.signatures.is_empty() {
        "Le dossier est cohérent. N'étant pas signé, il ne prouve ni qui l'a produit, ni qu'un proxy a \
         vraiment répondu ainsi."
    } else if asked(|standing| {
        matches!(standing, Standing::Named { .. } | Standing::Attached { .. })
    }) {
        "Le dossier est cohérent, et signé par qui est nommé ci-dessus. Que les échanges ont eu lieu, \
         lui seul en répond."
    } else {
        "Le dossier est cohérent, et signé par qui est nommé ci-dessus : à vous de savoir si c'est bien \
         lui."
    }
}

/// What a dossier is, in capitals, by the worst that it falls short of.
#[must_use]
pub fn verdict(worst: Option<Shortfall>, style: &Style) -> String {
    let (colour, text) = match worst {
        None => (RunVerdict::Concluant, "INTACT"),
        Some(Shortfall::Altered) => (RunVerdict::NonConcluant, "ALTÉRÉ"),
        Some(Shortfall::Unreadable) => (RunVerdict::NonConcluant, "ILLISIBLE"),
        Some(Shortfall::Unchecked) => (
            RunVerdict::Inconclusive,
            "PAS ENTIÈREMENT VÉRIFIÉ, et rien d'altéré dans ce qui l'est",
        ),
        Some(Shortfall::Unsigned) => {
            (RunVerdict::NonConcluant, "INTACT, mais sans signature recevable")
        }
        Some(Shortfall::Unchallenged) => {
            (RunVerdict::NonConcluant, "INTACT, mais le défi n'est pas démontré")
        }
        Some(Shortfall::NotConcluant) => (RunVerdict::NonConcluant, "INTACT, mais pas concluant"),
        Some(Shortfall::TooOld) => (RunVerdict::NonConcluant, "INTACT, mais trop ancien"),
    };
    style.conclusion(colour, text)
}

/// What was asked for and is not there; what is altered or unchecked is told one by one.
fn asked(
    shortfall: Shortfall,
    verification: &Verification,
    demands: &Demands,
    now: Timestamp,
) -> Option<String> {
    match shortfall {
        Shortfall::Altered | Shortfall::Unreadable | Shortfall::Unchecked => None,
        Shortfall::Unsigned if verification.signatures.is_empty() => {
            let asked = if demands.trust { "--trust" } else { "--require-signature" };
            Some(format!("aucune signature recevable, et {asked} en demande une"))
        }
        Shortfall::Unsigned => Some(
            "aucune signature qu'une autorité de --trust garantisse, ou l'une est révoquée"
                .to_owned(),
        ),
        Shortfall::Unchallenged => Some(unanswered(verification, demands)),
        Shortfall::NotConcluant => Some(format!(
            "la conclusion est {}, et --require-concluant demande CONCLUANT",
            words::conclusion(verification.record.verdict)
        )),
        Shortfall::TooOld => Some(format!(
            "la campagne a {}, et --max-age n'en admet que {}",
            words::plural(verification.age(now) as usize, "jour"),
            demands.max_age.unwrap_or_default()
        )),
    }
}

/// Why a challenge is not shown to be answered.
fn unanswered(verification: &Verification, demands: &Demands) -> String {
    let word = words::visible(demands.challenge.as_ref().map_or("", Challenge::text));
    let Some(shown) = &verification.possession else {
        return format!(
            "rien ne peut être dit du défi « {word} » : les transcriptions manquent, ou sont illisibles"
        );
    };
    match &shown.challenge {
        None => {
            format!("la campagne n'a pas été jouée sous le défi « {word} », ni sous aucun autre")
        }
        Some(other) if other.as_str() != word => format!(
            "la campagne a été jouée sous un autre défi, « {} », et non « {word} »",
            words::visible(other)
        ),
        Some(_) => {
            let why: Vec<&str> = shown.unproven.keys().map(String::as_str).collect();
            let why =
                if why.is_empty() { String::new() } else { format!(" ({})", why.join(" ; ")) };
            format!(
                "{} sur {} seulement, sous le défi « {word} »{why}",
                words::handshakes(shown.challenged),
                shown.handshakes
            )
        }
    }
}

fn signed(signed: &Signed) -> String {
    let Signature { subject, issuer, serial, sha256, .. } = &signed.signature;
    let at = signed.signature.at.map_or("date inconnue".to_owned(), words::moment);
    let dated = if signed.signature.in_validity {
        "pendant la validité du certificat"
    } else {
        "HORS de la validité du certificat"
    };
    let by = if signed.signature.self_signed {
        "certificat AUTOSIGNÉ, dont personne d'autre ne répond".to_owned()
    } else {
        format!("émis par {issuer}")
    };
    let standing = standing(signed);
    let whose = match signed.organisation {
        Organisation::Operator => "organisation de l'opérateur (O et OU)",
        Organisation::Other => "AUTRE organisation que l'opérateur (O ou OU)",
        Organisation::Unknown => {
            "organisation non comparée (O ou OU absent de son certificat, ou des DN de l'opérateur)"
        }
    };
    let named = if signed.signature.names_certificate {
        ""
    } else {
        " · sans désignation de son certificat (CAdES)"
    };
    format!(
        "{subject} · {at}, {dated} · {by} · {standing} · {whose} · série {serial} · SHA-256 {sha256}{named}"
    )
}

fn standing(signed: &Signed) -> String {
    match &signed.standing {
        Standing::Unasked => "autorité du signataire non vérifiée (--trust)".to_owned(),
        Standing::Named { revocation } => {
            // Who answers for itself alone has nobody above to revoke it.
            let alone = signed.signature.self_signed && !revocation.known.is_known();
            let known = if alone { String::new() } else { format!(", {}", known(*revocation)) };
            format!("certificat désigné par --trust{known}")
        }
        Standing::Attached { in_force, revocation } => {
            let then = if *in_force { "" } else { " à la signature, et plus aujourd'hui" };
            format!("rattaché à une autorité de --trust{then}, {}", known(*revocation))
        }
        Standing::Revoked { since: None } => "certificat d'une autorité RÉVOQUÉ".to_owned(),
        Standing::Revoked { since: Some(since) } => {
            let then = match signed.signature.at {
                Some(at) if at < *since => {
                    ", après la date que la signature se donne et que rien d'autre n'atteste"
                }
                Some(_) => ", avant la signature",
                None => ", et la signature ne dit pas quand elle a été faite",
            };
            format!("certificat RÉVOQUÉ le {}{then}", words::moment(*since))
        }
        Standing::Unattached(why) => format!("NON RATTACHÉ à une autorité de --trust : {why}"),
    }
}

/// What is known of a revocation, and from which list.
fn known(revocation: Revocation) -> String {
    let from = if revocation.carried { " jointe à la signature," } else { "" };
    let list = revocation
        .list
        .map_or_else(String::new, |list| format!("{from} du {}", words::moment(list)));
    match revocation.known {
        Known::Checked => format!("non révoqué selon la liste (CRL){list}"),
        Known::OfTheSigner => {
            format!("non révoqué selon la liste (CRL){list}, ses autorités non vérifiées")
        }
        Known::NoList => "révocation non vérifiée : aucune liste (--crl) n'est donnée".to_owned(),
        Known::OtherIssuers => {
            "révocation non vérifiée : aucune des listes données ne vaut pour lui".to_owned()
        }
        Known::IssuerMissing => {
            "révocation non vérifiée : une liste est au nom de son émetteur, dont le certificat manque ; joignez-le à \
             --trust"
                .to_owned()
        }
        Known::ListExpired => {
            format!("révocation non vérifiée : la liste (CRL){list} n'est plus en vigueur")
        }
    }
}

fn rendered(rendered: &Rendered) -> String {
    match rendered {
        Rendered::Compared(names) if names.is_empty() => "aucun document".to_owned(),
        Rendered::Compared(names) => {
            format!("{}, à partir de l'enregistrement", names.join(", "))
        }
        Rendered::OtherVersion(version) => format!(
            "aucun document : ils sont écrits par la suite {version}, celle-ci est la {}",
            suite::VERSION
        ),
        Rendered::Incomplete => "aucun document : il manque des transcriptions".to_owned(),
    }
}
