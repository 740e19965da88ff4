//! A small matrix in which each kind of problem occurs, for the snapshots and the tests in a browser.

use proof::matrix::{FamilyRow, Finding, Matrix, MutantRow, Round, SCHEMA, ScenarioRow};
use suite::record::{Level, Verdict};

const EXPIRED: &str = "reception/4-certificat/expire";
const REVOKED: &str = "reception/4-certificat/revoque";
const SIGNED: &str = "reception/4-certificat/rsa-1024";
const EHLO: &str = "reception/2-smtp/ehlo";
const CODES: &str = "reception/2-smtp/codes-etendus";
const MAPPED: &str = "reception/5-enveloppe/domaine-d-un-autre";

fn scenario(id: &str, level: Level, clause: &str, title: &str) -> ScenarioRow {
    ScenarioRow { id: id.into(), level, clause: clause.into(), title: title.into() }
}

fn round(duration_ms: u64, others: &[(&str, Verdict, &str)]) -> Round {
    let finding = |verdict: Verdict, reason: &str| Finding {
        verdict,
        found: matches!(verdict, Verdict::Fail | Verdict::PassWithRemark),
        reason: reason.into(),
    };
    let others = others.iter().map(|(id, verdict, why)| ((*id).into(), finding(*verdict, why)));
    Round { duration_ms, others: others.collect(), ..Round::default() }
}

fn mutant(id: &str, fault: &str, clause: &str, killers: &[&str], round: Round) -> MutantRow {
    MutantRow {
        id: id.into(),
        fault: fault.into(),
        clause: clause.into(),
        killers: killers.iter().map(ToString::to_string).collect(),
        round,
    }
}

/// The matrix.
#[must_use]
pub fn matrix() -> Matrix {
    let failed = "le message devait être refusé et a été remis";
    let hostile = "réponse <script>alert(1)</script> \u{1b}[31m";
    let slow = Round {
        cut_short: Some("arrêté au bout de 120 s".into()),
        ..round(120_004, &[(EHLO, Verdict::Skipped, "non joué")])
    };
    Matrix {
        schema: SCHEMA.into(),
        suite_version: "0.1.0".into(),
        catalogue_sha256: "215ddf".repeat(10) + "0000",
        started: "2026-11-22T09:00:00Z".parse().expect("a timestamp"),
        duration_ms: 131_250,
        seed: 1,
        filter: None,
        interrupted: false,
        families: vec![FamilyRow {
            folder: "reception".into(),
            title: "Réception du courrier MSSanté".into(),
        }],
        scenarios: vec![
            scenario(CODES, Level::Should, "TM3.1P/2", "Codes étendus"),
            scenario(EHLO, Level::Must, "TM3.1P/2", "EHLO est accepté"),
            scenario(EXPIRED, Level::Must, "TM3.1P/4a", "Certificat émetteur expiré"),
            scenario(REVOKED, Level::Must, "TM3.1P/4a", "Certificat émetteur révoqué"),
            scenario(SIGNED, Level::Should, "TM3.1P/4a", "Clé RSA de 1024 bits"),
            scenario(MAPPED, Level::Must, "TM3.1P/5c", "Domaine d'un autre opérateur"),
            scenario(MAPPED, Level::Must, "TM3.1P/5c", "Domaine d'un autre opérateur"),
        ],
        reference: Some(round(
            1_702,
            &[(CODES, Verdict::PassWithRemark, "RFC 2034 n'est pas proposée")],
        )),
        mutants: vec![
            mutant(
                "certificat-expire-accepte",
                "accepte un certificat expiré",
                "TM3.1P/4a",
                &[EXPIRED],
                round(1_650, &[(EXPIRED, Verdict::Fail, failed)]),
            ),
            mutant(
                "crl-ignoree",
                "ne lit pas la CRL",
                "TM3.1P/4a",
                &[REVOKED, EXPIRED, "reception/4-certificat/nulle-part"],
                round(
                    1_800,
                    &[
                        (REVOKED, Verdict::Fail, hostile),
                        (EXPIRED, Verdict::Inconclusive, "le témoin n'a pas été accepté"),
                    ],
                ),
            ),
            mutant(
                "cle-faible-acceptee",
                "accepte une clé RSA de 1024 bits",
                "TM3.1P/4a",
                &[SIGNED],
                Round {
                    through: ["reception/4-certificat".to_owned()].into(),
                    ..round(
                        1_400,
                        &[(SIGNED, Verdict::Fail, failed), (EXPIRED, Verdict::Fail, failed)],
                    )
                },
            ),
            mutant(
                "codes-etendus-absents",
                "ne donne aucun code étendu",
                "TM3.1P/2",
                &[CODES],
                round(1_500, &[(REVOKED, Verdict::Fail, failed)]),
            ),
            mutant(
                "domaine-ignore",
                "ne compare pas le domaine et le DN",
                "TM3.1P/5c",
                &[MAPPED],
                round(1_600, &[(MAPPED, Verdict::Inconclusive, "aucune réponse en 3 s")]),
            ),
            mutant("muet", "ne répond plus après EHLO", "TM3.1P/2", &[EHLO], slow),
            mutant("muet", "se tait", "TM3.1P/2", &[], round(900, &[])),
        ],
    }
}

/// One in which nothing is wrong.
#[must_use]
pub fn sound() -> Matrix {
    let mut matrix = matrix();
    matrix.scenarios.retain(|scenario| scenario.id == EXPIRED);
    matrix.mutants.truncate(1);
    matrix.reference = Some(Round { duration_ms: 1_702, ..Round::default() });
    matrix
}
