//! The programs that the tests need, found or missed aloud.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// The pinned release, which `cargo xtask test --install` fetches: its name, its version, its digest.
const AXE: &str = include_str!("axe-core.lock");

/// Where the browser, its driver and axe-core are.
#[derive(Debug)]
pub(crate) struct Tools {
    /// Chromium.
    pub(crate) chromium: PathBuf,
    /// The driver that belongs to it.
    pub(crate) chromedriver: PathBuf,
    /// The script that looks for what a reader with a disability would stumble on.
    pub(crate) axe: PathBuf,
}

impl Tools {
    /// All three, or `None` where a test is skipped.
    pub(crate) fn find() -> Option<Self> {
        match Self::all() {
            Ok(tools) => Some(tools),
            Err(missing) => {
                fixtures::skip::program(missing);
                None
            }
        }
    }

    fn all() -> Result<Self, String> {
        let find = |program: &str| in_path(program).ok_or_else(|| program.to_owned());
        let axe = axe();
        Ok(Self {
            chromium: find("chromium")?,
            chromedriver: find("chromedriver")?,
            axe: if axe.is_file() { axe } else { return Err(axe.display().to_string()) },
        })
    }
}

/// `target/npm/axe-core-4.14.1/axe.min.js`, in the target folder of this build.
fn axe() -> PathBuf {
    let name = AXE.lines().next().expect("a name and a version").replace(' ', "-");
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| manifest.parent().expect("a workspace").join("target"), PathBuf::from);
    target.join("npm").join(name).join("axe.min.js")
}

fn in_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut files = env::split_paths(&path).map(|folder| folder.join(program));
    files.find(|file| fs::metadata(file).is_ok_and(|file| file.is_file()))
}
