//! Pictures of the pages, for human eyes.

use std::{env, fs, path::PathBuf};

use reports::matrix;

use crate::{browser::with_browser, pages};

#[test]
#[ignore = "for human eyes: writes pictures of the pages into $MSSANTE_PICTURES; $MSSANTE_PAGES adds files"]
fn pictures_of_each_page_in_each_width_and_scheme() {
    let folder = PathBuf::from(env::var_os("MSSANTE_PICTURES").expect("MSSANTE_PICTURES is set"));
    fs::create_dir_all(&folder).expect("created");
    let mut all: Vec<(String, String)> =
        pages::states().into_iter().map(|(name, page)| (name.to_owned(), page)).collect();
    all.push(("mutants".to_owned(), matrix::render(&matrix::sample::matrix()).expect("rendered")));
    for file in env::split_paths(&env::var_os("MSSANTE_PAGES").unwrap_or_default()) {
        let name = file.file_stem().expect("a file").to_string_lossy().into_owned();
        all.push((format!("given-{name}"), fs::read_to_string(&file).expect("read")));
    }
    with_browser(async |browser| {
        for (name, page) in &all {
            browser.show(page).await;
            for scheme in ["light", "dark"] {
                browser.media("screen", scheme).await;
                for width in [360, 768, 1280] {
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
