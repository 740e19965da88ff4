//! Every state of a run, in both colour schemes, folded and unfolded, on a phone and on a desk:
//! axe-core finds nothing at all.

use crate::{axe::assert_no_violation, browser::with_browser, pages};

#[test]
fn nobody_stumbles_over_a_page_in_any_state() {
    with_browser(async |browser| {
        for (state, page) in pages::states() {
            browser.show(&page).await;
            for scheme in ["light", "dark"] {
                browser.media("screen", scheme).await;
                for (width, open) in [(1280, false), (360, true)] {
                    browser.width(width).await;
                    browser.unfold(open).await;
                    assert_no_violation(browser, &format!("{state}, {scheme}, {width} px")).await;
                }
            }
        }
    });
}

#[test]
fn a_filter_in_use_stays_readable() {
    with_browser(async |browser| {
        browser.show(&pages::sample()).await;
        for scheme in ["light", "dark"] {
            browser.media("screen", scheme).await;
            let buttons = "return document.querySelectorAll('#tools [data-filter]').length";
            for button in 1..=browser.run::<usize>(buttons).await {
                let press = "document.querySelectorAll('#tools [data-filter]')[arguments[0]].click()";
                browser.run_with::<()>(press, vec![(button - 1).into()]).await;
            }
            // All pressed; then, in the other scheme, all released.
            assert_no_violation(browser, scheme).await;
        }
        browser.run::<()>("document.getElementById('cherche').value = 'introuvable';
            document.getElementById('cherche').dispatchEvent(new Event('input'));").await;
        assert_no_violation(browser, "nothing found").await;
    });
}
