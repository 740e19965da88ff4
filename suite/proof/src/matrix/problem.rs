//! What is wrong with a matrix: each problem says what to do, in French.

use std::fmt;

use suite::record::Verdict;

/// A reason not to believe the suite.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// The reference proxy was not played, or not to the end.
    ReferenceCutShort {
        /// Why.
        why: String,
    },
    /// The reference proxy does not pass a scenario.
    Reference {
        /// The scenario.
        scenario: String,
        /// What it says.
        verdict: Verdict,
        /// Why.
        reason: String,
    },
    /// Several mutants have one id.
    DoubleMutant {
        /// The id.
        mutant: String,
    },
    /// Several scenarios have one id.
    DoubleScenario {
        /// The id.
        scenario: String,
    },
    /// A mutant names a scenario that does not exist.
    UnknownKiller {
        /// The mutant.
        mutant: String,
        /// What it names.
        scenario: String,
    },
    /// A mutant names no scenario.
    NoKiller {
        /// The mutant.
        mutant: String,
    },
    /// A mutant was not played, or not to the end.
    CutShort {
        /// The mutant.
        mutant: String,
        /// Why.
        why: String,
    },
    /// No scenario finds a mutant.
    Survivor {
        /// The mutant.
        mutant: String,
        /// Its fault.
        fault: String,
        /// The scenarios that did not pass for all that: inconclusive ones, mostly.
        unsettled: Vec<String>,
    },
    /// No named scenario finds a mutant, others do.
    KilledByOthers {
        /// The mutant.
        mutant: String,
        /// The scenarios that find it.
        others: Vec<String>,
    },
    /// A named scenario does not find a mutant that other named ones find.
    Missed {
        /// The mutant.
        mutant: String,
        /// The scenario.
        scenario: String,
        /// What it says.
        verdict: Verdict,
        /// Why; empty for a pass.
        reason: String,
    },
    /// A mutant breaks an obligation and names recommendations only.
    NoMustNamed {
        /// The mutant.
        mutant: String,
        /// The mandatory scenarios that find it.
        musts: Vec<String>,
    },
    /// A mandatory scenario finds no mutant.
    IdleMust {
        /// The scenario.
        scenario: String,
    },
}

impl Problem {
    /// The mutant that it is about.
    #[must_use]
    pub fn mutant(&self) -> Option<&str> {
        match self {
            Self::ReferenceCutShort { .. }
            | Self::Reference { .. }
            | Self::DoubleScenario { .. }
            | Self::IdleMust { .. } => None,
            Self::DoubleMutant { mutant }
            | Self::UnknownKiller { mutant, .. }
            | Self::NoKiller { mutant }
            | Self::CutShort { mutant, .. }
            | Self::Survivor { mutant, .. }
            | Self::KilledByOthers { mutant, .. }
            | Self::Missed { mutant, .. }
            | Self::NoMustNamed { mutant, .. } => Some(mutant),
        }
    }

    /// The scenario that it is about.
    #[must_use]
    pub fn scenario(&self) -> Option<&str> {
        match self {
            Self::Reference { scenario, .. }
            | Self::DoubleScenario { scenario }
            | Self::UnknownKiller { scenario, .. }
            | Self::Missed { scenario, .. }
            | Self::IdleMust { scenario } => Some(scenario),
            _ => None,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReferenceCutShort { why } => write!(
                f,
                "le proxy de référence n'a pas été joué jusqu'au bout ({why}) : sans lui rien ne \
                 prouve que les échecs viennent des défauts ; relancez"
            ),
            Self::Reference { scenario, verdict, reason } => write!(
                f,
                "le proxy de référence n'est pas conforme à {scenario} ({} : {reason}) : corrigez \
                 le scénario ou le proxy avant de croire la matrice",
                word(*verdict)
            ),
            Self::DoubleMutant { mutant } => {
                write!(f, "plusieurs mutants s'appellent {mutant} : donnez à chacun son nom")
            }
            Self::DoubleScenario { scenario } => {
                write!(f, "plusieurs scénarios s'appellent {scenario} : donnez à chacun son nom")
            }
            Self::UnknownKiller { mutant, scenario } => write!(
                f,
                "{mutant} nomme {scenario}, qui n'existe pas : corrigez killers (cargo xtask list)"
            ),
            Self::NoKiller { mutant } => write!(
                f,
                "{mutant} ne nomme aucun scénario : dites dans killers lesquels éprouvent ce défaut"
            ),
            Self::CutShort { mutant, why } => write!(
                f,
                "{mutant} n'a pas été joué jusqu'au bout ({why}) : rendez ce mutant moins lent ou \
                 moins brutal, puis relancez"
            ),
            Self::Survivor { mutant, fault, unsettled } => {
                write!(
                    f,
                    "{mutant} survit : un proxy qui {fault} passe toute la suite ; écrivez le \
                     scénario qui manque, ou retirez le mutant si aucune source n'oblige"
                )?;
                match unsettled.as_slice() {
                    [] => Ok(()),
                    some => write!(f, " (sans être conformes : {})", list(some)),
                }
            }
            Self::KilledByOthers { mutant, others } => write!(
                f,
                "{mutant} n'est trouvé par aucun des scénarios qu'il nomme, mais par {} : corrigez \
                 killers, ou les scénarios nommés",
                list(others)
            ),
            Self::Missed { mutant, scenario, verdict, reason } => {
                write!(f, "{scenario} ne trouve pas {mutant}, qui le nomme ({}", word(*verdict))?;
                if !reason.is_empty() {
                    write!(f, " : {reason}")?;
                }
                f.write_str(") : renforcez ce scénario, ou retirez-le de killers")
            }
            Self::NoMustNamed { mutant, musts } => write!(
                f,
                "{mutant} rompt une obligation ({}) et ne nomme que des recommandations : \
                 ajoutez à killers un scénario obligatoire, ou rendez le mutant plus fin",
                list(musts)
            ),
            Self::IdleMust { scenario } => write!(
                f,
                "{scenario} est obligatoire et ne trouve aucun mutant : ajoutez le mutant qu'il \
                 doit trouver, ou vérifiez que ce scénario peut échouer"
            ),
        }
    }
}

/// Named one by one, at most.
const NAMED: usize = 3;

/// `a, b, c et 4 de plus`.
fn list(ids: &[String]) -> String {
    let named = ids.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match ids.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} et {more} de plus"),
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "conforme",
        Verdict::PassWithRemark => "conforme avec remarque",
        Verdict::Fail => "non conforme",
        Verdict::Inconclusive => "non conclusif",
        Verdict::Skipped => "non exécuté",
        Verdict::NotApplicable => "sans objet",
    }
}
