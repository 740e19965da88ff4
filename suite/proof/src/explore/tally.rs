//! What an exploration has seen, counted: so that a reader sees that it was not vacuous.

use std::collections::BTreeMap;

use super::case::{Made, step};
use suite::{
    family::Family,
    observe::{self, TransactionEnd, last_session},
    oracle::{Decision, Grade},
    record::{ScenarioRecord, Verdict},
    runner::Played,
};

/// Below this share of the transactions, in hundredths, an outcome was hardly explored.
pub const HARDLY: u32 = 10;

/// Characters of a reason by which cases are counted together.
const LONGEST: usize = 160;

/// What the oracle permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permitted {
    /// An acceptance alone.
    Acceptance,
    /// A refusal alone.
    Refusal,
    /// Both.
    Either,
}

impl Permitted {
    /// What a decision permits.
    #[must_use]
    pub(super) fn of(decision: &Decision) -> Self {
        match (decision.accept, decision.refuse) {
            (_, Grade::NonConforming) => Self::Acceptance,
            (Grade::NonConforming, _) => Self::Refusal,
            _ => Self::Either,
        }
    }
}

/// How often each outcome was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seens {
    /// Accepted.
    pub accepted: u32,
    /// Refused.
    pub refused: u32,
    /// Neither could be told.
    pub untold: u32,
}

/// Everything counted.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Cases played.
    pub cases: u32,
    /// Cases in which nothing could be concluded, by cause.
    pub inconclusive: BTreeMap<String, u32>,
    /// Cases that passed with a remark, by remark.
    pub remarks: BTreeMap<String, u32>,
    /// Transactions, by the step that decides and what is permitted.
    pub transactions: BTreeMap<(String, Permitted), Seens>,
}

impl Tally {
    /// Counts a case.
    pub(super) fn count(
        &mut self,
        family: &Family,
        made: &Made,
        played: &Played,
        record: &ScenarioRecord,
    ) {
        self.cases += 1;
        let reasons = match record.verdict {
            Verdict::Inconclusive => Some(&mut self.inconclusive),
            Verdict::PassWithRemark => Some(&mut self.remarks),
            _ => None,
        };
        if let Some(reasons) = reasons {
            *reasons.entry(cause(&record.reason)).or_default() += 1;
        }
        let entries = played.transcript.entries();
        let last = last_session(&entries);
        for (t, (_, decision)) in made.decisions.iter().enumerate() {
            let permitted = Permitted::of(decision);
            let step = step(family, decision.clause).to_owned();
            let seens = self.transactions.entry((step, permitted)).or_default();
            let t = u16::try_from(t).unwrap_or(u16::MAX);
            match observe::transaction(&entries, last, t) {
                TransactionEnd::Accepted { .. } => seens.accepted += 1,
                TransactionEnd::Refused(_) => seens.refused += 1,
                TransactionEnd::Broken(_) => seens.untold += 1,
            }
        }
    }

    /// All transactions.
    #[must_use]
    pub fn total(&self) -> Seens {
        self.transactions.values().fold(Seens::default(), |sum, seens| Seens {
            accepted: sum.accepted + seens.accepted,
            refused: sum.refused + seens.refused,
            untold: sum.untold + seens.untold,
        })
    }

    /// Cases in which nothing could be concluded.
    #[must_use]
    pub fn untold(&self) -> u32 {
        self.inconclusive.values().sum()
    }

    /// The outcome that was hardly seen, if there is one: `accepté` or `refusé`.
    #[must_use]
    pub fn hardly_seen(&self) -> Option<&'static str> {
        let Seens { accepted, refused, .. } = self.total();
        let few = |count: u32| count * 100 < (accepted + refused) * HARDLY;
        if few(accepted) {
            Some("accepté")
        } else if few(refused) {
            Some("refusé")
        } else {
            None
        }
    }
}

/// A reason without the rank of a transaction, and not too long: cut between words.
pub(super) fn cause(reason: &str) -> String {
    let reason = reason.trim_start_matches(|c: char| c.is_ascii_digit());
    let reason = reason.strip_prefix(". ").unwrap_or(reason);
    match reason.char_indices().nth(LONGEST) {
        None => reason.to_owned(),
        Some((end, _)) => {
            let end = reason[..end].rfind(' ').unwrap_or(end);
            format!("{}…", reason[..end].trim_end_matches([' ', ';', ':', ',']))
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::whole("2. accepté", "accepté")]
    #[case::between_words(&format!("{} et la suite", "mot ".repeat(39)), &format!("{} et…", "mot ".repeat(39)))]
    #[case::before_its_sign(&format!("{}: suite", "mots ".repeat(31)), &format!("{}…", "mots ".repeat(31).trim_end()))]
    #[case::one_long_word(&"é".repeat(200), &format!("{}…", "é".repeat(160)))]
    fn reasons_to_be_counted(#[case] reason: &str, #[case] expected: &str) {
        assert_eq!(cause(reason), expected);
    }
}
