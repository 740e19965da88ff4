//! A form to begin with: blank, or with what a certificate says of the operator.

use super::{
    Certificate, Contact, Form, IncidentContacts, LegalRepresentative, Redirection,
    identifier::Identifier,
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
        if let Some(redirection) = &mut self.dns.redirection {
            fill(&mut redirection.server, certificate.dn.common_name());
        }
    }
}
