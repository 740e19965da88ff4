//! The values of a `target.toml`, each held against what it must be, where it is.

use std::{fmt::Display, net::SocketAddr, sync::Arc, time::Duration};

use fixtures::smtp::sink::SinkProtocol;

use super::{DeliveryProtocol, NotApplicable, Observation, Observe, TargetDocument};
use crate::{
    document::{self, nearest},
    scenario::{Problem, ScenarioId},
};

/// The longest time that a file may ask for.
pub(super) const LONGEST: Duration = Duration::from_secs(3600);

/// The values of a document, and what is wrong with those looked at so far.
pub(super) struct Values<'d> {
    of: &'d TargetDocument,
    pub(super) problems: Vec<Problem>,
}

impl<'d> Values<'d> {
    /// Those of a document, none of which is looked at yet.
    pub(super) fn of(document: &'d TargetDocument) -> Self {
        Self { of: document, problems: Vec::new() }
    }

    /// Tells what is wrong with a field, unless it could not even be understood.
    pub(super) fn wrong(&mut self, field: &str, message: String) {
        self.told(field, false, message, None);
    }

    pub(super) fn checked<T>(&mut self, field: &str, value: Result<T, String>) -> Option<T> {
        value.map_err(|message| self.wrong(field, message)).ok()
    }

    /// Tells what is wrong with a field, or with its name.
    fn told(&mut self, field: &str, of_key: bool, message: String, help: Option<String>) {
        let misread = self.of.misread.iter().any(|(own, _)| {
            own.is_empty() || document::within(field, own) || document::within(own, field)
        });
        if misread {
            return;
        }
        let table = document::parse(self.of.source.inner()).ok();
        let locate = if of_key { document::locate_key } else { document::locate };
        let at = table.and_then(|table| locate(table.get_ref(), field));
        let problem = Problem::new(&self.of.source, message);
        let problem = match at {
            Some(at) => problem.at(at, "ici"),
            None => problem,
        };
        self.problems.push(match help {
            Some(help) => problem.help(help),
            None => problem,
        });
    }

    pub(super) fn parsed<T: std::str::FromStr<Err: Display>>(
        &mut self,
        field: &str,
        text: &str,
    ) -> Option<T> {
        self.checked(field, text.parse().map_err(|error| format!("{field} : {error}")))
    }

    pub(super) fn socket(&mut self, field: &str, text: Option<&String>) -> Option<SocketAddr> {
        let text = text?;
        let what = "n'est pas une adresse IP et un port, comme 127.0.0.1:2526";
        let parsed = text.trim().parse().map_err(|_| format!("{field} : « {text} » {what}"));
        self.checked(field, parsed)
    }

    /// A time; one that is out of bounds is told, and the usual one stands for it.
    pub(super) fn seconds(
        &mut self,
        field: &str,
        given: Option<u64>,
        usual: u64,
        least: u64,
    ) -> Duration {
        // A longer time is a slip of the keyboard; the longest ones are beyond what a clock can add.
        let given = given.unwrap_or(usual);
        let longest = LONGEST.as_secs();
        if !(least..=longest).contains(&given) {
            let text = format!("{field} vaut de {least} à {longest} secondes, pas {given}");
            self.wrong(field, text);
        }
        Duration::from_secs(given)
    }

    pub(super) fn delivery(&mut self) -> Option<Observation> {
        let table = &self.of.file.delivery;
        let sink = self.socket("delivery.sink", table.sink.as_ref());
        match table.observe {
            Observe::None => Some(Observation::None),
            Observe::Maildir if table.maildirs.is_empty() => {
                let text = "delivery.observe = \"maildir\" demande delivery.maildirs".to_owned();
                self.checked("delivery.maildirs", Err(text))
            }
            Observe::Maildir => Some(Observation::Maildir(table.maildirs.clone())),
            Observe::Sink if table.sink.is_none() => {
                let text = "delivery.observe = \"sink\" demande delivery.sink = \"adresse:port\"";
                self.checked("delivery.sink", Err(text.to_owned()))
            }
            Observe::Sink => {
                let protocol = match table.protocol {
                    DeliveryProtocol::Smtp => SinkProtocol::Smtp,
                    DeliveryProtocol::Lmtp => SinkProtocol::Lmtp,
                };
                Some(Observation::Sink(sink?, protocol))
            }
        }
    }

    pub(super) fn not_applicable(&mut self, ids: &[&str]) -> NotApplicable {
        let mut out = NotApplicable::new();
        for (id, reason) in &self.of.file.not_applicable {
            let field = format!("not_applicable.\"{id}\"");
            if !ids.contains(&id.as_str()) {
                let near = nearest(id, ids.iter().copied());
                let help = match near.as_slice() {
                    [] => "voyez tous les identifiants : cargo xtask list".to_owned(),
                    near => {
                        let near = near.join(", ou ");
                        format!("vouliez-vous dire {near} ? Sinon, voyez : cargo xtask list")
                    }
                };
                let text = format!("not_applicable : il n'y a pas de scénario « {id} »");
                self.told(&field, true, text, Some(help));
            }
            let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
            if reason.is_empty() {
                let text = format!("not_applicable : {id} est déclaré sans objet sans raison");
                let help = "dites pourquoi, en quelques mots : les rapports le répètent";
                self.told(&field, false, text, Some(help.to_owned()));
            }
            out.insert(ScenarioId(Arc::from(id.as_str())), reason);
        }
        out
    }
}
