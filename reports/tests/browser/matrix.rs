//! The page of the kill matrix, with the same eyes.

use reports::matrix::{self, sample};
use suite::matrix::Matrix;

use crate::{axe::assert_no_violation, browser::with_browser, widths::assert_fits};

fn pages() -> [(&'static str, String); 2] {
    let partial = Matrix { filter: Some("crl".into()), interrupted: true, ..sample::matrix() };
    [("whole", sample::matrix()), ("partial", partial)]
        .map(|(name, matrix)| (name, matrix::render(&matrix).expect("rendered")))
}

#[test]
fn the_matrix_opens_alone_fits_and_nobody_stumbles_over_it() {
    with_browser(async |browser| {
        for (name, page) in pages() {
            browser.show(&page).await;
            browser.unfold(true).await;
            assert_eq!(browser.console().await, [""; 0], "{name}");
            let requests = browser.requests().await;
            assert_eq!(requests.len(), 1, "{name}: {requests:?}");
            for scheme in ["light", "dark"] {
                browser.media("screen", scheme).await;
                for width in [360, 768, 1280] {
                    browser.width(width).await;
                    let what = format!("{name}, {scheme}, {width} px");
                    assert_fits(browser, &what).await;
                    assert_no_violation(browser, &what).await;
                }
            }
            assert_eq!(browser.run::<usize>("return document.scripts.length").await, 0, "{name}");
        }
    });
}
