//! The plain facts of mail that arrives under a whitelist: what is served, and where its sender stands.

use crate::oracle::fact::{fact, facts};

fact! {
    /// The list that is served, against the one before it.
    ListState "Liste blanche servie":
    /// The nominal one.
    #[default]
    Nominal = "nominal" => "la même qu'avant",
    /// With entries more or fewer, signed anew.
    Changed = "changed" => "changée, et signée de nouveau",
    /// Sound by every reading, only written or served otherwise than most.
    Unusual = "unusual" => "changée, valable, écrite ou servie autrement que d'ordinaire",
    /// Of a form that nothing settles.
    Open = "open" => "changée, d'une forme que les textes ne règlent pas",
    /// With a signature or a signer that is not in order.
    Untrusted = "untrusted" => "changée, sans signature ou signataire en règle",
    /// What nobody can read as a list.
    Unreadable = "unreadable" => "illisible comme liste",
    /// In order, from a server that nothing attests.
    Unauthenticated = "unauthenticated" => "changée, d'un serveur que rien n'atteste",
    /// None: nothing comes that is whole.
    Unavailable = "unavailable" => "aucune : rien ne vient en entier",
}

fact! {
    /// Where the sender stands: the domain of its address with the DN of its certificate, or for `<>` the DN alone.
    Sender "Émetteur dans la liste blanche":
    /// In the list before and in the one that is served.
    #[default]
    Both = "both" => "dans celle d'avant et dans celle qui est servie",
    /// In the one that is served, for the first time.
    Added = "added" => "dans celle qui est servie seulement",
    /// In the one before, no more.
    Removed = "removed" => "dans celle d'avant seulement",
    /// In none.
    Neither = "neither" => "dans aucune",
}

fact! {
    /// The reverse-path.
    ReversePath "MAIL FROM":
    /// An address of the sender's domain.
    #[default]
    Mailbox = "mailbox" => "une adresse ordinaire",
    /// `<>`: the DN alone counts (ERR §2.2 étape 5, remarque).
    Null = "null" => "vide (<>)",
}

facts! {
    /// All that a decision on mail under a whitelist depends on.
    Facts {
        /// The list that is served.
        list: ListState,
        /// Where the sender stands.
        sender: Sender,
        /// MAIL FROM.
        mail_from: ReversePath,
    }
}
