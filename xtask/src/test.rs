//! `test`: the tests of this repository, and the Debian programs that some of them use.

use std::{
    env,
    ffi::OsString,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use clap::Args;

use fixtures::{
    exim::{self, Exim},
    skip,
};

use crate::{
    axe,
    console::Console,
    exit::{self, Trouble},
    place,
    skips::Skips,
    unpack,
};

/// A Debian program: its name, its package with those that it needs beside it, and what is skipped without it.
const PROGRAMS: [(&str, &str, &str); 12] = [
    ("xmlsec1", "xmlsec1", "la signature de la liste blanche, recoupée par un autre programme"),
    ("curl", "curl", "les vrais serveurs dont un script relit la liste blanche"),
    ("python3", "python3", "les mêmes"),
    ("postfix", "postfix", "la suite contre un vrai serveur Postfix"),
    ("swaks", "swaks", "le proxy de référence sollicité par un autre client"),
    ("dig", "bind9-dnsutils", "le DNS simulé interrogé par un autre client"),
    ("pdftotext", "poppler-utils", "le PDF du rapport relu par un autre programme"),
    ("qpdf", "qpdf", "le PDF du rapport vérifié par un autre programme"),
    (
        "softhsm2-util",
        "softhsm2 libengine-pkcs11-openssl",
        "la signature d'un dossier par une clé qui ne quitte pas son jeton",
    ),
    ("openssl", "openssl", "les certificats relus par un autre programme"),
    ("chromium", "chromium", "les pages des rapports dans un vrai navigateur"),
    ("chromedriver", "chromium-driver", "les pages des rapports dans un vrai navigateur"),
];

/// Unpacked, not installed: its package and Postfix's exclude each other.
const EXIM: Program = (
    "exim4",
    "exim4-daemon-heavy",
    "la suite contre un vrai serveur Exim, déballé sans être installé",
);

/// Fetched, not installed: a script of the npm registry.
const AXE: Program = ("axe-core", "axe-core", "l'accessibilité des pages des rapports");

/// Policy that keeps apt from starting the services it installs.
const POLICY: &str = "/usr/sbin/policy-rc.d";

const END: &str = "\
Exemples :
  cargo xtask test
  cargo xtask test --install                   (Debian, en root : installe ce qui manque)
  cargo xtask test -- -p suite oracle

Codes de sortie : 0 tout passe · 1 un test échoue · 3 les tests n'ont pas pu être lancés
";

/// Lance les tests du dépôt, et dit quels programmes leur manquent
#[derive(Args, Debug)]
#[command(after_long_help = END, next_help_heading = "Options")]
pub(crate) struct Test {
    /// Installe les programmes manquants par apt-get, sans démarrer aucun service
    #[arg(long)]
    install: bool,

    /// Arguments de cargo nextest run, ou de cargo test
    #[arg(last = true, value_name = "ARGS", help_heading = "Arguments")]
    args: Vec<OsString>,
}

impl Test {
    /// Runs the tests.
    pub(crate) fn run(&self, console: &Console) -> Result<u8, Trouble> {
        let mut missing = missing();
        if !missing.is_empty() && self.install {
            install(console, &missing)?;
            missing = self::missing();
            if let Some((program, package, _)) = missing.first() {
                return Err(Trouble::environment(
                    format!("{package} est installé, mais {program} reste introuvable"),
                    "vérifiez PATH, puis relancez",
                ));
            }
        }
        if !missing.is_empty() {
            console.note("Programmes absents ; ces tests seront sautés :");
            for (program, _, skipped) in &missing {
                console.note(&format!("  ○ {program:8} {skipped}"));
            }
            let advice = match packages(&missing).join(" ") {
                none if none.is_empty() => String::new(),
                some => format!("apt-get install --no-install-recommends {some}\n  ou, "),
            };
            console.note(&format!(
                "Pour tout jouer : {advice}en root, cargo xtask test --install (aucun service démarré)\n"
            ));
        }
        let skips = Skips::begin()?;
        let result = self.play(console, &skips);
        if let Some(skipped) = skips.told() {
            console.say(&skipped);
        }
        result
    }

    fn play(&self, console: &Console, skips: &Skips) -> Result<u8, Trouble> {
        let all = |skips: &Skips| self.cargo(&["--workspace"], &self.args, skips);
        if !timed(console, "Tests", || all(skips))? {
            return Ok(exit::NO);
        }
        // Typst takes minutes to build: only who asks for all the tests waits for it.
        if !self.install || !self.args.is_empty() {
            return Ok(exit::YES);
        }
        console.note("Tests du PDF du rapport, avec Typst…");
        let which = ["-p", "reports", "-p", "xtask", "--features", "reports/pdf,xtask/pdf"];
        let pdf = timed(console, "Tests du PDF", || self.cargo(&which, &["pdf".into()], skips))?;
        Ok(if pdf { exit::YES } else { exit::NO })
    }

    /// Runs some of the tests, and says whether they pass.
    fn cargo(&self, which: &[&str], more: &[OsString], skips: &Skips) -> Result<bool, Trouble> {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(place::workspace());
        if find("cargo-nextest").is_some() {
            command.args(["nextest", "run"]);
        } else {
            command.arg("test");
        }
        command.args(which).args(more).env(skip::FILE, skips.file());
        if self.install {
            command.env(skip::REQUIRED, "1");
        }
        let status = command.status().map_err(|error| {
            Trouble::environment(
                format!("cargo n'a pas pu être lancé ({error})"),
                "lancez-le vous-même : cargo test --workspace",
            )
        })?;
        Ok(status.success())
    }
}

/// Does something, and says how long it took.
fn timed<T>(console: &Console, what: &str, act: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = act();
    console.note(&format!("{what} : {} s, construction comprise", begun.elapsed().as_secs()));
    done
}

type Program = (&'static str, &'static str, &'static str);

fn missing() -> Vec<Program> {
    let exim = Exim::available().is_err().then_some(EXIM);
    let axe = (!axe::is_there()).then_some(AXE);
    let programs = PROGRAMS.into_iter().filter(|(program, ..)| find(program).is_none());
    programs.chain(exim).chain(axe).collect()
}

/// The packages to install of what is missing.
fn packages(missing: &[Program]) -> Vec<&'static str> {
    let to_install = missing.iter().filter(|program| ![EXIM, AXE].contains(program));
    to_install.flat_map(|(_, packages, _)| packages.split(' ')).collect()
}

/// Where a program is: in PATH, or where Debian puts those of the administrator.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .map(|folder| folder.join(program))
        .find(|file| {
            fs::metadata(file)
                .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
        })
}

fn install(console: &Console, missing: &[Program]) -> Result<(), Trouble> {
    let mut packages: Vec<String> = packages(missing).into_iter().map(str::to_owned).collect();
    let Some(apt) = find("apt-get") else {
        return Err(Trouble::environment(
            "apt-get est introuvable : --install ne sert que sur Debian et ses dérivées",
            format!("installez vous-même : {}", packages.join(", ")),
        ));
    };
    if missing.contains(&AXE) && find("npm").is_none() {
        packages.push("npm".to_owned());
    }
    if missing.contains(&EXIM) {
        let folder = exim::unpacked();
        console
            .note(&format!("Exim est déballé dans {}, sans être installé…", place::shown(&folder)));
        let libraries = unpack::unpack(&apt, &folder).map_err(|error| {
            Trouble::environment(
                format!("Exim n'a pas pu être déballé ({error})"),
                "vérifiez la connexion et les sources d'apt, puis relancez",
            )
        })?;
        packages.extend(libraries);
    }
    if !packages.is_empty() {
        install_packages(console, &apt, &packages)?;
    }
    if missing.contains(&AXE) {
        console.note("axe-core est pris du registre npm…");
        let npm = find("npm").unwrap_or_else(|| "npm".into());
        axe::fetch(&npm).map_err(|error| {
            Trouble::environment(
                format!("axe-core n'a pas pu être pris du registre npm ({error})"),
                "vérifiez la connexion, puis relancez",
            )
        })?;
    }
    Ok(())
}

fn install_packages(console: &Console, apt: &Path, packages: &[String]) -> Result<(), Trouble> {
    let by_hand = format!("apt-get install --no-install-recommends {}", packages.join(" "));
    console
        .note(&format!("Installation de {} (aucun service ne sera démarré)…", packages.join(", ")));
    // Dropped at the end of this function, however it ends.
    let _policy = Policy::put().map_err(|error| {
        Trouble::environment(
            format!("{POLICY} : écriture impossible ({error})"),
            format!("relancez en root, ou tapez : {by_hand}"),
        )
    })?;
    let run = |arguments: &[&str]| {
        Command::new(apt)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(arguments)
            // Its words are no result of ours.
            .stdout(std::io::stderr())
            .status()
            .is_ok_and(|status| status.success())
    };
    let mut arguments = vec!["install", "-y", "-q", "--no-install-recommends"];
    arguments.extend(packages.iter().map(String::as_str));
    if run(&arguments) || (run(&["update", "-q"]) && run(&arguments)) {
        return Ok(());
    }
    Err(Trouble::environment(
        "apt-get a échoué : voyez ses messages ci-dessus",
        format!("relancez en root, ou tapez : {by_hand}"),
    ))
}

/// The policy that forbids starting services, removed on drop when it is ours.
struct Policy {
    ours: bool,
}

impl Policy {
    fn put() -> std::io::Result<Self> {
        let path = Path::new(POLICY);
        if path.exists() {
            return Ok(Self { ours: false });
        }
        fs::write(path, "#!/bin/sh\nexit 101\n")?;
        let policy = Self { ours: true };
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
        Ok(policy)
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        if self.ours {
            // Nothing more can be done here; the next installation finds it and leaves it.
            drop(fs::remove_file(POLICY));
        }
    }
}
