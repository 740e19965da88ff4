//! `annexe1 new`: a form to begin with.

use std::{
    io::{self, BufRead, IsTerminal as _, Read as _, Write},
    path::{Path, PathBuf},
};

use annexe1::{Certificate, Form, Interview, LATER, Problem, read_certificate, template};
use clap::Args;

use crate::{
    console::{Console, fill},
    exit::{self, Trouble},
    place,
    stop::Stop,
};

/// The longest answer read, in octets.
const MOST: u64 = 64 * 1024;

const LONG: &str = "\
Crée un annexe1.toml. Dans un terminal, chaque champ est demandé et vérifié à mesure ; sinon, le modèle \
commenté est écrit, à compléter. Avec --cert, ce que porte le certificat est repris : le DN, à la lettre, \
l'identifiant de la structure, le serveur de messagerie. Rien n'est écrit avant la dernière réponse, et un \
fichier existant n'est jamais remplacé.";

const END: &str = "\
Exemples :
  cargo xtask annexe1 new
  cargo xtask annexe1 new --cert mon-certificat.pem
  cargo xtask annexe1 new --cert mx1.pem --cert mx2.pem --out demande.toml </dev/null

Codes de sortie : 0 écrit · 2 le fichier existe déjà, certificat à corriger · 3 écriture impossible
                  130 interrompu, rien n'est écrit
";

/// Crée un annexe1.toml, en posant les questions du formulaire
#[derive(Args, Debug)]
#[command(long_about = LONG, after_long_help = END, next_help_heading = "Options")]
pub(crate) struct New {
    /// Le certificat de l'opérateur (PEM, DER, .p7b) ; plusieurs fois s'il y en a plusieurs
    #[arg(long, value_name = "FICHIER")]
    cert: Vec<PathBuf>,

    /// Où l'écrire
    #[arg(long, value_name = "FICHIER", default_value = "annexe1.toml", hide_default_value = true)]
    out: PathBuf,
}

impl New {
    /// Asks, or takes the template, and writes.
    pub(crate) fn run(&self, console: &Console) -> Result<u8, Trouble> {
        let certificates = certificates(&self.cert)?;
        if self.out.symlink_metadata().is_ok() {
            return Err(already_there(&self.out));
        }
        let (form, complete) = if io::stdin().is_terminal() && io::stderr().is_terminal() {
            // Ctrl-C ends the program before anything is written.
            let _stop = Stop::listen(*console)?;
            let interview = Interview::new(Form::default(), certificates);
            let answered = hold(interview, &mut io::stdin().lock(), &mut io::stderr(), console);
            match answered.map_err(Trouble::of)? {
                Some(form) => (form, true),
                None => {
                    console.note("\nInterrompu avant la fin ; rien n'a été enregistré.");
                    return Ok(exit::INTERRUPTED);
                }
            }
        } else {
            let mut form = Form::blank();
            certificates.iter().for_each(|certificate| form.take(certificate));
            (form, false)
        };
        write(&self.out, &template::write(&form))?;
        let shown = place::shown(&self.out);
        let mut check = format!("cargo xtask annexe1 check {}", place::pasted(&self.out));
        for cert in &self.cert {
            check.push_str(&format!(" --cert {}", place::pasted(cert)));
        }
        console.say(&if complete {
            format!("Formulaire écrit dans {shown}\nEnsuite  {check}")
        } else {
            format!("Modèle écrit dans {shown}\nEnsuite  complétez-le, puis {check}")
        });
        Ok(exit::YES)
    }
}

/// Reads the certificates named.
pub(super) fn certificates(paths: &[PathBuf]) -> Result<Vec<Certificate>, Trouble> {
    let read = |path: &PathBuf| read_certificate(path).map_err(|error| Trouble::given(&error));
    paths.iter().map(read).collect()
}

fn already_there(path: &Path) -> Trouble {
    Trouble::usage(
        format!("{} existe déjà : il n'est pas remplacé", place::shown(path)),
        "donnez un autre nom avec --out, ou déplacez ce fichier",
    )
}

/// Writes the whole file, or nothing, and never over another.
fn write(path: &Path, text: &str) -> Result<(), Trouble> {
    let trouble = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => already_there(path),
        _ => Trouble::environment(
            format!("{} : écriture impossible ({error})", place::shown(path)),
            "vérifiez le dossier et vos droits, ou donnez un autre nom avec --out",
        ),
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let mut aside = tempfile::NamedTempFile::new_in(folder).map_err(trouble)?;
    aside.write_all(text.as_bytes()).map_err(trouble)?;
    aside.as_file().sync_all().map_err(trouble)?;
    aside.persist_noclobber(path).map_err(|failed| trouble(failed.error))?;
    Ok(())
}

/// Holds the conversation; `None` when the answers end before the questions.
fn hold(
    mut interview: Interview,
    input: &mut impl BufRead,
    output: &mut impl Write,
    console: &Console,
) -> io::Result<Option<Form>> {
    let width = console.err.width.min(100);
    let intro = format!(
        "Entrée garde la réponse entre crochets ; « {LATER} » laisse un texte vide, à compléter \
         dans le fichier ; Ctrl-C abandonne, sans rien écrire."
    );
    writeln!(output, "{}", fill(&intro, width, ""))?;
    let mut said = None;
    while let Some(question) = interview.question() {
        // A heading is not repeated when the question is.
        if let Some(heading) = question.heading
            && said != Some(heading)
        {
            writeln!(output, "\n{}", console.strong(console.err, heading))?;
            said = Some(heading);
        }
        if question.default.is_empty() {
            write!(output, "  {} : ", question.text)?;
        } else {
            write!(output, "  {} [{}] : ", question.text, question.default)?;
        }
        output.flush()?;
        let mut line = Vec::new();
        if input.by_ref().take(MOST).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        for problem in interview.answer(&line) {
            writeln!(output, "{}", told(&problem, console, width))?;
        }
    }
    Ok(Some(interview.form().clone()))
}

fn told(problem: &Problem, console: &Console, width: usize) -> String {
    let (mark, painted) = if problem.is_error() {
        ("✘", console.bad(console.err, "✘"))
    } else {
        ("▲", console.warn(console.err, "▲"))
    };
    let text = if problem.message == problem.correction {
        problem.message.clone()
    } else {
        format!("{}\n{}", problem.message, problem.correction)
    };
    fill(&text, width, &format!("  {mark} ")).replacen(mark, &painted, 1)
}

#[cfg(test)]
mod tests {
    use reports::terminal::Style;

    use super::*;

    fn console() -> Console {
        let style = Style { colour: false, width: 100 };
        Console { out: style, err: style, live: false }
    }

    fn talk(answers: &str) -> (Option<Form>, String) {
        let mut output = Vec::new();
        let interview = Interview::new(Form::default(), Vec::new());
        let form = hold(interview, &mut answers.as_bytes(), &mut output, &console());
        (form.expect("memory"), String::from_utf8(output).expect("UTF-8"))
    }

    #[test]
    fn a_conversation_as_it_is_read() {
        let answers = "\nHôpital A\nmx.a.fr\nCN=mx.a.fr,OU=1750048887,O=A,ST=Paris(75),C=FR\n\
                       CN=mx.a.fr,OU=1750048887,O=A,ST=Paris (75),C=FR\n\nreponse\n\
                       reponse@a.mssante.fr\nnon\nnon\nredirection\nmx.b.fr\nmx.a.fr\n\
                       a.mssante.fr, b@mssante.fr\na.mssante.fr\n\n\n";
        let (form, output) = talk(answers);
        let form = form.expect("every question has its answer");
        assert_eq!(form.domains.add, ["a.mssante.fr"]);
        assert!(form.space.test && form.legal_representative.is_none());
        insta::assert_snapshot!(output);
    }

    #[test]
    fn answers_that_end_early_give_no_form() {
        let (form, _) = talk("\nHôpital A\n");
        assert_eq!(form, None);
    }

    #[test]
    fn a_file_is_never_replaced_and_nothing_is_left_of_a_failure() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("annexe1.toml");
        write(&path, "un").expect("written");
        let error = write(&path, "deux").expect_err("already there");
        assert_eq!(error.code(), exit::USAGE);
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "un");
        assert_eq!(std::fs::read_dir(dir.path()).expect("a folder").count(), 1);
        let error = write(&dir.path().join("nulle/part"), "x").expect_err("no folder");
        assert_eq!(error.code(), exit::UNKNOWN);
    }
}
