//! Slugs of the interpretation register: how the suite reads what the sources leave open.
//!
//! The wording is in `scenarios/interpretations.md`, one heading an entry; these are the entries
//! that a decision can rest on.

/// The EHLO name is not the certificate's CN (GUIDE: some operators check it).
pub const EHLO_OTHER_NAME: &str = "nom-ehlo-different-du-certificat";
/// The EHLO name does not resolve (RFC 5321 §4.1.4).
pub const EHLO_UNRESOLVABLE: &str = "nom-ehlo-non-resolu";
/// TLS ≤ 1.1, NULL, EXPORT, RC4 and anonymous suites, 3DES.
pub const OBSOLETE_TLS: &str = "tls-obsolete";
/// Usage of the sender's certificate.
pub const USAGE: &str = "usage-du-certificat";
/// CA:TRUE leaf, chain of twenty, path length.
pub const CA_AND_PATH: &str = "feuille-ac-et-longueur-de-chaine";
/// SHA-1 signature, RSA-1024.
pub const WEAK_CRYPTOGRAPHY: &str = "sha1-et-rsa-1024";
/// Chain without its intermediate, shuffled chain.
pub const CHAIN_AS_SENT: &str = "chaine-incomplete-ou-desordonnee";
/// Revoked certificate: who can be blamed for accepting it.
pub const REVOKED: &str = "certificat-revoque";
/// Expired, absent or unreachable CRL.
pub const CRL_UNAVAILABLE: &str = "crl-indisponible";
/// DN equivalent but not identical as text.
pub const DN_EQUIVALENT: &str = "dn-equivalent";
/// RDNs in another order, more or fewer RDNs.
pub const DN_STRUCTURE: &str = "dn-rdn-ordre-et-nombre";
/// MAIL FROM `<"x@autre"@alpha>`.
pub const QUOTED_AT: &str = "mail-from-arobase-entre-guillemets";
/// MAIL FROM domain with a final dot.
pub const TRAILING_DOT: &str = "mail-from-point-final";
/// Case, A-label and U-label of the domain.
pub const DOMAIN_SPELLING: &str = "domaine-casse-et-idn";
/// MAIL FROM that RFC 5321's grammar does not have.
pub const MALFORMED_SENDER: &str = "mail-from-hors-grammaire";
/// `<>` with several recipients.
pub const NULL_SEVERAL: &str = "expediteur-vide-plusieurs-destinataires";
/// 250 after the final dot, then a bounce with its motive.
pub const LATE_BOUNCE: &str = "acceptation-puis-notification";
/// Relay spellings: judged by delivery.
pub const RELAY: &str = "relais-juge-a-la-remise";
/// `postmaster`.
pub const POSTMASTER: &str = "postmaster";

/// Sizes beyond the least that RFC 5321 §4.5.3.1 obliges to.
pub const SIZES: &str = "lignes-et-tailles";

/// All of them, to be held against the register's headings.
pub const ALL: [&str; 20] = [
    SIZES,
    EHLO_OTHER_NAME,
    EHLO_UNRESOLVABLE,
    OBSOLETE_TLS,
    USAGE,
    CA_AND_PATH,
    WEAK_CRYPTOGRAPHY,
    CHAIN_AS_SENT,
    REVOKED,
    CRL_UNAVAILABLE,
    DN_EQUIVALENT,
    DN_STRUCTURE,
    QUOTED_AT,
    TRAILING_DOT,
    DOMAIN_SPELLING,
    MALFORMED_SENDER,
    NULL_SEVERAL,
    LATE_BOUNCE,
    RELAY,
    POSTMASTER,
];
