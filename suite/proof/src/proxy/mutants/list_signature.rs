//! Faults in telling the list of the authority from another (TM4.1P/3): one check that is left out.

use fixtures::whitelist::{SignatureError, SignerError, TrustError};

use super::mutant::{Mutant, as_is};
use crate::proxy::{Behaviour, LoadError};
use suite::oracle::ClauseId;

/// A proxy that takes a list although it is refused for this.
macro_rules! taking {
    ($id:literal, $fault:literal, $killers:expr, $refused:pat $(if $guard:expr)?) => {
        Mutant {
            id: $id,
            fault: $fault,
            clause: ClauseId::ListAuthentic,
            killers: $killers,
            setting: as_is,
            behaviour: Behaviour {
                load: |sources, now| {
                    Box::pin(sources.load_by(now, |list| match list.careful() {
                        Err($refused) $(if $guard)? => list.unverified(),
                        taken => taken,
                    }))
                },
                ..Behaviour::REFERENCE
            },
        }
    };
}

/// A signature that is refused for this.
macro_rules! signature {
    ($error:pat) => {
        LoadError::Whitelist(TrustError::Signature($error))
    };
}

/// A signer who is refused for what these words say.
macro_rules! signer {
    ($why:ident) => {
        LoadError::Whitelist(TrustError::Signer(SignerError::Chain($why)))
    };
}

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "liste-jamais-verifiee",
        fault: "ne vérifie rien d'une liste blanche, et prend tout ce qui s'y lit",
        clause: ClauseId::ListAuthentic,
        killers: &[
            "liste-blanche/signature/ecartee-sans-signature",
            "liste-blanche/signature/ecartee-contenu-change",
            "liste-blanche/signature/ecartee-autre-cle",
            "liste-blanche/signature/ecartee-fragment",
            "liste-blanche/signature/ecartee-signataire-d-une-autre-igc",
            "liste-blanche/signature/ecartee-signataire-revoque",
        ],
        setting: as_is,
        behaviour: Behaviour {
            load: |sources, now| Box::pin(sources.load_by(now, |list| list.unverified())),
            ..Behaviour::REFERENCE
        },
    },
    taking!(
        "liste-sans-signature-prise",
        "prend une liste blanche relue qui n'est pas signée",
        &["liste-blanche/signature/ecartee-sans-signature"],
        signature!(SignatureError::Missing)
    ),
    taking!(
        "liste-changee-prise",
        "ne compare pas la liste blanche relue au condensat qui a été signé",
        &[
            "liste-blanche/signature/ecartee-contenu-change",
            "liste-blanche/signature/ecartee-date-changee"
        ],
        signature!(SignatureError::Digest)
    ),
    taking!(
        "liste-valeur-de-signature-ignoree",
        "compare le condensat de la liste blanche relue, mais non la valeur de la signature",
        &[
            "liste-blanche/signature/ecartee-valeur-changee",
            "liste-blanche/signature/ecartee-autre-cle"
        ],
        signature!(SignatureError::Value)
    ),
    taking!(
        "liste-signee-en-partie-prise",
        "se contente d'une signature qui ne couvre qu'une partie de la liste blanche relue",
        &["liste-blanche/signature/ecartee-fragment"],
        signature!(SignatureError::Partial(_))
    ),
    taking!(
        "liste-signature-d-un-autre-document-prise",
        "se contente d'une signature qui porte sur un autre document que la liste blanche relue",
        &["liste-blanche/signature/ecartee-reference-ailleurs"],
        signature!(SignatureError::Unsupported(_))
    ),
    taking!(
        "liste-signataire-inconnu-pris",
        "ne vérifie pas la chaîne de certificats du signataire de la liste blanche relue",
        &[
            "liste-blanche/signature/ecartee-signataire-auto-signe",
            "liste-blanche/signature/ecartee-signataire-d-une-autre-igc"
        ],
        signer!(why) if why.contains("inconnue")
    ),
    taking!(
        "liste-signataire-expire-pris",
        "ne regarde pas la fin de validité du certificat qui signe la liste blanche relue",
        &["liste-blanche/signature/ecartee-signataire-expire"],
        signer!(why) if why.contains("expiré")
    ),
    taking!(
        "liste-signataire-pas-encore-valide-pris",
        "ne regarde pas le début de validité du certificat qui signe la liste blanche relue",
        &["liste-blanche/signature/ecartee-signataire-pas-encore-valide"],
        signer!(why) if why.contains("pas encore")
    ),
    taking!(
        "liste-signataire-sans-usage-pris",
        "ne regarde pas si la clé du signataire de la liste blanche relue est faite pour signer",
        &["liste-blanche/signature/ecartee-signataire-sans-usage"],
        LoadError::Whitelist(TrustError::Signer(SignerError::KeyUsage))
    ),
    taking!(
        "liste-signataire-revoque-pris",
        "ne regarde pas si le certificat qui signe la liste blanche relue est révoqué",
        &["liste-blanche/signature/ecartee-signataire-revoque"],
        LoadError::SignerRevoked
    ),
    taking!(
        "liste-signataire-quelconque-pris",
        "prend une liste blanche que signe n'importe quel opérateur de l'IGC",
        &["liste-blanche/signature/ecartee-signataire-operateur"],
        LoadError::Publisher(_)
    ),
];
