//! Forgeries by hand, each with what it ends in.

use reports::{
    bundle::{Files, Manifest},
    dossier::FindingKind,
    json,
};
use serde_json::{Value, json};
use suite::runner::Contradicted;

use crate::run::{RECORD, record};

/// The transcript of the control after the world whose list is another.
const AFTER_A_LIST: &str = "controle-reception-monde-1.jsonl";

/// The transcript that is retouched.
const TOUCHED: &str = "reception-6-fin-quit.jsonl";

/// Two that may be played at once.
const TOGETHER: [&str; 2] = [
    "reception-2-smtp-destinataire-inconnu-second.jsonl",
    "reception-2-smtp-deux-destinataires.jsonl",
];

/// Writes a retouched record as the suite would have: in its own form.
pub(crate) fn retouched(files: &Files, retouch: impl FnOnce(&mut Value, &mut Files)) -> Files {
    let mut files = files.clone();
    let mut value = record(&files);
    retouch(&mut value, &mut files);
    // Digests agree: whoever retouches makes them anew.
    let digest = |files: &Files, one: &mut Value| {
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
    files.insert(RECORD.to_owned(), json::render(&made).expect("JSON").into_bytes());
    files
}

/// Rewrites a transcript, line by line.
fn rewrite(files: &mut Files, name: &str, change: impl Fn(&mut Value)) {
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
fn without(files: &mut Files, name: &str, events: &[&str]) {
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
fn began(files: &mut Files, name: &str, change: impl Fn(&mut Value)) {
    rewrite(files, name, |entry| {
        if entry["event"] == "began" {
            change(entry);
        }
    });
}

/// When a transcript began, in microseconds of the run.
fn since(files: &Files, name: &str) -> u64 {
    let text = String::from_utf8_lossy(&files[&format!("transcripts/{name}")]);
    let first: Value =
        serde_json::from_str(text.lines().next().expect("a line")).expect("an event");
    first["since_us"].as_u64().expect("a number")
}

/// What is done to a record and to the files beside it.
pub(crate) type Retouch = fn(&mut Value, &mut Files);

/// What a forgery ends in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    /// A finding of this kind.
    In(FindingKind),
    /// What cannot be, named.
    Cannot(Contradicted),
}

/// Forgeries that leave the digests sound, each with what it ends in.
pub(crate) const FORGERIES: &[(&str, Retouch, End)] = &[
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
        "more at once than connections are allowed",
        |r, f| {
            r["target"]["declaration"]["max_connections"] = json!(1);
            r["duration_ms"] = json!(3_600_000);
            for name in TOGETHER {
                began(f, name, |one| one["since_us"] = json!(1_000_000_000_u64));
                rewrite(f, name, |entry| {
                    let at = entry["at_us"].as_u64().expect("a number");
                    let held =
                        ["began", "connected"].contains(&entry["event"].as_str().expect("a name"));
                    entry["at_us"] = json!(if held { at } else { at + 60_000_000 });
                });
            }
            began(f, "controle-reception-apres.jsonl", |one| {
                one["since_us"] = json!(2_000_000_000_u64);
            });
        },
        End::Cannot(Contradicted::Crowd),
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
