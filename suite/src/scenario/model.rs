//! A scenario after loading: everything checked, nothing to re-check.

mod capability;
mod id;
mod list;
mod peer;
mod request;
mod script;
mod transaction;

use std::{collections::BTreeSet, path::PathBuf};

pub use fixtures::change::ListEntry;
use fixtures::{
    change::{Change, CrlState, World},
    pki::Role,
    smtp::probe::Probe,
    space::cast::REVOCABLE,
};
use serde::{Deserialize, Serialize};

use crate::{
    family::{Family, Rules},
    oracle::ClauseId,
    record::Level,
};

pub use capability::Capability;
pub use id::ScenarioId;
pub use list::ListChange;
pub use peer::{Peer, PeerTls, Presented};
pub use request::ListRequest;
pub use script::{CodeSet, ReplyExpectation, ReplyForm, ScriptLine, ScriptStep, SideEffects};
pub use transaction::{
    DeliverySubject, Expected, Manner, MessageKind, ReversePath, StatedSender, Template,
    Transaction, Transfer, Verbs,
};

/// What is looked at in the target's own certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Inspection {
    /// A path leads to the space's root, and the chain sent is complete and in order.
    Chain,
    /// The certificate is in its validity period.
    Validity,
    /// Its CN is the declared MX host (GUIDE).
    Name,
    /// Its DN is the declared one.
    Dn,
    /// It asks the peer for a certificate.
    Request,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// One or more transactions in one session; the judge compares each with the oracle.
    Transactions(Vec<Transaction>),
    /// Lines sent and replies awaited.
    Script {
        /// The lines.
        lines: Vec<ScriptLine>,
        /// The transaction that `mail`, `rcpt` and `message` lines take their values from.
        transaction: Transaction,
        /// Side effects expected.
        effects: SideEffects,
    },
    /// A hand-made ClientHello after STARTTLS.
    Probe {
        /// Which.
        hello: Probe,
        /// `Refused`, or `Accepted` for a sound one.
        expect: Expected,
    },
    /// A look at the target's own certificate.
    Inspect(Inspection),
    /// A look at how it asked for the whitelist.
    Request(ListRequest),
}

impl Action {
    /// The one outcome that all of it awaits, if there is one.
    #[must_use]
    pub fn outcome(&self) -> Option<Expected> {
        match self {
            Self::Transactions(all) => {
                let first = all.first()?.expect;
                all.iter().all(|one| one.expect == first).then_some(first)
            }
            Self::Probe { expect, .. } => Some(*expect),
            Self::Script { .. } | Self::Inspect(_) | Self::Request(_) => None,
        }
    }

    /// What its clause says, in French, of the way in which it can be missed.
    #[must_use]
    pub fn consequence(&self, family: &Family, clause: &ClauseId) -> Option<String> {
        let said = &family.clauses.iter().find(|other| other.id == *clause)?.consequence;
        let said = match self.outcome() {
            Some(Expected::Refused) => &said.accepted,
            Some(Expected::Accepted) => &said.refused,
            Some(Expected::Either) | None => &said.otherwise,
        };
        said.clone()
    }
}

/// The authority that issues every operator's valid certificate.
const ISSUER: Role = Role::Organisations;

/// A scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Its path.
    pub id: ScenarioId,
    /// The facts and rules of its family.
    pub rules: Rules,
    /// Title, in French.
    pub title: String,
    /// Purpose, in French.
    pub purpose: String,
    /// The clause it tests.
    pub clause: ClauseId,
    /// The sentence that makes it a MUST or a SHOULD: `RFC 5321 §4.5.3.1.8`, `ERR §2.2 étape 4`.
    pub source: String,
    /// Level.
    pub level: Level,
    /// The passing scenario from which it differs by one change.
    pub twin: Option<ScenarioId>,
    /// Slug of the entry of `scenarios/interpretations.md` that it rests on.
    pub interpretation: Option<String>,
    /// What it needs, declared and derived.
    pub needs: BTreeSet<Capability>,
    /// Changes the shared world or needs the target alone.
    pub exclusive: bool,
    /// Advice for an operator whose target fails it, in French.
    pub advice: Option<String>,
    /// What a peer or a third party could do where the target fails it, in French: its own word, or that of its
    /// clause. A `may` has none.
    pub consequence: Option<String>,
    /// The peer.
    pub peer: Peer,
    /// What the whitelist that the space serves is, against the nominal one.
    pub list: ListChange,
    /// How the session of transactions is held.
    pub manner: Manner,
    /// What is done.
    pub action: Action,
    /// What of deliveries it is about; all else tells a fault of a delivery only where it brings it
    /// about.
    pub delivery: Option<DeliverySubject>,
    /// The file.
    pub file: PathBuf,
}

impl Scenario {
    /// The world that it is played in.
    #[must_use]
    pub fn world(&self) -> World {
        let crl = self.peer.revoked.then(|| Change::Crl {
            authority: ISSUER,
            state: CrlState::RevokingOperator(self.peer.operator.clone()),
        });
        World::of(self.list.change().into_iter().chain(crl))
    }

    /// Whether its outcome rests on when the target read what changes: in a world that is not the nominal one, or with a
    /// certificate that another world revokes and a target may have kept the CRL of. No source says how often a list or
    /// a CRL is read.
    #[must_use]
    pub fn is_dated(&self) -> bool {
        !self.world().is_nominal() || self.peer.operator == REVOCABLE
    }

    /// The authority whose CRL tells of the peer's certificate, where the scenario is about revocation.
    #[must_use]
    pub fn told_by(&self) -> Option<Role> {
        match self.peer.certificate {
            Presented::Certificate(_) if self.peer.revoked => Some(ISSUER),
            Presented::Certificate(variant) => variant.told_by(),
            Presented::None => None,
        }
    }
}
