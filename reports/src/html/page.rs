//! The pages from their templates.

use std::path::Path;

use minijinja::{
    AutoEscape, Environment, UndefinedBehavior, context,
    syntax::SyntaxConfig,
    value::{Serde, Value},
};
use suite::{record::RunRecord, runner::Transcripts};

use super::{STYLE, chart::Charts};
use crate::{
    ReportError,
    content::{Content, Sources},
    file,
};

const TEMPLATE: &str = include_str!("templates/report.html");
const OWN_STYLE: &str = include_str!("templates/report.css");
const SCRIPT: &str = include_str!("templates/script.js");

/// Writes `report.html` to the run's folder, with the transcripts that the record names, read from
/// there; a transcript that is missing or too large is said to be so.
///
/// # Errors
/// The file cannot be written; nothing is left of it then.
pub fn write(record: &RunRecord, run_dir: &Path) -> Result<(), ReportError> {
    file::write_atomically(&run_dir.join("report.html"), render(record, run_dir)?.as_bytes())
}

/// The page of a run as text, without a form and without an earlier run.
///
/// # Errors
/// None that outside input can cause.
pub fn render(
    record: &RunRecord,
    transcripts: &(impl Transcripts + ?Sized),
) -> Result<String, ReportError> {
    layout(&Content::new(record, transcripts, &Sources::default()))
}

/// The page of any content as text.
///
/// # Errors
/// None that outside input can cause.
pub fn layout(content: &Content) -> Result<String, ReportError> {
    let charts = Serde(Charts::of(&content.steps));
    let style = format!("{STYLE}{OWN_STYLE}");
    fill(TEMPLATE, context! { r => Serde(content), charts, style, script => SCRIPT })
}

/// A page as text, of its template and values: every value escaped, a missing one an error.
///
/// # Errors
/// None that outside input can cause.
pub(crate) fn fill(template: &str, values: Value) -> Result<String, ReportError> {
    let broken = |error: minijinja::Error| ReportError::Render {
        format: "HTML",
        detail: format!("{error:#}"),
    };
    let layout =
        SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().map_err(broken)?;
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(layout);
    environment.add_template("page.html", template).map_err(broken)?;
    environment.get_template("page.html").and_then(|page| page.render(values)).map_err(broken)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use annexe1::Form;
    use suite::{
        comparison::Comparison,
        record::{RunVerdict, Summary},
    };

    use super::*;
    use crate::{bundle::Manifest, json, redaction, sample};

    fn with_transcripts(record: &RunRecord) -> String {
        let folder = tempfile::tempdir().expect("a temporary folder");
        sample::write_transcripts(folder.path()).expect("written");
        render(record, folder.path()).expect("rendered")
    }

    /// The page without its style and script, which have their own files to be read in.
    fn body(page: &str) -> &str {
        page.split_once("</style>").expect("a style").1.split("<script>").next().expect("a body")
    }

    #[test]
    fn the_page_stays_as_it_is() {
        let mut record = redaction::redact(&sample::record());
        // One transcript is enough to read.
        for scenario in record.scenarios.iter_mut().skip(1) {
            scenario.transcript = None;
        }
        let digest = Manifest::digest(json::render(&record).expect("rendered").as_bytes());
        let page = with_transcripts(&record).replace(&digest, "[hex]");
        insta::assert_snapshot!("report.html", body(&page));
    }

    #[test]
    fn a_hostile_target_cannot_put_markup_in_the_page() {
        let page = with_transcripts(&sample::record());
        let body = body(&page);
        assert!(!body.contains("<script"), "a script of the target");
        assert!(!body.contains("<b>gras"), "markup of the target");
        assert!(body.contains("&lt;script&gt;alert("), "its text is shown");
        assert!(body.contains("\\x1b[31m"), "its escape is shown");
        assert!(body.chars().all(|c| c == '\n' || !c.is_control()), "no control character");
        assert!(!body.contains(['\u{202e}', '\u{fffe}']), "no bidirectional control");
    }

    #[test]
    fn the_page_asks_for_nothing_from_elsewhere() {
        let page = with_transcripts(&sample::record());
        assert!(page.contains("default-src 'none'"));
        for needle in [" src=", "@import", "url(", "<link", "<iframe", "fetch("] {
            assert!(!page.contains(needle), "{needle}");
        }
        for link in page.split("href=\"").skip(1) {
            assert!(link.starts_with('#'), "{}", &link[..link.len().min(60)]);
        }
    }

    #[test]
    fn every_link_leads_somewhere_and_no_id_is_double() {
        let page = with_transcripts(&sample::record());
        let ids: Vec<_> =
            page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let links = page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next());
        for link in links {
            assert_eq!(ids.iter().filter(|id| **id == link).count(), 1, "{link}");
        }
        assert!(ids.len() > sample::record().scenarios.len(), "each scenario has its id");
        for id in &ids {
            assert_eq!(ids.iter().filter(|other| *other == id).count(), 1, "{id}");
        }
    }

    #[test]
    fn a_reader_without_eyes_finds_the_way() {
        let page = with_transcripts(&sample::record());
        let body = body(&page);
        let mut level = 1;
        let mut headings = 0;
        for tag in body.split("<h").skip(1) {
            let Some(own) = tag.chars().next().and_then(|c| c.to_digit(10)) else { continue };
            assert!(own <= level + 1, "h{level} is followed by <h{}", &tag[..tag.len().min(60)]);
            level = own;
            headings += 1;
        }
        assert!(headings > 20, "{headings}");
        for landmark in ["<header>", "<nav ", "<main ", "<footer>", "<h1>", "class=\"skip\""] {
            assert_eq!(body.matches(landmark).count(), 1, "{landmark}");
        }
        for header in body.split("<th").skip(1).filter(|tag| !tag.starts_with("ead")) {
            assert!(header.starts_with(" scope="), "{}", &header[..header.len().min(60)]);
        }
        for chart in body.split("<svg").skip(1) {
            let tag = chart.split('>').next().unwrap_or_default();
            assert!(tag.contains("role=\"img\"") && tag.contains("aria-labelledby"), "{tag}");
            assert!(chart.contains("<title id=") && chart.contains("<desc id="));
        }
        assert!(page.contains("<html lang=\"fr\">"));
        assert!(body.contains("aria-live=\"polite\"") && body.contains("for=\"cherche\""));
    }

    #[test]
    fn a_hostile_form_cannot_put_markup_in_the_page() {
        let record = sample::record();
        let mut form = Form::default();
        form.operator.name = sample::HOSTILE.to_owned();
        form.operator.dn = vec![sample::HOSTILE.to_owned()];
        form.domains.add = vec![sample::HOSTILE.to_owned()];
        let earlier =
            RunRecord { filter: [sample::HOSTILE].into_iter().collect(), ..sample::earlier() };
        let compared = Comparison::of(&earlier, &record);
        let sources = Sources { annexe1: Some(&form), earlier: Some((&earlier, &compared)) };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let page = layout(&Content::new(&record, folder.path(), &sources)).expect("laid out");
        let body = body(&page);
        assert!(!body.contains("<script") && body.contains("&lt;script&gt;alert("));
        assert!(body.chars().all(|c| c == '\n' || !c.is_control()), "no control character");
        assert!(!body.contains(['\u{202e}', '\u{fffe}']), "no bidirectional control");
        assert!(!page[..page.find("</title>").expect("a title")].contains("<script"));
        assert!(body.contains("En recul"), "the comparison is there");
    }

    #[test]
    fn what_limits_a_run_is_said_before_its_conclusion() {
        let mut record = sample::record();
        record.interrupted = true;
        record.strict = true;
        record.target.embedded = true;
        record.profile = "erratum-2015".to_owned();
        let page = with_transcripts(&record);
        let conclusion = page.find("sur le périmètre testé</").expect("a conclusion");
        for text in [
            "Exécution interrompue",
            "Exécution partielle",
            "proxy de référence embarqué",
            "Mode strict",
            "erratum 2015",
        ] {
            assert!(page.find(text).is_some_and(|at| at < conclusion), "{text}");
        }
    }

    #[test]
    fn a_run_that_played_nothing_still_has_a_page() {
        let mut record = sample::record();
        record.scenarios.clear();
        record.clauses.clear();
        record.remarks.clear();
        record.summary = Summary::default();
        record.verdict = RunVerdict::Inconclusive;
        let folder = tempfile::tempdir().expect("a temporary folder");
        write(&record, folder.path()).expect("written");
        let page = fs::read_to_string(folder.path().join("report.html")).expect("read");
        assert!(page.contains("NON CONCLUSIF"));
        assert!(page.contains("Aucune non-conformité</h2>"));
    }
}
