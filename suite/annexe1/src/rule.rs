//! The rules that a form is held to, each with the sentence it comes from.

use std::fmt;

use fixtures::dn::OddityKind;

const OPERATOR: &str = "GUIDE p. 17 et 22 (identification de l'opérateur)";
const CONTACTS: &str = "GUIDE p. 18 et 23 (coordonnées)";
const METHOD: &str = "GUIDE p. 19 et 24 (méthode de résolution DNS)";
const DOMAINS: &str = "GUIDE p. 20 et 25 (déclarer, modifier ou supprimer vos noms de domaines)";
const NAMES: &str = "RFC 5280 §7.1 (comparaison des noms)";

/// A rule of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The file is no TOML.
    Syntax,
    /// A key that the form does not have.
    UnknownKey,
    /// A value of another type.
    WrongType,
    /// Exactly one of TEST and PRODUCTION is ticked.
    SpaceChoice,
    /// Each field of the first table is filled in.
    OperatorField,
    /// Each field of a table of contacts that is there is filled in.
    ContactField,
    /// Each field of the DNS method is filled in.
    MethodField,
    /// A DN is written as the whitelist writes it.
    Dn(OddityKind),
    /// `C=FR`.
    DnCountry,
    /// The form has room for two DNs.
    DnCount,
    /// No DN twice.
    DnTwice,
    /// A server's name has 63 characters at most.
    HostLength,
    /// A server's name has letters, digits, dots and hyphens only.
    HostCharacter,
    /// A server's name is fully qualified.
    HostQualified,
    /// Labels of 1 to 63 characters that neither begin nor end with a hyphen.
    HostLabel,
    /// The department's number exists.
    DepartmentNumber,
    /// The department's name is that of its number.
    DepartmentName,
    /// The department's name is written with its accents, capitals and hyphens.
    DepartmentSpelling,
    /// FINESS of 9 characters or SIRET of 14 digits.
    IdentifierForm,
    /// The key of an identifier.
    IdentifierKey,
    /// The identifier is that of the DN's OU.
    IdentifierUnit,
    /// A mail address.
    Email,
    /// A telephone number.
    Phone,
    /// An address of a service rather than of a person, where it is public.
    PersonalAddress,
    /// The connector's vendor is another than the operator.
    ConnectorVendor,
    /// Exactly one DNS method.
    MethodChoice,
    /// The redirection's server is the CN.
    RedirectionServer,
    /// A CN under `mssante.fr` needs a delegation.
    MssanteCn,
    /// Two name servers, not one twice.
    NameServerTwice,
    /// A name server inside the domain that it serves needs an address at the parent.
    NameServerGlue,
    /// A mail domain is a domain name.
    Domain,
    /// A domain is named once.
    DomainTwice,
    /// The form asks for something.
    NothingAsked,
    /// The DN is the certificate's.
    CertificateDn,
    /// … letter for letter.
    CertificateDnText,
    /// The certificate has not expired.
    CertificateExpired,
    /// The certificate is valid already.
    CertificateNotYetValid,
    /// The certificate has the server's name among its dNSNames.
    CertificateName,
    /// A certificate of test for TEST, of production for PRODUCTION.
    CertificateSpace,
    /// The MX of a domain is the CN.
    Mx,
    /// A domain has an MX.
    MxMissing,
    /// Every MX of a domain is a CN of the form.
    MxOther,
    /// The mail server has an address.
    ServerAddress,
    /// The mail server's name is no alias.
    ServerAlias,
    /// A name server has an address.
    NameServerAddress,
    /// A name server has authority for the domain.
    NameServerAuthority,
    /// Both name servers answer the same.
    NameServersAgree,
    /// The name servers published are those of the form.
    NameServersPublished,
    /// A domain to add is not listed with this DN already.
    ListedAlready,
    /// A domain to add is not listed with another DN.
    ListedElsewhere,
    /// A domain to modify or remove is listed.
    ListedNot,
    /// A domain to modify or remove is the operator's own.
    ListedForOthers,
    /// The list writes the DN as the form does.
    ListedSpelling,
    /// An operator that the list does not know gives its contacts.
    ListedContacts,
    /// The DN is the one that the target declares.
    TargetDn,
    /// … letter for letter.
    TargetDnText,
    /// The MX host that the target declares is a CN.
    TargetHost,
    /// The domains that the target declares are in the form.
    TargetDomain,
}

impl Rule {
    /// Every rule, in order.
    pub const ALL: &'static [Self] = &[
        Self::Syntax,
        Self::UnknownKey,
        Self::WrongType,
        Self::SpaceChoice,
        Self::OperatorField,
        Self::ContactField,
        Self::MethodField,
        Self::Dn(OddityKind::Unreadable),
        Self::Dn(OddityKind::SpaceAfterComma),
        Self::Dn(OddityKind::SpaceBeforeComma),
        Self::Dn(OddityKind::QuotedValue),
        Self::Dn(OddityKind::InnerQuotes),
        Self::Dn(OddityKind::NoBreakSpace),
        Self::Dn(OddityKind::SpaceRun),
        Self::Dn(OddityKind::LocalityForState),
        Self::Dn(OddityKind::NoSpaceBeforeDepartment),
        Self::Dn(OddityKind::DepartmentForm),
        Self::Dn(OddityKind::UnitLetter),
        Self::Dn(OddityKind::UnitForm),
        Self::Dn(OddityKind::UnitKey),
        Self::Dn(OddityKind::OrganizationForm),
        Self::Dn(OddityKind::RdnOrder),
        Self::DnCountry,
        Self::DnCount,
        Self::DnTwice,
        Self::HostLength,
        Self::HostCharacter,
        Self::HostQualified,
        Self::HostLabel,
        Self::DepartmentNumber,
        Self::DepartmentName,
        Self::DepartmentSpelling,
        Self::IdentifierForm,
        Self::IdentifierKey,
        Self::IdentifierUnit,
        Self::Email,
        Self::Phone,
        Self::PersonalAddress,
        Self::ConnectorVendor,
        Self::MethodChoice,
        Self::RedirectionServer,
        Self::MssanteCn,
        Self::NameServerTwice,
        Self::NameServerGlue,
        Self::Domain,
        Self::DomainTwice,
        Self::NothingAsked,
        Self::CertificateDn,
        Self::CertificateDnText,
        Self::CertificateExpired,
        Self::CertificateNotYetValid,
        Self::CertificateName,
        Self::CertificateSpace,
        Self::Mx,
        Self::MxMissing,
        Self::MxOther,
        Self::ServerAddress,
        Self::ServerAlias,
        Self::NameServerAddress,
        Self::NameServerAuthority,
        Self::NameServersAgree,
        Self::NameServersPublished,
        Self::ListedAlready,
        Self::ListedElsewhere,
        Self::ListedNot,
        Self::ListedForOthers,
        Self::ListedSpelling,
        Self::ListedContacts,
        Self::TargetDn,
        Self::TargetDnText,
        Self::TargetHost,
        Self::TargetDomain,
    ];

    /// Where the rule comes from.
    #[must_use]
    pub fn source(self) -> &'static str {
        match self {
            Self::Syntax | Self::UnknownKey | Self::WrongType => "format d'annexe1.toml",
            Self::SpaceChoice => "GUIDE p. 17 et 22 (« ne cocher qu'une seule case »)",
            Self::OperatorField => "GUIDE p. 17 et 22 (« à remplir en entier obligatoirement »)",
            Self::ContactField => "GUIDE p. 18 et 23 (« tous les champs sont obligatoires »)",
            Self::MethodField => "GUIDE p. 19 et 24 (« tous les champs sont obligatoires »)",
            Self::Dn(kind) => match kind {
                OddityKind::Unreadable => "RFC 4514 §3 ; GUIDE p. 17 et 22 (DN du certificat)",
                OddityKind::SpaceAfterComma | OddityKind::SpaceBeforeComma => {
                    "RFC 4514 §2.1 ; GUIDE p. 17 et 22 (DN du certificat)"
                }
                OddityKind::QuotedValue => "RFC 4514 §2.4 ; RFC 2253 §4",
                OddityKind::InnerQuotes => "RFC 4514 §2.4",
                OddityKind::NoBreakSpace | OddityKind::SpaceRun => "RFC 5280 §7.1 ; RFC 4518 §2",
                _ => "GUIDE p. 17 et 22 (DN du certificat)",
            },
            Self::DnCountry
            | Self::DepartmentNumber
            | Self::DepartmentName
            | Self::DepartmentSpelling => "GUIDE p. 17 et 22 (DN du certificat)",
            Self::DnCount => "GUIDE p. 17 et 22 (« DN du second certificat »)",
            Self::DnTwice | Self::ConnectorVendor => OPERATOR,
            Self::HostLength | Self::HostCharacter | Self::HostQualified => {
                "GUIDE p. 19 et 24 (63 caractères au plus ; lettres, chiffres, point, trait \
                 d'union ; FQDN)"
            }
            Self::HostLabel => "RFC 1035 §2.3.1 et §2.3.4, RFC 1123 §2.1",
            Self::IdentifierForm | Self::IdentifierKey => {
                "GUIDE p. 18 et 23 (identifiant structure : FINESS ou SIRET)"
            }
            Self::IdentifierUnit => "GUIDE p. 17 et 22 (OU = 1 ou 3 + identifiant de la structure)",
            Self::Email => "RFC 5321 §4.1.2",
            Self::Phone => "RFC 3966 §5.1",
            Self::PersonalAddress => {
                "GUIDE p. 18 et 23 (« il est recommandé une adresse organisationnelle »)"
            }
            Self::MethodChoice => "GUIDE p. 19 et 24 (« ne peut cocher qu'une seule case »)",
            Self::RedirectionServer => {
                "GUIDE p. 19 et 24 (« votre serveur de messagerie, identique au CN »)"
            }
            Self::MssanteCn => {
                "GUIDE p. 10 (« nomserveur.mssante.fr […] nécessite une délégation »)"
            }
            Self::NameServerTwice => "GUIDE p. 19 et 24 (primaire, secondaire) ; RFC 1034 §4.1",
            Self::NameServerGlue => "RFC 1034 §4.2.1",
            Self::Domain => "RFC 5321 §4.1.2, RFC 1035 §2.3.1",
            Self::DomainTwice | Self::ListedNot | Self::ListedForOthers | Self::ListedAlready => {
                DOMAINS
            }
            Self::NothingAsked => DOMAINS,
            Self::CertificateDn => "GUIDE p. 17 et 22 (DN du certificat) ; RFC 5280 §7.1",
            Self::CertificateDnText | Self::ListedSpelling | Self::TargetDnText => NAMES,
            Self::CertificateExpired | Self::CertificateNotYetValid => "RFC 5280 §4.1.2.5",
            Self::CertificateName => "RFC 6125 §6.4.4",
            Self::CertificateSpace => "GUIDE p. 4 et 5 (certificats de test, de production)",
            Self::Mx | Self::MxOther => {
                "GUIDE p. 17 et 22 (« hostname enregistré dans le champ MX identique au CN »)"
            }
            Self::MxMissing => "GUIDE p. 17 et 22 (champ MX) ; RFC 5321 §5.1",
            Self::ServerAddress => "RFC 5321 §5.1",
            Self::ServerAlias => "RFC 2181 §10.3",
            Self::NameServerAddress => {
                "GUIDE p. 19 et 24 (« vos serveurs de DNS externes ») ; RFC 1034 §4.1"
            }
            Self::NameServerAuthority => "RFC 1034 §4.2.2, RFC 1035 §4.1.1 (AA)",
            Self::NameServersAgree => "RFC 1034 §4.2.2",
            Self::NameServersPublished => METHOD,
            Self::ListedElsewhere => "ERR §2.2, étape 5 (correspondance du domaine et du DN)",
            Self::ListedContacts => CONTACTS,
            Self::TargetDn => "GUIDE p. 17 et 22 (DN du certificat)",
            Self::TargetHost => {
                "GUIDE p. 17 et 22 (« hostname enregistré dans le champ MX identique au CN »)"
            }
            Self::TargetDomain => DOMAINS,
        }
    }
}

impl fmt::Display for Rule {
    /// The rule's name, as its variant.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dn(kind) => write!(f, "Dn{kind:?}"),
            other => write!(f, "{other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_there_once_with_a_source_of_ours() {
        for (rank, rule) in Rule::ALL.iter().enumerate() {
            assert!(!Rule::ALL[..rank].contains(rule), "{rule} twice");
            let source = rule.source();
            let ours = ["GUIDE p. ", "RFC ", "ERR §", "format d'annexe1.toml"];
            assert!(ours.iter().any(|start| source.starts_with(start)), "{rule}: {source}");
            assert!(!source.contains("  ") && !source.contains("EX_"), "{rule}: {source}");
        }
    }
}
