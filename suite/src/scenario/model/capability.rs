//! What a scenario may need.

use serde::{Deserialize, Serialize};

/// What a scenario needs of the target or of the place where the suite runs.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// The target trusts the simulated space: its PKI and its whitelist.
    SimulatedSpace,
    /// A mailbox of the target that the operator named for tests.
    Mailbox,
    /// A second one.
    SecondMailbox,
    /// An address of the target's domain that the operator declares unknown.
    UnknownMailbox,
    /// Deliveries to the mailboxes can be observed.
    Delivery,
    /// Mail that the target would send to a third domain can be observed.
    Relay,
    /// Peers can be bound to addresses of the simulated space (target on loopback).
    SourceAddresses,
    /// The target asks the simulated space's DNS server.
    Dns,
    /// The target declares its own DN, MX host and domains.
    DeclaredIdentity,
    /// The target can be made to read a whitelist that changed, or does so in a declared time.
    ListRefresh,
    /// The target can be made to read CRLs that changed, or does so in a declared time.
    CrlRefresh,
    /// The operator allows scenarios that could hurt a weak server.
    Destructive,
}

impl Capability {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::SimulatedSpace,
        Self::Mailbox,
        Self::SecondMailbox,
        Self::UnknownMailbox,
        Self::Delivery,
        Self::Relay,
        Self::SourceAddresses,
        Self::Dns,
        Self::DeclaredIdentity,
        Self::ListRefresh,
        Self::CrlRefresh,
        Self::Destructive,
    ];

    /// What it is, in French.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::SimulatedSpace => "confiance dans l'espace simulé",
            Self::Mailbox => "boîte de test",
            Self::SecondMailbox => "seconde boîte de test",
            Self::UnknownMailbox => "adresse inconnue",
            Self::Delivery => "remises observables",
            Self::Relay => "courrier sortant observable",
            Self::SourceAddresses => "adresses de l'espace simulé (boucle locale)",
            Self::Dns => "DNS de l'espace simulé",
            Self::DeclaredIdentity => "identité déclarée (dn, mx_host)",
            Self::ListRefresh => "relecture de la liste blanche",
            Self::CrlRefresh => "relecture des CRL",
            Self::Destructive => "scénarios destructeurs permis",
        }
    }
}
