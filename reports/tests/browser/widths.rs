//! The page on a phone, on a tablet and on a desk: nothing is wider than the window, and nothing is
//! cut off without a way to it.

use crate::{
    browser::{Browser, with_browser},
    pages,
};

const WIDTHS: [u32; 3] = [360, 768, 1280];

/// Elements that reach out of the window, or whose text is cut off, and cannot be scrolled to.
pub(crate) const OUTSIDE: &str = "
    const width = document.documentElement.clientWidth;
    const scrolled = (e) => {
        for (let at = e.parentElement; at; at = at.parentElement) {
            if (['auto', 'scroll'].includes(getComputedStyle(at).overflowX)) return true;
        }
        return false;
    };
    return [...document.querySelectorAll('body *')]
        .filter((e) => e.checkVisibility() && !e.closest('.sr, .skip, svg') && !scrolled(e))
        .filter((e) => {
            const box = e.getBoundingClientRect();
            const cut = getComputedStyle(e).overflowX !== 'visible' && e.scrollWidth > e.clientWidth + 1
                && !['auto', 'scroll'].includes(getComputedStyle(e).overflowX) && e.localName !== 'input';
            return box.width > 0 && (box.right > width + 1 || box.left < -1 || cut);
        })
        .map((e) => `${e.localName}.${e.className} ${JSON.stringify(e.getBoundingClientRect())} ${e.textContent.trim().slice(0, 60)}`)";

/// The page is no wider than its window.
pub(crate) async fn assert_fits(browser: &Browser, what: &str) {
    let [page, window]: [u32; 2] = browser
        .run("const root = document.documentElement; return [root.scrollWidth, root.clientWidth]")
        .await;
    assert!(page <= window, "{what}: {page} px in a window of {window} px");
    let outside: Vec<String> = browser.run(OUTSIDE).await;
    assert_eq!(outside, [""; 0], "{what}");
}

#[test]
fn a_page_fits_into_each_window() {
    with_browser(async |browser| {
        let mut pages = pages::states();
        pages.push(("many", pages::page(&pages::many())));
        for (state, page) in pages {
            browser.show(&page).await;
            for width in WIDTHS {
                browser.width(width).await;
                for open in [false, true] {
                    browser.unfold(open).await;
                    assert_fits(browser, &format!("{state}, {width} px, open {open}")).await;
                }
            }
        }
    });
}
