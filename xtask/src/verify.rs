//! `verify`: whether dossiers are what they claim to be.

use std::{
    collections::BTreeMap,
    fs,
    num::NonZero,
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use clap::Args;
use fixtures::smtp::challenge::Challenge;
use jiff::Timestamp;
use reports::{
    bundle::{self, Authorities, Room},
    dossier::{self, Demands, Entry, Listing, Shortfall, Verification},
    terminal,
};
use suite::scenario::{self, Library};

use crate::{
    checked,
    cli::jobs,
    console::{Console, fill},
    exit::{self, Trouble},
    paper::{self, Without},
    place,
};

const END: &str = "\
Exemples :
  cargo xtask verify dossier-ch-de-test-2026-11-22.zip
  cargo xtask verify --pdf dossier-ch-de-test-2026-11-22.zip
  cargo xtask verify target/conformance/latest        (dossier d'une campagne, sans manifeste)
  cargo xtask verify recus/ --trust igc.pem --crl igc.crl --require-signature --json

Sont vérifiés : l'empreinte de chaque fichier, la signature s'il y en a une, chaque verdict, rejugé par \
l'oracle à partir des transcriptions, et chaque document, recomposé à partir de l'enregistrement. Un octet \
changé, un verdict changé, un scénario manquant, une page retouchée sont nommés. Cela dit si le dossier est \
cohérent. Qui l'a produit, seule une signature le dit ; que les échanges ont eu lieu, seul le signataire.

--challenge TEXTE montre hors ligne que la clé du certificat présenté a signé chaque poignée de main TLS après \
que le mot a été donné. Il ne dit pas quel logiciel s'est servi de cette clé, ni ce qui s'est dit dans TLS.

Plusieurs dossiers, ou un dossier qui en contient : une ligne chacun, puis le détail de ceux qui sont altérés. \
Avec --json, docs/verification.schema.json décrit ce qui est écrit.

Codes de sortie : 0 intact, vérifié en entier, et tel que demandé · 1 altéré · 2 illisible ou incomplet
                  3 pas entièrement vérifié : autre version de la suite, ou PDF non refait (--pdf)
                  4 sans signature recevable (--require-signature, --trust)
                  5 pas concluant (--require-concluant) · 6 trop ancien (--max-age)
                  7 défi non démontré (--challenge)
                  De plusieurs raisons ou dossiers : le plus petit de ces codes hors 0
";

const WITHOUT: Without = Without {
    undone: "rien n'est vérifié",
    advice: "retirez --pdf : tout est vérifié, mais du PDF l'empreinte seule",
};

/// Vérifie des dossiers : empreintes, signatures, verdicts rejugés, documents refaits
#[derive(Args, Debug)]
#[command(after_long_help = END, next_help_heading = "Options")]
pub(crate) struct Verify {
    /// Archives de dossiers, ou dossiers décompressés, ou d'une campagne, ou qui en contiennent
    #[arg(value_name = "DOSSIER", required = true, help_heading = "Arguments")]
    files: Vec<PathBuf>,

    /// Dossier des scénarios (à défaut, ceux de ce dépôt)
    #[arg(long, value_name = "DOSSIER")]
    scenarios: Option<PathBuf>,

    /// Recompose aussi le PDF (la première fois, quelques minutes de construction)
    #[arg(long)]
    pdf: bool,

    /// N'admet qu'un dossier signé par quelqu'un dont l'une de ces autorités répond, en PEM ou DER (plusieurs fois
    /// possible)
    #[arg(long, value_name = "FICHIER")]
    trust: Vec<PathBuf>,

    /// Liste de révocation de ces autorités, en PEM ou DER (plusieurs fois possible) ; rien n'est téléchargé
    #[arg(long, value_name = "FICHIER", requires = "trust")]
    crl: Vec<PathBuf>,

    /// N'admet qu'un dossier signé, par qui que ce soit
    #[arg(long)]
    require_signature: bool,

    /// N'admet qu'une campagne jouée sous ce défi (conformance --challenge) : chaque poignée de main TLS y répond
    #[arg(long, value_name = "TEXTE", value_parser = Challenge::new)]
    challenge: Option<Challenge>,

    /// N'admet qu'une campagne concluante
    #[arg(long)]
    require_concluant: bool,

    /// N'admet qu'une campagne finie depuis au plus tant de jours
    #[arg(long, value_name = "JOURS")]
    max_age: Option<u32>,

    /// Écrit ce qu'il en est en JSON
    #[arg(long)]
    json: bool,

    /// Dossiers vérifiés en même temps (à défaut, autant que de processeurs)
    #[arg(long, value_name = "N", value_parser = jobs)]
    jobs: Option<usize>,
}

impl Verify {
    /// Verifies.
    pub(crate) fn run(&self, console: &Console) -> Result<u8, Trouble> {
        if self.pdf && cfg!(not(feature = "pdf")) {
            return paper::again(console, &WITHOUT);
        }
        let authorities = match self.trust.as_slice() {
            [] => None,
            trust => Some(
                Authorities::read(trust, &self.crl).map_err(|error| Trouble::advised(&error))?,
            ),
        };
        for aside in authorities.iter().flat_map(Authorities::left_aside) {
            console.note(&fill(aside, console.err.width, "note     "));
        }
        let desk = Desk {
            library: scenario::load(&place::scenarios(self.scenarios.as_deref()))?,
            authorities,
            demands: Demands {
                signature: self.require_signature,
                trust: !self.trust.is_empty(),
                concluant: self.require_concluant,
                max_age: self.max_age,
                challenge: self.challenge.clone(),
            },
            now: Timestamp::now(),
            room: Room::default(),
        };
        let paths: Vec<PathBuf> =
            self.files.iter().flat_map(|path| within(path, console)).collect();
        match paths.as_slice() {
            [path] if !self.json => desk.one(path, console),
            paths => Ok(self.all(&desk, paths, console)),
        }
    }

    /// Checks them, some at once, and tells of each in their order; of those altered, the details last.
    fn all(&self, desk: &Desk, paths: &[PathBuf], console: &Console) -> u8 {
        let mut entries = Vec::new();
        let mut details = Vec::new();
        let jobs = self
            .jobs
            .unwrap_or_else(|| thread::available_parallelism().map_or(1, NonZero::get))
            .min(paths.len());
        let next = AtomicUsize::new(0);
        let (tell, told) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..jobs {
                let (tell, next) = (tell.clone(), &next);
                scope.spawn(move || {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(path) = paths.get(index) else { break };
                        // The receiver lives as long as this scope.
                        drop(tell.send((index, desk.entry(path, console))));
                    }
                });
            }
            drop(tell);
            let mut early = BTreeMap::new();
            for (index, checked) in told {
                early.insert(index, checked);
                while let Some((entry, detail)) = early.remove(&entries.len()) {
                    if !self.json {
                        console.say(&terminal::entry(&entry, &console.out));
                    }
                    details.extend(detail.map(|detail| (entry.file.clone(), detail)));
                    entries.push(entry);
                }
            }
        });
        let code = entries.iter().flat_map(|entry: &Entry| &entry.shortfalls);
        let code = code.map(|shortfall| code_of(*shortfall)).min().unwrap_or(exit::YES);
        if self.json {
            console.say(&Listing::new(entries, desk.now).render());
            return code;
        }
        for (file, detail) in details {
            console.say(&format!("\n{}\n{detail}", console.strong(console.out, &file)));
        }
        let accepted = entries.iter().filter(|entry| entry.accepted).count();
        let dossiers = reports::plural(entries.len(), "dossier");
        console.say(&format!("\n{dossiers} · {accepted} admis"));
        code
    }
}

/// What dossiers are checked with.
struct Desk {
    library: Library,
    authorities: Option<Authorities>,
    demands: Demands,
    now: Timestamp,
    /// For what is unpacked of all that are checked at once.
    room: Room,
}

/// Why a dossier could not be checked.
struct Unchecked {
    shortfall: Shortfall,
    trouble: Trouble,
    words: String,
}

impl Desk {
    fn check(&self, path: &Path) -> Result<Verification, Unchecked> {
        let unpacked = bundle::unpack_within(path, &self.room).map_err(|error| Unchecked {
            shortfall: Shortfall::Unreadable,
            trouble: Trouble::advised(&error),
            words: error.to_string(),
        })?;
        dossier::verify(&unpacked.files, &self.library, self.authorities.as_ref(), self.now)
            .map_err(|error| Unchecked {
                shortfall: Shortfall::of(&error),
                words: error.to_string(),
                trouble: checked::trouble(&error),
            })
    }

    /// Checks one, and tells all of it.
    fn one(&self, path: &Path, console: &Console) -> Result<u8, Trouble> {
        let made = self.check(path).map_err(|unchecked| unchecked.trouble)?;
        console.say(&self.told(&made, console));
        let shortfalls = made.shortfalls(&self.demands, self.now);
        Ok(shortfalls.first().map_or(exit::YES, |worst| code_of(*worst)))
    }

    /// Checks one of many: what became of it and, if it is altered, all that there is to tell.
    fn entry(&self, path: &Path, console: &Console) -> (Entry, Option<String>) {
        let file = place::shown(path);
        match self.check(path) {
            Ok(made) => {
                let altered = !made.findings.is_empty();
                let detail = altered.then(|| self.told(&made, console));
                (Entry::of(file, &made, &self.demands, self.now), detail)
            }
            Err(Unchecked { shortfall, words, .. }) => {
                (Entry::unchecked(file, shortfall, words), None)
            }
        }
    }

    fn told(&self, made: &Verification, console: &Console) -> String {
        terminal::verification(made, &self.demands, self.now, &console.out)
    }
}

fn code_of(shortfall: Shortfall) -> u8 {
    match shortfall {
        Shortfall::Altered => exit::NO,
        Shortfall::Unreadable => exit::USAGE,
        Shortfall::Unchecked => exit::UNKNOWN,
        Shortfall::Unsigned => exit::UNSIGNED,
        Shortfall::Unchallenged => exit::UNCHALLENGED,
        Shortfall::NotConcluant => exit::NOT_CONCLUANT,
        Shortfall::TooOld => exit::TOO_OLD,
    }
}

/// The dossiers that a path stands for: itself, or those in the folder, by name. What is left out of these is told.
fn within(path: &Path, console: &Console) -> Vec<PathBuf> {
    let is_one = |path: &Path| {
        let parts = [bundle::MANIFEST, bundle::SIGNATURE, "record.json", "rapport.html"];
        parts.iter().any(|name| path.join(name).is_file())
    };
    let entries = match fs::read_dir(path) {
        Ok(entries) if !is_one(path) => entries,
        // What cannot be read is told where it is read.
        _ => return vec![path.to_owned()],
    };
    let (mut found, mut left) = (Vec::new(), Vec::new());
    for entry in entries {
        let Ok(entry) = entry else {
            left.push("une entrée illisible".to_owned());
            continue;
        };
        let path = entry.path();
        let archive = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("zip"));
        if archive && path.is_file() || is_one(&path) {
            found.push(path);
        } else {
            left.push(reports::visible(&entry.file_name().to_string_lossy()).into_owned());
        }
    }
    if !(left.is_empty() || found.is_empty()) {
        left.sort();
        let text = format!(
            "{} : ni archive .zip ni dossier, laissé de côté : {}",
            place::shown(path),
            left.join(", ")
        );
        console.note(&fill(&text, console.err.width, "note     "));
    }
    found.sort();
    if found.is_empty() { vec![path.to_owned()] } else { found }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// Each reason has the code that `--help` gives it.
    #[rstest]
    #[case::altered(Shortfall::Altered, "1 altéré")]
    #[case::unreadable(Shortfall::Unreadable, "2 illisible")]
    #[case::unchecked(Shortfall::Unchecked, "3 pas entièrement vérifié")]
    #[case::unsigned(Shortfall::Unsigned, "4 sans signature recevable")]
    #[case::not_concluant(Shortfall::NotConcluant, "5 pas concluant")]
    #[case::too_old(Shortfall::TooOld, "6 trop ancien")]
    #[case::unchallenged(Shortfall::Unchallenged, "7 défi non démontré")]
    fn a_reason_has_the_code_of_the_help(#[case] shortfall: Shortfall, #[case] words: &str) {
        assert!(words.starts_with(&code_of(shortfall).to_string()), "{shortfall:?}");
        assert!(END.contains(words), "{words}");
    }
}
