//! The page of the kill matrix, with the same eyes.

use proof::matrix::{Matrix, MutantRow, Round, ScenarioRow};
use reports::matrix::{self, sample};

use crate::{axe::assert_no_violation, browser::with_browser, widths::assert_fits};

fn pages() -> [(&'static str, String); 2] {
    let partial = Matrix { filter: Some("crl".into()), interrupted: true, ..sample::matrix() };
    [("whole", sample::matrix()), ("partial", partial)]
        .map(|(name, matrix)| (name, matrix::render(&matrix).expect("rendered")))
}

/// As many scenarios and mutants as a whole matrix has; each tenth cell is marked.
fn whole() -> Matrix {
    let mut matrix = sample::matrix();
    let (scenario, mutant) = (matrix.scenarios[2].clone(), matrix.mutants[0].clone());
    let finding = mutant.round.others[&scenario.id].clone();
    let id = |number: usize| format!("reception/{}-etape/scenario-{number:03}", number / 40 + 1);
    matrix.scenarios = (0..222).map(|n| ScenarioRow { id: id(n), ..scenario.clone() }).collect();
    let found = |number: usize| (0..222).filter(move |n| (n + number).is_multiple_of(10)).map(id);
    matrix.mutants = (0..214)
        .map(|n| MutantRow {
            id: format!("mutant-numero-{n:03}"),
            killers: found(n).take(1).collect(),
            round: Round {
                others: found(n).map(|id| (id, finding.clone())).collect(),
                ..mutant.round.clone()
            },
            ..mutant.clone()
        })
        .collect();
    matrix
}

#[test]
fn a_whole_matrix_fits_and_its_links_lead_there() {
    with_browser(async |browser| {
        browser.show(&matrix::render(&whole()).expect("rendered")).await;
        assert_eq!(browser.console().await, [""; 0]);
        for width in [360, 768, 1280] {
            browser.width(width).await;
            assert_fits(browser, &format!("{width} px")).await;
        }
        let cells = "return document.querySelectorAll('.matrix td').length";
        assert_eq!(browser.run::<usize>(cells).await, 222 * 214);
        // From the last cell to its mutant.
        browser.run::<()>("[...document.querySelectorAll('.matrix td a')].at(-1).click()").await;
        browser
            .until(
                "(() => {
                    const box = document.querySelector('.mutant:target h3')?.getBoundingClientRect();
                    return box && box.top >= 0 && box.bottom <= innerHeight;
                })()",
            )
            .await;
        // The heads of the matrix stay in sight while it scrolls.
        let heads: Vec<bool> = browser
            .run(
                "const matrix = document.querySelector('.matrix');
                matrix.scrollIntoView();
                matrix.scrollTo(1500, 2500);
                const frame = matrix.getBoundingClientRect();
                const inside = (e) => {
                    const box = e.getBoundingClientRect();
                    return Math.abs(box.top - frame.top) < 2 || Math.abs(box.left - frame.left) < 2;
                };
                return [...matrix.querySelectorAll('thead th, tbody th[scope=row]')].map(inside)",
            )
            .await;
        assert_eq!(heads.len(), 1 + 214 + 222);
        assert!(heads.iter().all(|head| *head), "{heads:?}");
    });
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
