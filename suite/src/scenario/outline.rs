//! What a scenario does, told in French to a reader who never saw its file.

use fixtures::{
    pki::Variant,
    space::cast::{self, OPERATORS},
};

use super::{
    model::{
        Action, Expected, Inspection, ListRequest, MessageKind, Peer, PeerTls, Presented,
        ReversePath, Scenario, ScriptLine, Transaction, Transfer,
    },
    template::{OPERATOR_FIELDS, VARIABLES, Variables},
};
use crate::oracle::{
    Decided,
    reception::facts::{EhloStatus, Profile, PtrStatus},
    words,
};

/// What is done and what is expected of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// Who connects, and how.
    pub peer: String,
    /// What is sent and awaited, in order.
    pub steps: Vec<String>,
    /// What is expected, when the steps do not say it.
    pub expected: Vec<String>,
}

/// Tells a scenario.
#[must_use]
pub fn outline(scenario: &Scenario) -> Outline {
    let peer = peer(&scenario.peer);
    match &scenario.action {
        Action::Transactions(transactions) => Outline {
            peer,
            steps: transactions
                .iter()
                .flat_map(steps)
                .map(|step| filled(&step, scenario))
                .collect(),
            expected: decisions(scenario)
                .iter()
                .map(|told| words::expected_text(&told.decision))
                .collect(),
        },
        Action::Script { lines, effects, .. } => Outline {
            peer,
            steps: script(lines, scenario),
            expected: [
                (&effects.delivered, "remis"),
                (&effects.not_delivered, "jamais remis"),
                (&effects.not_relayed, "jamais remis au domaine tiers"),
            ]
            .into_iter()
            .flat_map(|(tokens, word)| {
                tokens.iter().map(move |token| format!("message {} {word}", token.0))
            })
            .collect(),
        },
        Action::Probe { hello, expect } => Outline {
            peer,
            steps: vec![
                "EHLO, STARTTLS".to_owned(),
                format!("un ClientHello fait à la main : {}", hello.name()),
            ],
            expected: vec![
                match expect {
                    Expected::Accepted => "un ServerHello",
                    Expected::Refused => "une alerte TLS ou une coupure, pas de ServerHello",
                    Expected::Either => "l'un ou l'autre, signalé",
                }
                .to_owned(),
            ],
        },
        Action::Request(look) => Outline {
            peer: "aucun émetteur : rien n'est envoyé".to_owned(),
            steps: vec!["la cible est amenée à relire la liste blanche".to_owned()],
            expected: vec![
                match look {
                    ListRequest::Host => "une demande qui nomme l'hôte de la liste (Host)",
                    ListRequest::ServerName => "une poignée de main qui le nomme (SNI)",
                    ListRequest::Conditional => "une demande avec ou sans condition, signalée",
                    ListRequest::Entity => "aucune demande de l'entité externe de la liste",
                }
                .to_owned(),
            ],
        },
        Action::Inspect(inspection) => Outline {
            peer,
            steps: vec!["EHLO, STARTTLS, handshake TLS ; rien n'est envoyé de plus".to_owned()],
            expected: vec![inspected(*inspection).to_owned()],
        },
    }
}

/// What the oracle tells of each transaction of a scenario; none
/// for a scenario that is no transaction.
#[must_use]
pub fn decisions(scenario: &Scenario) -> Vec<Decided> {
    let Action::Transactions(transactions) = &scenario.action else { return Vec::new() };
    transactions
        .iter()
        .filter_map(|transaction| {
            (scenario.rules.oracle().transaction)(scenario, transaction, Profile::Default).ok()
        })
        .collect()
}

fn peer(peer: &Peer) -> String {
    let operator = cast::operator(&peer.operator).unwrap_or(&cast::OPERATORS[0]);
    let ehlo = match peer.ehlo {
        EhloStatus::MatchesCertificate => format!("EHLO {}", operator.host),
        EhloStatus::OtherName => format!("EHLO {} (autre nom)", cast::OTHER_EHLO),
        EhloStatus::Unresolvable => {
            format!("EHLO {} (nom non résolu)", cast::UNRESOLVABLE_EHLO)
        }
        EhloStatus::AddressLiteral => "EHLO [adresse IP]".to_owned(),
    };
    let certificate = match (peer.tls, peer.certificate) {
        (PeerTls::None, _) => "en clair, sans STARTTLS".to_owned(),
        (_, Presented::None) => "STARTTLS, sans certificat".to_owned(),
        (_, Presented::Certificate(Variant::Valid)) => {
            format!("STARTTLS, certificat valide {}", operator.dn())
        }
        (_, Presented::Certificate(variant)) => {
            format!("STARTTLS, certificat « {} » : {}", variant.name(), variant.description())
        }
    };
    let revoked = if peer.revoked { ", révoqué pendant la campagne" } else { "" };
    let tls = match peer.tls {
        PeerTls::Tls12 => " (TLS 1.2 seul)",
        PeerTls::Tls13 => " (TLS 1.3 seul)",
        PeerTls::Any | PeerTls::None => "",
    };
    let ptr = match peer.ptr {
        PtrStatus::Valid => "",
        PtrStatus::Absent => ", PTR absent",
        PtrStatus::Wrong => ", PTR d'un autre",
        PtrStatus::Several => ", plusieurs PTR",
        PtrStatus::Servfail => ", PTR : SERVFAIL",
        PtrStatus::Silent => ", PTR : pas de réponse",
    };
    format!("opérateur {}{ptr}, {ehlo}, {certificate}{revoked}{tls}", peer.operator)
}

fn steps(transaction: &Transaction) -> Vec<String> {
    let mut steps = Vec::new();
    let parameters =
        transaction.mail_parameters.as_ref().map(|text| format!(" {}", text.0)).unwrap_or_default();
    match &transaction.from {
        ReversePath::Absent => {}
        ReversePath::Null => steps.push(format!("MAIL FROM:<>{parameters}")),
        ReversePath::Address(address) => {
            steps.push(format!("MAIL FROM:<{}>{parameters}", address.0));
        }
    }
    steps.extend(transaction.to.iter().map(|to| format!("RCPT TO:<{}>", to.0)));
    let size = transaction.size.map(|size| format!(", {size} octets en tout")).unwrap_or_default();
    let by = transfer(transaction.by);
    steps.push(format!("{by}, {}{size}", message(transaction.message)));
    steps
}

/// The lines of a script as written, its words in French, once where one word is several steps.
fn script(lines: &[ScriptLine], scenario: &Scenario) -> Vec<String> {
    let mut steps: Vec<String> = Vec::new();
    let mut before = "";
    for line in lines {
        let text = line.text.trim();
        let word = !text.starts_with(['<', '>']);
        if !(word && text == before) {
            steps.push(match text {
                "greeting" => "accueil".to_owned(),
                "session" => "accueil, EHLO, STARTTLS, handshake TLS, EHLO".to_owned(),
                "tls" => "handshake TLS".to_owned(),
                "tls?" => "handshake TLS, qui peut être refusé".to_owned(),
                "message" => "le message et son point final".to_owned(),
                "bdat" => "BDAT LAST et le message".to_owned(),
                "last-chunk" => "BDAT 0 LAST".to_owned(),
                _ if let Some(octets) = text.strip_prefix("chunk ") => {
                    format!("BDAT et ce bloc : {}", filled(octets, scenario))
                }
                _ if let Some(octets) = text.strip_prefix("last-chunk ") => {
                    format!("BDAT LAST et ce bloc : {}", filled(octets, scenario))
                }
                "abort" => "rupture de la connexion, sans QUIT".to_owned(),
                "close" => "fermeture en règle, sans QUIT".to_owned(),
                "await-close" => "attente de la fermeture par la cible".to_owned(),
                _ if word => text.to_uppercase(),
                _ => filled(text, scenario),
            });
        }
        before = text;
    }
    steps
}

/// With the values of the variables that the cast decides; those of the target stay names.
fn filled(text: &str, scenario: &Scenario) -> String {
    let operator = cast::operator(&scenario.peer.operator).unwrap_or(&cast::OPERATORS[0]);
    let variables = Variables::of(operator);
    let fields = OPERATORS.iter().flat_map(|operator| {
        OPERATOR_FIELDS.iter().map(move |(field, _)| format!("{}.{field}", operator.name))
    });
    let names = VARIABLES.iter().map(|(name, _)| (*name).to_owned()).chain(fields);
    names.fold(text.to_owned(), |text, name| match variables.get(&name) {
        Some(value) => text.replace(&format!("{{{name}}}"), value),
        None => text,
    })
}

fn transfer(by: Transfer) -> &'static str {
    match by {
        Transfer::Data => "DATA",
        Transfer::Bdat => "BDAT en un bloc",
        Transfer::BdatChunks => "BDAT en plusieurs blocs",
        Transfer::BdatZeroLast => "BDAT en plusieurs blocs, puis BDAT 0 LAST",
        Transfer::BdatPipelined => "BDAT en plusieurs blocs envoyés ensemble",
    }
}

fn message(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Text => "un court texte français",
        MessageKind::Attachment => "un texte et une pièce jointe",
        MessageKind::EightBit => "un corps à 8 bits",
        MessageKind::Dots => "des lignes qui commencent par des points",
        MessageKind::LongLine => "une ligne de 998 octets",
        MessageKind::XHeaders => "des champs d'en-tête X-",
        MessageKind::ManyFields => "deux cents champs d'en-tête X-",
        MessageKind::LongField => "un champ d'en-tête replié de plus de 64 Kio",
        MessageKind::LongFieldLine => "un champ d'en-tête sur une ligne de 998 octets",
        MessageKind::RepeatedFields => "des champs d'en-tête X-MSS- répétés",
        MessageKind::TraceFields => "les champs de trace de deux relais précédents",
        MessageKind::Commands => "des lignes qui ressemblent à des commandes SMTP",
        MessageKind::FromLines => "des lignes qui commencent par « From »",
        MessageKind::TrailingSpaces => "des blancs en fin de ligne et des lignes vides à la fin",
        MessageKind::PartEnds => "des parties qui finissent sans fin de ligne, ou par plusieurs",
        MessageKind::EmptyBody => "un corps vide",
        MessageKind::NoBody => "un en-tête seul",
        MessageKind::DeliveryStatus => "un avis de non-remise",
        MessageKind::Disposition => "un accusé de lecture",
        MessageKind::Signed => "un message signé (multipart/signed)",
        MessageKind::SignedSpaces => "un texte signé aux blancs en fin de ligne",
        MessageKind::Enveloped => "un message chiffré (application/pkcs7-mime)",
        MessageKind::Xdm => "un texte et une archive IHE_XDM.ZIP",
        MessageKind::Structure => {
            "des parties imbriquées : alternatives, image, message joint, calendrier"
        }
        MessageKind::FileNames => "des pièces jointes aux noms accentués",
        MessageKind::OtherFrom => "un en-tête From d'un autre domaine",
    }
}

fn inspected(inspection: Inspection) -> &'static str {
    match inspection {
        Inspection::Chain => "une chaîne complète jusqu'à la racine",
        Inspection::Validity => "un certificat en cours de validité",
        Inspection::Name => "un CN égal au nom MX déclaré",
        Inspection::Dn => "le DN déclaré",
        Inspection::Request => "une demande de certificat au pair",
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::scenario::load;

    #[test]
    fn every_scenario_can_be_told() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
        let library = load(&root).expect("all scenarios load");
        for scenario in &library.scenarios {
            let told = outline(scenario);
            assert!(!told.steps.is_empty() && !told.peer.is_empty(), "{}", scenario.id);
            let script = matches!(scenario.action, Action::Script { .. });
            assert!(script || !told.expected.is_empty(), "{}", scenario.id);
        }
    }

    #[test]
    fn a_negative_scenario_shows_its_one_change() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
        let library = load(&root).expect("all scenarios load");
        let expired = library
            .scenarios
            .iter()
            .find(|scenario| scenario.id.as_str() == "reception/4-certificat/expire")
            .expect("there");
        let told = outline(expired);
        assert!(told.peer.contains("certificat « expired »"), "{}", told.peer);
        assert_eq!(told.steps[0], "MAIL FROM:<emetteur@alpha.mssante.test>");
        assert!(told.expected[0].starts_with("un refus"), "{:?}", told.expected);
        assert_eq!(decisions(expired).len(), 1);
    }
}
