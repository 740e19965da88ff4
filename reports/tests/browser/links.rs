//! Links into the page: from elsewhere, and from one place of it to another.

use crate::{
    browser::{Browser, with_browser},
    pages,
};

const REVOKED: &str = "s:reception/4-certificat/revoque";

/// Waits until a scenario is open, shown, marked as the one meant, and at the top of the window.
async fn arrives_at(browser: &Browser, id: &str) {
    let there = format!(
        "(() => {{
            const row = document.getElementById({id:?});
            const box = row.querySelector('summary').getBoundingClientRect();
            const tools = document.getElementById('tools').getBoundingClientRect();
            return row.open && row.checkVisibility() && row.matches(':target')
                && box.top >= 0 && box.bottom <= innerHeight
                && (box.top >= tools.bottom || box.bottom <= tools.top);
        }})()"
    );
    browser.until(&there).await;
}

#[test]
fn a_link_from_elsewhere_opens_the_scenario_and_goes_there() {
    with_browser(async |browser| {
        browser.show_at(&pages::sample(), &format!("#{REVOKED}")).await;
        arrives_at(browser, REVOKED).await;
        // As mail programs write it.
        let escaped = REVOKED.replace(':', "%3A").replace('/', "%2F");
        browser.show_at(&pages::page(&pages::many()), &format!("#{escaped}-008")).await;
        arrives_at(browser, &format!("{REVOKED}-008")).await;
    });
}

#[test]
fn a_link_opens_a_scenario_that_the_filter_hides_however_often_it_is_followed() {
    with_browser(async |browser| {
        browser.show(&pages::sample()).await;
        let hidden = format!("return !document.getElementById({REVOKED:?}).checkVisibility()");
        for _ in 0..3 {
            browser.click("[data-filter=level][data-value=may]").await;
            assert!(browser.run::<bool>(&hidden).await, "the filter hides it");
            browser.click(&format!(".nc a[href=\"#{REVOKED}\"]")).await;
            arrives_at(browser, REVOKED).await;
            browser.run::<()>(&format!("document.getElementById({REVOKED:?}).open = false")).await;
            browser.click("[data-filter=level][data-value=may]").await;
        }
    });
}

#[test]
fn a_link_to_a_step_that_the_filter_hides_shows_it() {
    with_browser(async |browser| {
        browser.show(&pages::sample()).await;
        browser.click("[data-filter=level][data-value=may]").await;
        browser.click("#etapes ~ .scroll tbody tr:nth-of-type(4) a").await;
        browser
            .until(
                "(() => {
                    const heading = document.querySelector(':target');
                    const top = heading?.getBoundingClientRect().top;
                    return heading && heading.checkVisibility() && top >= 0 && top < innerHeight
                        && heading.closest('.step').querySelector('details.scenario').checkVisibility();
                })()",
            )
            .await;
    });
}

#[test]
fn a_link_to_nowhere_does_no_harm() {
    with_browser(async |browser| {
        let page = pages::sample();
        for place in ["#nulle-part", "#%", "#%E0%A4%A", "#<script>alert(1)</script>", "#tools", "#"]
        {
            browser.show_at(&page, place).await;
            let works = "return !document.getElementById('tools').hidden
                && document.getElementById('trouves').textContent.endsWith(' sur 17')";
            assert!(browser.run::<bool>(works).await, "{place}: the filters work");
            assert_eq!(browser.console().await, [""; 0], "{place}");
        }
    });
}

#[test]
fn every_entry_of_the_contents_leads_to_its_heading() {
    with_browser(async |browser| {
        browser.show(&pages::sample()).await;
        let entries: usize = browser.run("return document.querySelectorAll('.toc a').length").await;
        assert_eq!(entries, 13);
        for entry in 1..=entries {
            browser.click(&format!(".toc li:nth-of-type({entry}) a")).await;
            browser
                .until(
                    "(() => {
                        const box = document.querySelector('h2:target')?.getBoundingClientRect();
                        return box && box.top >= 0 && box.bottom <= innerHeight;
                    })()",
                )
                .await;
        }
    });
}

/// The reading that a verdict rests on is folded, until a link leads to it; once more after it was folded again.
#[test]
fn a_link_to_a_folded_interpretation_opens_it() {
    with_browser(async |browser| {
        browser.show(&pages::sample()).await;
        let seen = "(() => {
            const e = document.querySelector('details.interpretation');
            const top = e.getBoundingClientRect().top;
            return [e.open, top >= 0 && top < innerHeight];
        })()";
        let seen = format!("return {seen}");
        assert_eq!(browser.run::<[bool; 2]>(&seen).await, [false, false]);
        for _ in 0..2 {
            browser.click(".nc a[href^='#i:']").await;
            let arrived = browser.run::<[bool; 2]>(&seen).await;
            assert_eq!(arrived, [true, true], "opened, and in sight");
            browser
                .run::<()>("document.querySelector('details.interpretation').open = false")
                .await;
        }
    });
}
