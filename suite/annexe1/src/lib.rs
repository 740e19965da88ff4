//! Annexe 1: the form with which an operator asks to be added to the whitelist, as data
//! (GUIDE p. 17–20 and 22–25).
//!
//! [`check`] holds a form to its own rules; `against_…` hold it against what is known of the
//! operator elsewhere. All of them are pure, and find everything at once.

mod against_certificate;
mod against_dns;
mod against_target;
mod against_whitelist;
mod certificate;
mod check;
mod contact;
pub mod department;
mod dn;
mod dns_view;
mod document;
mod domain;
mod form;
pub mod host_name;
pub mod identifier;
mod interview;
mod method;
mod problem;
mod question;
mod rule;
mod slot;
mod start;
pub mod template;

pub use against_certificate::{against_certificate, uncertified};
pub use against_dns::{DnsFindings, Unknown, against_dns};
pub use against_target::{against_record, against_target};
pub use against_whitelist::{against_whitelist, standing};
pub use certificate::{Certificate, CertificateError, read_certificate};
pub use check::check;
pub use dn::check as check_dn;
pub use dns_view::{Addresses, Authority, DnsView, Learnt, Resolver, look_up};
pub use document::{Document, DocumentError, Located, read};
pub use form::{
    Connector, Contact, Delegation, DnsMethod, Domains, Form, IncidentContacts,
    LegalRepresentative, Operator, Redirection, SpaceBoxes, schema,
};
pub use interview::{Interview, LATER};
pub use problem::{Problem, Severity};
pub use question::Question;
pub use rule::Rule;
