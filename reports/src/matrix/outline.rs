//! What both reports say of a matrix as a whole.

use proof::matrix::{Matrix, MutantRow};
use suite::record::Verdict;

use crate::words;

/// The conclusion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conclusion {
    /// Nothing is wrong.
    Sound,
    /// That many problems.
    Problems(usize),
    /// Not all was played.
    Interrupted,
}

impl Conclusion {
    pub(super) fn of(matrix: &Matrix) -> Self {
        match matrix.problems().len() {
            _ if matrix.interrupted => Self::Interrupted,
            0 => Self::Sound,
            some => Self::Problems(some),
        }
    }

    /// In capitals.
    pub(super) fn words(self) -> String {
        match self {
            Self::Sound => "TOUT EST TROUVÉ".to_owned(),
            Self::Problems(some) => words::plural(some, "PROBLÈME").replace('s', "S"),
            Self::Interrupted => "INTERROMPU".to_owned(),
        }
    }

    /// Its colour, as that of a verdict.
    pub(super) fn verdict(self) -> Verdict {
        match self {
            Self::Sound => Verdict::Pass,
            Self::Problems(_) => Verdict::Fail,
            Self::Interrupted => Verdict::Inconclusive,
        }
    }
}

/// What a reader must know first.
pub(super) fn warnings(matrix: &Matrix) -> Vec<String> {
    let mut warnings = Vec::new();
    if matrix.interrupted {
        warnings.push(
            "Matrice interrompue : les mutants qui n'ont pas été joués n'y figurent pas, et rien \
             n'est dit des scénarios qui ne trouvent rien."
                .to_owned(),
        );
    }
    if let Some(filter) = &matrix.filter {
        warnings.push(format!(
            "Matrice partielle : seuls les mutants retenus par le filtre « {filter} » ont été \
             joués, et rien n'est dit des scénarios qui ne trouvent rien."
        ));
    }
    warnings
}

/// The figures, in a few sentences.
pub(super) fn figures(matrix: &Matrix) -> Vec<String> {
    let tally = matrix.tally();
    let mutants = words::plural(tally.mutants, "mutant");
    let mut figures = vec![if tally.mutants > 0 && tally.killed == tally.mutants {
        match tally.mutants {
            1 => format!("{mutants}, trouvé par chaque scénario qu'il nomme"),
            _ => format!("{mutants}, tous trouvés par chaque scénario qu'ils nomment"),
        }
    } else {
        let survive = if tally.survivors > 1 { "survivent" } else { "survit" };
        format!(
            "{mutants}, dont {} par chaque scénario nommé ; {} {survive}",
            words::plural(tally.killed, "trouvé"),
            tally.survivors
        )
    }];
    if matrix.is_whole() {
        figures.push(format!(
            "scénarios obligatoires qui trouvent au moins un mutant : {} sur {}",
            tally.busy_musts, tally.musts
        ));
    }
    figures
}

/// What each mutant went through, in a sentence.
pub(super) fn course(matrix: &Matrix) -> &'static str {
    if matrix.mutants.iter().all(|mutant| mutant.round.through.is_empty()) {
        "Il passe par toute la suite"
    } else {
        "Il passe par toutes les étapes où sont les scénarios qu'il nomme"
    }
}

/// Whether each scenario that a mutant names found it.
pub(super) fn found(mutant: &MutantRow) -> bool {
    mutant.round.cut_short.is_none()
        && !mutant.killers.is_empty()
        && mutant.killers.iter().all(|killer| mutant.round.finds(killer))
}

/// The named scenarios that found it.
pub(super) fn named_finds(mutant: &MutantRow) -> usize {
    mutant.killers.iter().filter(|killer| mutant.round.finds(killer)).count()
}

/// A scenario's id, without its family where all are of one.
pub(super) fn short<'a>(matrix: &Matrix, id: &'a str) -> &'a str {
    match id.split_once('/') {
        Some((_, rest)) if matrix.families.len() < 2 => rest,
        _ => id,
    }
}
