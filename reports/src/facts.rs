//! The facts of a scenario in French, one row each.

use crate::words;
use suite::oracle::{
    Facts,
    facts::{
        CertificateStatus, Channel, Content, DnStatus, DomainStatus, EhloStatus, MailFrom, Profile,
        PtrStatus, Recipients,
    },
};

/// One fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// What it is about.
    pub(crate) label: &'static str,
    /// Its value.
    pub(crate) value: &'static str,
    /// Whether it differs from the nominal case: what the scenario is about.
    pub(crate) changed: bool,
}

/// The facts in the order of a session.
pub(crate) fn rows(facts: &Facts) -> [Row; 10] {
    let nominal = Facts::default();
    let row = |label, value, changed| Row { label, value, changed };
    [
        row("Profil", profile(facts.profile), facts.profile != nominal.profile),
        row("Nom inverse (PTR)", ptr(facts.ptr), facts.ptr != nominal.ptr),
        row("Nom EHLO", ehlo(facts.ehlo), facts.ehlo != nominal.ehlo),
        row("Canal", channel(facts.channel), facts.channel != nominal.channel),
        row("Certificat", certificate(facts.certificate), facts.certificate != nominal.certificate),
        row("DN", dn(facts.dn), facts.dn != nominal.dn),
        row("MAIL FROM", mail_from(facts.mail_from), facts.mail_from != nominal.mail_from),
        row("Domaine émetteur", domain(facts.domain), facts.domain != nominal.domain),
        row("Destinataires", recipients(facts.recipients), facts.recipients != nominal.recipients),
        row("Contenu", content(facts.content), facts.content != nominal.content),
    ]
}

fn profile(profile: Profile) -> &'static str {
    words::profile(match profile {
        Profile::Default => "default",
        Profile::Erratum2015 => "erratum-2015",
    })
}

fn ptr(ptr: PtrStatus) -> &'static str {
    match ptr {
        PtrStatus::Valid => "un seul, vers le nom EHLO",
        PtrStatus::Absent => "absent (NXDOMAIN)",
        PtrStatus::Wrong => "vers le nom d'un autre opérateur",
        PtrStatus::Several => "plusieurs",
        PtrStatus::Servfail => "SERVFAIL",
        PtrStatus::Silent => "aucune réponse du DNS",
    }
}

fn ehlo(ehlo: EhloStatus) -> &'static str {
    match ehlo {
        EhloStatus::MatchesCertificate => "le CN du certificat",
        EhloStatus::OtherName => "un autre nom, qui se résout",
        EhloStatus::Unresolvable => "un nom qui ne se résout pas",
        EhloStatus::AddressLiteral => "une adresse littérale",
    }
}

fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Clear => "en clair",
        Channel::ObsoleteTls => "SSL 3.0, TLS 1.0 ou TLS 1.1",
        Channel::WeakSuite => "TLS, suite NULL, EXPORT, RC4 ou anonyme",
        Channel::TripleDes => "TLS avec 3DES",
        Channel::RecommendedSuite => "TLS 1.2 par les seules suites ECDHE recommandées",
        Channel::Tls12 => "TLS 1.2",
        Channel::Tls13 => "TLS 1.3",
    }
}

fn certificate(certificate: CertificateStatus) -> &'static str {
    match certificate {
        CertificateStatus::Valid => "valide",
        CertificateStatus::ValidServerAuthOnly => "valide, usage serverAuth seul",
        CertificateStatus::Absent => "aucun",
        CertificateStatus::Expired => "expiré",
        CertificateStatus::NotYetValid => "pas encore valide",
        CertificateStatus::UnknownIssuer => "hors IGC : aucun chemin vers sa racine",
        CertificateStatus::BadSignature => "une signature de la chaîne est fausse",
        CertificateStatus::KeyMismatch => "clé privée non détenue",
        CertificateStatus::OtherUsage => "autre usage ou autre produit de l'IGC",
        CertificateStatus::CaLeaf => "feuille marquée CA:TRUE",
        CertificateStatus::IssuerNotCa => {
            "émis par un certificat qui n'est pas une AC, ou n'en peut signer"
        }
        CertificateStatus::PathLengthExceeded => "longueur de chemin dépassée",
        CertificateStatus::NameConstraintViolated => "nom hors de ceux permis à son AC",
        CertificateStatus::UnknownCriticalExtension => "extension critique inconnue",
        CertificateStatus::WeakSignature => "signé avec SHA-1",
        CertificateStatus::WeakKey => "clé RSA de moins de 2048 bits",
        CertificateStatus::IncompleteChain => "chaîne sans son intermédiaire",
        CertificateStatus::ShuffledChain => "chaîne dans le désordre",
        CertificateStatus::DirectoryConstraintViolated => "DN hors des contraintes de l'AC",
        CertificateStatus::OpenPath => "chaîne dont les bibliothèques jugent diversement",
        CertificateStatus::LongChain => "chaîne bien plus longue que nécessaire",
        CertificateStatus::Revoked => "révoqué",
        CertificateStatus::RevocationUnknown => "CRL expirée, absente ou injoignable",
        CertificateStatus::Malformed => "illisible",
    }
}

fn dn(dn: DnStatus) -> &'static str {
    match dn {
        DnStatus::Listed => "dans la liste blanche, au caractère près",
        DnStatus::Equivalent => "équivalent à un DN de la liste blanche",
        DnStatus::Reordered => "les RDN d'un DN de la liste blanche, dans un autre ordre",
        DnStatus::Unlisted => "absent de la liste blanche",
    }
}

fn mail_from(mail_from: MailFrom) -> &'static str {
    match mail_from {
        MailFrom::Absent => "absent",
        MailFrom::Null => "vide (<>)",
        MailFrom::Mailbox => "une adresse ordinaire",
        MailFrom::QuotedAt => "partie locale entre guillemets avec un @",
        MailFrom::TrailingDot => "domaine suivi d'un point",
        MailFrom::ULabel => "domaine accentué, sous SMTPUTF8",
        MailFrom::Malformed => "hors grammaire",
    }
}

fn domain(domain: DomainStatus) -> &'static str {
    match domain {
        DomainStatus::Mapped => "dans la liste blanche, associé au DN présenté",
        DomainStatus::MappedToOthers => "dans la liste blanche, associé à d'autres DN",
        DomainStatus::Unlisted => "absent de la liste blanche",
    }
}

fn content(content: Content) -> &'static str {
    match content {
        Content::Ordinary => "de ceux que tout serveur doit admettre",
        Content::BeyondMinimum => "au-delà de ce que tout serveur doit admettre",
    }
}

fn recipients(recipients: Recipients) -> &'static str {
    match recipients {
        Recipients::Known => "une boîte de la cible",
        Recipients::Several => "plusieurs boîtes de la cible",
        Recipients::Unknown => "une boîte inconnue de la cible",
        Recipients::Postmaster => "postmaster",
        Recipients::Foreign => "une boîte d'un autre domaine",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_from_the_nominal_case_is_marked() {
        let changed = |facts: &Facts| -> Vec<&str> {
            rows(facts).into_iter().filter(|row| row.changed).map(|row| row.value).collect()
        };
        assert_eq!(changed(&Facts::default()), Vec::<&str>::new());
        let facts = Facts { certificate: CertificateStatus::Expired, ..Facts::default() };
        assert_eq!(changed(&facts), ["expiré"]);
    }
}
