//! Pictures of the pages, for human eyes.

use std::{env, fs, path::PathBuf};

use reports::{html, json, matrix};

use crate::{browser::with_browser, pages};

#[test]
#[ignore = "for human eyes: writes pictures of the pages into $MSSANTE_PICTURES; $MSSANTE_RUNS adds folders of runs, $MSSANTE_UNFOLDED unfolds all"]
fn pictures_of_each_page_in_each_width_and_scheme() {
    let folder = PathBuf::from(env::var_os("MSSANTE_PICTURES").expect("MSSANTE_PICTURES is set"));
    fs::create_dir_all(&folder).expect("created");
    let mut all: Vec<(String, String)> =
        pages::states().into_iter().map(|(name, page)| (name.to_owned(), page)).collect();
    all.push(("mutants".to_owned(), matrix::render(&matrix::sample::matrix()).expect("rendered")));
    for run in env::var_os("MSSANTE_RUNS").iter().flat_map(env::split_paths) {
        let record = json::read(&run.join("record.json")).expect("a record");
        all.push((
            format!("run-{}", all.len()),
            html::render(&record, run.as_path()).expect("rendered"),
        ));
    }
    with_browser(async |browser| {
        for (name, page) in &all {
            browser.show(page).await;
            browser.unfold(env::var_os("MSSANTE_UNFOLDED").is_some()).await;
            for scheme in ["light", "dark"] {
                browser.media("screen", scheme).await;
                for width in [360, 768, 1280, 1600] {
                    browser.width(width).await;
                    let picture = browser.picture().await;
                    assert!(picture.starts_with(b"\x89PNG"), "{name}");
                    let file = folder.join(format!("{name}-{width}-{scheme}.png"));
                    fs::write(file, picture).expect("written");
                }
            }
        }
    });
}
