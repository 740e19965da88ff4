//! The reference implementation of TM4.1P as it shows from outside: what the whitelist that is served, and the one
//! before it, mean for mail that arrives.

mod bearing;
mod clauses;
pub mod facts;
pub mod interpretation;
mod rules;

pub use facts::Facts;

use super::{Decision, decision::RuleOf};

/// The rules, from the list that is in order to the one that never comes.
const RULES: &[RuleOf<Facts>] = &[rules::asked, rules::in_force, rules::authentic, rules::kept];

/// Decides on one transaction: how an acceptance and a refusal of it are graded, and why
/// ([`Decision::by`]).
#[must_use]
pub fn decide(facts: &Facts) -> Decision {
    Decision::by(RULES, facts)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{
        facts::{ListState as List, Sender},
        *,
    };
    use crate::oracle::Grade::{self, Conforming as Ok_, NonConforming as Non, Remark};

    fn decided(list: List, sender: Sender) -> Decision {
        decide(&Facts { list, sender, ..Facts::default() })
    }

    #[rstest]
    #[case::nominal(List::Nominal, Sender::Both, Ok_, Non, "2")]
    #[case::stranger(List::Nominal, Sender::Neither, Non, Ok_, "2")]
    #[case::added(List::Changed, Sender::Added, Ok_, Remark, "2")]
    #[case::removed(List::Changed, Sender::Removed, Remark, Ok_, "2")]
    #[case::stays(List::Changed, Sender::Both, Ok_, Remark, "2")]
    #[case::added_oddly(List::Unusual, Sender::Added, Ok_, Remark, "2")]
    #[case::stays_oddly(List::Unusual, Sender::Both, Ok_, Remark, "2")]
    #[case::forged(List::Untrusted, Sender::Added, Remark, Ok_, "3")]
    #[case::forged_removal(List::Untrusted, Sender::Removed, Ok_, Remark, "4")]
    #[case::kept(List::Untrusted, Sender::Both, Ok_, Remark, "4")]
    #[case::unreadable(List::Unreadable, Sender::Added, Remark, Ok_, "3")]
    #[case::kept_though_unreadable(List::Unreadable, Sender::Both, Ok_, Remark, "4")]
    #[case::of_another_server(List::Unauthenticated, Sender::Added, Remark, Ok_, "1")]
    #[case::kept_beside_it(List::Unauthenticated, Sender::Both, Ok_, Remark, "4")]
    #[case::never_came(List::Unavailable, Sender::Added, Remark, Ok_, "4")]
    #[case::kept_though_gone(List::Unavailable, Sender::Both, Ok_, Remark, "4")]
    #[case::open_added(List::Open, Sender::Added, Ok_, Ok_, "2")]
    #[case::open_removed(List::Open, Sender::Removed, Ok_, Ok_, "2")]
    #[case::open_stays(List::Open, Sender::Both, Ok_, Remark, "4")]
    fn each_list_for_each_sender(
        #[case] list: List,
        #[case] sender: Sender,
        #[case] accept: Grade,
        #[case] refuse: Grade,
        #[case] clause: &str,
    ) {
        let decision = decided(list, sender);
        assert_eq!((decision.accept, decision.refuse), (accept, refuse));
        assert_eq!(decision.clause.as_str(), format!("TM4.1P/{clause}"));
    }

    /// Nobody whom no list ever had is let in by a list that changed, or that nobody can read.
    #[test]
    fn who_is_in_no_list_is_refused_whatever_is_served() {
        for list in List::ALL {
            let decision = decided(*list, Sender::Neither);
            assert_eq!((decision.accept, decision.refuse), (Non, Ok_), "{list:?}");
        }
    }

    /// Only the nominal world obliges: no source says how often a list is read, nor what is done with one that is
    /// not in order.
    #[test]
    fn what_changed_recommends_and_says_by_which_reading() {
        for facts in Facts::product().filter(|facts| facts.list != List::Nominal) {
            if facts.sender == Sender::Neither {
                continue;
            }
            let decision = decide(&facts);
            assert!(decision.accept.max(decision.refuse) <= Remark, "{facts:?}");
            assert!(decision.interpretation.is_some(), "{facts:?}");
        }
    }
}
