//! `fuzz`: libFuzzer on everything that reads what others wrote.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use clap::Args;
use reports::plural;
use suite::document::nearest;

use crate::{
    cli::jobs,
    console::{Console, fill},
    exit::{self, Trouble},
    fuzzer::{FuzzOutcome, Fuzzer, triple},
    place,
    test::find,
};

/// Each target and what it reads.
const TARGETS: [(&str, &str); 13] = [
    ("compare", "un message remis, comparé au message envoyé"),
    ("dn_der", "un DN en DER, comme dans un certificat"),
    ("dn_text", "un DN en texte, comme dans la liste blanche"),
    ("judge", "une transcription que personne n'a écrite, devant le juge"),
    ("probe", "la réponse de la cible à un ClientHello fait à la main"),
    ("scenario", "un fichier de scénario"),
    ("script", "les lignes d'un script et leurs modèles"),
    ("smtp_address", "une adresse : enveloppe, boîte de test, cible"),
    ("smtp_reply", "les réponses SMTP de la cible, découpées au hasard"),
    ("smtp_session", "une session entière devant l'oracle"),
    ("target_file", "target.toml"),
    ("transcript", "la transcription d'un scénario"),
    ("whitelist", "la liste blanche, sa signature et son index"),
];

/// The longest run of one target, in seconds: a day.
const LONGEST: u64 = 24 * 3600;

const ABOUT: &str = "\
Éprouve par libFuzzer tout ce qui lit ce que d'autres ont écrit : la cible, un opérateur, un auteur de \
scénario.

Chaque cible part de ses graines (suite/fuzz/seeds), invente des entrées qui mènent ailleurs dans le \
code, et vérifie sur chacune une propriété (suite/fuzz/src) : rien ne panique, ce qui est lu se réécrit, \
aucune limite n'est dépassée, personne d'autre ne peut signer la liste. Les entrées utiles s'accumulent \
dans target/fuzz/corpus et servent la fois suivante ; les graines ne changent pas.

Une cible s'arrête à sa première trouvaille, gardée dans target/fuzz/findings/CIBLE. Une fois copiée dans \
suite/fuzz/regressions/CIBLE, elle est rejouée par les tests ordinaires, sans libFuzzer.";

const END: &str = "\
Exemples :
  cargo xtask fuzz --list
  cargo xtask fuzz --install                   (installe cargo-fuzz s'il manque)
  cargo xtask fuzz smtp_reply probe --seconds 600
  cargo xtask fuzz --seconds 3600 --jobs 8

Codes de sortie : 0 rien trouvé · 1 au moins une trouvaille · 2 commande à corriger · 3 impossible à dire
";

/// Cherche des entrées qui mettent un lecteur en défaut (cargo-fuzz)
#[derive(Args, Debug)]
#[command(long_about = ABOUT, after_long_help = END, next_help_heading = "Options")]
pub(crate) struct Fuzz {
    /// Cibles à éprouver (toutes à défaut ; --list les nomme)
    #[arg(value_name = "CIBLE", help_heading = "Arguments")]
    targets: Vec<String>,

    /// Durée de chaque cible, en secondes (60 à défaut)
    #[arg(long, value_name = "N", default_value = "60", value_parser = seconds, hide_default_value = true)]
    seconds: u64,

    /// Cibles éprouvées à la fois, de 1 à 64 (1 à défaut ; chacune occupe un cœur)
    #[arg(long, value_name = "J", default_value = "1", value_parser = jobs, hide_default_value = true)]
    jobs: usize,

    /// Nomme les cibles, sans rien lancer
    #[arg(long)]
    list: bool,

    /// Installe cargo-fuzz s'il manque, par cargo install
    #[arg(long)]
    install: bool,
}

impl Fuzz {
    /// Builds and runs the targets.
    pub(crate) fn run(&self, console: &Console) -> Result<u8, Trouble> {
        let chosen = self.chosen()?;
        if self.list {
            for (name, reads) in chosen {
                console.say(&format!("{name:13} {reads}"));
            }
            return Ok(exit::YES);
        }
        let room = place::workspace().join("suite").join("fuzz");
        let work = place::fuzz();
        self.provide(console)?;
        build(console, &room, &work, &chosen)?;
        let seconds = self.seconds;
        let s = if chosen.len() > 1 { "s" } else { "" };
        console.note(&format!("{} cible{s}, {seconds} s chacune…", chosen.len()));
        let fuzzers = chosen.iter().map(|(name, _)| Fuzzer { name, room: &room, work: &work });
        let found = self.play(console, &fuzzers.collect::<Vec<_>>())?;
        console.say(&match found {
            0 => console.good(console.out, "Rien trouvé."),
            1 => console.bad(console.out, "Une trouvaille."),
            count => console.bad(console.out, &format!("{count} trouvailles.")),
        });
        Ok(if found == 0 { exit::YES } else { exit::NO })
    }

    /// The targets that the command line names, in the table's order.
    fn chosen(&self) -> Result<Vec<(&'static str, &'static str)>, Trouble> {
        let known = || TARGETS.iter().map(|(name, _)| *name);
        for given in &self.targets {
            if !known().any(|name| name == given) {
                let near = nearest(given, known());
                let help = match near.first() {
                    Some(near) => format!("vouliez-vous dire {near} ? Sinon, "),
                    None => String::new(),
                };
                return Err(Trouble::usage(
                    format!("aucune cible ne s'appelle « {given} »"),
                    format!("{help}voyez : cargo xtask fuzz --list"),
                ));
            }
        }
        let wanted: BTreeSet<&str> = self.targets.iter().map(String::as_str).collect();
        let named = |name: &str| wanted.is_empty() || wanted.contains(name);
        Ok(TARGETS.into_iter().filter(|(name, _)| named(name)).collect())
    }

    /// Sees to it that cargo-fuzz is there.
    fn provide(&self, console: &Console) -> Result<(), Trouble> {
        const BY_HAND: &str = "cargo install --locked cargo-fuzz";
        if is_there() {
            return Ok(());
        }
        if !self.install {
            return Err(Trouble::environment(
                "cargo-fuzz est introuvable",
                format!("relancez avec --install, ou tapez : {BY_HAND}"),
            ));
        }
        console.note("Installation de cargo-fuzz…");
        let mut install = cargo();
        install.args(["install", "--locked", "cargo-fuzz"]);
        // Its words are no result of ours.
        let installed = install.stdout(std::io::stderr()).status();
        if installed.is_ok_and(|status| status.success()) && is_there() {
            return Ok(());
        }
        Err(Trouble::environment(
            "cargo-fuzz n'a pas pu être installé : voyez les messages ci-dessus",
            format!("tapez : {BY_HAND}"),
        ))
    }

    /// Runs the fuzzers, `jobs` at once, a line for each as it ends. The number of findings.
    fn play(&self, console: &Console, fuzzers: &[Fuzzer<'_>]) -> Result<usize, Trouble> {
        let (next, found) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let (stop, trouble) = (AtomicBool::new(false), Mutex::new(None));
        let worker = || {
            while !stop.load(Ordering::Relaxed)
                && let Some(fuzzer) = fuzzers.get(next.fetch_add(1, Ordering::Relaxed))
            {
                let begun = Instant::now();
                match fuzzer.run(Duration::from_secs(self.seconds)) {
                    Ok(outcome) => {
                        found.fetch_add(outcome.findings.len(), Ordering::Relaxed);
                        console.say(&told(console, fuzzer, &outcome, begun.elapsed()));
                    }
                    Err(error) => {
                        stop.store(true, Ordering::Relaxed);
                        let mut trouble = trouble.lock().expect("no panic while it is held");
                        trouble.get_or_insert(Trouble::environment(
                            format!("{} n'a pas pu être éprouvée ({error})", fuzzer.name),
                            "vérifiez la place sur le disque et la mémoire, puis relancez",
                        ));
                    }
                }
            }
        };
        thread::scope(|scope| {
            for _ in 0..self.jobs.min(fuzzers.len()) {
                scope.spawn(worker);
            }
        });
        match trouble.into_inner().expect("no panic while it is held") {
            Some(trouble) => Err(trouble),
            None => Ok(found.into_inner()),
        }
    }
}

fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(place::workspace());
    command
}

/// Whether cargo has its subcommand: in PATH, or where cargo puts what it installs.
fn is_there() -> bool {
    let installed = || {
        let home = env::var_os("CARGO_HOME").map(PathBuf::from);
        let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")))?;
        fs::metadata(home.join("bin").join("cargo-fuzz")).ok()
    };
    find("cargo-fuzz").is_some() || installed().is_some()
}

/// Builds the targets, on the toolchain of the project: without a sanitizer nothing of nightly is
/// needed, and the project itself has no unsafe code for one to watch.
fn build(
    console: &Console,
    room: &Path,
    work: &Path,
    chosen: &[(&str, &str)],
) -> Result<(), Trouble> {
    console.note("Construction des cibles…");
    let mut build = cargo();
    build.args(["fuzz", "build", "--sanitizer", "none", "--target", &triple()]);
    build.arg("--fuzz-dir").arg(room).arg("--target-dir").arg(work);
    if let [(only, _)] = chosen {
        build.arg(only);
    }
    let built = build.stdout(std::io::stderr()).status();
    if built.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    Err(Trouble::environment(
        "les cibles n'ont pas pu être construites : voyez les messages ci-dessus",
        "libFuzzer demande un compilateur C++ : apt-get install g++",
    ))
}

/// The line of a target, and what to do with what was found.
fn told(console: &Console, fuzzer: &Fuzzer<'_>, outcome: &FuzzOutcome, took: Duration) -> String {
    let style = console.out;
    let mark = match outcome.findings.is_empty() {
        true => console.good(style, "✔"),
        false => console.bad(style, "✘"),
    };
    let coverage = outcome
        .covered
        .map_or_else(String::new, |(first, last)| format!(" · couverture {first} → {last}"));
    let mut text = format!(
        "{mark} {:13} {} essais en {:.0} s{coverage} · {} · {}",
        fuzzer.name,
        outcome.executions,
        took.as_secs_f64(),
        match outcome.added {
            0 | 1 => format!("{} entrée nouvelle", outcome.added),
            added => format!("{added} entrées nouvelles"),
        },
        plural(outcome.findings.len(), "trouvaille"),
    );
    for finding in &outcome.findings {
        let shown = place::pasted(finding);
        let name = fuzzer.name;
        if let Some(reason) = &outcome.reason {
            text += &format!("\n{}", fill(reason, style.width, "  motif     "));
        }
        text += &format!(
            "\n  entrée    {shown}\n  rejouer   {} {shown}\n  garder    mkdir -p \
             suite/fuzz/regressions/{name} && cp {shown} suite/fuzz/regressions/{name}/UN-NOM-QUI-DIT-QUOI\n  \
             puis      cargo test -p suite --test fuzz",
            place::pasted(&fuzzer.program()),
        );
    }
    text
}

fn seconds(text: &str) -> Result<u64, String> {
    match text.parse::<u64>() {
        Ok(seconds) if (1..=LONGEST).contains(&seconds) => Ok(seconds),
        _ => Err(format!("un nombre entier de 1 à {LONGEST} est attendu")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_says_what_broke_and_how_to_keep_it() {
        let (room, work) = (Path::new("suite/fuzz"), Path::new("target/fuzz"));
        let fuzzer = Fuzzer { name: "smtp_reply", room, work };
        let outcome = FuzzOutcome {
            executions: 1486,
            added: 99,
            covered: Some((688, 747)),
            findings: vec![fuzzer.findings().join("crash-1a2b")],
            reason: Some("src/smtp_reply.rs:25:5: left == right".to_owned()),
        };
        let style = reports::terminal::Style { colour: false, width: 100 };
        let console = Console { out: style, err: style, live: false };
        let text = told(&console, &fuzzer, &outcome, Duration::from_secs(3));
        let text = text.replace(&triple(), "[triple]");
        insta::assert_snapshot!(text, @r"
        ✘ smtp_reply    1486 essais en 3 s · couverture 688 → 747 · 99 entrées nouvelles · 1 trouvaille
          motif     src/smtp_reply.rs:25:5: left == right
          entrée    target/fuzz/findings/smtp_reply/crash-1a2b
          rejouer   target/fuzz/[triple]/release/smtp_reply target/fuzz/findings/smtp_reply/crash-1a2b
          garder    mkdir -p suite/fuzz/regressions/smtp_reply && cp target/fuzz/findings/smtp_reply/crash-1a2b suite/fuzz/regressions/smtp_reply/UN-NOM-QUI-DIT-QUOI
          puis      cargo test -p suite --test fuzz
        ");
    }

    #[test]
    fn the_table_holds_every_target() {
        let folder = place::workspace().join("suite/fuzz/fuzz_targets");
        let entries = fs::read_dir(folder).expect("the targets");
        let there: BTreeSet<String> = entries
            .map(|entry| entry.expect("a file").path())
            .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
            .collect();
        assert_eq!(there, TARGETS.map(|(name, _)| name.to_owned()).into());
    }
}
