//! The page where scripts are forbidden.

use crate::{browser::with_browser, pages};

#[test]
fn without_scripts_everything_is_there_and_opens() {
    with_browser(async |browser| {
        browser.scripts(false).await;
        let mut shown = 0;
        for (state, page) in pages::states() {
            browser.show(&page).await;
            let tools = "return document.getElementById('tools')?.checkVisibility() ?? false";
            assert!(!browser.run::<bool>(tools).await, "{state}: no control that does nothing");
            let hidden: Vec<String> = browser
                .run(
                    "return [...document.querySelectorAll('body *')]
                        .filter((e) => !e.closest('#tools, script, details:not([open]) > :not(summary), svg desc, svg title'))
                        .filter((e) => !e.checkVisibility()).map((e) => e.outerHTML.slice(0, 120))",
                )
                .await;
            assert_eq!(hidden, [""; 0], "{state}");
            shown += browser
                .run::<usize>("return document.querySelectorAll('details.scenario').length")
                .await;
        }
        assert!(shown > 50, "{shown}");

        browser.show(&pages::sample()).await;
        browser.click(".step:has(details.scenario.fail) > summary").await;
        browser.click("details.scenario.fail > summary").await;
        let body = "return document.querySelector('details.scenario.fail .body').checkVisibility()";
        assert!(browser.run::<bool>(body).await, "a click opens it");
        assert_eq!(browser.console().await, [""; 0]);
    });
}
