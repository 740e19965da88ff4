//! What a disagreement comes from: what the case still has, once it is small, that the nominal one has
//! not. Two cases of one cause are one disagreement.

use std::{collections::BTreeSet, fmt};

use fixtures::pki::Variant;

use super::{
    case::{Case, Made, Sent, To},
    peer::Who,
    reduce::{is_plain, rank},
    sender::{Domain, Local, Sender},
    shrink::Evidence,
    tally::{Permitted, cause as reason},
};
use suite::{
    observe::{self, last_session, place},
    oracle::{
        ClauseId, Fact,
        reception::{Facts, facts::DnStatus},
    },
    record::ScenarioRecord,
    scenario::{MessageKind, PeerTls, Verbs, model::Transfer},
};

/// The cause of a disagreement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// What the oracle permits.
    pub permitted: Permitted,
    /// The clause, where it demands a refusal.
    pub clause: Option<ClauseId>,
    /// What was seen, and at which stage.
    pub seen: String,
    /// What the case has that the nominal one has not.
    pub with: BTreeSet<String>,
}

impl Cause {
    /// The cause of a case that was seen to disagree.
    pub(super) fn of(case: &Case, (made, played, record): &Evidence) -> Self {
        let at = culprit(made, record);
        let (facts, decision) = &made.decisions[at];
        let permitted = Permitted::of(decision);
        let entries = played.transcript.entries();
        let t = u16::try_from(at).unwrap_or(u16::MAX);
        let seen = match observe::transaction(&entries, last_session(&entries), t) {
            observe::TransactionEnd::Accepted { .. } if permitted == Permitted::Refusal => {
                "accepté".to_owned()
            }
            observe::TransactionEnd::Refused(refusal) if permitted == Permitted::Acceptance => {
                format!("refusé {}", place(refusal.stage))
            }
            _ => short(&reason(&record.reason)),
        };
        let clause = (permitted == Permitted::Refusal).then_some(decision.clause);
        Self { permitted, clause, seen, with: traits(case, at, facts) }
    }

    /// The cause of what did not come back: one for all that was seen alike.
    #[must_use]
    pub(super) fn passing(self) -> Self {
        Self { with: BTreeSet::from(["sans suite".to_owned()]), ..self }
    }

    /// Whether a case of cause `other`, before it is made small, has all that suffices to show this
    /// one. A nominal case suffices for nothing else.
    #[must_use]
    pub(super) fn explains(&self, other: &Self) -> bool {
        !self.with.is_empty()
            && (self.permitted, self.clause) == (other.permitted, other.clause)
            && self.seen == other.seen
            && self.with.is_subset(&other.with)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expected = match self.permitted {
            Permitted::Acceptance => "attendu une acceptation",
            Permitted::Refusal => "attendu un refus",
            Permitted::Either => "accepté ou refusé",
        };
        f.write_str(expected)?;
        if let Some(clause) = self.clause {
            write!(f, " ({clause})")?;
        }
        write!(f, ", vu : {}", self.seen)?;
        if self.with.is_empty() {
            return f.write_str(" ; rien que de nominal");
        }
        let with: Vec<&str> = self.with.iter().map(String::as_str).collect();
        write!(f, " ; avec {}", with.join(", "))
    }
}

/// The transaction that a record's reason is about: with several, the reason begins with its rank.
pub(super) fn culprit(made: &Made, record: &ScenarioRecord) -> usize {
    let digits = record.reason.split_once(". ").and_then(|(rank, _)| rank.parse::<usize>().ok());
    let last = made.decisions.len().saturating_sub(1);
    digits.map_or(0, |rank| rank.saturating_sub(1)).min(last)
}

/// A reason up to what differs from case to case.
fn short(reason: &str) -> String {
    let end = [" (", " :", " ;"].iter().filter_map(|mark| reason.find(mark)).min();
    reason[..end.unwrap_or(reason.len())].to_owned()
}

fn traits(case: &Case, at: usize, facts: &Facts) -> BTreeSet<String> {
    let mut all = of_peer(case, facts);
    let manner = case.manner;
    for (has, words) in [
        (manner.pipelining, "commandes groupées"),
        (manner.reset && case.transactions.len() > 1, "RSET entre les envois"),
        (manner.verbs == Verbs::Lower, "verbes en minuscules"),
        (manner.verbs == Verbs::Mixed, "verbes de casse mêlée"),
        (at > 0, "un autre envoi avant dans la session"),
        (at + 1 < case.transactions.len(), "un autre envoi après dans la session"),
    ] {
        if has {
            all.insert(words.to_owned());
        }
    }
    for (t, sent) in case.transactions.iter().enumerate() {
        all.extend(of_sent(sent).into_iter().map(|one| match t.cmp(&at) {
            std::cmp::Ordering::Less => format!("avant : {one}"),
            std::cmp::Ordering::Equal => one,
            std::cmp::Ordering::Greater => format!("après : {one}"),
        }));
    }
    all
}

fn of_peer(case: &Case, facts: &Facts) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    match &case.who {
        Who::Cast(_, None) => {
            all.insert("aucun certificat".to_owned());
        }
        Who::Cast(_, Some(Variant::Valid)) if facts.dn == DnStatus::Listed => {
            if rank(&case.who) > 0 {
                all.insert("un autre opérateur de l'espace".to_owned());
            }
        }
        Who::Cast(_, Some(Variant::Valid)) => {
            all.insert(format!("{} {}", DnStatus::LABEL, facts.dn.words()));
        }
        Who::Cast(_, Some(variant)) => {
            all.insert(variant.description().to_owned());
        }
        Who::Named { looks, variant, .. } => {
            all.insert(format!("DN tiré au hasard, {}", facts.dn.words()));
            if !is_plain(looks) {
                all.insert("DN écrit autrement dans le certificat".to_owned());
            }
            if *variant != Variant::Valid {
                all.insert(variant.description().to_owned());
            }
        }
    }
    let tls = match case.tls {
        PeerTls::Any => None,
        PeerTls::Tls12 => Some("TLS 1.2"),
        PeerTls::Tls13 => Some("TLS 1.3"),
        PeerTls::None => Some("en clair"),
    };
    all.extend(
        [deviation(case.ehlo), deviation(case.ptr), tls.map(str::to_owned)].into_iter().flatten(),
    );
    all
}

/// A fact in the words of its table, where it is not the nominal one.
fn deviation<F: Fact>(fact: F) -> Option<String> {
    (fact != F::default()).then(|| format!("{} : {}", F::LABEL, fact.words()))
}

fn of_sent(sent: &Sent) -> Vec<String> {
    let mut all = Vec::new();
    match &sent.from {
        Sender::Absent => all.push("pas de MAIL"),
        Sender::Null => all.push("expéditeur vide"),
        Sender::Malformed(..) => all.push("expéditeur mal formé"),
        Sender::Address(local, domain) => {
            all.extend(match local {
                Local::Plain => None,
                Local::Long => Some("partie locale de 64 octets"),
                Local::Quoted => Some("partie locale entre guillemets"),
                Local::QuotedAt(_) => Some("partie locale entre guillemets, avec @"),
            });
            all.extend(match domain {
                Domain::Own(_, false) => None,
                Domain::Own(_, true) => Some("domaine en majuscules"),
                Domain::Any(..) => Some("expéditeur d'un autre domaine"),
                Domain::Below(_) => Some("expéditeur d'un sous-domaine"),
                Domain::Above(_) => Some("expéditeur du domaine parent"),
                Domain::Longer(_) => Some("expéditeur d'un domaine allongé devant"),
                Domain::Prefix(_) => Some("expéditeur d'un domaine allongé derrière"),
                Domain::Dot(_) => Some("domaine au point final"),
                Domain::ULabel(_) => Some("domaine en Unicode"),
                Domain::Literal => Some("expéditeur à adresse littérale"),
                Domain::Long => Some("domaine très long"),
            });
        }
    }
    all.extend(match sent.to {
        To::Mailbox => None,
        To::Two => Some("deux boîtes"),
        To::Twice => Some("deux fois la même boîte"),
        To::Unknown => Some("boîte inconnue"),
        To::MailboxAndUnknown => Some("boîte inconnue après une bonne"),
        To::UnknownAndMailbox => Some("boîte inconnue avant une bonne"),
        To::Postmaster => Some("postmaster"),
        To::PostmasterOfDomain => Some("postmaster du domaine"),
        To::MailboxAndPostmaster => Some("postmaster après une bonne boîte"),
        To::Foreign => Some("destinataire d'un autre domaine"),
        To::MailboxAndForeign => Some("destinataire d'un autre domaine après un bon"),
        To::ForeignAndMailbox => Some("destinataire d'un autre domaine avant un bon"),
    });
    all.extend(match sent.message {
        MessageKind::Text => None,
        MessageKind::Attachment => Some("pièce jointe"),
        MessageKind::EightBit => Some("message en 8 bits"),
        MessageKind::Dots => Some("lignes à points"),
        MessageKind::LongLine => Some("ligne longue"),
        MessageKind::XHeaders => Some("champs d'en-tête X-"),
        MessageKind::ManyFields => Some("champs d'en-tête nombreux"),
        MessageKind::LongField => Some("champ d'en-tête long"),
        MessageKind::LongFieldLine => Some("champ d'en-tête d'une longue ligne"),
        MessageKind::RepeatedFields => Some("champs répétés"),
        MessageKind::TraceFields => Some("champs de trace"),
        MessageKind::Commands => Some("lignes qui ressemblent à des commandes"),
        MessageKind::FromLines => Some("lignes débutant par From"),
        MessageKind::TrailingSpaces => Some("blancs en fin de ligne"),
        MessageKind::PartEnds => Some("fins de parties"),
        MessageKind::EmptyBody => Some("corps vide"),
        MessageKind::NoBody => Some("en-tête seul"),
        MessageKind::DeliveryStatus => Some("avis de non-remise"),
        MessageKind::Disposition => Some("accusé de lecture"),
        MessageKind::Signed => Some("message signé"),
        MessageKind::SignedSpaces => Some("message signé à blancs"),
        MessageKind::Enveloped => Some("message chiffré"),
        MessageKind::Xdm => Some("archive XDM"),
        MessageKind::Structure => Some("parties imbriquées"),
        MessageKind::FileNames => Some("noms de pièces jointes"),
        MessageKind::OtherFrom => Some("champ From d'un autre"),
    });
    all.extend(match sent.by {
        Transfer::Data => None,
        Transfer::Bdat => Some("par BDAT"),
        Transfer::BdatChunks | Transfer::BdatZeroLast | Transfer::BdatPipelined => {
            Some("par BDAT, en plusieurs fois")
        }
    });
    all.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn cause(permitted: Permitted, clause: Option<ClauseId>, with: &[&str]) -> Cause {
        let with = with.iter().map(|one| (*one).to_owned()).collect();
        Cause { permitted, clause, seen: "accepté".into(), with }
    }

    #[rstest]
    #[case::the_same(ClauseId::Notified, &["a"], true)]
    #[case::more(ClauseId::Notified, &["a", "b"], true)]
    #[case::something_else(ClauseId::Notified, &["b"], false)]
    #[case::another_clause(ClauseId::DomainMapped, &["a", "b"], false)]
    fn what_suffices_explains(#[case] clause: ClauseId, #[case] with: &[&str], #[case] is: bool) {
        let known = cause(Permitted::Refusal, Some(ClauseId::Notified), &["a"]);
        assert_eq!(known.explains(&cause(Permitted::Refusal, Some(clause), with)), is);
    }

    /// A nominal case that disagrees would explain all there is.
    #[test]
    fn a_nominal_case_explains_no_other() {
        let nominal = cause(Permitted::Acceptance, None, &[]);
        assert!(!nominal.explains(&cause(Permitted::Acceptance, None, &["a"])));
    }

    #[test]
    fn a_cause_in_words() {
        let known = cause(Permitted::Refusal, Some(ClauseId::Notified), &["a", "b"]);
        let words = "attendu un refus (TM3.1P/5d), vu : accepté ; avec a, b";
        assert_eq!(known.to_string(), words);
        assert_eq!(
            cause(Permitted::Acceptance, None, &[]).to_string(),
            "attendu une acceptation, vu : accepté ; rien que de nominal"
        );
    }

    #[rstest]
    #[case("message perdu (RFC 5321 §6.1)", "message perdu")]
    #[case("non remis : vérifiez", "non remis")]
    #[case("non remis", "non remis")]
    fn reasons_up_to_their_details(#[case] reason: &str, #[case] is: &str) {
        assert_eq!(short(reason), is);
    }
}
