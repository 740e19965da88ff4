//! The table: for each situation, the replies in order, their section and the preferred one.

use super::{Permitted, Reply, SessionPolicy, SessionState, Situation, chunking, situation};
use crate::oracle::{
    Command,
    Grade::{Conforming, Remark},
    command::Keyword,
};

/// Codes of a refusal that RFC 5321 §4.3.2 lists for MAIL, RCPT and DATA.
const MAIL_REFUSALS: [u16; 8] = [450, 451, 452, 455, 550, 552, 553, 554];
const RCPT_REFUSALS: [u16; 9] = [450, 451, 452, 455, 550, 551, 552, 553, 554];
pub(super) const DATA_REFUSALS: [u16; 6] = [450, 451, 452, 550, 552, 554];

/// The replies that are in order to `command`, where the session stands.
///
/// Codes are SHOULD in many places of RFC 5321 (§4.2, §4.3.2): another code of the right class is a
/// remark, and a wrong class a non-conformity only where a sentence makes it one.
#[must_use]
pub fn permitted(state: &SessionState, command: &Command, policy: &SessionPolicy) -> Permitted {
    let situation = situation(state, command, policy);
    let mut permitted = table(situation);
    if situation == Situation::TrailingDot && command.verb.keyword() == Some(Keyword::Rcpt) {
        // The register speaks of MAIL; a recipient is refused for its own spelling, whoever sends.
        permitted.policy = false;
        permitted.preferred = Reply::new(501, "5.1.3", "Domaine termine par un point");
    }
    if !state.tls() && before_tls(situation) {
        // RFC 3207 §4: 530 to every command other than NOOP, EHLO, STARTTLS or QUIT; the register
        // reads it as permitted to NOOP as well.
        permitted = permitted.codes(&[530], Conforming);
        if matches!(
            situation,
            Situation::Helo | Situation::Rset | Situation::Vrfy | Situation::Expn | Situation::Help
        ) {
            permitted.source = "RFC 3207 §4";
            permitted.preferred = TLS_FIRST;
        }
    }
    let limit = policy.line_limit(command.verb.keyword());
    if command.raw.len() + 2 > limit && !permitted.silence {
        // A longer line may be taken all the same ("no limits", §4.5.3.1), so nothing gets worse.
        permitted = permitted.codes(&[500], Conforming).class(5, Remark);
        permitted.source = "RFC 5321 §4.5.3.1.4";
        permitted.preferred = Reply::new(500, "5.5.2", "Ligne de commande trop longue");
    }
    permitted
}

const TLS_FIRST: Reply = Reply::new(530, "5.7.0", "Ouvrez d'abord une session TLS par STARTTLS");

fn before_tls(situation: Situation) -> bool {
    matches!(
        situation,
        Situation::Helo
            | Situation::Rset
            | Situation::Noop
            | Situation::Vrfy
            | Situation::Expn
            | Situation::Help
            | Situation::Unknown
            | Situation::Malformed(
                Keyword::Helo
                    | Keyword::Rset
                    | Keyword::Noop
                    | Keyword::Vrfy
                    | Keyword::Expn
                    | Keyword::Help
            )
    )
}

fn table(situation: Situation) -> Permitted {
    use Situation as S;
    match situation {
        S::Greeting | S::Ehlo | S::Helo | S::ServiceRefused | S::Silence => opening(situation),
        S::StartTls | S::StartTlsEarly | S::StartTlsArgument | S::StartTlsTwice => tls(situation),
        S::EnvelopeInClear | S::DataInClear | S::BdatInClear | S::ContentInClear => {
            in_clear(situation)
        }
        S::Mail
        | S::Rcpt
        | S::TooManyRecipients
        | S::TrailingDot
        | S::NeedsUtf8
        | S::UnknownParameter
        | S::BadParameterValue
        | S::DeclaredTooLarge
        | S::Data
        | S::Content
        | S::ContentTooLarge => transaction(situation),
        S::MailBeforeEhlo
        | S::MailTwice
        | S::RcptBeforeMail
        | S::DataBeforeMail
        | S::DataBeforeRcpt => sequence(situation),
        S::Bdat { .. }
        | S::BdatTooLarge
        | S::BdatBeforeMail
        | S::BdatBeforeRcpt { .. }
        | S::BdatAfterFailure { .. }
        | S::DataAfterBdat
        | S::RcptAfterBdat
        | S::ResetDue => chunking::table(situation),
        S::Rset
        | S::Noop
        | S::Vrfy
        | S::Expn
        | S::Help
        | S::Quit
        | S::Malformed(_)
        | S::Unknown => other(situation),
    }
}

fn opening(situation: Situation) -> Permitted {
    match situation {
        Situation::Greeting => {
            let source = "RFC 5321 §3.1";
            Permitted::new(source, Reply::new(220, "", "ESMTP MSSante"))
                .codes(&[220, 554], Conforming)
                .class(4, Remark)
                .class(5, Remark)
        }
        // A refusal for the name itself is the decision's; 500 and 502 mean no EHLO at all, which
        // §4.5.1 requires.
        Situation::Ehlo => Permitted::new("RFC 5321 §4.1.1.1", Reply::new(250, "", "Bonjour"))
            .codes(&[250], Conforming)
            .codes(&[504, 550, 554], Remark)
            .class(2, Remark)
            .class(4, Remark)
            .policy(),
        Situation::Helo => Permitted::new("RFC 5321 §4.1.1.1", Reply::new(250, "", "Bonjour"))
            .codes(&[250], Conforming)
            .codes(&[504, 550, 554], Remark)
            .class(2, Remark)
            .class(4, Remark)
            .policy(),
        Situation::ServiceRefused => Permitted::new(
            "RFC 5321 §3.1",
            Reply::new(503, "5.5.1", "Service refuse, QUIT attendu"),
        )
        .codes(&[503], Conforming)
        .class(4, Remark)
        .class(5, Remark)
        .class(2, Remark),
        _ => {
            let preferred = Reply::new(421, "4.3.2", "Fin de la connexion");
            let mut silence = Permitted::new("RFC 3207 §4, RFC 5321 §4.1.1.10", preferred);
            silence.silence = true;
            silence
        }
    }
}

fn tls(situation: Situation) -> Permitted {
    match situation {
        // 454 is in RFC 3207, but leaves no way in: ERR has no other kind of connection.
        Situation::StartTls => {
            Permitted::new("RFC 3207 §4, ERR §2.2 étape 3", Reply::new(220, "2.0.0", "TLS"))
                .codes(&[220], Conforming)
                .codes(&[454], Remark)
        }
        Situation::StartTlsEarly => Permitted::new(
            "RFC 3207 §4, RFC 5321 §4.1.4",
            Reply::new(503, "5.5.1", "EHLO attendu avant STARTTLS"),
        )
        .codes(&[220, 503], Conforming)
        .class(4, Remark)
        .class(5, Remark)
        .otherwise(Remark),
        Situation::StartTlsArgument => {
            Permitted::new("RFC 3207 §4", Reply::new(501, "5.5.4", "STARTTLS n'a pas d'argument"))
                .codes(&[501], Conforming)
                .class(5, Remark)
                .otherwise(Remark)
        }
        // §4.2 forbids the client to ask and the server to offer; no sentence names the reply.
        _ => Permitted::new("RFC 3207 §4.2", Reply::new(503, "5.5.1", "TLS est en place"))
            .class(5, Conforming)
            .otherwise(Remark),
    }
}

/// A refusal may wait until RCPT; a 354 is too late, since the message then travels in clear.
fn in_clear(situation: Situation) -> Permitted {
    let source = "RFC 3207 §4, ERR §2.2 étape 3";
    let base = Permitted::new(source, TLS_FIRST)
        .codes(&[530], Conforming)
        .class(4, Remark)
        .class(5, Remark);
    match situation {
        Situation::EnvelopeInClear => base.codes(&[503], Conforming).class(2, Remark),
        Situation::DataInClear => base.codes(&[503, 554], Conforming),
        // CHUNKING need not be offered in clear: 500 and 502 are of §4.2.4.
        Situation::BdatInClear => base.codes(&[500, 502, 503, 554], Conforming),
        _ => base,
    }
}

fn transaction(situation: Situation) -> Permitted {
    match situation {
        Situation::Mail => {
            Permitted::new("RFC 5321 §4.1.1.2, §4.3.2", Reply::new(250, "2.1.0", "Ok"))
                .codes(&[250], Conforming)
                .codes(&MAIL_REFUSALS, Conforming)
                .class(2, Remark)
                .class(4, Remark)
                .class(5, Remark)
                .policy()
        }
        Situation::Rcpt => {
            Permitted::new("RFC 5321 §4.1.1.3, §4.3.2", Reply::new(250, "2.1.5", "Ok"))
                .codes(&[250, 251], Conforming)
                .codes(&RCPT_REFUSALS, Conforming)
                .class(2, Remark)
                .class(4, Remark)
                .class(5, Remark)
                .policy()
        }
        Situation::TooManyRecipients => Permitted::new(
            "RFC 5321 §4.5.3.1.8, §4.5.3.1.10",
            Reply::new(452, "4.5.3", "Trop de destinataires"),
        )
        .codes(&[250, 251, 452], Conforming)
        .class(4, Remark)
        .class(5, Remark)
        .class(2, Remark),
        Situation::TrailingDot => {
            let reply = Reply::new(501, "5.1.7", "Domaine termine par un point");
            Permitted::new("RFC 5321 §4.1.2", reply)
                .codes(&[250, 501, 550, 553], Conforming)
                .class(4, Remark)
                .class(5, Remark)
                .class(2, Remark)
                .policy()
        }
        Situation::NeedsUtf8 => {
            let reply = Reply::new(553, "5.6.7", "Adresse non ASCII sans SMTPUTF8");
            Permitted::new("RFC 6531 §3.5", reply)
                .codes(&[501, 550, 553], Conforming)
                .class(5, Remark)
                .otherwise(Remark)
        }
        Situation::UnknownParameter => {
            let reply = Reply::new(555, "5.5.4", "Parametre inconnu");
            Permitted::new("RFC 5321 §4.1.1.11", reply)
                .codes(&[555], Conforming)
                .class(5, Remark)
                .otherwise(Remark)
        }
        Situation::BadParameterValue => {
            let reply = Reply::new(501, "5.5.4", "Valeur de parametre invalide");
            Permitted::new("RFC 5321 §4.1.1.11, §4.3.2", reply)
                .codes(&[501, 504, 555], Conforming)
                .class(5, Remark)
                .otherwise(Remark)
        }
        // §6.1 "should determine", §7 "must … return a 552", both older than RFC 2119; a refusal of
        // the content can still follow: a remark.
        Situation::DeclaredTooLarge => {
            let reply = Reply::new(552, "5.3.4", "Message trop volumineux");
            Permitted::new("RFC 1870 §6.1, §7", reply)
                .codes(&[452, 552], Conforming)
                .class(5, Remark)
                .otherwise(Remark)
        }
        Situation::Data => {
            let reply = Reply::new(354, "", "Message attendu, fin par <CRLF>.<CRLF>");
            Permitted::new("RFC 5321 §4.1.1.4, §4.3.2", reply)
                .codes(&[354], Conforming)
                .codes(&DATA_REFUSALS, Conforming)
                .class(4, Remark)
                .class(5, Remark)
                .policy()
        }
        Situation::ContentTooLarge => {
            let reply = Reply::new(552, "5.3.4", "Message trop volumineux");
            Permitted::new("RFC 1870 §6.3", reply)
                .codes(&[552], Conforming)
                .class(5, Remark)
                .otherwise(Remark)
        }
        _ => Permitted::new("RFC 5321 §4.1.1.4, §4.3.2", Reply::new(250, "2.0.0", "Ok"))
            .codes(&[250], Conforming)
            .codes(&DATA_REFUSALS, Conforming)
            .class(2, Remark)
            .class(4, Remark)
            .class(5, Remark)
            .policy(),
    }
}

fn sequence(situation: Situation) -> Permitted {
    let bad = |source, text| {
        Permitted::new(source, Reply::new(503, "5.5.1", text))
            .codes(&[503], Conforming)
            .class(5, Remark)
    };
    match situation {
        // The duty to say EHLO is the client's; no sentence makes the server insist.
        Situation::MailBeforeEhlo => {
            bad("RFC 5321 §4.1.4, RFC 3207 §4.2", "EHLO attendu avant MAIL").otherwise(Remark)
        }
        // §4.1.4 demands 503 only where the command cannot be processed: a server may start anew.
        Situation::MailTwice => bad("RFC 5321 §4.1.4", "Transaction en cours").otherwise(Remark),
        // §3.3: "the server MUST return a 503".
        Situation::RcptBeforeMail => bad("RFC 5321 §3.3", "MAIL attendu avant RCPT"),
        // §3.3: 503 or 554 is a MAY, a 354 may come and the refusal with the content.
        Situation::DataBeforeMail => bad("RFC 5321 §3.3", "MAIL attendu avant DATA")
            .codes(&[554], Conforming)
            .codes(&[354], Remark)
            .class(4, Remark),
        _ => {
            let reply = Reply::new(554, "5.5.1", "Aucun destinataire valide");
            Permitted::new("RFC 5321 §3.3", reply)
                .codes(&[503, 554], Conforming)
                .codes(&[354], Remark)
                .class(4, Remark)
                .class(5, Remark)
        }
    }
}

fn other(situation: Situation) -> Permitted {
    let only = |source, reply: Reply| {
        Permitted::new(source, reply).codes(&[reply.code], Conforming).class(2, Remark)
    };
    match situation {
        Situation::Rset => only("RFC 5321 §4.1.1.5", Reply::new(250, "2.0.0", "Ok")),
        Situation::Noop => only("RFC 5321 §4.1.1.9", Reply::new(250, "2.0.0", "Ok")),
        Situation::Quit => only("RFC 5321 §4.1.1.10", Reply::new(221, "2.0.0", "Au revoir")),
        Situation::Vrfy => {
            let reply = Reply::new(252, "2.0.0", "Non verifie, envoyez le message");
            Permitted::new("RFC 5321 §3.5.3, §4.3.2", reply)
                .codes(&[250, 251, 252, 550, 551, 553, 502, 504], Conforming)
                .otherwise(Remark)
        }
        Situation::Expn => {
            let reply = Reply::new(502, "5.5.1", "Commande non offerte");
            Permitted::new("RFC 5321 §3.5.3, §4.3.2", reply)
                .codes(&[250, 252, 550, 500, 502, 504], Conforming)
                .otherwise(Remark)
        }
        Situation::Help => {
            let reply = Reply::new(214, "2.0.0", "EHLO STARTTLS MAIL RCPT DATA RSET NOOP QUIT");
            Permitted::new("RFC 5321 §4.1.1.8, §4.3.2", reply)
                .codes(&[211, 214, 502, 504], Conforming)
                .otherwise(Remark)
        }
        Situation::Malformed(of) => malformed(of),
        // §4.2.4: 500 for what is not recognised, 502 for what is not implemented, both SHOULD.
        _ => Permitted::new("RFC 5321 §4.2.4", Reply::new(500, "5.5.1", "Commande inconnue"))
            .codes(&[500, 502], Conforming)
            .otherwise(Remark),
    }
}

/// §4.3.2: 501 to any command with a bad argument. §4.1.4 demands it of one that opens a transaction,
/// where the server does not accept the argument: tolerance is no breach of a MUST, but a remark.
fn malformed(of: Keyword) -> Permitted {
    let (reply, more): (_, &[u16]) = match of {
        Keyword::Mail => (Reply::new(501, "5.1.7", "MAIL FROM:<adresse> attendu"), &[553]),
        Keyword::Rcpt => (Reply::new(501, "5.1.3", "RCPT TO:<adresse> attendu"), &[550, 553]),
        Keyword::Ehlo | Keyword::Helo => (Reply::new(501, "", "EHLO suivi d'un nom attendu"), &[]),
        // Nothing is lost by ending the session of a client that leaves.
        Keyword::Quit => (Reply::new(501, "5.5.4", "QUIT n'a pas d'argument"), &[221]),
        // §4.1.1.6: the server decides what an argument to VRFY is.
        Keyword::Vrfy | Keyword::Expn => {
            (Reply::new(501, "5.5.4", "Argument invalide"), &[252, 502, 504, 550])
        }
        Keyword::Bdat => (Reply::new(501, "5.5.4", "BDAT taille [LAST] attendu"), &[]),
        Keyword::StartTls | Keyword::Data | Keyword::Rset | Keyword::Noop | Keyword::Help => {
            (Reply::new(501, "5.5.4", "Argument invalide"), &[])
        }
    };
    Permitted::new("RFC 5321 §4.1.4, §4.3.2", reply)
        .codes(&[500, 501], Conforming)
        .codes(more, Conforming)
        .class(5, Remark)
        .otherwise(Remark)
}
