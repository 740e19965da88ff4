//! What is written to the terminal: results on standard output, everything else on standard error.

use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::OnceLock,
};

use miette::{GraphicalReportHandler, GraphicalTheme};
use owo_colors::{OwoColorize as _, Style as Ansi};
use reports::terminal::Style;
pub(crate) use reports::terminal::fill;

use crate::exit::Trouble;

/// Columns where nothing tells how many there are.
const COLUMNS: usize = 100;

/// Why a result could not be written.
static UNSAID: OnceLock<String> = OnceLock::new();

/// Why standard output did not take a result, if so: the operating system's words.
pub(crate) fn unsaid() -> Option<&'static str> {
    UNSAID.get().map(String::as_str)
}

/// One of the two outputs, with what it can show.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Console {
    /// Style of standard output.
    pub(crate) out: Style,
    /// Style of standard error.
    pub(crate) err: Style,
    /// Whether standard error is a terminal.
    pub(crate) live: bool,
}

impl Console {
    /// Looks at the terminal and at `NO_COLOR` (any value that is not empty).
    pub(crate) fn detect() -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let width = terminal_size::terminal_size().map_or(COLUMNS, |(width, _)| width.0.into());
        let style =
            |tty: bool| Style { colour: tty && !plain, width: if tty { width } else { COLUMNS } };
        Self {
            out: style(io::stdout().is_terminal()),
            err: style(io::stderr().is_terminal()),
            live: io::stderr().is_terminal(),
        }
    }

    /// Writes a result. A reader that has gone away, as `head` does, is no trouble; any other failure,
    /// such as a full disk, is remembered for [`unsaid`].
    pub(crate) fn say(&self, text: &str) {
        let mut out = io::stdout().lock();
        let newline: &[u8] = if text.ends_with('\n') { b"" } else { b"\n" };
        let written = out.write_all(text.as_bytes()).and_then(|()| out.write_all(newline));
        match written.and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                UNSAID.get_or_init(|| error.to_string());
            }
            // Where nobody reads there is nobody to tell.
            _ => {}
        }
    }

    /// Writes something that is no result.
    pub(crate) fn note(&self, text: &str) {
        let mut err = io::stderr().lock();
        // Nobody to tell if this fails.
        drop(writeln!(err, "{text}"));
    }

    /// Shows why a command ended early.
    pub(crate) fn trouble(&self, trouble: &Trouble) {
        match trouble {
            Trouble::Usage(report) | Trouble::Environment(report) => {
                if report.source_code().is_some() {
                    self.note(&self.graphical(report.as_ref()));
                    return;
                }
                let text =
                    fill(&tame(&report.to_string()), self.err.width.min(COLUMNS), "erreur   ");
                self.note(&text.replacen("erreur", &self.bad(self.err, "erreur"), 1));
                if let Some(help) = report.help() {
                    let text =
                        fill(&tame(&help.to_string()), self.err.width.min(COLUMNS), "ensuite  ");
                    self.note(&text.replacen("ensuite", &self.strong(self.err, "ensuite"), 1));
                }
            }
            Trouble::Faults { problems, place, format } => {
                for problem in problems {
                    self.note(&self.graphical(problem));
                }
                let count = problems.len();
                let s = if count > 1 { "s" } else { "" };
                self.note(&format!(
                    "{}   {count} faute{s} dans {place} : rien n'est joué avant leur correction",
                    self.bad(self.err, "erreur"),
                ));
                self.note(&format!(
                    "{}  corrigez les lignes ci-dessus ; {format}",
                    self.strong(self.err, "ensuite")
                ));
            }
        }
    }

    fn graphical(&self, diagnostic: &dyn miette::Diagnostic) -> String {
        self.excerpt(self.err, diagnostic)
    }

    /// A diagnostic with the lines it is about.
    pub(crate) fn excerpt(&self, style: Style, diagnostic: &dyn miette::Diagnostic) -> String {
        let theme = if style.colour {
            GraphicalTheme::unicode()
        } else {
            GraphicalTheme::unicode_nocolor()
        };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_width(style.width.min(COLUMNS))
            .with_links(false);
        let mut text = String::new();
        match handler.render_report(&mut text, diagnostic) {
            Ok(()) => text,
            Err(_) => diagnostic.to_string(),
        }
    }

    /// In red, where colours are.
    pub(crate) fn bad(&self, style: Style, text: &str) -> String {
        paint(style, text, Ansi::new().red().bold())
    }

    /// In green.
    pub(crate) fn good(&self, style: Style, text: &str) -> String {
        paint(style, text, Ansi::new().green())
    }

    /// In yellow.
    pub(crate) fn warn(&self, style: Style, text: &str) -> String {
        paint(style, text, Ansi::new().yellow())
    }

    /// In bold.
    pub(crate) fn strong(&self, style: Style, text: &str) -> String {
        paint(style, text, Ansi::new().bold())
    }

    /// Dimmed.
    pub(crate) fn dim(&self, style: Style, text: &str) -> String {
        paint(style, text, Ansi::new().dimmed())
    }
}

fn paint(style: Style, text: &str, ansi: Ansi) -> String {
    if style.colour { text.style(ansi).to_string() } else { text.to_owned() }
}

/// What is told of a file or a server may hold what it held: no control character reaches the terminal.
fn tame(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}
