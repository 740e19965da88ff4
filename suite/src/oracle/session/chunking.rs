//! The replies in order to BDAT, and to what comes beside it (RFC 3030 §2).

use super::{Permitted, Reply, Situation, permitted::DATA_REFUSALS};
use crate::oracle::Grade::{Conforming, NonConforming, Remark};

const SOURCE: &str = "RFC 3030 §2";

/// The replies in order where the session has to do with chunks. Whatever the reply is, the chunk is
/// read before it: "the receiver-SMTP MUST accept and discard the associated message data before
/// sending the appropriate 5XX or 4XX code".
pub(super) fn table(situation: Situation) -> Permitted {
    match situation {
        // "A 250 response MUST be sent to each successful BDAT data block within a mail transaction."
        Situation::Bdat { last } => {
            let text = if last { "Ok" } else { "Bloc recu" };
            Permitted::new("RFC 3030 §2, RFC 5321 §4.3.2", Reply::new(250, "2.0.0", text))
                .codes(&[250], Conforming)
                .codes(&DATA_REFUSALS, Conforming)
                .class(2, Remark)
                .class(4, Remark)
                .class(5, Remark)
                .policy()
        }
        Situation::BdatTooLarge => {
            let reply = Reply::new(552, "5.3.4", "Message trop volumineux");
            Permitted::new("RFC 1870 §6.3", reply)
                .codes(&[552], Conforming)
                .class(5, Remark)
                .otherwise(Remark)
        }
        // "Any BDAT command sent after the BDAT LAST is illegal and MUST be replied to with a 503".
        Situation::BdatBeforeMail => bad("RFC 3030 §2, RFC 5321 §4.1.4", "MAIL attendu avant BDAT")
            .codes(&[554], Conforming)
            .class(4, Remark),
        // As to DATA (RFC 5321 §3.3), a refusal is a MAY there.
        Situation::BdatBeforeRcpt { .. } => {
            let reply = Reply::new(554, "5.5.1", "Aucun destinataire valide");
            Permitted::new("RFC 3030 §2, RFC 5321 §3.3", reply)
                .codes(&[503, 554], Conforming)
                .otherwise(Remark)
        }
        // "MUST be prepared to accept and discard additional BDAT chunks already in the pipeline after
        // the failed BDAT": a 250 to the last one would take a message without its beginning.
        Situation::BdatAfterFailure { last } => {
            let reply = Reply::new(503, "5.5.1", "RSET attendu apres un BDAT refuse");
            Permitted::new(SOURCE, reply)
                .class(4, Conforming)
                .class(5, Conforming)
                .class(2, if last { NonConforming } else { Remark })
        }
        // "If a DATA statement is issued after a BDAT for the current transaction, a 503 "Bad sequence
        // of commands" MUST be issued."
        Situation::DataAfterBdat => bad(SOURCE, "BDAT en cours, ou RSET attendu"),
        // No sentence names the reply; 503 is of what is out of order (RFC 5321 §4.1.4).
        Situation::RcptAfterBdat => bad("RFC 5321 §4.1.4", "BDAT en cours").otherwise(Remark),
        // "The resulting state from a failed BDAT command is indeterminate.  A RSET command MUST be
        // issued": nothing is due to a client that issues none.
        _ => {
            let reply = Reply::new(503, "5.5.1", "RSET attendu apres un BDAT refuse");
            Permitted::new(SOURCE, reply).codes(&[503], Conforming).otherwise(Conforming)
        }
    }
}

fn bad(source: &'static str, text: &'static str) -> Permitted {
    Permitted::new(source, Reply::new(503, "5.5.1", text))
        .codes(&[503], Conforming)
        .class(5, Remark)
}
