//! What became of dossiers, as a terminal shows it.

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
    let demands =
        Demands { signature: true, trust: false, concluant: true, max_age: Some(20), challenge };
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
            Finding::Words { id: id(), parts: ["observed", "reason"].map(str::to_owned).to_vec() },
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
    Verification { signatures: Vec::new(), unchecked: vec!["rapport.pdf".to_owned()], ..intact() }
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
