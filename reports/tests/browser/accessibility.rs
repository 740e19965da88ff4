//! Every state of a run, in both colour schemes, folded and unfolded, on a phone and on a desk:
//! axe-core finds nothing at all.

use rstest::rstest;

use crate::{axe::assert_no_violation, browser::with_browser, pages};

#[rstest]
#[case::light("light")]
#[case::dark("dark")]
fn nobody_stumbles_over_a_page_in_any_state(#[case] scheme: &str) {
    with_browser(async |browser| {
        browser.media("screen", scheme).await;
        for (state, page) in pages::states() {
            browser.show(&page).await;
            for (width, open) in [(1280, false), (360, true)] {
                browser.width(width).await;
                browser.unfold(open).await;
                assert_no_violation(browser, &format!("{state}, {width} px")).await;
            }
        }
    });
}

#[rstest]
#[case::light("light")]
#[case::dark("dark")]
fn a_filter_in_use_stays_readable(#[case] scheme: &str) {
    with_browser(async |browser| {
        browser.media("screen", scheme).await;
        browser.show(&pages::sample()).await;
        let all = "const all = [...document.querySelectorAll('#tools [data-filter]')];
            all.forEach((button) => button.click());
            return all.filter((button) => button.ariaPressed === 'true').length";
        assert_eq!(browser.run::<usize>(all).await, 6 + 3);
        assert_no_violation(browser, "all pressed").await;
        browser.click("#cherche").await;
        browser.keys("introuvable").await;
        assert_no_violation(browser, "nothing found").await;
    });
}
