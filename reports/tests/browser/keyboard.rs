//! The page by the keyboard alone.

use fantoccini::key::Key;
use rstest::rstest;
use serde::Deserialize;

use crate::{browser::with_browser, pages};

/// Stops of the tabulator beyond which something goes round in circles.
const MOST: usize = 400;

/// Where the focus is, and whether it can be seen.
#[derive(Debug, Deserialize)]
struct Stop {
    what: String,
    outlined: bool,
    inside: bool,
    uncovered: bool,
}

const STOP: &str = "
    const element = document.activeElement;
    if (element === document.body) return null;
    const style = getComputedStyle(element);
    const box = element.getClientRects()[0];
    const [x, y] = [box.left + Math.min(box.width, innerWidth) / 2, box.top + Math.min(box.height, innerHeight) / 2];
    const above = document.elementFromPoint(x, y);
    const row = element.closest('details.scenario');
    return {
        what: row ? row.id : element.matches('button') ? element.textContent.trim()
            : element.id || element.textContent.trim() || element.getAttribute('aria-label'),
        outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        inside: y >= 0 && y <= innerHeight,
        uncovered: Boolean(above) && (element.contains(above) || above.contains(element)
            || element.contains(above.closest('a, button, summary, input'))),
    };";

#[rstest]
#[case::desk(1280)]
#[case::tablet(768)]
#[case::phone(360)]
fn the_tabulator_reaches_everything_in_order_and_is_seen_all_the_way(#[case] width: u32) {
    with_browser(async |browser| {
        browser.width(width).await;
        browser.show(&pages::sample()).await;
        browser
            .run::<()>("document.querySelectorAll('.step').forEach((s) => { s.open = true; })")
            .await;
        let mut stops: Vec<Stop> = Vec::new();
        browser.press(Key::Tab).await;
        while let Some(stop) = browser.run::<Option<Stop>>(STOP).await {
            stops.push(stop);
            assert!(stops.len() < MOST, "{stops:?}");
            browser.press(Key::Tab).await;
        }
        for stop in &stops {
            assert!(stop.outlined && stop.inside && stop.uncovered, "{stop:?}");
        }
        assert_eq!(stops[0].what, "Aller au contenu");
        let at = |what: &str| {
            let found = stops.iter().position(|stop| stop.what == what);
            found.unwrap_or_else(|| panic!("{what} is not reached: {stops:?}"))
        };
        let buttons: Vec<String> = browser
            .run(
                "return [...document.querySelectorAll('#tools button')]
                .filter((b) => b.checkVisibility()).map((b) => b.textContent.trim())",
            )
            .await;
        assert_eq!(buttons.len(), 6 + 3 + 1);
        let mut order = vec![at("cherche")];
        order.extend(buttons.iter().map(|button| at(button)));
        let rows: Vec<String> = browser
            .run("return [...document.querySelectorAll('details.scenario')].map((row) => row.id)")
            .await;
        assert_eq!(rows.len(), 17);
        order.extend(rows.iter().map(|row| at(row)));
        assert!(order.is_sorted(), "{order:?}: {stops:?}");

        // And back: nothing that has the focus is under what stays at the top.
        for before in stops.iter().rev() {
            browser.back_tab().await;
            let stop = browser.run::<Option<Stop>>(STOP).await.expect("a stop");
            assert_eq!(stop.what, before.what);
            assert!(stop.outlined && stop.inside && stop.uncovered, "backwards: {stop:?}");
        }
    });
}

#[test]
fn enter_and_space_open_and_close_what_is_folded() {
    with_browser(async |browser| {
        browser.show(&pages::sample()).await;
        let step = "document.querySelector('.step:has(details.scenario.fail) > summary').focus()";
        browser.run::<()>(step).await;
        browser.press(Key::Enter).await;
        let focus = "document.querySelector('details.scenario.fail > summary').focus()";
        browser.run::<()>(focus).await;
        let open = "return document.querySelector('details.scenario.fail').open";
        for (key, expected) in
            [(Key::Enter, true), (Key::Enter, false), (Key::Space, true), (Key::Space, false)]
        {
            browser.press(key).await;
            assert_eq!(browser.run::<bool>(open).await, expected, "{key:?}");
        }
        browser.press(Key::Enter).await;
        // Within an open scenario the exchange is one of the next stops.
        for stop in 0.. {
            assert!(stop < 6, "the exchange is not reached");
            browser.press(Key::Tab).await;
            if browser.run("return document.activeElement.matches('.exchange > summary')").await {
                break;
            }
        }
        browser.press(Key::Space).await;
        let exchange = "return document.activeElement.parentElement.open";
        assert!(browser.run::<bool>(exchange).await, "the exchange opens");
    });
}

#[test]
fn enter_and_space_press_a_filter() {
    with_browser(async |browser| {
        browser.show(&pages::sample()).await;
        browser.run::<()>("document.querySelector('#tools [data-value=fail]').focus()").await;
        let pressed = "return [document.activeElement.getAttribute('aria-pressed'),
            String([...document.querySelectorAll('details.scenario')].filter((row) => !row.hidden).length)]";
        for (key, expected) in [(Key::Enter, ["true", "3"]), (Key::Space, ["false", "17"])] {
            browser.press(key).await;
            assert_eq!(browser.run::<Vec<String>>(pressed).await, expected, "{key:?}");
        }
    });
}

#[test]
fn the_first_link_skips_to_the_content() {
    with_browser(async |browser| {
        browser.show(&pages::sample()).await;
        browser.press(Key::Tab).await;
        browser.press(Key::Enter).await;
        browser.until("document.activeElement.id === 'contenu'").await;
    });
}
