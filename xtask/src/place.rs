//! Where things are: the workspace, its scenarios, the folders of runs and keys.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The scenarios of the workspace this program was built in.
pub(crate) fn scenarios(given: Option<&Path>) -> PathBuf {
    given.map_or_else(|| workspace().join("scenarios"), Path::to_owned)
}

/// The workspace this program was built in.
pub(crate) fn workspace() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_owned()
}

/// Folder of the runs.
pub(crate) fn runs() -> PathBuf {
    target().join("conformance")
}

/// Folder of the kill matrix.
pub(crate) fn matrix() -> PathBuf {
    target().join("mutants")
}

/// Folder of the fuzz targets, their corpora and what they found.
pub(crate) fn fuzz() -> PathBuf {
    target().join("fuzz")
}

/// Folder of what comes from the npm registry.
pub(crate) fn npm() -> PathBuf {
    target().join("npm")
}

fn target() -> PathBuf {
    let given = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    given.unwrap_or_else(|| workspace().join("target"))
}

/// Folder of the keys that ephemeral spaces share.
pub(crate) fn keys() -> PathBuf {
    runs().join("keys")
}

/// A path as a command line takes it: as it is, between quotes where the shell would cut or obey it.
pub(crate) fn typed(path: &Path) -> String {
    let text = path.display().to_string();
    shlex::try_quote(&text).map_or(text.clone(), std::borrow::Cow::into_owned)
}

/// A path as the user would type it, in a command line.
pub(crate) fn pasted(path: &Path) -> String {
    typed(Path::new(&shown(path)))
}

/// A path as the user would type it: relative to the current folder when it lies below it.
pub(crate) fn shown(path: &Path) -> String {
    let here = env::current_dir().ok();
    let short = here.as_deref().and_then(|here| path.strip_prefix(here).ok());
    short.filter(|short| !short.as_os_str().is_empty()).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("kit/target.toml", "kit/target.toml")]
    #[case::space("mon kit", "'mon kit'")]
    #[case::quote("l'hopital", "\"l'hopital\"")]
    fn a_path_can_be_pasted_into_a_shell(#[case] path: &str, #[case] text: &str) {
        assert_eq!(typed(Path::new(path)), text);
    }
}
