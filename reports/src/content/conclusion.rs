//! The conclusion, with its perimeter in the same place.

use serde::Serialize;
use suite::record::{Level, RunRecord, RunVerdict, Verdict};

use super::{
    prose,
    tally::{self, Part, Tally},
};
use crate::words;

/// The conclusion of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Conclusion {
    /// In capitals.
    words: &'static str,
    class: &'static str,
    /// What it means, with its figures.
    meaning: String,
    /// What was tested and what not.
    scope: String,
    /// On which texts the suite rests, and on which not.
    sources: String,
    tallies: Vec<Tally>,
    total: usize,
    /// The obligatory scenarios and the others.
    parts: Vec<Part>,
    /// What the report does not prove, a sentence each.
    limits: Vec<String>,
}

impl Conclusion {
    pub(super) fn of(record: &RunRecord) -> Self {
        Self {
            words: words::conclusion(record.verdict),
            class: match record.verdict {
                RunVerdict::Concluant => "pass",
                RunVerdict::NonConcluant => "fail",
                RunVerdict::Inconclusive => "inconclusive",
            },
            meaning: prose(&meaning(record)),
            scope: prose(&record.scope),
            sources: prose(words::SOURCES),
            tallies: tally::of_summary(record),
            total: record.scenarios.len(),
            parts: tally::parts(&record.scenarios.iter().collect::<Vec<_>>()),
            limits: words::limits(record).iter().map(|text| prose(text)).collect(),
        }
    }
}

fn meaning(record: &RunRecord) -> String {
    let must = |wanted: &[Verdict]| {
        let scenarios = record.scenarios.iter();
        scenarios.filter(|s| s.level == Level::Must && wanted.contains(&s.verdict)).count()
    };
    let failed = record.scenarios.iter().filter(|s| s.verdict == Verdict::Fail).count();
    let unjudged = must(&[Verdict::Inconclusive, Verdict::Skipped]);
    let not_judged = match unjudged {
        0 => String::new(),
        1 => " ; 1 scénario obligatoire n'a pas été jugé".to_owned(),
        many => format!(" ; {many} scénarios obligatoires n'ont pas été jugés"),
    };
    match record.verdict {
        RunVerdict::Concluant => {
            "Toutes les exigences obligatoires de la suite ont été jouées, et \
                                  sont tenues."
                .to_owned()
        }
        RunVerdict::NonConcluant => match failed {
            1 => format!("1 scénario est non conforme{not_judged}."),
            many => format!("{many} scénarios sont non conformes{not_judged}."),
        },
        RunVerdict::Inconclusive => format!(
            "Aucune conclusion ne peut être tirée : la campagne ne couvre pas toutes les exigences \
             obligatoires de la suite{not_judged}."
        ),
    }
}
