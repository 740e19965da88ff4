//! Faults in what becomes of the list in force when no valid one comes (TM4.1P/4).

use std::sync::Arc;

use fixtures::{
    http::FetchError,
    whitelist::{Index, TrustError, Whitelist},
};

use super::mutant::{Mutant, as_is};
use crate::proxy::{Behaviour, LoadError, Trusted};
use suite::oracle::{
    ClauseId,
    reception::{
        Facts, decide,
        facts::{DnStatus, DomainStatus},
    },
};

/// A proxy that goes by no list at all once none could be read for this reason.
macro_rules! closing {
    ($id:literal, $fault:literal, $killers:expr, $failed:pat $(if $guard:expr)?) => {
        Mutant {
            id: $id,
            fault: $fault,
            clause: ClauseId::ListKept,
            killers: $killers,
            setting: as_is,
            behaviour: Behaviour {
                unread: |old, error| match error {
                    $failed $(if $guard)? => Some(without_list(old)),
                    _ => None,
                },
                ..Behaviour::REFERENCE
            },
        }
    };
}

/// A fetch that failed in this way.
macro_rules! fetch {
    ($failed:pat) => {
        LoadError::Fetch { source: $failed, .. }
    };
}

pub(super) const MUTANTS: &[Mutant] = &[
    closing!(
        "liste-introuvable-service-ferme",
        "n'admet plus personne quand la liste blanche est introuvable",
        &["liste-blanche/livraison/garde-404"],
        fetch!(FetchError::Status(404))
    ),
    closing!(
        "liste-en-panne-service-ferme",
        "n'admet plus personne quand le serveur de la liste blanche est en panne",
        &["liste-blanche/livraison/garde-500", "liste-blanche/livraison/garde-503"],
        fetch!(FetchError::Status(500..))
    ),
    closing!(
        "liste-muette-service-ferme",
        "n'admet plus personne quand le serveur de la liste blanche ne répond pas",
        &["liste-blanche/livraison/garde-silence"],
        fetch!(FetchError::TooSlow(_))
    ),
    closing!(
        "liste-interrompue-service-ferme",
        "n'admet plus personne quand la lecture de la liste blanche est interrompue",
        &["liste-blanche/livraison/garde-fin-manquante"],
        fetch!(FetchError::Http(_))
    ),
    closing!(
        "liste-illisible-service-ferme",
        "n'admet plus personne quand ce qui est servi n'est pas une liste blanche lisible",
        &[
            "liste-blanche/livraison/garde-vide",
            "liste-blanche/livraison/garde-page-html",
            "liste-blanche/livraison/garde-coupee",
            "liste-blanche/livraison/garde-sans-balise-de-fin",
            "liste-blanche/xml/garde-entite-externe",
            "liste-blanche/xml/garde-entites-sans-fin",
            "liste-blanche/xml/garde-imbrication-sans-fin",
        ],
        LoadError::Whitelist(TrustError::Read(_))
    ),
    closing!(
        "liste-mal-signee-service-ferme",
        "n'admet plus personne quand la signature de la liste blanche relue n'est pas en règle",
        &[
            "liste-blanche/signature/garde-sans-signature",
            "liste-blanche/signature/garde-contenu-change",
            "liste-blanche/signature/garde-autre-cle",
            "liste-blanche/signature/garde-fragment",
        ],
        LoadError::Whitelist(TrustError::Signature(_))
    ),
    closing!(
        "liste-mauvais-signataire-service-ferme",
        "n'admet plus personne quand le signataire de la liste blanche relue n'est pas en règle",
        &[
            "liste-blanche/signature/garde-signataire-expire",
            "liste-blanche/signature/garde-signataire-d-une-autre-igc",
            "liste-blanche/signature/garde-signataire-revoque",
            "liste-blanche/signature/garde-signataire-operateur",
        ],
        LoadError::Whitelist(TrustError::Signer(_))
            | LoadError::SignerRevoked
            | LoadError::Publisher(_)
    ),
    Mutant {
        id: "liste-non-relue-tout-admis",
        fault: "admet tout DN et tout domaine quand la liste blanche ne peut être relue",
        clause: ClauseId::ListKept,
        killers: &[
            "liste-blanche/livraison/manque-404",
            "liste-blanche/livraison/manque-silence",
            "liste-blanche/livraison/illisible-vide",
        ],
        setting: as_is,
        behaviour: Behaviour {
            unread: |old, _| Some(without_list(old)),
            decision: |scene| match scene.trusted.list.entries.is_empty() {
                true => decide(&Facts {
                    dn: DnStatus::Listed,
                    domain: DomainStatus::Mapped,
                    ..scene.facts()
                }),
                false => decide(&scene.facts()),
            },
            ..Behaviour::REFERENCE
        },
    },
];

/// The same trust space with an empty list.
fn without_list(old: &Trusted) -> Trusted {
    let list = Whitelist { generated: old.list.generated, entries: Vec::new() };
    Trusted {
        list: Arc::new(list),
        index: Arc::new(Index::default()),
        trust: Arc::clone(&old.trust),
        intermediates: old.intermediates.clone(),
    }
}
