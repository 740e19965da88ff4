//! An honest run that is not conclusive, and what somebody makes of it: whatever of its record follows from the
//! suite and from the transcripts cannot be said otherwise.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use fixtures::{
    pki::{Clock, KeyPool},
    space::Space,
};
use jiff::Timestamp;
use proof::proxy::{Delivery, Proxy, ProxyConfig};
use reports::{
    bundle::{Files, Manifest},
    dossier::{self, Finding, FindingKind},
    json,
};
use serde_json::{Value, json};
use suite::{
    oracle::reception::facts::Profile,
    record::RunVerdict,
    runner::{Contradicted, Difference, IS_DECLARED, Options, run},
    scenario::{self, Filter, Library},
};
use tokio::sync::watch;

/// The scenarios of the run, which is whole: the library has no others.
const KEPT: &[&str] = &[
    "reception/4-certificat/expire",
    "reception/4-certificat/valide",
    "reception/5-enveloppe/domaine-ajoute-a-la-liste",
    "reception/5-enveloppe/nominal",
    "reception/6-fin/quit",
];

/// The transcript of the control after the world whose list is another.
const AFTER_A_LIST: &str = "controle-reception-monde-1.jsonl";

/// The transcript that is retouched.
const TOUCHED: &str = "reception-6-fin-quit.jsonl";

fn library() -> Library {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let mut library = scenario::load(&root).expect("all scenarios load");
    library.scenarios.retain(|scenario| KEPT.contains(&scenario.id.as_str()));
    assert_eq!(library.scenarios.len(), KEPT.len());
    library
}

/// The files of a run against the reference proxy, said to be an operator's.
async fn honest(library: &Library) -> BTreeMap<String, Vec<u8>> {
    let pool = KeyPool::open(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("keys")).expect("a pool");
    let space = Space::ephemeral(&pool, Clock::System).await.expect("the space starts");
    let config = ProxyConfig::of_space(
        &space,
        "127.0.0.1:0".parse().expect("an address"),
        Delivery::Memory(space.mailroom().clone()),
    )
    .expect("the space has a target");
    let proxy = Proxy::start(config).await.expect("the proxy starts");
    let mut target = proxy.target();
    target.embedded = false;
    let out = tempfile::tempdir().expect("a folder");
    let options = Options {
        jobs: 4,
        seed: 1,
        filter: Filter::default(),
        strict: false,
        profile: Profile::Default,
        out: out.path().to_owned(),
        started: Timestamp::now(),
        challenge: None,
    };
    let (_go_on, stop) = watch::channel(false);
    let record =
        run(library, &space, &target, &options, stop, |_| {}).await.expect("the run is made");
    assert_eq!(record.verdict, RunVerdict::Concluant, "{:#?}", record.scenarios);
    let mut files = BTreeMap::new();
    files.insert("record.json".to_owned(), json::render(&record).expect("JSON").into_bytes());
    for file in fs::read_dir(out.path().join("transcripts")).expect("transcripts") {
        let path = file.expect("a file").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        files.insert(format!("transcripts/{name}"), fs::read(&path).expect("read"));
    }
    files
}

fn record(files: &BTreeMap<String, Vec<u8>>) -> Value {
    serde_json::from_slice(&files["record.json"]).expect("JSON")
}

fn found(library: &Library, files: &BTreeMap<String, Vec<u8>>) -> Vec<Finding> {
    let files: Files = files.clone().into_iter().collect();
    match dossier::verify(&files, library, None, Timestamp::now()) {
        Ok(verification) => verification.findings,
        Err(error) => panic!("it can be verified: {error}"),
    }
}

/// Writes a retouched record as the suite would have: in its own form.
fn retouched(
    files: &BTreeMap<String, Vec<u8>>,
    retouch: impl FnOnce(&mut Value, &mut BTreeMap<String, Vec<u8>>),
) -> BTreeMap<String, Vec<u8>> {
    let mut files = files.clone();
    let mut value = record(&files);
    retouch(&mut value, &mut files);
    // Digests agree: whoever retouches makes them anew.
    let digest = |files: &BTreeMap<String, Vec<u8>>, one: &mut Value| {
        let Some(path) = one["path"].as_str().map(str::to_owned) else { return };
        if let Some(octets) = files.get(&path) {
            one["sha256"] = json!(Manifest::digest(octets));
        }
    };
    for list in ["/scenarios", "/families/0/controls"] {
        let list = value.pointer_mut(list).and_then(Value::as_array_mut);
        for one in list.expect("a list") {
            if one["transcript"].is_object() {
                digest(&files, &mut one["transcript"]);
            }
        }
    }
    let made = serde_json::from_value(value).expect("a record");
    files.insert("record.json".to_owned(), json::render(&made).expect("JSON").into_bytes());
    files
}

/// Rewrites a transcript, line by line.
fn rewrite(files: &mut BTreeMap<String, Vec<u8>>, name: &str, change: impl Fn(&mut Value)) {
    let name = format!("transcripts/{name}");
    let text = String::from_utf8(files[&name].clone()).expect("text");
    let lines = text.lines().map(|line| {
        let mut entry = serde_json::from_str(line).expect("an event");
        change(&mut entry);
        format!("{entry}\n")
    });
    let text: String = lines.collect();
    files.insert(name, text.into_bytes());
}

/// Leaves out of a transcript what is of these events.
fn without(files: &mut BTreeMap<String, Vec<u8>>, name: &str, events: &[&str]) {
    let name = format!("transcripts/{name}");
    let text = String::from_utf8(files[&name].clone()).expect("text");
    let is_left = |line: &&str| {
        let entry: Value = serde_json::from_str(line).expect("an event");
        events.iter().all(|event| entry["event"] != *event)
    };
    let text: String = text.lines().filter(is_left).map(|line| format!("{line}\n")).collect();
    files.insert(name, text.into_bytes());
}

/// Changes where a transcript says when it began.
fn began(files: &mut BTreeMap<String, Vec<u8>>, name: &str, change: impl Fn(&mut Value)) {
    rewrite(files, name, |entry| {
        if entry["event"] == "began" {
            change(entry);
        }
    });
}

/// When a transcript began, in microseconds of the run.
fn since(files: &BTreeMap<String, Vec<u8>>, name: &str) -> u64 {
    let text = String::from_utf8_lossy(&files[&format!("transcripts/{name}")]);
    let first: Value =
        serde_json::from_str(text.lines().next().expect("a line")).expect("an event");
    first["since_us"].as_u64().expect("a number")
}

type Retouch = fn(&mut Value, &mut BTreeMap<String, Vec<u8>>);

/// What a forgery ends in.
#[derive(Clone, Copy, Debug)]
enum End {
    /// A finding of this kind.
    In(FindingKind),
    /// What cannot be, named.
    Cannot(Contradicted),
}

/// Forgeries that leave the digests sound, each with what it ends in.
const FORGERIES: &[(&str, Retouch, End)] = &[
    ("the scope", |r, _| r["scope"] = json!("Homologuée par l'ANS."), End::In(FindingKind::Record)),
    (
        "a clause",
        |r, _| r["clauses"]["TM3.1P/2"]["wording"] = json!("« Rien. »"),
        End::In(FindingKind::Record),
    ),
    (
        "a number of the référentiel",
        |r, _| r["clauses"]["TM3.1P/2"]["referentiel"] = json!(["EX_1"]),
        End::In(FindingKind::Record),
    ),
    (
        "a remark",
        |r, _| r["remarks"] = json!(["Campagne suivie par l'ANS."]),
        End::In(FindingKind::Record),
    ),
    (
        "the certificate",
        |r, _| r["target"]["certificate"] = json!("CN=mss.autre.fr,C=FR"),
        End::In(FindingKind::Record),
    ),
    (
        "a capability",
        |r, _| r["target"]["capabilities"] = json!(["mailbox"]),
        End::In(FindingKind::Record),
    ),
    ("the tier", |r, _| r["tier"] = json!("black-box"), End::In(FindingKind::Record)),
    ("a family", |r, _| r["families"][0]["title"] = json!("Tout"), End::In(FindingKind::Record)),
    ("no outside", |r, _| r["families"][0]["outside"] = json!([]), End::In(FindingKind::Record)),
    (
        "no controls",
        |r, _| r["families"][0]["controls"] = json!([]),
        End::Cannot(Contradicted::NoControl),
    ),
    (
        "one control",
        |r, _| drop(r["families"][0]["controls"].as_array_mut().map(Vec::pop)),
        End::Cannot(Contradicted::NoControl),
    ),
    (
        "no control after a world",
        |r, _| {
            if let Some(all) = r["families"][0]["controls"].as_array_mut() {
                all.retain(|one| !one["when"].is_object());
            }
        },
        End::Cannot(Contradicted::NoControl),
    ),
    (
        "a control's words",
        |r, _| r["families"][0]["controls"][0]["observed"] = json!("250 OK"),
        End::In(FindingKind::Record),
    ),
    (
        "the space withdrawn",
        |r, _| r["target"]["declaration"]["trusts_space"] = json!(false),
        End::Cannot(Contradicted::LeftOut),
    ),
    (
        "deliveries withdrawn",
        |r, _| {
            r["target"]["declaration"]["delivery"] = Value::Null;
            r["target"]["declaration"]["outgoing"] = Value::Null;
        },
        End::Cannot(Contradicted::Delivery),
    ),
    ("a change of the space", |r, _| r["changes"] = json!([]), End::In(FindingKind::Record)),
    (
        "another address",
        |r, _| r["target"]["address"] = json!("192.0.2.1:25"),
        End::Cannot(Contradicted::Address),
    ),
    (
        "another mailbox",
        |r, _| r["target"]["declaration"]["mailbox"] = json!("x@autre.fr"),
        End::Cannot(Contradicted::Mailbox),
    ),
    (
        "another root",
        |r, _| r["world"]["root"] = json!("CN=AC,C=FR"),
        End::Cannot(Contradicted::Root),
    ),
    ("a shorter run", |r, _| r["duration_ms"] = json!(0), End::Cannot(Contradicted::Duration)),
    (
        "a longer scenario",
        |r, _| r["scenarios"][0]["duration_ms"] = json!(3_600_000),
        End::Cannot(Contradicted::Duration),
    ),
    (
        "time that goes back",
        |_, f| {
            rewrite(f, TOUCHED, |entry| {
                let at = entry["at_us"].as_u64().unwrap_or(0);
                entry["at_us"] = json!(60_000_000 - at);
            })
        },
        End::Cannot(Contradicted::Backwards),
    ),
    (
        "a beginning after the end of the run",
        |_, f| began(f, TOUCHED, |one| one["since_us"] = json!(3_600_000_000_u64)),
        End::Cannot(Contradicted::Duration),
    ),
    (
        "a scenario before its twin",
        |_, f| {
            let since = since(f, "reception-4-certificat-valide.jsonl");
            began(f, "reception-4-certificat-expire.jsonl", |one| one["since_us"] = json!(since));
        },
        End::Cannot(Contradicted::Order),
    ),
    (
        "a scenario before the first control",
        |_, f| began(f, TOUCHED, |one| one["since_us"] = json!(0)),
        End::Cannot(Contradicted::Order),
    ),
    (
        "a last control while the scenarios are played",
        |_, f| {
            let since = since(f, TOUCHED);
            began(f, "controle-reception-apres.jsonl", |one| one["since_us"] = json!(since));
        },
        End::Cannot(Contradicted::Order),
    ),
    (
        "a scenario that goes on while the last control is played",
        |r, f| {
            r["duration_ms"] = json!(3_600_000);
            rewrite(f, TOUCHED, |entry| {
                let at = entry["at_us"].as_u64().expect("a number");
                let held =
                    ["began", "connected"].contains(&entry["event"].as_str().expect("a name"));
                entry["at_us"] = json!(if held { at } else { at + 60_000_000 });
            });
        },
        End::Cannot(Contradicted::Overlap),
    ),
    (
        "a run that was resumed, where nothing shows it",
        |r, _| r["resumed"] = json!(2),
        End::Cannot(Contradicted::Resumed),
    ),
    (
        "a part of a run that was not resumed",
        |_, f| began(f, TOUCHED, |one| one["part"] = json!(1)),
        End::Cannot(Contradicted::Resumed),
    ),
    (
        "a part that is played when the next has begun",
        |r, f| {
            r["resumed"] = json!(1);
            let names: Vec<String> = f
                .keys()
                .filter_map(|path| path.strip_prefix("transcripts/"))
                .map(str::to_owned)
                .collect();
            for name in names.iter().filter(|name| *name != TOUCHED) {
                began(f, name, |one| one["part"] = json!(1));
            }
        },
        End::Cannot(Contradicted::Backwards),
    ),
    (
        "nothing of how a world ended",
        |_, f| without(f, AFTER_A_LIST, &["restored", "awaited", "fetched"]),
        End::Cannot(Contradicted::Restored),
    ),
    (
        "no proof that a world ended",
        |_, f| without(f, AFTER_A_LIST, &["restored"]),
        End::Cannot(Contradicted::Restored),
    ),
    (
        "no read of the nominal list",
        |_, f| without(f, AFTER_A_LIST, &["fetched"]),
        End::Cannot(Contradicted::Restored),
    ),
    (
        "another list than the nominal one is back",
        |_, f| {
            rewrite(f, AFTER_A_LIST, |entry| {
                if entry["event"] == "restored" {
                    entry["answer"] = json!("200, 5000 octets, SHA-256 00");
                }
            })
        },
        End::Cannot(Contradicted::Restored),
    ),
    (
        "a world that ends in a scenario",
        |_, f| {
            rewrite(f, "reception-5-enveloppe-domaine-ajoute-a-la-liste.jsonl", |entry| {
                if entry["event"] == "changed" {
                    entry["event"] = json!("restored");
                }
            })
        },
        End::Cannot(Contradicted::Restored),
    ),
    (
        "a control after a world of a part that never was",
        |_, f| began(f, AFTER_A_LIST, |one| one["part"] = json!(1)),
        End::Cannot(Contradicted::Resumed),
    ),
    (
        "when a world ended",
        |r, _| r["changes"][0]["undone"]["since"] = json!("2026-01-01T00:00:00Z"),
        End::In(FindingKind::Record),
    ),
    ("what was noted", |r, _| r["noted"] = json!(["Tout va bien."]), End::In(FindingKind::Record)),
    (
        "tokens of another run",
        |_, f| {
            rewrite(f, "reception-5-enveloppe-nominal.jsonl", |entry| {
                if entry["event"] == "message" {
                    entry["token"] = json!("0123456789-0123456789-0-0");
                }
            })
        },
        End::Cannot(Contradicted::Message),
    ),
    (
        "another space",
        |_, f| {
            rewrite(f, "reception-5-enveloppe-nominal.jsonl", |entry| {
                if entry["event"] == "tls-started" {
                    entry["presenting"][1]["sha256"] = json!("00".repeat(32));
                }
            })
        },
        End::Cannot(Contradicted::Spaces),
    ),
    (
        "the embedded proxy, which greets otherwise",
        |r, f| {
            r["target"]["embedded"] = json!(true);
            rewrite(f, TOUCHED, |entry| {
                if entry["stage"] == "greeting" && entry["event"] == "reply" {
                    entry["lines"] = json!(["220 mx.autre.fr ESMTP"]);
                }
            })
        },
        End::Cannot(Contradicted::Reference),
    ),
    (
        "a verdict",
        |r, _| r["scenarios"][0]["verdict"] = json!("pass_with_remark"),
        End::In(FindingKind::Verdict),
    ),
    (
        "a scenario left out by a filter",
        |r, _| r["filter"] = json!(["!6-fin"]),
        End::In(FindingKind::Scenario),
    ),
    (
        "a scenario less",
        |r, _| drop(r["scenarios"].as_array_mut().map(|all| all.remove(0))),
        End::In(FindingKind::Scenario),
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_retouched_is_named() {
    let library = library();
    let files = honest(&library).await;
    assert_eq!(found(&library, &files), [], "an honest run is not blamed");
    let mut wrong = Vec::new();
    for (name, retouch, end) in FORGERIES {
        let forged = retouched(&files, retouch);
        let found = found(&library, &forged);
        let ends = |finding: &Finding| match (end, finding) {
            (End::In(kind), finding) => finding.kind() == *kind,
            (End::Cannot(what), Finding::Inconsistent(shown)) => shown.what == *what,
            _ => false,
        };
        if !found.iter().any(ends) {
            wrong.push(format!("{name}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let tried: BTreeSet<Contradicted> = FORGERIES
        .iter()
        .filter_map(|(.., end)| match end {
            End::Cannot(what) => Some(*what),
            End::In(_) => None,
        })
        .collect();
    assert_eq!(tried, Contradicted::ALL.iter().copied().collect(), "each that cannot be is forged");

    // Every field of the record, one of each kind, says something else: it is found, or it is declared.
    let mut paths = BTreeMap::new();
    leaves(&record(&files), &mut Vec::new(), &mut paths);
    let mut open = Vec::new();
    for (kind, path) in &paths {
        let at = Difference { path: kind.clone(), recorded: None, derived: None };
        let declared = IS_DECLARED.iter().any(|one| at.is_at(one));
        let Some(forged) = mutated(&files, path) else { continue };
        let findings = found_or_refused(&library, &forged);
        if !declared && !findings {
            open.push(kind.join("."));
        }
    }
    assert!(paths.len() > 60, "{}", paths.len());
    assert!(open.is_empty(), "derived, and not held against what is recorded: {open:#?}");
}

/// One path to each kind of leaf, elements of lists being of one kind.
fn leaves(value: &Value, path: &mut Vec<String>, found: &mut BTreeMap<Vec<String>, Vec<String>>) {
    let parts: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(list) => {
            list.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect()
        }
        _ => {
            let star = |name: &String| {
                if name.parse::<usize>().is_ok() { "*".to_owned() } else { name.clone() }
            };
            found.entry(path.iter().map(star).collect()).or_insert_with(|| path.clone());
            return;
        }
    };
    for (name, value) in parts {
        path.push(name);
        leaves(value, path, found);
        path.pop();
    }
}

/// The files with something else at that path; `None` where nothing else of its type is known there.
fn mutated(
    files: &BTreeMap<String, Vec<u8>>,
    path: &[String],
) -> Option<BTreeMap<String, Vec<u8>>> {
    let mut value = record(files);
    let mut at = &mut value;
    for name in path {
        at = match at {
            Value::Array(list) => list.get_mut(name.parse::<usize>().ok()?)?,
            other => other.get_mut(name.as_str())?,
        };
    }
    *at = match at {
        Value::String(text) => json!(format!("{text} autrement")),
        Value::Number(number) => json!(number.as_u64()? ^ 1),
        Value::Bool(whether) => json!(!*whether),
        _ => return None,
    };
    let made = serde_json::from_value(value).ok()?;
    let mut files = files.clone();
    files.insert("record.json".to_owned(), json::render(&made).expect("JSON").into_bytes());
    Some(files)
}

/// Whether something is wrong with these, or they cannot be verified at all.
fn found_or_refused(library: &Library, files: &BTreeMap<String, Vec<u8>>) -> bool {
    let files: Files = files.clone().into_iter().collect();
    let made = dossier::verify(&files, library, None, Timestamp::now());
    made.map_or(true, |made| !made.findings.is_empty() || !made.unchecked.is_empty())
}
