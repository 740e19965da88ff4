//! Exit codes, and the troubles that end a command before it has an answer.

use fixtures::{pki::PkiError, space::SpaceError};
use miette::{Diagnostic, Report};
use suite::{
    runner::RunError,
    scenario::{LoadErrors, Problem},
    target::{ObserverError, TargetFileError},
};

/// `conformance`: concluant. Other commands: yes, ready, done.
pub(crate) const YES: u8 = 0;
/// `conformance`: non concluant, at least one `must` failed. Other commands: no, not ready.
pub(crate) const NO: u8 = 1;
/// The command line, a configuration or a scenario is wrong.
pub(crate) const USAGE: u8 = 2;
/// Neither yes nor no: trouble of the harness or its environment, or a `must` untested.
pub(crate) const UNKNOWN: u8 = 3;
/// `verify`: a signature was asked for, and none is to be relied on.
pub(crate) const UNSIGNED: u8 = 4;
/// `verify`: a run that is *concluant* was asked for.
pub(crate) const NOT_CONCLUANT: u8 = 5;
/// `verify`: a younger run was asked for.
pub(crate) const TOO_OLD: u8 = 6;
/// `verify`: a challenge was given, and the run is not shown to answer to it.
pub(crate) const UNCHALLENGED: u8 = 7;
/// Interrupted by Ctrl-C, SIGTERM or SIGHUP.
pub(crate) const INTERRUPTED: u8 = 130;

/// What to do where the guard against a production target ended everything.
pub(crate) const KEPT_OFF: &str = "désignez la plate-forme de test ; si cette cible en est une malgré \
     son certificat, ajoutez --production-target";

/// Why a command ends before it has an answer.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The command line or a file given is wrong: exit code 2.
    Usage(Report),
    /// The machine, the network or the target is: exit code 3.
    Environment(Report),
    /// Files are wrong: exit code 2, every fault shown where it is.
    Faults {
        /// The faults.
        problems: Vec<Problem>,
        /// What they are in, behind their number.
        place: String,
        /// Where the form of these files is described.
        format: &'static str,
    },
}

impl Trouble {
    /// A mistake in the command line, with what to type in its place.
    pub(crate) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage(plain(message.into(), Some(help.into())))
    }

    /// Trouble of the environment, with what to do.
    pub(crate) fn environment(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Environment(plain(message.into(), Some(help.into())))
    }

    /// A file given is wrong; the message says what to do behind its first colon.
    pub(crate) fn advised(error: &impl std::fmt::Display) -> Self {
        let text = error.to_string();
        match advice(&text) {
            Some((message, help)) => Self::usage(message, help),
            None => Self::Usage(plain(text, None)),
        }
    }

    /// A file given is wrong; the message says what to do behind its first semicolon.
    pub(crate) fn given(error: &impl std::fmt::Display) -> Self {
        let text = error.to_string();
        let (message, help) =
            text.split_once(" ; ").unwrap_or((&text, "vérifiez le chemin et vos droits"));
        Self::usage(message, help)
    }

    /// Any error of which the environment is the cause; its message says what to do.
    pub(crate) fn of(error: impl std::fmt::Display) -> Self {
        Self::Environment(plain(error.to_string(), None))
    }

    /// The exit code.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Faults { .. } => USAGE,
            Self::Environment(_) => UNKNOWN,
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Plain {
    message: String,
    help: Option<String>,
}

impl Diagnostic for Plain {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn std::fmt::Display>)
    }
}

fn plain(message: String, help: Option<String>) -> Report {
    Report::new(Plain { message, help })
}

/// A message that already says what to do after its first `;`, cut there.
/// What happened, and what to do, which stands behind the first colon that is not in a detail in brackets.
fn advice(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    let at = text.char_indices().find_map(|(at, c)| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        (depth == 0 && text[at..].starts_with(" : ")).then_some(at)
    })?;
    Some((&text[..at], &text[at + " : ".len()..]))
}

fn advised(text: &str) -> Report {
    match text.split_once(" ; ") {
        Some((message, help)) => plain(message.to_owned(), Some(help.to_owned())),
        None => plain(text.to_owned(), None),
    }
}

impl From<LoadErrors> for Trouble {
    fn from(errors: LoadErrors) -> Self {
        Self::Faults {
            problems: errors.problems,
            place: format!("les scénarios de {}", errors.root),
            format: "le format est décrit dans scenarios/README.md",
        }
    }
}

impl From<TargetFileError> for Trouble {
    fn from(error: TargetFileError) -> Self {
        match error {
            // A name that does not resolve may resolve tomorrow.
            TargetFileError::Unresolvable { .. } => Self::Environment(Report::new(error)),
            TargetFileError::Faults { path, problems } => Self::Faults {
                problems,
                place: path,
                format: "les clés sont décrites dans le README, § target.toml",
            },
            _ => Self::Usage(Report::new(error)),
        }
    }
}

impl From<SpaceError> for Trouble {
    fn from(error: SpaceError) -> Self {
        let report = match &error {
            // The ports of a kit are its own: another command is most likely at work on it.
            SpaceError::Listen { .. } | SpaceError::Dns(_) => {
                let text = error.to_string();
                plain(
                    text.split_once(" ; ").map_or(text.as_str(), |(text, _)| text).to_owned(),
                    Some(
                        "un autre cargo xtask (serve, conformance, check) utilise peut-être cet \
                         espace : arrêtez-le, puis relancez ; sinon, arrêtez ce qui occupe ce port \
                         ou donnez une autre adresse"
                            .to_owned(),
                    ),
                )
            }
            _ => advised(&error.to_string()),
        };
        match error {
            SpaceError::NotASpace { .. }
            | SpaceError::AlreadyThere { .. }
            | SpaceError::Altered { .. }
            | SpaceError::InTheWay { .. }
            | SpaceError::Identity { .. }
            | SpaceError::Everywhere { .. } => Self::Usage(report),
            _ => Self::Environment(report),
        }
    }
}

impl From<PkiError> for Trouble {
    fn from(error: PkiError) -> Self {
        Self::Environment(advised(&error.to_string()))
    }
}

impl From<ObserverError> for Trouble {
    fn from(error: ObserverError) -> Self {
        let report = advised(&error.to_string());
        match error {
            ObserverError::Listen { .. } => Self::Environment(report),
            ObserverError::Maildir { .. } => Self::Usage(report),
        }
    }
}

impl From<RunError> for Trouble {
    fn from(error: RunError) -> Self {
        let message = error.to_string();
        match error {
            RunError::NothingSelected(_) => {
                Self::usage(message, "voyez les scénarios : cargo xtask list")
            }
            RunError::KeptOff { .. } => Self::usage(message, KEPT_OFF),
            RunError::Unreachable { .. } => Self::environment(
                message,
                "vérifiez l'adresse et le port, que le proxy est démarré et qu'aucun pare-feu ne \
                 bloque ; cargo xtask check, avec les mêmes options, dit jusqu'où l'on arrive",
            ),
            RunError::Output { .. } | RunError::Unwritten { .. } => Self::environment(
                message,
                "libérez de la place ou donnez le droit d'écrire, ou désignez un autre dossier \
                 avec --out",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::advice;

    #[rstest]
    #[case::plain("illisible : donnez un PEM", Some(("illisible", "donnez un PEM")))]
    #[case::detail(
        "pas jointe (pas détachée : un contenu à elle) : signez de nouveau",
        Some(("pas jointe (pas détachée : un contenu à elle)", "signez de nouveau"))
    )]
    #[case::none("illisible (a : b)", None)]
    #[case::advice_with_a_colon("absent : lancez : cargo", Some(("absent", "lancez : cargo")))]
    fn what_to_do_stands_behind_what_happened(
        #[case] text: &str,
        #[case] expected: Option<(&str, &str)>,
    ) {
        assert_eq!(advice(text), expected);
    }
}
