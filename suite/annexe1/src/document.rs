//! `annexe1.toml` read: the form, what is wrong with the file itself, and where each field is.

use std::{io, ops::Range, path::Path, sync::Arc};

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use suite::document::{self, Fault, FaultKind, Names, within};
use thiserror::Error;

use super::{Form, Problem, Rule, Severity};

/// A file that was read.
#[derive(Clone, Debug)]
pub struct Document {
    /// The form, when the file is TOML; what could not be understood has its empty value.
    pub form: Option<Form>,
    /// What is wrong with the file itself: syntax, unknown keys, values of another type.
    pub problems: Vec<Located>,
    source: Arc<NamedSource<String>>,
}

/// A problem with its place in the file.
#[derive(Clone, Debug, Error)]
#[error("{}", problem.message)]
pub struct Located {
    /// The problem.
    pub problem: Problem,
    /// The octets concerned.
    pub at: Option<Range<usize>>,
    source_file: Arc<NamedSource<String>>,
    help: String,
}

/// The file cannot be read at all. The user gives another.
#[derive(Debug, Error, Diagnostic)]
pub enum DocumentError {
    /// The operating system refuses.
    #[error("{path} : lecture impossible ({source})")]
    #[diagnostic(help("vérifiez le chemin et les droits, ou créez-le : cargo xtask annexe1 new"))]
    Unreadable {
        /// The file.
        path: String,
        /// Its words.
        source: io::Error,
    },
    /// It is no text of a size that a form has.
    #[error("{path} : {problem}")]
    #[diagnostic(help("donnez un annexe1.toml ; pour en créer un : cargo xtask annexe1 new"))]
    NotAForm {
        /// The file.
        path: String,
        /// What it is.
        problem: &'static str,
    },
}

/// Reads `path`; `name` is how diagnostics call it.
///
/// # Errors
/// [`DocumentError`].
pub fn read(path: &Path, name: &str) -> Result<Document, DocumentError> {
    let unreadable = |source| DocumentError::Unreadable { path: name.to_owned(), source };
    let not = |problem| DocumentError::NotAForm { path: name.to_owned(), problem };
    let text = document::text(path).map_err(unreadable)?.map_err(not)?;
    Ok(Document::parse(name, text))
}

impl Document {
    /// Parses the text of a file: never fails, says what is wrong.
    #[must_use]
    pub fn parse(name: &str, text: String) -> Self {
        let source = Arc::new(NamedSource::new(name, text));
        let (form, faults) = match document::parse(source.inner()) {
            // What could not be understood has its empty value.
            Ok(table) => {
                let (form, faults) = document::read::<Form>(table, Names::Here);
                (Some(form.unwrap_or_default()), faults)
            }
            Err(faults) => (None, faults),
        };
        let problems = faults.into_iter().map(|fault| Located::of(fault, &source)).collect();
        Self { form, problems, source }
    }

    /// The problems of the form with their places in the file, in the file's order, behind those
    /// of the file itself. What repeats that a value of a wrong type is missing is left out.
    #[must_use]
    pub fn locate(&self, problems: Vec<Problem>) -> Vec<Located> {
        let table = document::parse(self.source.inner()).ok();
        let misread = |field: &str| {
            self.problems.iter().map(|own| &own.problem).any(|own| {
                own.rule == Rule::WrongType
                    && (within(field, &own.field) || within(&own.field, field))
            })
        };
        let mut located: Vec<Located> = problems
            .into_iter()
            .filter(|problem| !misread(&problem.field))
            .map(|problem| {
                let table = table.as_ref().map(|table| table.get_ref());
                let at = table.and_then(|table| document::locate(table, &problem.field));
                Located::new(problem, at, &self.source)
            })
            .collect();
        located.sort_by_key(|one| one.at.as_ref().map_or(usize::MAX, |at| at.start));
        self.problems.iter().cloned().chain(located).collect()
    }
}

impl Located {
    /// A fault of the file itself.
    fn of(fault: Fault, source: &Arc<NamedSource<String>>) -> Self {
        let rule = match fault.kind {
            FaultKind::Syntax(_) => Rule::Syntax,
            FaultKind::UnknownKey { .. } => Rule::UnknownKey,
            _ => Rule::WrongType,
        };
        let (message, correction) = fault.french();
        Self::new(Problem::error(rule, fault.field, message, correction), fault.at, source)
    }

    fn new(problem: Problem, at: Option<Range<usize>>, source: &Arc<NamedSource<String>>) -> Self {
        let end = source.inner().len();
        let help = if problem.correction.is_empty() {
            format!("source : {}", problem.source)
        } else {
            format!("{}\nsource : {}", problem.correction, problem.source)
        };
        let at = at.map(|at| at.start.min(end)..at.end.min(end));
        Self { problem, at, source_file: Arc::clone(source), help }
    }

    /// Line and column, from 1, in characters; the file's beginning where there is no place.
    #[must_use]
    pub fn line_and_column(&self) -> (usize, usize) {
        let start = self.at.as_ref().map_or(0, |at| at.start);
        let before = self.source_file.inner().get(..start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }
}

impl Diagnostic for Located {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.problem.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new(&self.help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&*self.source_file as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        // A problem of the whole file is shown at its start, so that the file is named.
        let at = self.at.clone().unwrap_or(0..0);
        let label = if self.problem.field.is_empty() { "ici" } else { &self.problem.field };
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(Some(label.to_owned()), at))))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::check;

    fn shown(text: &str) -> Vec<String> {
        let document = Document::parse("annexe1.toml", text.to_owned());
        document
            .problems
            .iter()
            .map(|one| {
                let (line, column) = one.line_and_column();
                format!("{line}:{column} {} {one}", one.problem.rule)
            })
            .collect()
    }

    #[rstest]
    #[case::sound("[space]\ntest = true\n", &[])]
    #[case::syntax("[space\ntest = true\n", &["1:7 Syntax ce n'est pas du TOML ("])]
    #[case::unknown("[space]\nteste = true\n", &["2:1 UnknownKey clé inconnue « teste »"])]
    #[case::unknown_table(
        "[domain]\nadd = []\n[x]\n", &["1:2 UnknownKey clé inconnue « domain »", "3:2 UnknownKey"])]
    #[case::types(
        "[space]\ntest = 'oui'\n[operator]\nname = 3\ndn = 'CN'\n",
        &["2:8 WrongType space.test n'est", "4:8 WrongType operator.name", "5:6 WrongType operator.dn"])]
    #[case::item("[domains]\nadd = ['é', 2]\n", &["2:13 WrongType domains.add[1] n'est pas un texte"])]
    #[case::no_table("dns = 1\n", &["1:7 WrongType dns n'est pas une table"])]
    #[case::optional_table("incident = 1\n", &["1:12 WrongType incident n'est"])]
    fn structural_faults_are_all_found(#[case] text: &str, #[case] expected: &[&str]) {
        let found = shown(text);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{found}");
        }
    }

    #[test]
    fn what_was_misread_is_not_missing_too() {
        let document = Document::parse("annexe1.toml", "[operator]\nname = 3\n".to_owned());
        let form = document.form.clone().expect("TOML");
        let all = document.locate(check(&form, &[]));
        let about_name: Vec<_> =
            all.iter().filter(|one| one.problem.field == "operator.name").collect();
        assert_eq!(about_name.len(), 1);
        assert_eq!(about_name[0].problem.rule, Rule::WrongType);
    }

    #[test]
    fn reading_is_bounded_and_says_what_to_do() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("annexe1.toml");
        assert!(matches!(read(&path, "a"), Err(DocumentError::Unreadable { .. })));
        std::fs::write(&path, [0xff, 0xfe]).expect("written");
        assert!(matches!(read(&path, "a"), Err(DocumentError::NotAForm { .. })));
        std::fs::write(&path, vec![b'#'; 256 * 1024 + 1]).expect("written");
        assert!(matches!(read(&path, "a"), Err(DocumentError::NotAForm { .. })));
    }

    /// TOML that looks like a form, and TOML that does not.
    fn toml_text() -> impl Strategy<Value = String> {
        let key = prop::sample::select(vec![
            "test",
            "name",
            "dn",
            "email",
            "phone",
            "identifier",
            "server",
            "primary",
            "add",
            "remove",
            "vendor",
            "x",
        ]);
        let value = prop_oneof![
            Just("true".to_owned()),
            Just("3".to_owned()),
            Just("{ a = [1] }".to_owned()),
            "[^'\"\\\\\\p{C}]{0,30}".prop_map(|text| format!("\"{text}\"")),
            "[^'\"\\\\\\p{C}]{0,30}".prop_map(|text| format!("[\"{text}\", \"CN=a,OU=1{text}\"]")),
        ];
        let table = prop::sample::select(vec![
            "space",
            "operator",
            "operator.connector",
            "legal_representative",
            "project_manager",
            "technical_manager",
            "incident.project",
            "incident.technical",
            "dns.delegation",
            "dns.redirection",
            "dns",
            "domains",
            "autre",
        ]);
        let line = (key, value).prop_map(|(key, value)| format!("{key} = {value}\n"));
        let part = (table, prop::collection::vec(line, 0..5))
            .prop_map(|(table, lines)| format!("[{table}]\n{}", lines.concat()));
        prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn no_toml_panics(text in prop_oneof![toml_text(), "\\PC{0,200}"]) {
            let document = Document::parse("annexe1.toml", text.clone());
            match &document.form {
                None => prop_assert!(!document.problems.is_empty()),
                Some(form) => {
                    for one in document.locate(check(form, &[])) {
                        let at = one.at.clone().unwrap_or(0..0);
                        prop_assert!(text.get(at).is_some(), "no place in the text");
                        prop_assert!(!one.problem.message.is_empty());
                        prop_assert!(one.line_and_column() >= (1, 1));
                    }
                }
            }
        }
    }
}
