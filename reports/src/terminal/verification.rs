//! The text that says whether a bundle is what it claims to be.

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

#[cfg(test)]
mod tests {
    use annexe1::{Connector, Form, Operator, SpaceBoxes};
    use rstest::rstest;
    use suite::{
        observe::possession::Possession,
        record::{Observation, Verdict},
        runner::{Contradicted, Contradiction},
    };

    use super::*;
    use crate::{bundle::Mismatch, dossier::Entry, sample};

    fn signature() -> Signed {
        Signed {
            signature: of_an_authority(),
            standing: Standing::Unasked,
            organisation: Organisation::Operator,
        }
    }

    fn of_an_authority() -> Signature {
        Signature {
            name: Vec::new(),
            subject: "CN=Direction,O=CH TEST,C=FR".to_owned(),
            issuer: "CN=TEST AC,C=FR".to_owned(),
            serial: "0x1f".to_owned(),
            sha256: "ab".repeat(32),
            at: Some("2026-11-22T08:20:00Z".parse().expect("a timestamp")),
            in_validity: true,
            self_signed: false,
            names_certificate: true,
            chain: Vec::new(),
            lists: Vec::new(),
        }
    }

    fn told(made: &Verification, demands: &Demands) -> String {
        let now = "2026-12-22T08:20:00Z".parse().expect("a timestamp");
        verification(made, demands, now, &Style::default())
    }

    fn form() -> Form {
        let connector = Connector { vendor: "Éditeur".to_owned(), version: "4.2".to_owned() };
        Form {
            space: SpaceBoxes { test: true, production: false },
            operator: Operator {
                name: "CH de TEST".to_owned(),
                dn: vec!["CN=mss.test,OU=1440000073,O=CH TEST,ST=Paris (75),C=FR".to_owned()],
                connector: Some(connector),
                ..Operator::default()
            },
            ..Form::default()
        }
    }

    #[test]
    fn what_was_asked_and_is_not_there_is_told() {
        let made = Verification { signatures: Vec::new(), form: Some(form()), ..intact() };
        let challenge = Challenge::new("étoile-7").ok();
        let demands = Demands {
            signature: true,
            trust: false,
            concluant: true,
            max_age: Some(20),
            challenge,
        };
        insta::assert_snapshot!("verification-demands", told(&made, &demands));
    }

    #[rstest]
    #[case::of_another_word(Some(("lune-42", 9)), "jouée sous un autre défi, « lune-42 »")]
    #[case::under_none(None, "ni sous aucun autre")]
    #[case::in_part(Some(("étoile-7", 8)), "8 poignées de main sur 9 seulement, sous le défi")]
    #[case::in_all(Some(("étoile-7", 9)), "INTACT · 0 constat")]
    fn a_challenge_is_answered_by_each_handshake(
        #[case] played: Option<(&str, u32)>,
        #[case] says: &str,
    ) {
        let possession = Possession {
            challenge: played.map(|(word, _)| word.to_owned()),
            handshakes: 9,
            signed: [("00".to_owned(), 9)].into(),
            challenged: played.map_or(0, |(_, count)| count),
            ..Possession::default()
        };
        let made = Verification { possession: Some(possession), ..intact() };
        let challenge = Challenge::new("étoile-7").ok();
        let demands = Demands { challenge, ..Demands::default() };
        let text = told(&made, &demands);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(says), "{text}");
        let answered = played == Some(("étoile-7", 9));
        let expected = if answered { vec![] } else { vec![Shortfall::Unchallenged] };
        assert_eq!(made.shortfalls(&demands, made.record.ended()), expected);
    }

    fn intact() -> Verification {
        Verification {
            record: sample::record(),
            form: None,
            earlier: false,
            manifest: Some(226),
            signatures: vec![signature()],
            derived: 222,
            possession: Some(sample::record().possession),
            rendered: Rendered::Compared(vec!["rapport.html".to_owned(), "junit.xml".to_owned()]),
            unchecked: Vec::new(),
            uncompared: Vec::new(),
            observations: vec![Observation::Greetings(vec![
                "mx1.test".to_owned(),
                "mx2.test".to_owned(),
            ])],
            findings: Vec::new(),
        }
    }

    #[test]
    fn what_is_worth_a_word_is_in_the_listing_too() {
        let now = sample::record().started;
        let entry = Entry::of("a.zip".to_owned(), &intact(), &Demands::default(), now);
        let [one] = entry.observations.as_slice() else { panic!("{entry:?}") };
        assert!(one.contains("mx1.test") && one.contains("mx2.test"), "{one}");
        assert_eq!(entry.shortfalls, []);
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
                Finding::Words {
                    id: id(),
                    parts: ["observed", "reason"].map(str::to_owned).to_vec(),
                },
                Finding::Inconsistent(Contradiction {
                    what: Contradicted::Address,
                    transcripts: vec!["transcripts/a.jsonl".to_owned()],
                }),
                Finding::Field {
                    path: "target.certificate".to_owned(),
                    recorded: "CN=autre".to_owned(),
                    derived: String::new(),
                },
                Finding::Document("rapport.html".to_owned()),
                Finding::Unmade("rapport.html".to_owned()),
                Finding::Foreign("index.html".to_owned()),
                Finding::Possession,
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
        let vendor = Signed {
            signature: Signature {
                subject: "CN=Éditeur".to_owned(),
                self_signed: true,
                names_certificate: false,
                ..of_an_authority()
            },
            standing: Standing::Unattached("personne n'en répond".to_owned()),
            organisation: Organisation::Other,
        };
        let list = Some("2026-11-20T08:00:00Z".parse().expect("a timestamp"));
        let revocation = Revocation { known: Known::OfTheSigner, list, carried: false };
        let standing = Standing::Attached { in_force: false, revocation };
        let operator = Signed { standing, ..signature() };
        Verification { signatures: vec![operator, vendor], earlier: true, ..intact() }
    }

    fn of_another_version() -> Verification {
        let rendered = Rendered::OtherVersion("0.0.9".to_owned());
        let unchecked = ["rapport.html", "junit.xml"].map(str::to_owned).to_vec();
        let uncompared = vec!["families.0.title".to_owned()];
        Verification { rendered, unchecked, uncompared, ..intact() }
    }

    #[rstest]
    #[case::without_paper("verification-paper", without_paper())]
    #[case::of_another_version("verification-version", of_another_version())]
    #[case::signed_by_two("verification-two", signed_by_two())]
    #[case::intact("verification-intact", intact())]
    #[case::altered("verification-altered", altered())]
    fn the_verification_stays_as_it_is(#[case] name: &str, #[case] made: Verification) {
        insta::assert_snapshot!(name, told(&made, &Demands::default()));
    }

    /// What is known of a signer's revocation, and what is not and why.
    #[test]
    fn a_revocation_is_told_with_its_list() {
        let list: Timestamp = "2026-11-20T08:00:00Z".parse().expect("a timestamp");
        let signed = |standing, self_signed| {
            let made = signature();
            Signed { signature: Signature { self_signed, ..made.signature }, standing, ..made }
        };
        let later = signature().signature.at.expect("dated") + jiff::SignedDuration::from_hours(1);
        let of = |known, list| Revocation { known, list, carried: false };
        let attached = |revocation| Standing::Attached { in_force: true, revocation };
        let told: Vec<String> = [
            (attached(of(Known::Checked, Some(list))), false),
            (attached(of(Known::OfTheSigner, Some(list))), false),
            (attached(of(Known::NoList, None)), false),
            (attached(of(Known::OtherIssuers, None)), false),
            (attached(of(Known::ListExpired, Some(list))), false),
            (Standing::Named { revocation: of(Known::Checked, Some(list)) }, false),
            (attached(Revocation { carried: true, ..of(Known::Checked, Some(list)) }), false),
            (Standing::Named { revocation: of(Known::NoList, None) }, false),
            (Standing::Named { revocation: of(Known::NoList, None) }, true),
            (Standing::Revoked { since: None }, false),
            (Standing::Revoked { since: Some(list) }, false),
            (Standing::Revoked { since: Some(later) }, false),
        ]
        .map(|(made, alone)| standing(&signed(made, alone)))
        .into();
        insta::assert_snapshot!("revocations", told.join("\n"));
    }

    #[test]
    fn what_is_not_shown_is_counted() {
        let findings = vec![Finding::Counts; MOST + 3];
        let text = told(&Verification { findings, ..intact() }, &Demands::default());
        assert!(text.contains("… et 3 de plus"), "{text}");
        assert!(text.contains("ALTÉRÉ · 43 constats"), "{text}");
    }
}
