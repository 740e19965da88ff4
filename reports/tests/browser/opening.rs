//! A report is opened from a file, without a network: nothing is asked for, nothing goes wrong, and
//! what a hostile target said does nothing.

use crate::{browser::with_browser, pages};

#[test]
fn a_page_opens_without_a_word_and_asks_for_nothing() {
    with_browser(async |browser| {
        let mut shown = 0;
        for (state, page) in pages::states() {
            browser.show(&page).await;
            browser.unfold(true).await;
            assert_eq!(browser.console().await, [""; 0], "{state}");
            let requests = browser.requests().await;
            let own = |url: &String| url.starts_with("file://") && url.ends_with(".html");
            assert!(requests.iter().all(own), "{state}: {requests:?}");
            assert_eq!(requests.len(), 1, "{state}: the page itself, once");
            let resources: Vec<String> = browser
                .run("return performance.getEntriesByType('resource').map((r) => r.name)")
                .await;
            assert_eq!(resources, [""; 0], "{state}");
            let elsewhere: Vec<String> = browser
                .run(
                    "return [...document.querySelectorAll('*')].flatMap((e) => [...e.attributes])
                        .filter((a) => ['src', 'href', 'action', 'data', 'poster'].includes(a.localName))
                        .map((a) => a.value).filter((value) => !value.startsWith('#'))",
                )
                .await;
            assert_eq!(elsewhere, [""; 0], "{state}");
            shown += 1;
        }
        assert_eq!(shown, 5);
    });
}

#[test]
fn the_harness_would_hear_a_word_and_see_a_request() {
    with_browser(async |browser| {
        let page = pages::sample().replace(
            "<footer>",
            "<img src=\"http://127.0.0.1:9/absent.png\" alt=\"\"><script>nowhere()</script><footer>",
        );
        browser.show(&page).await;
        let console = browser.console().await.join("\n");
        assert!(console.contains("nowhere is not defined"), "{console}");
        assert!(console.contains("Content Security Policy"), "{console}");
        browser.show("<img src=\"http://127.0.0.1:9/absent.png\" alt=\"\">").await;
        let requests = browser.requests().await;
        assert!(requests.iter().any(|url| url.ends_with("/absent.png")), "{requests:?}");
    });
}

#[test]
fn what_a_hostile_target_said_is_only_text() {
    with_browser(async |browser| {
        for (state, page) in pages::states() {
            browser.show(&page).await;
            browser.unfold(true).await;
            // An alert would have made this fail.
            assert_eq!(browser.run::<usize>("return document.scripts.length").await, 1, "{state}");
            let own: bool = browser
                .run(
                    "return document.scripts[0].parentElement === document.body
                    && document.scripts[0].textContent.includes('Comfort only')",
                )
                .await;
            assert!(own, "{state}: the only script is the page's own");
            let handlers: usize = browser
                .run(
                    "return [...document.querySelectorAll('*')].flatMap((e) => [...e.attributes])
                        .filter((a) => a.localName.startsWith('on')).length",
                )
                .await;
            assert_eq!(handlers, 0, "{state}");
            let reordered: bool = browser
                .run(r"return /[\u202a-\u202e\u2066-\u2069\u0000-\u0008\u001b]/u.test(document.body.textContent + document.title)")
                .await;
            assert!(!reordered, "{state}: no control character, none that turns text around");
        }
        browser.show(&pages::sample()).await;
        let text: String = browser.run("return document.body.textContent").await;
        assert!(text.contains("<script>alert(\"x\")</script>"), "its words are there, as words");
    });
}

#[test]
fn a_page_says_its_language_and_its_headings_are_in_order() {
    with_browser(async |browser| {
        for (state, page) in pages::states() {
            browser.show(&page).await;
            browser.unfold(true).await;
            assert_eq!(browser.run::<String>("return document.documentElement.lang").await, "fr");
            let title: String = browser.run("return document.title").await;
            assert!(
                title.contains("rapport de tests · Réception du courrier MSSanté"),
                "{state}: {title}"
            );
            let levels: Vec<u8> = browser
                .run(
                    "return [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')]
                        .filter((h) => h.checkVisibility()).map((h) => Number(h.localName[1]))",
                )
                .await;
            assert_eq!(levels.first(), Some(&1), "{state}");
            assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "{state}");
            assert!(levels.windows(2).all(|two| two[1] <= two[0] + 1), "{state}: {levels:?}");
            assert!(levels.len() > 12, "{state}: {levels:?}");
        }
    });
}
