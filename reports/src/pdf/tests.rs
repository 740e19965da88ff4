//! The document, looked at with programs that are not ours.

use std::{fs, path::Path, process::Command};

use annexe1::Form;
use rstest::rstest;
use sha2::{Digest, Sha256};
use suite::{
    comparison::Comparison,
    record::{RunRecord, RunVerdict, ScenarioRecord, Summary},
};

use super::{Attachment, Relation, render, values, world::hex};
use crate::{
    content::{Content, Sources},
    html, json, markdown, outline, sample, terminal,
    words::{self, VERDICTS},
};

/// Three files of two sizes and several bytes that a converter could touch.
const FORM: &[u8] = b"# annexe\r\nname = \"\xc3\xa9\"\n\n";
const JUNIT: &[u8] = b"<?xml version=\"1.0\"?>\n<testsuites/>";

fn attachments(record: &str) -> [Attachment<'_>; 3] {
    let one = |name, media, relation, bytes| Attachment {
        name,
        media,
        relation,
        description: "L’essai",
        bytes,
    };
    [
        one("record.json", "application/json", Relation::Data, record.as_bytes()),
        one("junit.xml", "application/xml", Relation::Alternative, JUNIT),
        one("annexe1.toml", "application/toml", Relation::Source, FORM),
    ]
}

fn with(record: &RunRecord, sources: &Sources<'_>) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    sample::write_transcripts(folder.path()).expect("written");
    let content = Content::new(record, folder.path(), sources);
    let text = json::render(record).expect("rendered");
    render(&content, record.started, &attachments(&text)).expect("laid out")
}

fn of(record: &RunRecord) -> Vec<u8> {
    with(record, &Sources::default())
}

/// What a Debian program says of the document; `None`, said aloud, when the program is not there.
fn says(program: &str, arguments: &[&str], pdf: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rapport.pdf");
    fs::write(&path, pdf).expect("written");
    run(program, arguments, &path, folder.path())
}

fn run(program: &str, arguments: &[&str], pdf: &Path, folder: &Path) -> Option<String> {
    let mut command = Command::new(program);
    command.current_dir(folder).args(arguments).arg(pdf);
    if program == "pdftotext" {
        command.arg("-");
    }
    match command.output() {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            let troubles = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{program}: {said} {troubles}");
            Some(said)
        }
        Err(error) => {
            fixtures::skip::program(format!("{program} ({error})"));
            None
        }
    }
}

/// All its text, blanks made one.
fn text(pdf: &[u8]) -> Option<String> {
    let text = says("pdftotext", &["-layout"], pdf)?;
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Its text without any blank: where lines end does not matter.
fn letters(pdf: &[u8]) -> Option<String> {
    let text = says("pdftotext", &["-raw"], pdf)?;
    Some(text.split(|c: char| c.is_whitespace() || c == '\u{ad}').collect())
}

/// All that the templates are given: they add no figure and no sentence about the target.
#[test]
fn what_is_laid_out_stays_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    sample::write_transcripts(folder.path()).expect("written");
    let record = sample::record();
    let content = Content::new(&record, folder.path(), &Sources::default());
    let text = json::render(&record).expect("rendered");
    let values = values::of(&content, &attachments(&text)).expect("fitted");
    insta::assert_json_snapshot!("rapport.pdf", values);
}

#[test]
fn the_same_record_gives_the_same_octets() {
    let record = sample::record();
    assert!(of(&record) == of(&record), "two renderings differ");
}

#[test]
fn it_is_tagged_in_french_and_dated_by_the_record() {
    let pdf = of(&sample::record());
    let Some(info) = says("pdfinfo", &["-isodates"], &pdf) else { return };
    let field = |name: &str| {
        let line = info.lines().find_map(|line| line.strip_prefix(&format!("{name}:")));
        line.unwrap_or_default().trim().to_owned()
    };
    assert_eq!(field("Tagged"), "yes", "{info}");
    assert!(field("CreationDate").starts_with("2026-11-22T08:14:02"), "{info}");
    assert!(field("Title").contains("CH de Test-sur-Yvette"), "{info}");
    assert!(field("Page size").contains("A4"), "{info}");
    let pages: u32 = field("Pages").parse().expect("a number");
    assert!((12..=24).contains(&pages), "{pages} pages");
}

#[test]
fn it_claims_pdf_a_3a_and_pdf_ua_1() {
    let pdf = of(&sample::record());
    let raw = String::from_utf8_lossy(&pdf);
    for claim in [
        "<pdfaid:part>3</pdfaid:part>",
        "<pdfaid:conformance>A</pdfaid:conformance>",
        "<pdfuaid:part>1</pdfuaid:part>",
        "/Lang(fr)",
        "/AFRelationship/Data",
        "/AFRelationship/Source",
    ] {
        assert!(raw.replace(' ', "").contains(claim), "{claim}");
    }
}

#[test]
fn every_font_is_embedded() {
    let pdf = of(&sample::record());
    let Some(fonts) = says("pdffonts", &[], &pdf) else { return };
    let rows: Vec<&str> = fonts.lines().skip(2).collect();
    assert_eq!(rows.len(), 3, "{fonts}");
    for row in rows {
        let columns: Vec<&str> = row.split_whitespace().rev().collect();
        // From the right: object (two), Unicode, subset, embedded.
        assert_eq!(columns[2..5], ["yes"; 3], "{row}");
    }
}

#[test]
fn its_structure_is_sound() {
    let pdf = of(&sample::record());
    let Some(said) = says("qpdf", &["--check"], &pdf) else { return };
    assert!(said.contains("No syntax or stream encoding errors"), "{said}");
}

#[test]
fn the_attachments_come_out_as_they_went_in() {
    let record = sample::record();
    let pdf = of(&record);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rapport.pdf");
    fs::write(&path, &pdf).expect("written");
    let Some(list) = run("pdfdetach", &["-list"], &path, folder.path()) else { return };
    assert!(list.contains("3 embedded files"), "{list}");
    run("pdfdetach", &["-saveall"], &path, folder.path());
    let text = json::render(&record).expect("rendered");
    for attachment in attachments(&text) {
        let out = fs::read(folder.path().join(attachment.name)).expect("detached");
        assert!(out == attachment.bytes, "{}", attachment.name);
    }
}

#[test]
fn every_chapter_is_there() {
    let record = sample::record();
    let earlier = sample::earlier();
    let compared = Comparison::of(&earlier, &record);
    let form = Form::default();
    let sources = Sources { annexe1: Some(&form), earlier: Some((&earlier, &compared)) };
    let pdf = with(&record, &sources);
    let Some(text) = text(&pdf) else { return };
    for words in [
        "Rapport de tests",
        "NON CONCLUANT sur le périmètre testé",
        "Sommaire",
        "Joints à ce document",
        "1 Conclusion",
        "2 Identification",
        "3 Environnement d’essai",
        "Déclaration de la cible",
        "Messages de contrôle",
        "4 Couverture des exigences",
        "Hors du périmètre de la suite",
        "5 Résultats par étape",
        "6 Non-conformités",
        "NC-1 Transaction sans STARTTLS",
        "Lignes décisives de l’échange",
        "Ce qui fonde le verdict",
        "7 Ce qui n’a pas été jugé",
        "Non exécutés",
        "Sans objet, d’après l’opérateur ou la cible",
        "8 Remarques",
        "Sur l’annexe 1",
        "9 Tous les scénarios",
        "10 Depuis la campagne antérieure",
        "En recul",
        "Annexe A · Identités et certificats",
        "Annexe B · Transcriptions",
        "Annexe C · Interprétations retenues",
        "Attestation et signatures",
        "Page 2 / ",
    ] {
        assert!(text.contains(words), "{words} is not in: {text}");
    }
}

/// What stands on one page, blanks made one.
fn page(pdf: &[u8], number: &str) -> Option<String> {
    let text = says("pdftotext", &["-layout", "-f", number, "-l", number], pdf)?;
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A form that names its connector.
fn form() -> Form {
    let mut form = Form::default();
    form.operator.name = "CH du formulaire".to_owned();
    form.operator.connector = Some(annexe1::Connector {
        vendor: "Éditeur d’essai".to_owned(),
        version: "4.2".to_owned(),
    });
    form.legal_representative = Some(annexe1::LegalRepresentative {
        first_name: "Jeanne".to_owned(),
        last_name: "Essai".to_owned(),
        ..annexe1::LegalRepresentative::default()
    });
    form
}

/// Who has two minutes reads the first page.
#[test]
fn the_first_page_tells_who_with_what_how_it_ended_and_what_it_does_not_prove() {
    let form = form();
    let record = sample::record();
    let pdf = with(&record, &Sources { annexe1: Some(&form), earlier: None });
    let Some(text) = page(&pdf, "1") else { return };
    for words in [
        "CH du formulaire",
        "NON CONCLUANT sur le périmètre testé",
        "15 obligatoires ✔ 8 conformes",
        "2 autres ▲ 1 conforme avec remarque",
        "Connecteur (déclaré) Éditeur d’essai · version 4.2",
        "Suite d’essai version 0.1.0",
        "Signataire annoncé (déclaré) CH du formulaire, représenté par Jeanne Essai",
        "Ce que ce rapport ne prouve pas",
        "Une homologation : l’agence en décide",
    ] {
        assert!(text.contains(words), "{words} is not in: {text}");
    }
}

/// Each clause with its result and the numbers of its non-conformities stands on one page, before any detail.
#[test]
fn the_clauses_have_one_page_before_all_detail() {
    let record = sample::record();
    let pdf = of(&record);
    let Some(all) = text(&pdf) else { return };
    let content = all.rfind("2 Identification Opérateur").expect("the second chapter");
    let table = all.find("Exigence Énoncé Résultat Obligatoires Autres").expect("the table");
    assert!(table < content);
    let on_one = (3..=5).filter_map(|number| page(&pdf, &number.to_string())).any(|page| {
        page.contains("Exigence Énoncé Résultat Obligatoires Autres")
            && record.clauses.keys().all(|clause| page.contains(clause.as_str()))
            && ["NC-1", "NC-2", "NC-3"].iter().all(|badge| page.contains(badge))
    });
    assert!(on_one, "the table of the clauses is not on one page");
}

#[test]
fn who_signs_reads_first_what_he_attests() {
    let form = form();
    let record = sample::record();
    let pdf = with(&record, &Sources { annexe1: Some(&form), earlier: None });
    let Some(text) = text(&pdf) else { return };
    let at = |words: &str| text.rfind(words).unwrap_or_else(|| panic!("{words} in: {text}"));
    let attested = text[at("Les soussignés attestent")..].to_owned();
    let boxes = attested.find("Pour l’opérateur").expect("a box");
    let digest = hex(&Sha256::digest(json::render(&record).expect("rendered")));
    for words in
        ["NON CONCLUANT", "du 22 novembre 2026", "version 4.2", &digest, "(MANIFEST.sha256.p7s)"]
    {
        assert!(attested.find(words).is_some_and(|at| at < boxes), "{words}: {attested}");
    }
}

/// Where the target failed, what could come of it is said, in the index and beside the failure.
#[test]
fn a_nonconformity_says_what_could_come_of_it() {
    let record = sample::record();
    let said = record.scenarios.iter().find_map(|one| one.consequence.clone()).expect("one");
    let pdf = of(&record);
    let Some(text) = text(&pdf) else { return };
    assert_eq!(text.matches(said.as_str()).count(), 2);
    assert!(text.contains(&format!("Risque. {said}")));
}

/// The page, the PDF, the terminal and Markdown tell of one record in the same figures, rounded alike.
#[test]
fn every_format_says_the_same_figures() {
    let record = sample::record();
    let pdf = of(&record);
    let Some(paper) = text(&pdf) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    sample::write_transcripts(folder.path()).expect("written");
    let html = html::render(&record, folder.path()).expect("rendered");
    let page = words_of(&html);
    let markdown = markdown::run(&record);
    let terminal = terminal::summary(&record, &terminal::Style::default(), None, "");
    let duration = words::duration(record.duration_ms);
    for (format, text) in [("PDF", &paper), ("page", &page), ("Markdown", &markdown)] {
        let text = one_blank(text);
        assert!(text.contains(&one_blank(&duration)), "{format}: {duration}");
    }
    let steps = outline::steps(&record);
    for step in &steps {
        let counts = outline::counts(step.scenarios.iter().copied());
        let shown = counts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ");
        assert!(markdown.contains(&format!("| {} | {shown} |", step.folder)), "{}", step.folder);
    }
    for verdict in VERDICTS {
        let count = words::count(&record.summary, verdict) as usize;
        let seen = record.scenarios.iter().filter(|one| one.verdict == verdict).count();
        assert_eq!(count, seen, "the summary of the record");
        let words = format!("{} {count}", words::mark(verdict));
        for (format, text) in [("page", &page), ("terminal", &terminal)] {
            assert!(count == 0 || text.contains(&words), "{format}: {words}");
        }
    }
    // The table of the steps, row by row: number, sum, median and longest.
    let content = serde_json::to_value(Content::new(&record, folder.path(), &Sources::default()))
        .expect("JSON");
    for step in content["steps"].as_array().expect("steps") {
        let shown = &step["spread"]["shown"];
        let figure = |value: &serde_json::Value| one_blank(value.as_str().unwrap_or("—"));
        let row = [&step["duration"], &shown[2], &shown[4]].map(figure).join(" ");
        let row = format!("{} {row}", step["total"]);
        assert!(one_blank(&paper).contains(&row), "PDF: {row}");
        assert!(one_blank(&page).contains(&row), "page: {row}");
    }
    for part in content["conclusion"]["parts"].as_array().expect("parts") {
        let words = format!("{} {}", part["total"], part["label"].as_str().expect("a label"));
        assert!(one_blank(&paper).contains(&words), "PDF: {words}");
        assert!(one_blank(&page).contains(&words), "page: {words}");
    }
}

fn one_blank(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a reader of a page sees: no tags, and no entities.
fn words_of(page: &str) -> String {
    let body = &page[page.find("<body").expect("a body")..];
    let mut text = String::new();
    let mut inside = false;
    for c in body.chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            c if !inside => text.push(c),
            _ => {}
        }
    }
    one_blank(&text.replace("&nbsp;", " ").replace("&amp;", "&").replace("&#x27;", "'"))
}

/// A page with a row of a table and nothing else makes its reader look for the rest. Where tables end depends on
/// how much there is before, so each length of the last ones is tried.
#[rstest]
#[case::sample(0)]
#[case::a_row_more(1)]
#[case::some_rows_more(4)]
#[case::a_page_more(9)]
fn no_page_holds_one_row_alone(#[case] more: usize) {
    let mut record = sample::record();
    let model = record.scenarios.last().expect("one").clone();
    for index in 0..more {
        let id = format!("{}-{index}", model.id);
        record.scenarios.push(ScenarioRecord { id, ..model.clone() });
    }
    let form = form();
    let pdf = with(&record, &Sources { annexe1: Some(&form), earlier: None });
    let Some(info) = says("pdfinfo", &[], &pdf) else { return };
    let pages = info.lines().find_map(|line| line.strip_prefix("Pages:")).expect("a count");
    let pages: usize = pages.trim().parse().expect("a number");
    for number in 2..=pages {
        let number = number.to_string();
        let Some(text) = says("pdftotext", &["-layout", "-f", &number, "-l", &number], &pdf) else {
            return;
        };
        // Head and foot are a line each, and so is the repeated head of a table.
        let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
        assert!(lines > 7, "page {number} of {pages}: {text}");
    }
}

#[test]
fn nothing_of_the_run_is_left_out() {
    let record = sample::record();
    let pdf = of(&record);
    let Some(letters) = letters(&pdf) else { return };
    let close = |text: &str| text.split_whitespace().collect::<String>();
    for scenario in &record.scenarios {
        assert!(letters.contains(&close(&scenario.id)), "{}", scenario.id);
        if let Some(transcript) = &scenario.transcript {
            assert!(letters.contains(&transcript.sha256), "{}", transcript.sha256);
            assert!(letters.contains(&transcript.path), "{}", transcript.path);
        }
    }
    for clause in record.clauses.keys() {
        assert!(letters.contains(&close(clause)), "{clause}");
    }
    assert!(letters.contains(&record.world.whitelist_sha256));
    assert!(letters.contains(&record.catalogue_sha256));
    let digest = hex(&Sha256::digest(json::render(&record).expect("rendered")));
    assert!(letters.contains(&digest), "the cover has the record's digest");
}

/// Markup of the layout language, characters that reorder or have no glyph, and a lot of each.
const MARKUP: &str =
    "#panic(\"x\") #read(\"/etc/passwd\") $1/0$ *a* _b_ @c <d> `e` // f /* g */ \\u{1} ~ --";

#[rstest]
#[case::markup(MARKUP.to_owned())]
#[case::sample(sample::HOSTILE.to_owned())]
#[case::controls((0..0x20).filter_map(char::from_u32).collect())]
#[case::right_to_left("\u{202e}abc\u{202c} \u{5d0}\u{5d1} \u{627}\u{644}\u{200f}".to_owned())]
#[case::no_glyph("日本語 🩺 \u{e000} \u{10ffff} \u{feff}\u{fffe}".to_owned())]
#[case::combining(format!("e{}", "\u{301}".repeat(3_000)))]
#[case::one_long_word("x".repeat(50_000))]
#[case::many_lines("a\n".repeat(50_000))]
#[case::wide("W".repeat(3_999))]
#[case::zero_widths("\u{200b}\u{200d}\u{2060}\u{ad}".repeat(500))]
fn a_hostile_target_is_shown_and_not_obeyed(#[case] said: String) {
    let mut record = sample::record();
    for scenario in record.scenarios.iter_mut().skip(1).take(8) {
        scenario.title = said.clone();
        scenario.observed = said.clone();
        scenario.reason = said.clone();
        scenario.evidence = vec![said.clone(); 3];
        scenario.purpose = said.clone();
    }
    record.target.name = said.clone();
    record.target.dn = Some(said.clone());
    let pdf = of(&record);
    let Some(text) = text(&pdf) else { return };
    let forbidden = |c: char| {
        c.is_control()
            || ('\u{202a}'..='\u{202e}').contains(&c)
            || ('\u{590}'..='\u{6ff}').contains(&c)
    };
    assert!(!text.contains(forbidden), "{:?}", text.find(forbidden));
    assert!(text.contains("9 Tous les scénarios"), "the report goes on");
    if said == MARKUP {
        assert!(text.contains("#panic(\"x\")"), "it is shown as it is");
    }
}

#[test]
fn a_hostile_name_of_a_scenario_leads_nowhere_else() {
    let mut record = sample::record();
    // Two of one name, one with every sign, one without any.
    record.scenarios[1].id = record.scenarios[0].id.clone();
    record.scenarios[2].id = "a b\"c<d>#e@f\n\u{202e}".to_owned();
    record.scenarios[3].id = String::new();
    record.scenarios[3].clause = String::new();
    record.scenarios[4].twin = Some("nowhere".to_owned());
    assert!(!of(&record).is_empty());
}

#[test]
fn what_limits_a_run_is_said_before_its_conclusion() {
    let mut record = sample::record();
    record.interrupted = true;
    record.target.embedded = true;
    let pdf = of(&record);
    let Some(text) = text(&pdf) else { return };
    let conclusion = text.find("sur le périmètre testé").expect("a conclusion");
    for words in ["Exécution interrompue", "Exécution partielle", "proxy de référence embarqué"]
    {
        assert!(text.find(words).is_some_and(|at| at < conclusion), "{words}");
    }
}

#[test]
fn a_run_that_played_nothing_still_has_a_document() {
    let mut record = sample::record();
    record.scenarios.clear();
    record.clauses.clear();
    record.remarks.clear();
    record.interpretations.clear();
    record.summary = Summary::default();
    record.verdict = RunVerdict::Inconclusive;
    record.target.declaration = None;
    let pdf = of(&record);
    let Some(text) = text(&pdf) else { return };
    for words in ["NON CONCLUSIF", "Aucune non-conformité", "Aucun scénario n’a été joué."] {
        assert!(text.contains(words), "{words}");
    }
}
