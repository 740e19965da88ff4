//! Step 5: the content.

use super::{read, rule};
use crate::oracle::{
    ClauseId, Finding, Rule,
    reception::{
        facts::{Content, Facts},
        interpretation,
    },
};

/// `TM3.1P/2`, the sizes that a server takes.
///
/// RFC 5321 §4.5.3.1.7: "The maximum total length of a message content (including any message header
/// section as well as the message body) MUST BE at least 64K octets." Beyond, §4.5.3.1.10 has a reply
/// of its own, 552.
pub(crate) fn content(facts: &Facts) -> Rule {
    let clause = ClauseId::Smtp;
    match facts.content {
        Content::Ordinary => {
            rule(clause, Finding::NotApplicable, "message de ceux que tout serveur doit admettre")
        }
        Content::BeyondMinimum => read(
            clause,
            Finding::Open,
            "message au-delà de ce que tout serveur doit admettre (RFC 5321 §4.5.3.1) : refusé, ou \
             accepté et alors remis entier",
            interpretation::SIZES,
        ),
    }
}
