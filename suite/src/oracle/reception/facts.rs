//! The plain facts that the oracle decides on: everything already looked up, nothing to fetch.
//!
//! This is the one table of them: names, French words, nominal values, rows of a report and the
//! product that the tests walk through come from it.

use crate::oracle::{
    address::Path,
    fact::{fact, facts},
};

fact! {
    /// Which letter the suite holds a target to.
    Profile "Profil":
    /// TLS 1.2 or later is demanded (RFC 8996, RFC 9325).
    #[default]
    Default = "default" => "par défaut (TLS 1.2 au moins)",
    /// The letter of ERR, which cites RFC 2246: old TLS refused is a SHOULD.
    Erratum2015 = "erratum-2015" => "erratum 2015, à la lettre",
}

fact! {
    /// The reverse name of the peer's address, as our DNS serves it.
    PtrStatus "Nom inverse (PTR)":
    /// One PTR, to the EHLO name, which resolves back.
    #[default]
    Valid = "valid" => "un seul, vers le nom EHLO",
    /// NXDOMAIN.
    Absent = "absent" => "absent (NXDOMAIN)",
    /// A PTR to another operator's name.
    Wrong = "wrong" => "vers le nom d'un autre opérateur",
    /// Several PTR records.
    Several = "several" => "plusieurs",
    /// SERVFAIL.
    Servfail = "servfail" => "SERVFAIL",
    /// No answer at all.
    Silent = "silent" => "aucune réponse du DNS",
}

fact! {
    /// How the peer names itself in EHLO.
    EhloStatus "Nom EHLO":
    /// The certificate's CN, which is the MX host (GUIDE).
    #[default]
    MatchesCertificate = "matches-certificate" => "le CN du certificat",
    /// Another name, which resolves to the peer.
    OtherName = "other-name" => "un autre nom, qui se résout",
    /// A name that does not resolve.
    Unresolvable = "unresolvable" => "un nom qui ne se résout pas",
    /// An address literal (RFC 5321 §4.1.3).
    AddressLiteral = "address-literal" => "une adresse littérale",
}

fact! {
    /// The channel that the mail transaction runs in.
    Channel "Canal":
    /// No TLS at all.
    Clear = "clear" => "en clair",
    /// SSL 3.0, TLS 1.0 or TLS 1.1 (RFC 8996).
    ObsoleteTls = "obsolete-tls" => "SSL 3.0, TLS 1.0 ou TLS 1.1",
    /// TLS with a NULL, EXPORT, RC4 or anonymous suite (RFC 9325 §4.1).
    WeakSuite = "weak-suite" => "TLS, suite NULL, EXPORT, RC4 ou anonyme",
    /// TLS with 3DES.
    TripleDes = "triple-des" => "TLS avec 3DES",
    /// TLS 1.2 with a suite that RFC 9325 §4.2 recommends, and no other offered.
    RecommendedSuite = "recommended-suite" => "TLS 1.2 par les seules suites ECDHE recommandées",
    /// TLS 1.2 with a sound suite.
    Tls12 = "tls12" => "TLS 1.2",
    /// TLS 1.3.
    #[default]
    Tls13 = "tls13" => "TLS 1.3",
}

fact! {
    /// What path validation and revocation checking say of the certificate presented.
    ///
    /// Computed at the edge (rustls-webpki, at the run's clock), never by the oracle.
    CertificateStatus "Certificat":
    /// A path to the IGC's root, in its validity, not revoked, serverAuth + clientAuth.
    #[default]
    Valid = "valid" => "valide",
    /// The same with serverAuth alone.
    ValidServerAuthOnly = "valid-server-auth-only" => "valide, usage serverAuth seul",
    /// No certificate was presented.
    Absent = "absent" => "aucun",
    /// Past its end of validity.
    Expired = "expired" => "expiré",
    /// Before its start of validity.
    NotYetValid = "not-yet-valid" => "pas encore valide",
    /// No path to the IGC's root: self-signed, foreign CA, look-alike intermediate.
    UnknownIssuer = "unknown-issuer" => "hors IGC : aucun chemin vers sa racine",
    /// A signature of the path does not verify.
    BadSignature = "bad-signature" => "une signature de la chaîne est fausse",
    /// The peer does not hold the certificate's private key.
    KeyMismatch = "key-mismatch" => "clé privée non détenue",
    /// Issued for another use alone (e-mail protection, code signing) or another IGC product.
    OtherUsage = "other-usage" => "autre usage ou autre produit de l'IGC",
    /// The leaf says CA:TRUE.
    CaLeaf = "ca-leaf" => "feuille marquée CA:TRUE",
    /// A path that RFC 5280 does not settle, or in which common libraries do not look at what is odd: an
    /// authority key identifier that is another, a policy demanded, basic constraints not critical, a
    /// self-issued authority, a key usage without digitalSignature, an issuer's name written otherwise.
    OpenPath = "open-path" => "chaîne dont les bibliothèques jugent diversement",
    /// With a directory name outside those that its issuer may certify (RFC 5280 §4.2.1.10).
    DirectoryConstraintViolated = "directory-constraint-violated" => "DN hors des contraintes de l'AC",
    /// Issued by a certificate that is no CA, or whose key usage lacks keyCertSign.
    IssuerNotCa = "issuer-not-ca" => "émis par un certificat qui n'est pas une AC, ou n'en peut signer",
    /// A path length constraint of the path is broken.
    PathLengthExceeded = "path-length-exceeded" => "longueur de chemin dépassée",
    /// A name constraint of the path is broken (RFC 5280 §4.2.1.10).
    NameConstraintViolated = "name-constraint-violated" => "nom hors de ceux permis à son AC",
    /// An unknown critical extension.
    UnknownCriticalExtension = "unknown-critical-extension" => "extension critique inconnue",
    /// Signed with SHA-1.
    WeakSignature = "weak-signature" => "signé avec SHA-1",
    /// RSA of less than 2048 bits.
    WeakKey = "weak-key" => "clé RSA de moins de 2048 bits",
    /// The chain sent lacks its intermediate.
    IncompleteChain = "incomplete-chain" => "chaîne sans son intermédiaire",
    /// The chain sent is out of order (RFC 5246 §7.4.2).
    ShuffledChain = "shuffled-chain" => "chaîne dans le désordre",
    /// The chain sent is far longer than it needs to be.
    LongChain = "long-chain" => "chaîne bien plus longue que nécessaire",
    /// Revoked.
    Revoked = "revoked" => "révoqué",
    /// The CRL of its issuer has expired, is absent or cannot be reached.
    RevocationUnknown = "revocation-unknown" => "CRL expirée, absente ou injoignable",
    /// Unreadable: no certificate in DER.
    Malformed = "malformed" => "illisible",
}

fact! {
    /// The certificate's DN against the whitelist.
    DnStatus "DN":
    /// Listed, and its text in the whitelist's order is the listed text.
    #[default]
    Listed = "listed" => "dans la liste blanche, au caractère près",
    /// Equal to a listed DN by RFC 5280 §7.1, but its text differs (case, spaces, quotes…).
    Equivalent = "equivalent" => "équivalent à un DN de la liste blanche",
    /// The same RDNs as a listed DN in another order.
    Reordered = "reordered" => "les RDN d'un DN de la liste blanche, dans un autre ordre",
    /// Not in the whitelist.
    Unlisted = "unlisted" => "absent de la liste blanche",
}

fact! {
    /// The envelope's reverse-path.
    MailFrom "MAIL FROM":
    /// RCPT or DATA with no MAIL before it.
    Absent = "absent" => "absent",
    /// `<>` (RFC 5321 §4.5.5).
    Null = "null" => "vide (<>)",
    /// A mailbox in ordinary form.
    #[default]
    Mailbox = "mailbox" => "une adresse ordinaire",
    /// A quoted local part that holds an `@` and another domain.
    QuotedAt = "quoted-at" => "partie locale entre guillemets avec un @",
    /// A domain with a final dot, which RFC 5321's grammar does not have.
    TrailingDot = "trailing-dot" => "domaine suivi d'un point",
    /// A U-label domain under SMTPUTF8 (RFC 6531).
    ULabel = "u-label" => "domaine accentué, sous SMTPUTF8",
    /// An address that RFC 5321's grammar does not have.
    Malformed = "malformed" => "hors grammaire",
}

fact! {
    /// The sender's domain against the whitelist.
    DomainStatus "Domaine émetteur":
    /// Listed, and mapped to the DN of the certificate used.
    #[default]
    Mapped = "mapped" => "dans la liste blanche, associé au DN présenté",
    /// Listed, but mapped to other DNs only.
    MappedToOthers = "mapped-to-others" => "dans la liste blanche, associé à d'autres DN",
    /// Not in the whitelist.
    Unlisted = "unlisted" => "absent de la liste blanche",
}

fact! {
    /// The recipients of the envelope.
    Recipients "Destinataires":
    /// One mailbox of the target that exists.
    #[default]
    Known = "known" => "une boîte de la cible",
    /// Several mailboxes of the target that exist.
    Several = "several" => "plusieurs boîtes de la cible",
    /// A mailbox that the target declares unknown, in its own domain.
    Unknown = "unknown" => "une boîte inconnue de la cible",
    /// `postmaster`, with or without a domain of the target (RFC 5321 §4.5.1).
    Postmaster = "postmaster" => "postmaster",
    /// A mailbox of a domain that is not the target's, in any spelling.
    Foreign = "foreign" => "une boîte d'un autre domaine",
}

fact! {
    /// The content of the message, by what every server takes of it.
    Content "Contenu":
    /// Within the sizes that RFC 5321 §4.5.3.1 obliges every server to take.
    #[default]
    Ordinary = "ordinary" => "de ceux que tout serveur doit admettre",
    /// Beyond them: more than 64K octets in all, or a header that many servers bound.
    BeyondMinimum = "beyond-minimum" => "au-delà de ce que tout serveur doit admettre",
}

impl DnStatus {
    /// Whether the whitelist may be said to hold it, at least by one permitted reading.
    #[must_use]
    pub fn may_be_listed(self) -> bool {
        self != Self::Unlisted
    }
}

impl From<&Path> for MailFrom {
    /// The fact that a reverse-path is.
    fn from(path: &Path) -> Self {
        match path {
            Path::Null => Self::Null,
            Path::Postmaster => Self::Malformed,
            Path::Mailbox(m) if m.trailing_dot => Self::TrailingDot,
            Path::Mailbox(m) if m.quoted && m.local.contains('@') => Self::QuotedAt,
            Path::Mailbox(m) if !m.domain.is_ascii() => Self::ULabel,
            Path::Mailbox(_) => Self::Mailbox,
        }
    }
}

facts! {
    /// All that one decision rests on.
    Facts {
        /// The letter that the target is held to.
        profile: Profile,
        /// The reverse name of the peer's address.
        ptr: PtrStatus,
        /// The peer's EHLO name.
        ehlo: EhloStatus,
        /// The channel of the transaction.
        channel: Channel,
        /// The certificate presented.
        certificate: CertificateStatus,
        /// Its DN against the whitelist.
        dn: DnStatus,
        /// The reverse-path.
        mail_from: MailFrom,
        /// Its domain against the whitelist; of no weight for `<>` and an absent MAIL.
        domain: DomainStatus,
        /// The recipients.
        recipients: Recipients,
        /// The content.
        content: Content,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::oracle::address;

    #[rstest]
    #[case::plain("<a.b+c@Alpha.test>", MailFrom::Mailbox)]
    #[case::quoted("<\"a b\"@alpha.test>", MailFrom::Mailbox)]
    #[case::quoted_at("<\"x@autre.test\"@alpha.test>", MailFrom::QuotedAt)]
    #[case::escaped("<\"a\\\"b\\\\\"@alpha.test>", MailFrom::Mailbox)]
    #[case::final_dot("<a@alpha.test.>", MailFrom::TrailingDot)]
    #[case::u_label("<a@hôpital.test>", MailFrom::ULabel)]
    #[case::literal("<a@[IPv6:::1]>", MailFrom::Mailbox)]
    #[case::route("<@b.test,@c.test:a@alpha.test>", MailFrom::Mailbox)]
    #[case::null("<>", MailFrom::Null)]
    #[case::postmaster("<PostMaster>", MailFrom::Malformed)]
    fn what_a_reverse_path_is(#[case] text: &str, #[case] fact: MailFrom) {
        let (path, _) = address::path(text).expect("in the grammar");
        assert_eq!(MailFrom::from(&path), fact);
    }

    #[test]
    fn only_what_differs_from_the_nominal_case_is_marked() {
        let changed = |facts: &Facts| -> Vec<String> {
            facts.rows().into_iter().filter(|row| row.changed).map(|row| row.value).collect()
        };
        assert_eq!(changed(&Facts::default()), Vec::<String>::new());
        let facts = Facts { certificate: CertificateStatus::Expired, ..Facts::default() };
        assert_eq!(changed(&facts), ["expiré"]);
    }

    #[test]
    fn a_row_has_the_name_that_files_have() {
        let facts = Facts { mail_from: MailFrom::QuotedAt, ..Facts::default() };
        let written = serde_json::to_value(facts).expect("plain names");
        let object = written.as_object().expect("a struct");
        let rows = facts.rows();
        assert_eq!(rows.len(), object.len());
        for row in rows {
            assert_eq!(object[&row.key], row.name.as_str(), "{row:?}");
        }
    }

    /// No two facts share a label, and no two values of one their words.
    #[test]
    fn nothing_is_told_by_the_words_of_another() {
        let mut labels = std::collections::BTreeSet::new();
        for row in Facts::default().rows() {
            assert!(labels.insert(row.label.clone()), "{row:?}");
        }
        let mut said = std::collections::BTreeSet::new();
        for row in Facts::values() {
            assert!(said.insert((row.label.clone(), row.value.clone())), "{row:?}");
        }
    }
}
