//! What a transcript shows of the peer's reverse name: whether its fault was before the target.
//!
//! A capability is seen, not inferred: the peer must have come from the address that has the fault,
//! and only a question for its reverse name shows that the target met it. Who asks nothing refuses
//! nobody for the answer (TM3.1P/1 demands no look-up), so an acceptance stands either way, with the
//! word for what was seen; a refusal that no question went before is not laid to the name. See
//! `nom-inverse-vu` in the register.

use std::net::IpAddr;

use fixtures::{
    dns::reverse_name,
    smtp::transcript::{Entry, Event},
};

use crate::{
    judge::{Context, Judgement},
    oracle::Bearing,
    record::Verdict,
};

/// How far the fault of a reverse name came.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shown {
    /// The peer came from another address, which has no fault.
    OtherSource { wished: IpAddr, used: IpAddr },
    /// The target asked for the name, and this is what our DNS answers.
    Asked { source: IpAddr, answer: String },
    /// The target asked for the reverse names of other addresses alone: it sees another peer.
    OtherPeer { source: IpAddr, asked: String },
    /// The target asked our DNS for something, not for a reverse name.
    NotAsked { asked: String },
    /// The target asked our DNS for nothing.
    NoQuestion,
}

/// What is shown in connection `session`; `None` where the reverse name has no fault.
fn shown(entries: &[Entry], session: u16, bearing: &Bearing) -> Option<Shown> {
    let source = bearing.reverse_name?.source();
    let name = reverse_name(source);
    let mut answer = String::new();
    let mut questions: Vec<(&str, &str)> = Vec::new();
    for entry in entries {
        match &entry.event {
            Event::Connected { session: s, from, .. } if *s == session && from.ip() != source => {
                return Some(Shown::OtherSource { wished: source, used: from.ip() });
            }
            Event::DnsControl { name: asked, answer: given, .. } if *asked == name => {
                answer.clone_from(given);
            }
            Event::DnsAsked { name, kind, .. } => questions.push((name, kind)),
            _ => {}
        }
    }
    if questions.iter().any(|(asked, _)| *asked == name) {
        return Some(Shown::Asked { source, answer });
    }
    let reverse = |(asked, _): &&(&str, &str)| asked.ends_with(".arpa");
    Some(match (questions.iter().find(reverse), questions.first()) {
        (Some((asked, _)), _) => Shown::OtherPeer { source, asked: (*asked).to_owned() },
        (None, Some((asked, kind))) => Shown::NotAsked { asked: format!("{asked} {kind}") },
        (None, None) => Shown::NoQuestion,
    })
}

impl Shown {
    /// Why nothing was tried, if nothing was.
    fn untried(&self) -> Option<String> {
        match self {
            Self::OtherSource { wished, used } => Some(format!(
                "la connexion est partie de {used}, et non de {wished}, dont le nom inverse est fautif : \
                 rien n'a été essayé ; visez la cible par une adresse de 127.0.0.0/8"
            )),
            Self::OtherPeer { source, asked } => Some(format!(
                "la cible a demandé au DNS simulé {asked}, et non le nom inverse de {source} : elle voit \
                 une autre adresse que celle de l'émetteur ; visez-la sans répartiteur, ou faites passer \
                 l'adresse de l'émetteur (PROXY protocol)"
            )),
            Self::Asked { .. } | Self::NotAsked { .. } | Self::NoQuestion => None,
        }
    }

    /// What was seen of the target's questions.
    fn words(&self) -> String {
        match self {
            Self::Asked { source, answer } => {
                format!("la cible a demandé le nom inverse de {source} et reçu {answer}")
            }
            Self::NotAsked { asked } => format!(
                "la cible interroge le DNS simulé ({asked}) sans y demander le nom inverse de l'émetteur"
            ),
            Self::NoQuestion => "aucune question DNS vue".to_owned(),
            Self::OtherSource { .. } | Self::OtherPeer { .. } => self.untried().unwrap_or_default(),
        }
    }
}

/// An acceptance, with what it proves of the reverse name.
pub(super) fn received(
    context: &Context<'_>,
    session: u16,
    bearing: &Bearing,
    judgement: Judgement,
) -> Judgement {
    let passed = matches!(judgement.verdict, Verdict::Pass | Verdict::PassWithRemark);
    let Some(shown) = shown(context.entries, session, bearing).filter(|_| passed) else {
        return judgement;
    };
    if let Some(why) = shown.untried() {
        return judgement.inconclude(&format!("accepté, mais {why}"));
    }
    let reason = format!("{} ; {}", judgement.reason, shown.words());
    match shown {
        Shown::NoQuestion if !context.embedded => {
            let clean = judgement.verdict == Verdict::Pass;
            let reason = format!(
                "{reason} : la cible ne cherche pas le nom inverse, ou le cherche ailleurs que dans le \
                 DNS simulé, et n'a alors pas vu le défaut ; pour le montrer, faites-lui interroger ce \
                 DNS (uses_dns)"
            );
            let judgement = judgement.verdict(Verdict::PassWithRemark, &reason);
            Judgement { untold: clean, ..judgement }
        }
        _ => {
            let verdict = judgement.verdict;
            judgement.verdict(verdict, &reason)
        }
    }
}

/// Why a peer that was not received was not refused for its reverse name, as far as can be told.
/// `Ok` has the words for what was seen, empty where the reverse name has no fault.
pub(super) fn refused_for_it(
    context: &Context<'_>,
    session: u16,
    bearing: &Bearing,
) -> Result<String, String> {
    let Some(shown) = shown(context.entries, session, bearing) else { return Ok(String::new()) };
    match &shown {
        Shown::Asked { .. } => Ok(format!(" ; {}", shown.words())),
        Shown::OtherSource { .. } | Shown::OtherPeer { .. } => Err(shown.words()),
        Shown::NotAsked { .. } | Shown::NoQuestion => Err(format!(
            "{} : rien ne montre que le nom inverse en soit la cause ; cherchez dans le journal de la \
             cible ce qui distingue cette adresse, ou faites-lui interroger le DNS simulé (uses_dns)",
            shown.words()
        )),
    }
}
