//! A form to begin with: blank, or with what a certificate says of the operator.

use super::{
    Certificate, Contact, Form, IncidentContacts, LegalRepresentative, Redirection,
    host_name::below, identifier::Identifier, method::MSSANTE,
};

impl Form {
    /// A form to be filled in: the contacts and the redirection are there, blank.
    #[must_use]
    pub fn blank() -> Self {
        let mut form = Self {
            legal_representative: Some(LegalRepresentative::default()),
            project_manager: Some(Contact::default()),
            incident: Some(IncidentContacts::default()),
            ..Self::default()
        };
        form.dns.redirection = Some(Redirection::default());
        form
    }

    /// Takes over what a certificate says: its own DN, letter for letter; the structure's name and
    /// identifier; its CN as the server of the redirection; TEST or PRODUCTION where the issuer
    /// tells. What the form holds already stays.
    pub fn take(&mut self, certificate: &Certificate) {
        let dn = certificate.dn.to_string();
        if !self.operator.dn.contains(&dn) {
            self.operator.dn.push(dn);
        }
        if self.space == super::SpaceBoxes::default() {
            self.space.production = certificate.production;
            self.space.test = !certificate.production;
        }
        let fill = |to: &mut String, from: Option<&str>| {
            if to.is_empty()
                && let Some(from) = from
            {
                from.clone_into(to);
            }
        };
        fill(&mut self.operator.name, certificate.dn.organization());
        if let Some(legal) = &mut self.legal_representative {
            fill(&mut legal.structure, certificate.dn.organization());
            let identifier = certificate.dn.organizational_unit().and_then(Identifier::from_unit);
            fill(&mut legal.identifier, identifier.as_ref().map(Identifier::as_str));
        }
        let cn = certificate.dn.common_name().unwrap_or_default();
        if below(cn, MSSANTE) && self.dns.redirection == Some(Redirection::default()) {
            // Such a CN needs a delegation (GUIDE p. 10).
            self.dns.redirection = None;
            self.dns.delegation.get_or_insert_default();
        }
        if let Some(redirection) = &mut self.dns.redirection {
            fill(&mut redirection.server, certificate.dn.common_name());
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{Rule, check};

    #[rstest]
    #[case::test("mx.a.fr", false)]
    #[case::production("mx.a.fr", true)]
    #[case::under_mssante("mx.a.mssante.fr", false)]
    fn what_a_certificate_says_is_taken_over(#[case] cn: &str, #[case] production: bool) {
        // Its ST is not in form: it is kept all the same.
        let dn = format!("CN={cn},OU=1750048886,O=HOPITAL A,ST=Paris(75),C=FR");
        let certificate = Certificate {
            dn: dn.parse().expect("a DN"),
            not_before: "2025-01-01T00:00:00Z".parse().expect("a date"),
            not_after: "2028-01-01T00:00:00Z".parse().expect("a date"),
            names: vec![cn.to_owned()],
            issuer: "CN=AC".parse().expect("a DN"),
            production,
        };
        let mut form = Form::blank();
        form.take(&certificate);
        // Once more changes nothing.
        form.take(&certificate);
        assert_eq!(form.operator.dn, [dn]);
        assert_eq!((form.space.test, form.space.production), (!production, production));
        let legal = form.legal_representative.as_ref().expect("blank tables are there");
        assert_eq!(
            (legal.identifier.as_str(), legal.structure.as_str()),
            ("750048886", "HOPITAL A")
        );
        let delegated = cn.ends_with("mssante.fr");
        assert_eq!(form.dns.delegation.is_some(), delegated);
        assert_eq!(form.dns.redirection.map(|r| r.server), (!delegated).then(|| cn.to_owned()));

        // Only what is blank is an error.
        let mut form = Form::blank();
        form.take(&certificate);
        for problem in check(&form, &[certificate]).iter().filter(|problem| problem.is_error()) {
            let blank = [Rule::OperatorField, Rule::ContactField, Rule::MethodField];
            assert!(blank.contains(&problem.rule), "{problem:?}");
        }
    }
}
