//! Catalogues of a few of the repository's scenarios: a run of one is whole and can be conclusive, and is soon over.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::support::scenarios;

/// What most tests of a whole run need: both families, what must be accepted and what refused, worlds that add to the
/// list and take from it, and transcripts that are long.
pub(crate) const FEW: &[&str] = &[
    "reception/2-smtp/cent-destinataires.toml",
    "reception/2-smtp/deux-destinataires.toml",
    "reception/2-smtp/ligne-texte-trop-longue.toml",
    "reception/4-certificat/expire.toml",
    "reception/4-certificat/valide.toml",
    "reception/5-enveloppe/domaine-ajoute-a-la-liste.toml",
    "reception/5-enveloppe/nominal.toml",
    "reception/6-fin/quit.toml",
    "liste-blanche/contenu/avant-le-retrait.toml",
    "liste-blanche/contenu/domaine-ajoute.toml",
    "liste-blanche/contenu/domaine-retire.toml",
    "liste-blanche/contenu/nominal.toml",
];

/// Copies these of the repository's scenarios, files or whole folders, to `root`, each with what its family says of
/// itself; gives `root` as an argument of `--scenarios`.
pub(crate) fn copy(root: &Path, chosen: &[&str]) -> String {
    let mut names: BTreeSet<PathBuf> = ["interpretations.md".into()].into();
    for name in chosen {
        let family = Path::new(name.split('/').next().unwrap_or_default());
        names.extend(["famille.toml", "clauses.toml"].map(|file| family.join(file)));
        match fs::read_dir(scenarios().join(name)) {
            Ok(folder) => names.extend(
                folder.map(|entry| Path::new(name).join(entry.expect("readable").file_name())),
            ),
            Err(_) => drop(names.insert(name.into())),
        }
    }
    for name in names {
        let to = root.join(&name);
        fs::create_dir_all(to.parent().expect("a folder")).expect("made");
        fs::copy(scenarios().join(&name), to).unwrap_or_else(|error| panic!("{name:?}: {error}"));
    }
    root.display().to_string()
}
