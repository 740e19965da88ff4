//! The reference implementation of the reception (TM3.1P): the decision on one transaction is every rule applied to
//! its facts, then combined.

mod bearing;
mod clauses;
pub mod facts;
pub mod interpretation;
mod rules;

pub use facts::Facts;

use super::{Decision, decision::RuleOf};

/// The rules, in ERR's order.
const RULES: &[RuleOf<Facts>] = &[
    rules::ptr,
    rules::smtp,
    rules::channel,
    rules::certificate,
    rules::dn_listed,
    rules::mail_from,
    rules::domain_listed,
    rules::domain_mapped,
    rules::null_sender,
    rules::null_sender_unchecked,
    rules::recipients,
    rules::content,
];

/// Decides on one transaction: how an acceptance and a refusal of it are graded, and why
/// ([`Decision::by`]).
#[must_use]
pub fn decide(facts: &Facts) -> Decision {
    Decision::by(RULES, facts)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::oracle::{
        Grade::{self, Conforming as Ok_, NonConforming as Non, Remark},
        Proof,
        reception::{
            facts::{
                CertificateStatus, Channel, Content, DnStatus, DomainStatus, EhloStatus, MailFrom,
                Profile, PtrStatus, Recipients,
            },
            interpretation,
        },
    };

    const NOMINAL: Facts = Facts {
        profile: Profile::Default,
        ptr: PtrStatus::Valid,
        ehlo: EhloStatus::MatchesCertificate,
        channel: Channel::Tls13,
        certificate: CertificateStatus::Valid,
        dn: DnStatus::Listed,
        mail_from: MailFrom::Mailbox,
        domain: DomainStatus::Mapped,
        recipients: Recipients::Known,
        content: Content::Ordinary,
    };

    #[test]
    fn the_nominal_facts_are_the_default_ones() {
        assert_eq!(NOMINAL, Facts::default());
    }

    #[rstest]
    #[case::clause_1_no_ptr(Facts { ptr: PtrStatus::Absent, ..NOMINAL }, Ok_, Non, "TM3.1P/5c")]
    #[case::clause_1_silent(Facts { ptr: PtrStatus::Silent, ..NOMINAL }, Ok_, Non, "TM3.1P/5c")]
    #[case::clause_2_nominal(NOMINAL, Ok_, Non, "TM3.1P/5c")]
    #[case::clause_2_several(
        Facts { recipients: Recipients::Several, ..NOMINAL }, Ok_, Non, "TM3.1P/2")]
    #[case::clause_3_clear(Facts { channel: Channel::Clear, ..NOMINAL }, Non, Ok_, "TM3.1P/3")]
    #[case::clause_3_tls12(Facts { channel: Channel::Tls12, ..NOMINAL }, Ok_, Non, "TM3.1P/5c")]
    #[case::clause_4a_absent(cert(CertificateStatus::Absent), Non, Ok_, "TM3.1P/4a")]
    #[case::clause_4a_expired(cert(CertificateStatus::Expired), Non, Ok_, "TM3.1P/4a")]
    #[case::clause_4a_future(cert(CertificateStatus::NotYetValid), Non, Ok_, "TM3.1P/4a")]
    #[case::clause_4a_foreign(cert(CertificateStatus::UnknownIssuer), Non, Ok_, "TM3.1P/4a")]
    #[case::clause_4a_signature(cert(CertificateStatus::BadSignature), Non, Ok_, "TM3.1P/4a")]
    #[case::clause_4a_key(cert(CertificateStatus::KeyMismatch), Non, Ok_, "TM3.1P/4a")]
    #[case::clause_4a_critical(
        cert(CertificateStatus::UnknownCriticalExtension),
        Non,
        Ok_,
        "TM3.1P/4a"
    )]
    #[case::clause_4a_malformed(cert(CertificateStatus::Malformed), Non, Ok_, "TM3.1P/4a")]
    #[case::clause_4b_unlisted(
        Facts { dn: DnStatus::Unlisted, domain: DomainStatus::MappedToOthers, ..NOMINAL },
        Non, Ok_, "TM3.1P/4b")]
    #[case::clause_4b_null(
        Facts { dn: DnStatus::Unlisted, mail_from: MailFrom::Null, ..NOMINAL },
        Non, Ok_, "TM3.1P/4b")]
    #[case::clause_5a_absent(
        Facts { mail_from: MailFrom::Absent, ..NOMINAL }, Non, Ok_, "TM3.1P/5a")]
    #[case::clause_5b_unlisted(
        Facts { domain: DomainStatus::Unlisted, ..NOMINAL }, Non, Ok_, "TM3.1P/5b")]
    #[case::clause_5c_others(
        Facts { domain: DomainStatus::MappedToOthers, ..NOMINAL }, Non, Ok_, "TM3.1P/5c")]
    #[case::clause_5f_null(
        Facts { mail_from: MailFrom::Null, ..NOMINAL }, Ok_, Non, "TM3.1P/5f")]
    #[case::clause_5f_null_whatever_the_domain(
        Facts { mail_from: MailFrom::Null, domain: DomainStatus::Unlisted, ..NOMINAL },
        Ok_, Non, "TM3.1P/5f")]
    fn each_clause(
        #[case] facts: Facts,
        #[case] accept: Grade,
        #[case] refuse: Grade,
        #[case] clause: &str,
    ) {
        let decision = decide(&facts);
        assert_eq!(
            (decision.accept, decision.refuse, decision.clause.as_str(), decision.interpretation),
            (accept, refuse, clause, None),
        );
    }

    #[rstest]
    #[case::other_name(
        Facts { ehlo: EhloStatus::OtherName, ..NOMINAL },
        Ok_, Remark, interpretation::EHLO_OTHER_NAME)]
    #[case::address_literal(
        Facts { ehlo: EhloStatus::AddressLiteral, ..NOMINAL },
        Ok_, Remark, interpretation::EHLO_OTHER_NAME)]
    #[case::unresolvable(
        Facts { ehlo: EhloStatus::Unresolvable, ..NOMINAL },
        Ok_, Remark, interpretation::EHLO_UNRESOLVABLE)]
    #[case::tls10(
        Facts { channel: Channel::ObsoleteTls, ..NOMINAL }, Non, Ok_, interpretation::OBSOLETE_TLS)]
    #[case::tls10_in_2015(
        Facts { channel: Channel::ObsoleteTls, profile: Profile::Erratum2015, ..NOMINAL },
        Remark, Ok_, interpretation::OBSOLETE_TLS)]
    #[case::null_suite(
        Facts { channel: Channel::WeakSuite, ..NOMINAL }, Non, Ok_, interpretation::OBSOLETE_TLS)]
    #[case::null_suite_in_2015(
        Facts { channel: Channel::WeakSuite, profile: Profile::Erratum2015, ..NOMINAL },
        Remark, Ok_, interpretation::OBSOLETE_TLS)]
    #[case::triple_des(
        Facts { channel: Channel::TripleDes, ..NOMINAL }, Remark, Ok_, interpretation::OBSOLETE_TLS)]
    #[case::recommended_suite(
        Facts { channel: Channel::RecommendedSuite, ..NOMINAL }, Ok_, Remark, interpretation::OBSOLETE_TLS)]
    #[case::server_auth_only(
        cert(CertificateStatus::ValidServerAuthOnly),
        Ok_,
        Ok_,
        interpretation::USAGE
    )]
    #[case::other_usage(cert(CertificateStatus::OtherUsage), Remark, Ok_, interpretation::USAGE)]
    #[case::ca_leaf(cert(CertificateStatus::CaLeaf), Ok_, Ok_, interpretation::CA_AND_PATH)]
    #[case::long_chain(cert(CertificateStatus::LongChain), Ok_, Ok_, interpretation::CA_AND_PATH)]
    #[case::path_length(
        cert(CertificateStatus::PathLengthExceeded),
        Non,
        Ok_,
        interpretation::CA_AND_PATH
    )]
    #[case::name_constraint(
        cert(CertificateStatus::NameConstraintViolated),
        Non,
        Ok_,
        interpretation::CA_AND_PATH
    )]
    #[case::leaf_that_issues(
        cert(CertificateStatus::IssuerNotCa),
        Non,
        Ok_,
        interpretation::CA_AND_PATH
    )]
    #[case::sha1(
        cert(CertificateStatus::WeakSignature),
        Remark,
        Ok_,
        interpretation::WEAK_CRYPTOGRAPHY
    )]
    #[case::rsa_1024(
        cert(CertificateStatus::WeakKey),
        Remark,
        Ok_,
        interpretation::WEAK_CRYPTOGRAPHY
    )]
    #[case::incomplete_chain(
        cert(CertificateStatus::IncompleteChain),
        Ok_,
        Ok_,
        interpretation::CHAIN_AS_SENT
    )]
    #[case::shuffled_chain(
        cert(CertificateStatus::ShuffledChain),
        Ok_,
        Ok_,
        interpretation::CHAIN_AS_SENT
    )]
    #[case::revoked(cert(CertificateStatus::Revoked), Non, Ok_, interpretation::REVOKED)]
    #[case::crl_unavailable(
        cert(CertificateStatus::RevocationUnknown),
        Remark,
        Ok_,
        interpretation::CRL_UNAVAILABLE
    )]
    #[case::dn_equivalent(
        Facts { dn: DnStatus::Equivalent, ..NOMINAL }, Ok_, Remark, interpretation::DN_EQUIVALENT)]
    #[case::dn_equivalent_null(
        Facts { dn: DnStatus::Equivalent, mail_from: MailFrom::Null, ..NOMINAL },
        Ok_, Remark, interpretation::DN_EQUIVALENT)]
    #[case::dn_reordered(
        Facts { dn: DnStatus::Reordered, ..NOMINAL }, Ok_, Ok_, interpretation::DN_STRUCTURE)]
    #[case::long_content(
        Facts { content: Content::BeyondMinimum, ..NOMINAL }, Ok_, Ok_, interpretation::SIZES)]
    #[case::quoted_at(
        Facts { mail_from: MailFrom::QuotedAt, ..NOMINAL }, Ok_, Ok_, interpretation::QUOTED_AT)]
    #[case::trailing_dot(
        Facts { mail_from: MailFrom::TrailingDot, ..NOMINAL },
        Ok_, Ok_, interpretation::TRAILING_DOT)]
    #[case::u_label(
        Facts { mail_from: MailFrom::ULabel, ..NOMINAL },
        Ok_, Remark, interpretation::DOMAIN_SPELLING)]
    #[case::malformed_sender(
        Facts { mail_from: MailFrom::Malformed, ..NOMINAL },
        Remark, Ok_, interpretation::MALFORMED_SENDER)]
    #[case::null_several(
        Facts { mail_from: MailFrom::Null, recipients: Recipients::Several, ..NOMINAL },
        Ok_, Remark, interpretation::NULL_SEVERAL)]
    #[case::unknown_mailbox(
        Facts { recipients: Recipients::Unknown, ..NOMINAL },
        Remark, Ok_, interpretation::LATE_BOUNCE)]
    #[case::relay(
        Facts { recipients: Recipients::Foreign, ..NOMINAL }, Non, Ok_, interpretation::RELAY)]
    #[case::postmaster(
        Facts { recipients: Recipients::Postmaster, ..NOMINAL },
        Ok_, Remark, interpretation::POSTMASTER)]
    fn each_entry_of_the_register(
        #[case] facts: Facts,
        #[case] accept: Grade,
        #[case] refuse: Grade,
        #[case] entry: &str,
    ) {
        let decision = decide(&facts);
        assert_eq!(
            (decision.accept, decision.refuse, decision.interpretation),
            (accept, refuse, Some(entry)),
        );
    }

    #[rstest]
    #[case::quoted_at_of_another_operator(MailFrom::QuotedAt, DomainStatus::MappedToOthers, "5c")]
    #[case::quoted_at_unlisted(MailFrom::QuotedAt, DomainStatus::Unlisted, "5b")]
    #[case::malformed_unlisted(MailFrom::Malformed, DomainStatus::Unlisted, "5b")]
    fn a_broken_rule_wins_over_an_open_one(
        #[case] mail_from: MailFrom,
        #[case] domain: DomainStatus,
        #[case] clause: &str,
    ) {
        let decision = decide(&Facts { mail_from, domain, ..NOMINAL });
        assert_eq!((decision.accept, decision.refuse), (Non, Ok_));
        assert_eq!(decision.clause.as_str(), format!("TM3.1P/{clause}"));
        assert_eq!(decision.interpretation, None);
    }

    #[rstest]
    #[case::mail_absent(Facts { mail_from: MailFrom::Absent, ..NOMINAL }, true)]
    #[case::domain_unlisted(Facts { domain: DomainStatus::Unlisted, ..NOMINAL }, true)]
    #[case::domain_of_others(Facts { domain: DomainStatus::MappedToOthers, ..NOMINAL }, true)]
    #[case::certificate(cert(CertificateStatus::Expired), false)]
    #[case::dn(Facts { dn: DnStatus::Unlisted, ..NOMINAL }, false)]
    #[case::clear(Facts { channel: Channel::Clear, ..NOMINAL }, false)]
    #[case::a_bare_alert_would_do(
        Facts { domain: DomainStatus::Unlisted, ..cert(CertificateStatus::WeakKey) }, false)]
    #[case::nominal(NOMINAL, false)]
    fn a_reason_is_due_for_the_envelope_only(#[case] facts: Facts, #[case] due: bool) {
        assert_eq!(decide(&facts).reason_due, due);
    }

    #[rstest]
    #[case::relay(Facts { recipients: Recipients::Foreign, ..NOMINAL }, Proof::Relay)]
    #[case::revoked(cert(CertificateStatus::Revoked), Proof::Revocation)]
    #[case::revoked_in_clear(
        Facts { channel: Channel::Clear, ..cert(CertificateStatus::Revoked) }, Proof::Reply)]
    #[case::revoked_and_unlisted(
        Facts { domain: DomainStatus::Unlisted, ..cert(CertificateStatus::Revoked) },
        Proof::Revocation
    )]
    #[case::nominal(NOMINAL, Proof::Reply)]
    fn what_an_acceptance_proves(#[case] facts: Facts, #[case] proof: Proof) {
        assert_eq!(decide(&facts).proof, proof);
    }

    fn cert(certificate: CertificateStatus) -> Facts {
        Facts { certificate, ..NOMINAL }
    }

    #[rstest]
    #[case::known(true, Non, Proof::Reply)]
    #[case::unseen(false, Remark, Proof::Revocation)]
    fn a_revocation_counts_where_the_target_could_know_of_it(
        #[case] known: bool,
        #[case] accept: Grade,
        #[case] proof: Proof,
    ) {
        let decision = decide(&cert(CertificateStatus::Revoked)).settled(Proof::Revocation, known);
        assert_eq!((decision.accept, decision.refuse, decision.proof), (accept, Ok_, proof));
        assert_eq!(decision.clause, crate::oracle::ClauseId::Certificate);
        assert_eq!(decision.interpretation, Some(interpretation::REVOKED));
    }

    #[rstest]
    #[case::with_a_breach_before(
        Facts { channel: Channel::ObsoleteTls, ..cert(CertificateStatus::Revoked) },
        Non, "3", Proof::Reply)]
    #[case::with_a_breach_after(
        Facts { dn: DnStatus::Unlisted, ..cert(CertificateStatus::Revoked) },
        Non, "4b", Proof::Reply)]
    #[case::with_what_should_be_refused(
        Facts { mail_from: MailFrom::Malformed, ..cert(CertificateStatus::Revoked) },
        Remark, "5a", Proof::Reply)]
    #[case::with_what_is_open(
        Facts { mail_from: MailFrom::QuotedAt, ..cert(CertificateStatus::Revoked) },
        Remark, "4a", Proof::Revocation)]
    fn where_a_revocation_is_unseen_the_other_rules_decide(
        #[case] facts: Facts,
        #[case] accept: Grade,
        #[case] clause: &str,
        #[case] proof: Proof,
    ) {
        let decision = decide(&facts).settled(Proof::Revocation, false);
        assert_eq!((decision.accept, decision.refuse, decision.proof), (accept, Ok_, proof));
        assert_eq!(decision.clause.as_str(), format!("TM3.1P/{clause}"));
    }

    /// It says nothing of any other facts.
    #[test]
    fn what_is_known_of_revocations_changes_nothing_else() {
        for status in CertificateStatus::ALL.iter().filter(|s| **s != CertificateStatus::Revoked) {
            let decision = decide(&cert(*status));
            for known in [true, false] {
                assert_eq!(
                    decision.clone().settled(Proof::Revocation, known),
                    decision,
                    "{status:?}"
                );
            }
        }
    }
}
