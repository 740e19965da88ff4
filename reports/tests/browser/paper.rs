//! The page on paper: every scenario is on it, whatever the filter; the details of what was not
//! simply met are in sections of their own.

use serde::Deserialize;

use crate::{browser::with_browser, pages};

/// What there is to see.
#[derive(Debug, Deserialize, PartialEq, Eq)]
struct Seen {
    rows: usize,
    hidden: Vec<String>,
    wide: Vec<String>,
    tools: bool,
}

/// What of the page cannot be seen, or is wider than the sheet.
const SEEN: &str = "(() => {
    const shown = (e) => e.checkVisibility();
    const parts = '.nc, .group, .finding, .clause, .extract, .wire tr, .certificate, .interpretation, '
        + 'section, h2, h3, dt, dd, .counts li, .dots li, .changes li, tbody tr, figure, .block';
    const folded = (e) => e.closest('details.scenario') || e.closest('details.places.many');
    const root = document.documentElement;
    return {
        rows: [...document.querySelectorAll('details.scenario > summary')].filter(shown).length,
        hidden: [...document.querySelectorAll(parts)].filter((e) => !folded(e) && !shown(e))
            .map((e) => e.outerHTML.slice(0, 120)),
        wide: [...document.querySelectorAll('main *')]
            .filter((e) => shown(e) && e.getBoundingClientRect().right > root.clientWidth + 1
                && !e.closest('.sr, svg'))
            .map((e) => e.outerHTML.slice(0, 120)),
        tools: [...document.querySelectorAll('#tools, .skip, button')].some(shown),
    };
})()";

#[test]
fn paper_shows_every_scenario_and_all_that_was_found() {
    with_browser(async |browser| {
        let mut pages = pages::states();
        pages.push(("many", pages::page(&pages::many())));
        for (state, page) in pages {
            browser.show(&page).await;
            let rows: usize =
                browser.run("return document.querySelectorAll('details.scenario').length").await;
            browser.media("print", "dark").await;
            // A4 without its margins, at 96 pixels an inch.
            browser.width(680).await;
            let seen: Seen = browser.run(&format!("return {SEEN}")).await;
            let expected = Seen { rows, hidden: vec![], wide: vec![], tools: false };
            assert_eq!(seen, expected, "{state}");
            let white = "return getComputedStyle(document.body).backgroundColor";
            assert_eq!(browser.run::<String>(white).await, "rgb(255, 255, 255)", "{state}");
        }
    });
}

#[test]
fn paper_has_every_scenario_of_the_steps_that_are_folded() {
    with_browser(async |browser| {
        browser.show(&pages::sample()).await;
        let shown = "return [...document.querySelectorAll('details.scenario')]
            .filter((row) => row.checkVisibility()).length";
        assert_eq!(browser.run::<usize>(shown).await, 0, "the steps are folded");
        browser.media("print", "light").await;
        assert_eq!(browser.run::<usize>(shown).await, 17);
    });
}

#[test]
fn printing_shows_what_the_filter_hides_and_hides_it_again() {
    with_browser(async |browser| {
        browser.show(&pages::sample()).await;
        browser.click("[data-filter=verdict][data-value=fail]").await;
        browser
            .run::<()>(
                "addEventListener('beforeprint', () => {
                    window.printed = [...document.querySelectorAll('details.scenario')]
                        .filter((row) => !row.closest('[hidden]')).length;
                });",
            )
            .await;
        let pdf = browser.print().await;
        assert!(pdf.starts_with(b"%PDF-"));
        assert_eq!(browser.run::<usize>("return window.printed").await, 17);
        let after = "return [...document.querySelectorAll('details.scenario')]
            .filter((row) => row.checkVisibility()).length";
        assert_eq!(browser.run::<usize>(after).await, 3);
    });
}

/// Steps, lists and interpretations are open on paper, and afterwards as their reader had them.
#[test]
fn what_was_folded_is_folded_again_after_printing() {
    with_browser(async |browser| {
        browser.show(&pages::sample()).await;
        let open = "return [...document.querySelectorAll('details')].map((e) => e.open)";
        browser.run::<()>("document.querySelector('details.step').open = true").await;
        let before: Vec<bool> = browser.run(open).await;
        assert_eq!(before.iter().filter(|open| **open).count(), 1, "{before:?}");
        browser
            .run::<()>(
                "addEventListener('beforeprint', () => {
                    const folds = 'details:is(.step, .list, .interpretation)';
                    window.folded = [...document.querySelectorAll(folds)]
                        .filter((e) => !e.open).length;
                });",
            )
            .await;
        assert!(browser.print().await.starts_with(b"%PDF-"));
        assert_eq!(browser.run::<usize>("return window.folded").await, 0, "all are on paper");
        assert_eq!(browser.run::<Vec<bool>>(open).await, before);
    });
}
