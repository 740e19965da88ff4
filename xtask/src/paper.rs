//! The PDF of a dossier: Typst is built when one is asked for, not with every command.

use std::{
    env,
    ffi::OsString,
    process::{Command, ExitStatus, Stdio},
};

use crate::{
    console::Console,
    exit::{self, Trouble},
    place,
};

/// What becomes of a command that cannot be given the PDF.
pub(crate) struct Without {
    /// What it has not done.
    pub(crate) undone: &'static str,
    /// What does it without.
    pub(crate) advice: &'static str,
}

/// Set for the second process: it never starts a third.
const AGAIN: &str = "MSSANTE_XTASK_PDF";

/// Whether this is the second process: the first has checked all, and said what is to be said of it.
pub(crate) fn is_again() -> bool {
    env::var_os(AGAIN).is_some()
}

/// Builds this program with the PDF and runs it with the same arguments, in the same folder. It is built
/// in the target directory of the default build: the crates that it needs otherwise stand beside those,
/// and none is built again for the next command.
pub(crate) fn again(console: &Console, without: &Without) -> Result<u8, Trouble> {
    if is_again() {
        return Err(Trouble::environment(
            "le programme a été reconstruit, et n'a toujours pas le PDF",
            format!("retirez {AGAIN} de l'environnement, ou {}", without.advice),
        ));
    }
    console
        .note("PDF : construction de sa mise en page (Typst), quelques minutes la première fois…");
    let built = cargo("build").stdin(Stdio::null()).stdout(Stdio::null()).status();
    if !built.as_ref().is_ok_and(ExitStatus::success) {
        let why = built.err().map(|error| format!(" ({error})")).unwrap_or_default();
        return Err(Trouble::environment(
            format!("la mise en page du PDF n'a pas pu être construite{why} ; {}", without.undone),
            format!(
                "voyez les messages de cargo ci-dessus ; il faut une connexion à crates.io, une fois. \
                 Sans elle, {}",
                without.advice
            ),
        ));
    }
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let run = cargo("run").arg("--quiet").arg("--").args(arguments).env(AGAIN, "1").status();
    let status = run.map_err(|error| {
        Trouble::environment(
            format!("cargo n'a pas pu être lancé ({error}) ; {}", without.undone),
            format!("vérifiez PATH, ou {}", without.advice),
        )
    })?;
    // A signal has no code.
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(exit::UNKNOWN))
}

fn cargo(verb: &str) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.arg(verb).args(["--package", "xtask", "--features", "pdf", "--manifest-path"]);
    command.arg(place::workspace().join("Cargo.toml"));
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    command
}
