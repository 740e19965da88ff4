//! A sample record that holds each verdict, long texts, accents and what a hostile target may
//! send: what the snapshots and the `sample` example are made from.

use std::{collections::BTreeMap, fs, io, path::Path};

use fixtures::{
    change::{Change, ListEntry},
    log::{QuestionOutcome, Resource},
    pki::Role,
};
use jiff::Timestamp;
use suite::{
    family::{Step, Titled},
    observe::possession::Possession,
    oracle::reception::{
        Facts,
        facts::{
            CertificateStatus, Channel, DnStatus, DomainStatus, MailFrom, PtrStatus, Recipients,
        },
    },
    record::{
        Answer, Asked, AwaitRecord, ChangeRecord, ClauseRecord, DecisionRecord, Declaration,
        EpochRecord, FamilyRecord, FetchRecord, Level, Observation, ReadRecord, RunRecord,
        RunVerdict, SCHEMA, ScenarioRecord, Summary, TargetRecord, Tier, TranscriptRef,
        UndoneRecord, Verdict, WorldRecord,
    },
    scenario::Filter,
};

/// What a hostile target may put in its replies.
pub const HOSTILE: &str =
    "550 5.7.1 <script>alert(\"x\")</script> ]]> & \u{1b}[31m\0 \u{202e}gnp \u{fffe} 🩺";

/// A transcript in the form that the runner writes, one JSON object a line, the last one cut as a
/// crash leaves it.
pub const TRANSCRIPT: &str = r#"{"at_us":120,"event":"dns-control","name":"7.0.0.127.in-addr.arpa","kind":"PTR","answer":"NXDOMAIN"}
{"at_us":410,"event":"connected","session":0,"from":"127.0.0.7:40112","to":"127.0.0.1:2525"}
{"at_us":1390,"event":"reply","session":0,"step":0,"stage":"greeting","tls":false,"code":220,"enhanced":null,"lines":["220 mss.ch-test.fr ESMTP <script>alert(1)</script>"]}
{"at_us":1460,"event":"sent","session":0,"step":1,"stage":"ehlo","tls":false,"bytes":"EHLO alpha.mss-simule.test\\r\\n"}
{"at_us":2105,"event":"reply","session":0,"step":1,"stage":"ehlo","tls":false,"code":250,"enhanced":null,"lines":["250-mss.ch-test.fr","250-STARTTLS","250 ENHANCEDSTATUSCODES"]}
{"at_us":2170,"event":"sent","session":0,"step":2,"stage":"start-tls","tls":false,"bytes":"STARTTLS\\r\\n"}
{"at_us":2800,"event":"reply","session":0,"step":2,"stage":"start-tls","tls":false,"code":220,"enhanced":"2.0.0","lines":["220 2.0.0 Ready to start TLS"]}
{"at_us":2891,"event":"tls-started","session":0,"versions":["TLS 1.3","TLS 1.2"],"presenting":[{"subject":"CN=alpha.mss-simule.test,OU=100000000000019,O=CH ALPHA,ST=Paris (75),C=FR","issuer":"CN=AC TEST ORGANISATIONS,O=TEST,C=FR","serial":"1f","not_before":"2025-01-01T00:00:00Z","not_after":"2028-01-01T00:00:00Z","sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}],"plaintext_left":""}
{"at_us":9120,"event":"tls-established","session":0,"version":"TLS 1.3","suite":"TLS13_AES_256_GCM_SHA384","certificate_requested":true,"certificate_sent":true,"peer":[{"subject":"CN=mss.ch-test.fr,OU=100000000000027,O=CH TEST,ST=Paris (75),C=FR","issuer":"CN=AC TEST ORGANISATIONS,O=TEST,C=FR","serial":"02","not_before":"2025-01-01T00:00:00Z","not_after":"2028-01-01T00:00:00Z","sha256":"60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"}]}
{"at_us":9204,"event":"sent","session":0,"step":4,"stage":"mail","tls":true,"bytes":"MAIL FROM:<jean@alpha.mss-simule.test>\\r\\n"}
{"at_us":9980,"event":"reply","session":0,"step":4,"stage":"mail","tls":true,"code":250,"enhanced":"2.1.0","lines":["250 2.1.0 Ok"]}
{"at_us":10020,"event":"sent","session":0,"step":7,"stage":"body","tls":true,"bytes":"Subject: =?utf-8?Q?r=C3=A9sultats?=\\r\\n\\r\\nBonjour\\xff\\r\\n.\\r\\n"}
{"at_us":14310,"event":"reply","session":0,"step":7,"stage":"body","tls":true,"code":250,"enhanced":"2.0.0","lines":["250 2.0.0 Ok: queued as 4F2C1\\x1b[31m"]}
{"at_us":14400,"event":"fetched","what":{"crl":"organisations"},"from":"127.0.0.1","at":"2026-11-22T08:14:02Z","service":"revocation","method":"GET","host":"127.0.0.1:8080","path":"/crl/organisations.crl","status":200,"octets":912}
{"at_us":14411,"event":"delivered","token":"t-5d2e","recipients":["marie@ch-test.fr"],"altered":["champ Subject"],"identical":false}
{"at_us":14500,"event":"tls-alert","session":0,"by":"target","stage":"quit","description":"close_notify"}
{"at_us":14600,"event":"closed","session":0,"step":8,"by":"target","stage":"quit","close_notify":true,"reset":false}
{"at_us":14700,"event":"of-a-later-version","colour":"mauve"}
{"at_us":14800,"eve"#;

/// The sample. Its summary counts its scenarios.
#[must_use]
pub fn record() -> RunRecord {
    let scenarios = scenarios();
    let summary = Summary::of(&scenarios);
    RunRecord {
        schema: SCHEMA.to_owned(),
        suite_version: "0.1.0".to_owned(),
        catalogue_sha256: "9f3c51aa0be6f3d1c4d1f0c8f2a7c6cb0b1e5a3a7d1e9ce5d0f5a0c1f2e3d4b5".to_owned(),
        started: "2026-11-22T08:14:02Z".parse().expect("a timestamp"),
        clock: "horloge système de la machine d'essai, synchronisée par NTP".to_owned(),
        duration_ms: 4_137,
        seed: 42,
        profile: "default".to_owned(),
        tier: Tier::SimulatedSpace,
        filter: ["reception/"].into_iter().collect(),
        strict: false,
        interrupted: false,
        target: TargetRecord {
            name: "CH de Test-sur-Yvette".to_owned(),
            address: "127.0.0.1:2525".to_owned(),
            mx_host: Some("mss.ch-test.fr".to_owned()),
            dn: Some("CN=mss.ch-test.fr,OU=100000000000027,O=CH TEST,ST=Paris (75),C=FR".to_owned()),
            certificate: Some("CN=mss.ch-test.fr,OU=100000000000027,O=CH TEST,ST=Paris (75),C=FR".to_owned()),
            embedded: false,
            capabilities: ["mailbox", "unknown-mailbox", "delivery"].map(str::to_owned).to_vec(),
            declaration: Some(declaration()),
        },
        world: WorldRecord {
            space: Some("kit".to_owned()),
            whitelist_sha256: "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752".to_owned(),
            whitelist_entries: 6_494,
            whitelist_url: "https://127.0.0.1:40443/listeblanchemssanteigcsante.xml".to_owned(),
            crl_url: "http://127.0.0.1:40080/crl/".to_owned(),
            dns: "127.0.0.1:5353".to_owned(),
            root: "CN=AC RACINE TEST,O=TEST,C=FR".to_owned(),
            root_sha256: "fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13".to_owned(),
        },
        possession: Possession {
            challenge: Some("lune-42-ch-test".to_owned()),
            handshakes: 271,
            signed: [("5c1f0c9ad18a7d3b22f5a6f1e08c4d97ab30e1542c6b7d8e9f00112233445566".to_owned(), 270)].into(),
            challenged: 270,
            unproven: [("le schéma de signature n'est pas vérifiable par la suite".to_owned(), 1)].into(),
        },
        verdict: RunVerdict::NonConcluant,
        scope: "Réception (TM3.1P) dans un espace simulé : 6 étapes de la cinématique corrigée. Ne sont pas couverts : l'émission, l'annuaire national, la charge.".to_owned(),
        summary,
        changes: changes(),
        reads: reads(),
        resumed: None,
        noted: Vec::new(),
        remarks: vec![
            "La cible n'a jamais demandé la CRL pendant l'exécution : la révocation n'est jugée que sur sa déclaration.".to_owned(),
        ],
        observations: vec![Observation::Greetings(vec![
            "mx1.ch-test.fr".to_owned(),
            "mx2.ch-test.fr".to_owned(),
        ])],
        clauses: clauses(),
        interpretations: BTreeMap::from([(
            "revoked-certificate".to_owned(),
            "Certificat révoqué : le refus est obligatoire quand la lecture de la CRL par la cible a été vue, ou que target.toml déclare qu'elle utilise celle du kit ; sinon, non conclusif.".to_owned(),
        )]),
        families: families(&scenarios),
        scenarios,
    }
}

fn families(scenarios: &[ScenarioRecord]) -> Vec<FamilyRecord> {
    let step = |folder: &str, title: &str| Step { folder: folder.into(), title: title.into() };
    vec![FamilyRecord {
        folder: "reception".to_owned(),
        title: "Réception du courrier MSSanté".to_owned(),
        transaction: "TM3.1P".to_owned(),
        scope: "Réception TM3.1P".to_owned(),
        steps: vec![
            step("1-ptr", "Étape 1 (supprimée) : nom inverse de l'émetteur (PTR)"),
            step("2-smtp", "Étape 2 : ouverture de la session SMTP"),
            step("3-starttls", "Étape 3 : ouverture de la session TLS"),
            step("4-certificat", "Étape 4 : certificat de l'émetteur et liste blanche"),
            step("5-enveloppe", "Étape 5 : enveloppe, réception et notification"),
            step("6-fin", "Étape 6 : fin de la session"),
        ],
        outside: vec![Titled {
            title: "Émission de messages".to_owned(),
            text: "Le choix du serveur destinataire, les nouveaux essais.".to_owned(),
        }],
        verdict: RunVerdict::NonConcluant,
        summary: Summary::of(scenarios),
        controls: Vec::new(),
    }]
}

/// An earlier run of the same target: what the sample has fixed, broken, lost and renamed since.
#[must_use]
pub fn earlier() -> RunRecord {
    let mut record = record();
    record.started = "2026-10-01T09:30:00Z".parse().expect("a timestamp");
    record.suite_version = "0.0.9".to_owned();
    record.filter = Filter::default();
    record.scenarios.retain(|scenario| !scenario.id.ends_with("6-fin/quit"));
    for scenario in &mut record.scenarios {
        match scenario.id.as_str() {
            "reception/4-certificat/revoque" => scenario.verdict = Verdict::Pass,
            "reception/4-certificat/expire" => scenario.verdict = Verdict::Pass,
            "reception/2-smtp/codes-etendus" => scenario.verdict = Verdict::Pass,
            "reception/5-enveloppe/coherent" => scenario.verdict = Verdict::Fail,
            "reception/5-enveloppe/hors-liste" => scenario.verdict = Verdict::Skipped,
            "reception/1-ptr/valide" => scenario.purpose = "Un énoncé d'avant.".to_owned(),
            "reception/5-enveloppe/u-label" => scenario.id = "reception/5-enveloppe/idn".to_owned(),
            _ => {}
        }
    }
    record.scenarios.sort_by(|a, b| a.id.cmp(&b.id));
    record.summary = Summary::of(&record.scenarios);
    record
}

/// Writes the transcripts that [`record`] names into `run_dir`.
///
/// # Errors
/// They cannot be written.
pub fn write_transcripts(run_dir: &Path) -> io::Result<()> {
    for transcript in record().scenarios.iter().filter_map(|s| s.transcript.as_ref()) {
        let path = run_dir.join(&transcript.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, TRANSCRIPT)?;
    }
    Ok(())
}

fn declaration() -> Declaration {
    Declaration {
        domains: vec!["ch-test.fr".to_owned()],
        mailbox: Some("marie@ch-test.fr".to_owned()),
        second: None,
        unknown: Some("personne@ch-test.fr".to_owned()),
        delivery: Some("reçue par la suite en LMTP à 127.0.0.1:2424".to_owned()),
        delivery_ms: 5_000,
        outgoing: Some("127.0.0.1:2526".to_owned()),
        trusts_space: true,
        uses_crl: true,
        uses_dns: false,
        list_refresh: None,
        crl_refresh: None,
        destructive: false,
        pace_ms: 0,
        max_connections: 8,
        reply_ms: 10_000,
        retry_ms: 3_000,
        not_applicable: BTreeMap::from([(
            "reception/5-enveloppe/u-label".to_owned(),
            "SMTPUTF8 n'est pas proposé".to_owned(),
        )]),
    }
}

fn clauses() -> BTreeMap<String, ClauseRecord> {
    [
        ("TM3.1P/1", "Le PTR du serveur émetteur n'est plus vérifié.", "ERR §2.2 étape 1", vec![]),
        ("TM3.1P/2", "La session SMTP suit la RFC 5321, avec les codes étendus de la RFC 2034.", "ERR §2.2 étape 2", vec![]),
        ("TM3.1P/3", "La connexion est chiffrée par STARTTLS ; le proxy n'accepte que ce type de connexion.", "ERR §2.2 étape 3", vec![]),
        ("TM3.1P/4a", "Le certificat de l'émetteur est vérifié.", "ERR §2.2 étape 4", vec!["référence saisie par l'opérateur".to_owned()]),
        ("TM3.1P/5b", "Le domaine de MAIL FROM est dans la liste blanche.", "ERR §2.2 étape 5", vec![]),
        ("TM3.1P/5c", "Le domaine de MAIL FROM est associé, dans la liste blanche, au DN du certificat utilisé.", "ERR §2.2 étape 5", vec![]),
        ("TM3.1P/6", "La session se termine selon la RFC 5321 (QUIT, 221) et la RFC 2034.", "ERR §2.2 étape 6", vec![]),
    ]
    .into_iter()
    .map(|(id, wording, source, referentiel)| {
        (id.to_owned(), ClauseRecord { wording: wording.to_owned(), source: source.to_owned(), referentiel })
    })
    .collect()
}

fn moment(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

fn changes() -> Vec<EpochRecord> {
    let add = vec![ListEntry {
        domain: "nouveau.mssante.test".to_owned(),
        dn: "CN=mx.alpha.mssante.test,C=FR".to_owned(),
    }];
    let change = Change::List { add, remove: Vec::new(), fault: None };
    let read = |at: &str| FetchRecord {
        what: Resource::List,
        from: [127, 0, 0, 1].into(),
        at: moment(at),
        status: Some(200),
        octets: 5_120,
        left: None,
    };
    vec![EpochRecord {
        changes: vec![ChangeRecord {
            text: change.to_string(),
            change,
            since: moment("2026-11-22T08:14:05Z"),
            asked: "GET https://127.0.0.1:8443/listeblanchemssante.xml".to_owned(),
            answer: "5120 octets".to_owned(),
        }],
        awaited: vec![AwaitRecord {
            what: Resource::List,
            by: "command".to_owned(),
            said: None,
            bound_ms: 120_000,
            took_ms: 800,
            failed: None,
        }],
        read: vec![read("2026-11-22T08:14:06Z")],
        scenarios: vec!["reception/5-enveloppe/domaine-ajoute-a-la-liste".to_owned()],
        undone: Some(UndoneRecord {
            since: moment("2026-11-22T08:14:07Z"),
            proofs: vec![
                "GET https://127.0.0.1:8443/listeblanchemssante.xml → 4980 octets".to_owned(),
            ],
            awaited: vec![AwaitRecord {
                what: Resource::List,
                said: None,
                by: "command".to_owned(),
                bound_ms: 120_000,
                took_ms: 600,
                failed: None,
            }],
            read: vec![read("2026-11-22T08:14:08Z")],
            failed: None,
        }),
    }]
}

fn reads() -> Vec<ReadRecord> {
    let row = |what, answer, count| ReadRecord {
        what,
        from: [127, 0, 0, 1].into(),
        answer,
        count,
        first: moment("2026-11-22T08:14:02Z"),
        last: moment("2026-11-22T08:14:08Z"),
    };
    let name = Some("7.0.0.127.in-addr.arpa".to_owned());
    vec![
        row(Asked::File(Resource::List), Answer::Http(Some(200)), 3),
        row(Asked::File(Resource::Crl(Role::Organisations)), Answer::Http(Some(200)), 1),
        row(Asked::Dns { kind: "PTR".to_owned(), name }, Answer::Dns(QuestionOutcome::NxDomain), 2),
    ]
}

fn scenarios() -> Vec<ScenarioRecord> {
    let nominal = Facts::default();
    let mut all = vec![
        pass("1-ptr/absent", "PTR absent", "TM3.1P/1", Facts { ptr: PtrStatus::Absent, ..nominal }),
        pass("1-ptr/valide", "PTR valide", "TM3.1P/1", nominal),
        pass("2-smtp/ehlo", "Ouverture de session", "TM3.1P/2", nominal),
        ScenarioRecord {
            level: Level::Should,
            verdict: Verdict::PassWithRemark,
            observed: "EHLO sans ENHANCEDSTATUSCODES".to_owned(),
            expected: "ENHANCEDSTATUSCODES proposé dans la réponse à EHLO".to_owned(),
            evidence: Vec::new(),
            reason: "RFC 2034 non proposée ; la proposer permet à l'émetteur de lire la cause d'un refus.".to_owned(),
            ..pass("2-smtp/codes-etendus", "Codes étendus proposés", "TM3.1P/2", nominal)
        },
        pass("3-starttls/nominal", "Transaction sous TLS 1.3", "TM3.1P/3", nominal),
        pass("3-starttls/tls12", "Transaction sous TLS 1.2", "TM3.1P/3", Facts { channel: Channel::Tls12, ..nominal }),
        ScenarioRecord {
            verdict: Verdict::Fail,
            expected: "530 5.7.0 ou un autre refus avant DATA".to_owned(),
            observed: "250 2.1.0 Ok à MAIL FROM, 354 à DATA".to_owned(),
            stage: Some("DATA".to_owned()),
            reason: "La cible accepte une transaction en clair.".to_owned(),
            advice: Some("Refuser tout MAIL hors de TLS : Postfix smtpd_tls_security_level = encrypt, Exim acl_smtp_mail avec deny ! encrypted = *.".to_owned()),
            consequence: Some("Du courrier pourrait être reçu hors de TLS, et lu ou modifié sur le réseau.".to_owned()),
            twin: Some("reception/3-starttls/nominal".to_owned()),
            decisions: vec![decision("TM3.1P/3", "refusé", &["TM3.1P/3 · non respectée : transaction en clair"], Facts { channel: Channel::Clear, ..nominal })],
            ..pass("3-starttls/clair", "Transaction sans STARTTLS", "TM3.1P/3", Facts { channel: Channel::Clear, ..nominal })
        },
        pass("4-certificat/valide", "Certificat émetteur valide", "TM3.1P/4a", nominal),
        ScenarioRecord {
            level: Level::Must,
            twin: Some("reception/4-certificat/valide".to_owned()),
            decisions: vec![decision("TM3.1P/4a", "refusé", &["TM3.1P/1 · respectée : le PTR n'est pas vérifié", "TM3.1P/3 · respectée : TLS 1.3", "TM3.1P/4a · non respectée : le certificat est révoqué et la cible lit la CRL"], Facts { certificate: CertificateStatus::Revoked, ..nominal })],
            interpretation: Some("revoked-certificate".to_owned()),
            stage: Some("corps du message".to_owned()),
            expected: "un refus : alerte TLS, coupure, ou 4xx/5xx au plus tard après DATA".to_owned(),
            observed: "250 2.0.0 Ok: queued as 4F2C1 après DATA".to_owned(),
            verdict: Verdict::Fail,
            reason: "Un message envoyé avec un certificat révoqué a été accepté. Vérifiez que le proxy charge la CRL de l'autorité et l'applique aux certificats clients.".to_owned(),
            evidence: vec![
                "certificat présenté : série 0x1f, révoqué par la CRL nº 3, lue par la cible 13 s plus tôt".to_owned(),
                "témoin reception/4-certificat/valide accepté avant et après".to_owned(),
            ],
            duration_ms: 1_204,
            ..pass("4-certificat/revoque", "Certificat émetteur révoqué", "TM3.1P/4a", Facts { certificate: CertificateStatus::Revoked, ..nominal })
        },
        ScenarioRecord {
            verdict: Verdict::Inconclusive,
            twin: Some("reception/4-certificat/valide".to_owned()),
            expected: "un refus".to_owned(),
            observed: "421 4.3.2 Service indisponible avant la présentation du certificat".to_owned(),
            evidence: Vec::new(),
            decisions: vec![decision("TM3.1P/4a", "refusé", &["TM3.1P/4a · non respectée : le certificat a expiré"], Facts { certificate: CertificateStatus::Expired, ..nominal })],
            stage: Some("connexion".to_owned()),
            reason: "La cible a répondu 421 avant le fait fautif : relancez avec un rythme plus lent (pace dans target.toml).".to_owned(),
            ..pass("4-certificat/expire", "Certificat émetteur expiré", "TM3.1P/4a", Facts { certificate: CertificateStatus::Expired, ..nominal })
        },
        ScenarioRecord {
            verdict: Verdict::Fail,
            observed: HOSTILE.to_owned(),
            expected: "250 après DATA".to_owned(),
            title: "Domaine en capitales : « É & <b>gras</b> »".to_owned(),
            reason: format!("Refus d'un domaine qui ne diffère que par la casse. Réponse : {HOSTILE}"),
            evidence: vec![
                format!("réponse entière : {HOSTILE}"),
                format!("DN comparé : CN=alpha.mss-simule.test,OU=100000000000019,O={},ST=Paris (75),C=FR", "CENTRE-HOSPITALIER-INTERCOMMUNAL-".repeat(4)),
            ],
            ..pass("5-enveloppe/casse", "Domaine en capitales", "TM3.1P/5c", nominal)
        },
        pass("5-enveloppe/coherent", "Domaine associé au DN", "TM3.1P/5c", nominal),
        ScenarioRecord {
            verdict: Verdict::PassWithRemark,
            observed: "451 4.7.1 à RCPT".to_owned(),
            expected: "un refus définitif (5xx) avec son motif".to_owned(),
            evidence: vec!["témoin reception/5-enveloppe/coherent accepté avant et après".to_owned()],
            decisions: vec![decision("TM3.1P/5b", "refusé", &["TM3.1P/5b · non respectée : le domaine n'est pas dans la liste blanche"], Facts { domain: DomainStatus::Unlisted, ..nominal })],
            stage: Some("RCPT".to_owned()),
            reason: "Refus provisoire pour une cause permanente : l'émetteur réessaiera pendant des jours.".to_owned(),
            ..pass("5-enveloppe/hors-liste", "Domaine hors liste blanche", "TM3.1P/5b", Facts { domain: DomainStatus::Unlisted, ..nominal })
        },
    ];
    for (name, title) in
        [("boite-pleine", "Boîte pleine"), ("boite-pleine-vide", "Boîte pleine, MAIL FROM vide")]
    {
        all.push(ScenarioRecord {
            verdict: Verdict::Skipped,
            reason: "aucune boîte pleine déclarée dans target.toml".to_owned(),
            ..unplayed(
                name,
                title,
                Facts { recipients: Recipients::Known, mail_from: MailFrom::Null, ..nominal },
            )
        });
    }
    all.push(ScenarioRecord {
        verdict: Verdict::NotApplicable,
        level: Level::May,
        reason: "déclaré sans objet par l'opérateur : SMTPUTF8 n'est pas proposé".to_owned(),
        ..unplayed(
            "u-label",
            "Domaine accentué",
            Facts { mail_from: MailFrom::ULabel, dn: DnStatus::Equivalent, ..nominal },
        )
    });
    all.push(pass("6-fin/quit", "Fin de session", "TM3.1P/6", nominal));
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

fn decision(clause: &str, permitted: &str, rules: &[&str], facts: Facts) -> DecisionRecord {
    DecisionRecord {
        transaction: 1,
        clause: clause.to_owned(),
        permitted: vec![permitted.to_owned()],
        rule_path: rules.iter().map(|rule| (*rule).to_owned()).collect(),
        facts: facts.rows(),
        interpretation: None,
    }
}

fn pass(path: &str, title: &str, clause: &str, facts: Facts) -> ScenarioRecord {
    ScenarioRecord {
        id: format!("reception/{path}"),
        title: title.to_owned(),
        purpose: format!("Le proxy se conforme à {clause} : {}.", title.to_lowercase()),
        clause: clause.to_owned(),
        level: Level::Must,
        twin: None,
        decisions: vec![decision(clause, "accepté", &[&format!("{clause} · respectée")], facts)],
        interpretation: None,
        stage: Some("corps du message".to_owned()),
        advice: None,
        consequence: None,
        expected: "250 après DATA".to_owned(),
        observed: "250 2.0.0 Ok après DATA".to_owned(),
        verdict: Verdict::Pass,
        reason: "Conforme à l'attendu.".to_owned(),
        evidence: vec!["message reçu par le collecteur LMTP, inchangé".to_owned()],
        duration_ms: 38,
        transcript: Some(TranscriptRef {
            path: format!("transcripts/{}.jsonl", path.replace('/', "-")),
            sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
        }),
    }
}

fn unplayed(name: &str, title: &str, facts: Facts) -> ScenarioRecord {
    ScenarioRecord {
        observed: String::new(),
        evidence: Vec::new(),
        stage: None,
        duration_ms: 0,
        transcript: None,
        ..pass(&format!("5-enveloppe/{name}"), title, "TM3.1P/5c", facts)
    }
}
