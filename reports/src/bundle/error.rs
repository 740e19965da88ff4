//! What can go wrong with a bundle, by culprit.

use std::{io, path::PathBuf};

/// A bundle could not be made or read. The messages are for the operator, in French, and say what
/// to do behind a colon.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// User: a file cannot be read.
    #[error("{path} ne peut pas être lu ({source}) : vérifiez le chemin et les droits")]
    Read {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        source: io::Error,
    },
    /// User: no archive, or a broken one.
    #[error("{path} n'est pas une archive zip lisible ({detail}) : demandez à nouveau le dossier")]
    NotAnArchive {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        detail: String,
    },
    /// User: an archive that programs read diversely: what is verified is not what another one opens.
    #[error(
        "{path} n'est pas lu de la même façon par tous les outils ({detail}) : demandez le dossier tel \
         que la suite l'a écrit, ou son contenu dans une archive refaite"
    )]
    Equivocal {
        /// The file.
        path: PathBuf,
        /// What is equivocal.
        detail: String,
    },
    /// User: an archive or a folder for which there is no room, whatever else is held.
    #[error(
        "{path} demande plus de {} Mio une fois décompressé, ce qu'aucun dossier de la suite ne fait : demandez-le tel \
         qu'elle l'a écrit",
        limit >> 20
    )]
    NoRoom {
        /// The file or folder.
        path: PathBuf,
        /// The limit, in octets.
        limit: u64,
    },
    /// User: a certificate, a list or a signature of a size that none has.
    #[error("{path} contient plus de {limit} octets : vérifiez que c'est le bon fichier")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit, in octets.
        limit: u64,
    },
    /// User: an archive or a folder of more files than a run leaves.
    #[error(
        "{path} contient plus de {limit} fichiers, ce qu'aucun dossier de la suite ne fait : désignez un dossier, ou \
         demandez-le tel qu'elle l'a écrit"
    )]
    TooMany {
        /// The file or folder.
        path: PathBuf,
        /// The limit.
        limit: usize,
    },
    /// User: a file that somebody else writes.
    #[error(
        "{path} s'allonge pendant qu'on le lit : attendez que sa copie soit finie, puis relancez"
    )]
    Growing {
        /// The file.
        path: PathBuf,
    },
    /// User: a name that leads out of the archive, or that some systems take for another one.
    #[error(
        "{path} contient le nom « {name} », qui sort de l'archive ou s'y confond avec un autre : ce n'est \
         pas un dossier de la suite"
    )]
    Name {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// User: a line of the manifest that is none.
    #[error("MANIFEST.sha256, ligne {line} : « {text} » n'est pas une empreinte suivie d'un nom")]
    Manifest {
        /// Number of the line, from 1.
        line: usize,
        /// The line, cut.
        text: String,
    },
    /// User: a certificate or key that cannot sign.
    #[error("{path} ne peut pas signer ({detail}) : {advice}")]
    Unfit {
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
        /// What to give.
        advice: &'static str,
    },
    /// User: a file of authorities or of a revocation list that is none.
    #[error("{path} ne dit pas à qui se fier ({detail}) : {advice}")]
    Authority {
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
        /// What to give.
        advice: &'static str,
    },
    /// User: a signature made elsewhere that does not fit.
    #[error(
        "la signature ne peut pas être jointe ({detail}) : signez MANIFEST.sha256, tel qu'il est dans le \
         dossier, par une signature détachée"
    )]
    Unattached {
        /// Why.
        detail: String,
    },
    /// User: the key is not the certificate's.
    #[error("la clé {key} n'est pas celle du certificat {certificate} : donnez la paire")]
    NotAPair {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// This suite: a structure that could not be encoded.
    #[error("la signature n'a pas pu être composée ({0}) : signalez-le aux auteurs de la suite")]
    Encoding(String),
}
