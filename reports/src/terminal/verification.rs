//! The text that says whether a bundle is what it claims to be.

use suite::record::RunVerdict;

use super::{Style, page::Page};
use crate::{
    bundle::{Mismatch, Signature},
    dossier::{Finding, Rendered, Verification},
    words,
};

/// Findings of one kind shown.
const MOST: usize = 40;

/// What the check of a bundle found, ending with a line feed.
#[must_use]
pub fn verification(verification: &Verification, style: &Style) -> String {
    let mut page = Page::new(style);
    let record = &verification.record;
    page.field("Dossier", &format!("{} · {}", record.target.name, record.target.address));
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
    page.blank();
    for finding in verification.findings.iter().take(MOST) {
        page.hanging(&style.conclusion(RunVerdict::NonConcluant, "✘ "), 2, &sentence(finding));
    }
    if let Some(more) = verification.findings.len().checked_sub(MOST).filter(|more| *more > 0) {
        page.line(&format!("… et {more} de plus"));
    }
    let unchecked = verification.unchecked.join(", ");
    let (verdict, text) = match (&verification.rendered, verification.findings.is_empty()) {
        (_, false) => {
            page.blank();
            (RunVerdict::NonConcluant, "ALTÉRÉ".to_owned())
        }
        (_, true) if unchecked.is_empty() => (RunVerdict::Concluant, "INTACT".to_owned()),
        (Rendered::Compared(_), true) => {
            (RunVerdict::Concluant, format!("INTACT, sauf {unchecked} : non refait (--pdf)"))
        }
        (_, true) => (
            RunVerdict::Inconclusive,
            format!("VERDICTS INTACTS, documents non vérifiés : {unchecked}"),
        ),
    };
    page.hanging(
        "",
        0,
        &format!(
            "{} · {}",
            style.conclusion(verdict, &text),
            words::plural(verification.findings.len(), "constat")
        ),
    );
    if verification.findings.is_empty() {
        let limit = if !verification.signatures.is_empty() {
            "Le dossier est cohérent, et signé par qui est nommé ci-dessus : à vous de savoir si \
             c'est bien lui."
        } else {
            "Le dossier est cohérent. N'étant pas signé, il ne prouve ni qui l'a produit, ni qu'un \
             proxy a vraiment répondu ainsi."
        };
        page.hanging("", 0, limit);
    }
    page.text
}

fn signed(signature: &Signature) -> String {
    let Signature { subject, issuer, serial, sha256, .. } = signature;
    let at = signature.at.map_or("date inconnue".to_owned(), words::moment);
    let dated = if signature.in_validity {
        "pendant la validité du certificat"
    } else {
        "HORS de la validité du certificat"
    };
    let by = if signature.self_signed {
        "certificat AUTOSIGNÉ, dont personne d'autre ne répond".to_owned()
    } else {
        format!("émis par {issuer}, dont la suite ne dit pas s'il est digne de confiance")
    };
    let named = if signature.names_certificate {
        ""
    } else {
        " · sans désignation de son certificat (CAdES)"
    };
    format!("{subject} · {at}, {dated} · {by} · série {serial} · SHA-256 {sha256}{named}")
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

/// A finding as a sentence.
#[must_use]
pub fn sentence(finding: &Finding) -> String {
    match finding {
        Finding::File(Mismatch::Changed(name)) => {
            format!("{name} : contenu modifié, son empreinte n'est pas celle du manifeste")
        }
        Finding::File(Mismatch::Missing(name)) => format!("{name} : fichier absent du dossier"),
        Finding::File(Mismatch::Unlisted(name)) => {
            format!("{name} : fichier ajouté, le manifeste ne le connaît pas")
        }
        Finding::Manifest(why) => why.clone(),
        Finding::Signature(why) => format!("signature : {why}"),
        Finding::Moment(why) => why.clone(),
        Finding::Transcript(name) => {
            format!("{name} : transcription nommée par l'enregistrement, absente du dossier")
        }
        Finding::Unjudged(why) => why.clone(),
        Finding::MissingScenario(id) => {
            format!("{id} : scénario de la campagne, absent de l'enregistrement")
        }
        Finding::UnknownScenario(id) => {
            format!("{id} : dans l'enregistrement, mais pas parmi les scénarios de la campagne")
        }
        Finding::Unplayed(id) => format!("{id} : verdict rendu sans transcription"),
        Finding::Verdict { id, recorded, derived } => format!(
            "{id} : « {} » dans l'enregistrement, « {} » d'après la transcription",
            words::verdict(*recorded),
            words::verdict(*derived)
        ),
        Finding::Words { id, parts } => {
            let parts: Vec<_> = parts.iter().map(|part| words::part(part)).collect();
            format!("{id} : texte modifié ({})", parts.join(", "))
        }
        Finding::Document(name) => {
            format!(
                "{name} : ne dit pas ce que dit l'enregistrement (document modifié, ou composé par une \
                 autre révision de la suite)"
            )
        }
        Finding::Unmade(name) => {
            format!("{name} : ne peut pas être refait, faute de ce dont il est fait")
        }
        Finding::Foreign(name) => format!("{name} : n'a pas sa place dans un dossier"),
        Finding::Counts => "les totaux ne sont pas ceux des scénarios".to_owned(),
        Finding::Conclusion { recorded, derived } => format!(
            "conclusion : {} dans l'enregistrement, {} d'après les transcriptions",
            words::conclusion(*recorded),
            words::conclusion(*derived)
        ),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use suite::record::Verdict;

    use super::*;
    use crate::sample;

    fn signature() -> Signature {
        Signature {
            subject: "CN=Direction,O=CH TEST,C=FR".to_owned(),
            issuer: "CN=TEST AC,C=FR".to_owned(),
            serial: "0x1f".to_owned(),
            sha256: "ab".repeat(32),
            at: Some("2026-11-22T08:20:00Z".parse().expect("a timestamp")),
            in_validity: true,
            self_signed: false,
            names_certificate: true,
            certificate: Vec::new(),
        }
    }

    fn intact() -> Verification {
        Verification {
            record: sample::record(),
            manifest: Some(226),
            signatures: vec![signature()],
            derived: 222,
            rendered: Rendered::Compared(vec!["rapport.html".to_owned(), "junit.xml".to_owned()]),
            unchecked: Vec::new(),
            findings: Vec::new(),
        }
    }

    fn altered() -> Verification {
        let id = || "reception/6-fin/quit".to_owned();
        Verification {
            manifest: None,
            signatures: Vec::new(),
            rendered: Rendered::OtherVersion("0.0.9".to_owned()),
            findings: vec![
                Finding::File(Mismatch::Changed("rapport.html".to_owned())),
                Finding::File(Mismatch::Missing("junit.xml".to_owned())),
                Finding::File(Mismatch::Unlisted("notes.txt".to_owned())),
                Finding::Manifest("MANIFEST.sha256, ligne 3 : illisible".to_owned()),
                Finding::Signature("le certificat n'est pas celui du signataire".to_owned()),
                Finding::Moment("la campagne est datée de l'avenir".to_owned()),
                Finding::Transcript("transcripts/a.jsonl".to_owned()),
                Finding::Unjudged("transcripts/a.jsonl : ligne 2 illisible".to_owned()),
                Finding::MissingScenario(id()),
                Finding::UnknownScenario(id()),
                Finding::Unplayed(id()),
                Finding::Verdict { id: id(), recorded: Verdict::Pass, derived: Verdict::Fail },
                Finding::Words { id: id(), parts: vec!["observed", "reason"] },
                Finding::Document("rapport.html".to_owned()),
                Finding::Unmade("rapport.html".to_owned()),
                Finding::Foreign("index.html".to_owned()),
                Finding::Counts,
                Finding::Conclusion {
                    recorded: RunVerdict::Concluant,
                    derived: RunVerdict::NonConcluant,
                },
            ],
            ..intact()
        }
    }

    fn without_paper() -> Verification {
        Verification {
            signatures: Vec::new(),
            unchecked: vec!["rapport.pdf".to_owned()],
            ..intact()
        }
    }

    /// The operator and the vendor of its connector, whose certificate answers for itself.
    fn signed_by_two() -> Verification {
        let vendor = Signature {
            subject: "CN=Éditeur".to_owned(),
            self_signed: true,
            names_certificate: false,
            ..signature()
        };
        Verification { signatures: vec![signature(), vendor], ..intact() }
    }

    fn of_another_version() -> Verification {
        let rendered = Rendered::OtherVersion("0.0.9".to_owned());
        let unchecked = ["rapport.html", "junit.xml"].map(str::to_owned).to_vec();
        Verification { rendered, unchecked, ..intact() }
    }

    #[rstest]
    #[case::without_paper("verification-paper", without_paper())]
    #[case::of_another_version("verification-version", of_another_version())]
    #[case::signed_by_two("verification-two", signed_by_two())]
    #[case::intact("verification-intact", intact())]
    #[case::altered("verification-altered", altered())]
    fn the_verification_stays_as_it_is(#[case] name: &str, #[case] made: Verification) {
        insta::assert_snapshot!(name, verification(&made, &Style::default()));
    }

    #[test]
    fn what_is_not_shown_is_counted() {
        let findings = vec![Finding::Counts; MOST + 3];
        let text = verification(&Verification { findings, ..intact() }, &Style::default());
        assert!(text.contains("… et 3 de plus"), "{text}");
        assert!(text.contains("ALTÉRÉ · 43 constats"), "{text}");
    }
}
