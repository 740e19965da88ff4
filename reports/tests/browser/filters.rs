//! The filters and the search of the list of all scenarios.

use fantoccini::key::Key;
use reports::sample;
use suite::record::{Level, RunRecord, ScenarioRecord, Verdict};

use crate::{
    browser::{Browser, with_browser},
    pages,
};

/// The ids of the scenarios that are shown: at once under a filter, else as soon as their step is unfolded.
const SHOWN: &str = "const all = document.querySelector('[data-reset]').hidden;
    return [...document.querySelectorAll('details.scenario')]
    .filter((row) => row.checkVisibility() || (all && !row.hidden && row.closest('.step').checkVisibility()))
    .map((row) => row.querySelector('.body > dl > dd:last-of-type > code').textContent)";

/// The steps that are shown with a heading and no scenario.
const BARE: &str = "return [...document.querySelectorAll('.step')]
    .filter((step) => step.checkVisibility())
    .filter((step) => ![...step.querySelectorAll('details.scenario')].some((row) => !row.hidden))
    .length";

const VERDICTS: [(&str, Verdict); 6] = [
    ("pass", Verdict::Pass),
    ("remark", Verdict::PassWithRemark),
    ("fail", Verdict::Fail),
    ("inconclusive", Verdict::Inconclusive),
    ("skipped", Verdict::Skipped),
    ("not-applicable", Verdict::NotApplicable),
];

const LEVELS: [(&str, Level); 3] =
    [("must", Level::Must), ("should", Level::Should), ("may", Level::May)];

async fn press(browser: &Browser, filter: &str, value: &str) {
    browser.click(&format!("[data-filter={filter}][data-value={value}]")).await;
}

/// Types into the search field, in place of what it holds.
async fn search(browser: &Browser, words: &str) {
    browser.click("#cherche").await;
    browser.press(Key::Escape).await;
    browser.keys(words).await;
}

/// Exactly the scenarios that fit are shown, and their number is said.
async fn assert_shown(
    browser: &Browser,
    record: &RunRecord,
    what: &str,
    fits: impl Fn(&ScenarioRecord) -> bool,
) {
    let fitting = record.scenarios.iter().filter(|scenario| fits(scenario));
    let ids: Vec<&str> = fitting.map(|scenario| scenario.id.as_str()).collect();
    assert_eq!(browser.run::<Vec<String>>(SHOWN).await, ids, "{what}");
    assert_eq!(browser.run::<usize>(BARE).await, 0, "{what}: a step without a scenario");
    let said: String = browser.run("return document.getElementById('trouves').textContent").await;
    let all = record.scenarios.len();
    let expected = match ids.len() {
        0 => "Aucun scénario trouvé".to_owned(),
        1 => format!("1 scénario sur {all}"),
        many => format!("{many} scénarios sur {all}"),
    };
    assert_eq!(said, expected, "{what}");
}

async fn every_filter_is_tried_on(browser: &Browser, record: &RunRecord) {
    browser.show(&pages::page(record)).await;
    assert_shown(browser, record, "no filter", |_| true).await;
    for (class, verdict) in VERDICTS {
        press(browser, "verdict", class).await;
        assert_shown(browser, record, class, |s| s.verdict == verdict).await;
        for (name, level) in LEVELS {
            press(browser, "level", name).await;
            let both = format!("{class}, {name}");
            assert_shown(browser, record, &both, |s| s.verdict == verdict && s.level == level)
                .await;
            press(browser, "level", name).await;
        }
        press(browser, "verdict", class).await;
    }
    for (name, level) in LEVELS {
        press(browser, "level", name).await;
        assert_shown(browser, record, name, |s| s.level == level).await;
        press(browser, "level", name).await;
    }
    // Two of a kind add up.
    press(browser, "verdict", "fail").await;
    press(browser, "verdict", "remark").await;
    let either = [Verdict::Fail, Verdict::PassWithRemark];
    assert_shown(browser, record, "either", |s| either.contains(&s.verdict)).await;
    browser.click("[data-reset]").await;
    assert_shown(browser, record, "reset", |_| true).await;
}

#[test]
fn a_filter_shows_exactly_the_scenarios_of_the_record_that_fit() {
    with_browser(async |browser| every_filter_is_tried_on(browser, &sample::record()).await);
}

#[test]
fn filters_work_as_well_on_a_whole_run() {
    with_browser(async |browser| {
        let record = pages::many();
        every_filter_is_tried_on(browser, &record).await;
        search(browser, "(137)").await;
        assert_shown(browser, &record, "one of many", |s| s.title.ends_with("(137)")).await;
    });
}

#[test]
fn a_search_finds_words_with_or_without_accents() {
    let none: &[&str] = &[];
    let rows: [(&str, &[&str]); 9] = [
        ("révoqué", &["4-certificat/revoque"]),
        ("REVOQUE", &["4-certificat/revoque"]),
        ("  CRL   queued ", &["4-certificat/revoque"]),
        ("boîte", &["5-enveloppe/boite-pleine", "5-enveloppe/boite-pleine-vide"]),
        ("e\u{301}tendus", &["2-smtp/codes-etendus"]),
        ("TM3.1P/6", &["6-fin/quit"]),
        ("4F2C1", &["4-certificat/revoque"]),
        ("<script>", &["5-enveloppe/casse"]),
        ("(.*", none),
    ];
    with_browser(async |browser| {
        let record = sample::record();
        browser.show(&pages::page(&record)).await;
        for (words, found) in rows {
            search(browser, words).await;
            let ids: Vec<String> = found.iter().map(|name| format!("reception/{name}")).collect();
            assert_shown(browser, &record, words, |s| ids.contains(&s.id)).await;
        }
    });
}

#[test]
fn a_search_and_a_filter_narrow_each_other_and_are_left_together() {
    with_browser(async |browser| {
        let record = sample::record();
        browser.show(&pages::page(&record)).await;
        let reset = "return document.querySelector('[data-reset]').checkVisibility()";
        assert!(!browser.run::<bool>(reset).await, "nothing to leave yet");
        let certificate = |s: &ScenarioRecord| s.id.contains("/4-certificat/");
        search(browser, "certificat émetteur").await;
        assert_shown(browser, &record, "search", certificate).await;
        press(browser, "verdict", "fail").await;
        let fails = |s: &ScenarioRecord| certificate(s) && s.verdict == Verdict::Fail;
        assert_shown(browser, &record, "both", fails).await;
        press(browser, "level", "may").await;
        assert_shown(browser, &record, "nothing left", |_| false).await;
        assert!(browser.run::<bool>(reset).await, "the way back is offered");
        browser.click("[data-reset]").await;
        assert_shown(browser, &record, "reset", |_| true).await;
        let left: bool = browser
            .run(
                "return document.getElementById('cherche').value === ''
                && !document.querySelector('[data-filter][aria-pressed=true]')
                && document.activeElement.id === 'cherche'",
            )
            .await;
        assert!(left, "all released, and the focus is not lost with the button");
        assert!(!browser.run::<bool>(reset).await, "nothing to leave any more");
    });
}

#[test]
fn a_slash_leads_to_the_search_and_escape_empties_it() {
    with_browser(async |browser| {
        let record = sample::record();
        browser.show(&pages::page(&record)).await;
        browser.keys("/ouverture").await;
        assert_eq!(browser.run::<String>("return document.activeElement.value").await, "ouverture");
        assert_shown(browser, &record, "typed", |s| s.id.ends_with("/ehlo")).await;
        // In the field a slash is a slash.
        browser.keys("/").await;
        assert_eq!(
            browser.run::<String>("return document.activeElement.value").await,
            "ouverture/"
        );
        browser.press(Key::Escape).await;
        assert_shown(browser, &record, "escaped", |_| true).await;
        // Enter sends no form away.
        browser.keys("quit").await;
        browser.press(Key::Enter).await;
        assert_shown(browser, &record, "entered", |s| s.id.ends_with("/quit")).await;
    });
}

#[test]
fn all_are_unfolded_and_folded_at_once() {
    with_browser(async |browser| {
        let record = sample::record();
        browser.show(&pages::page(&record)).await;
        let open = "return document.querySelectorAll('details.scenario[open]').length";
        let name = "return document.querySelector('[data-fold]').textContent";
        browser.click("[data-fold]").await;
        assert_eq!(browser.run::<usize>(open).await, record.scenarios.len());
        assert_eq!(browser.run::<String>(name).await, "tout replier");
        browser.click("[data-fold]").await;
        assert_eq!(browser.run::<usize>(open).await, 0);
        assert_eq!(browser.run::<String>(name).await, "tout déplier");
    });
}
