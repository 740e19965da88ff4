//! Every rule of the form itself, all at once.

use fixtures::dn::DistinguishedName;

use super::{
    Certificate, Form, Problem, Rule, contact, dn, domain, form::numbered, identifier::Identifier,
    method, problem::quoted,
};

/// Holds a form to every rule that needs nothing but the form, in the form's order.
///
/// `certificates` are those of the operator, when they are known: what they bear themselves is
/// only a warning, since the form must repeat their DN.
#[must_use]
pub fn check(form: &Form, certificates: &[Certificate]) -> Vec<Problem> {
    let mut found = Vec::new();
    found.extend(space(form));
    found.extend(operator(form, certificates));
    found.extend(contact::check(form));
    found.extend(method::check(form));
    found.extend(domain::check(form));
    found
}

fn space(form: &Form) -> Option<Problem> {
    let message = match (form.space.test, form.space.production) {
        (true, false) | (false, true) => return None,
        (true, true) => "TEST et PRODUCTION sont toutes deux cochées",
        (false, false) => "ni TEST ni PRODUCTION n'est cochée",
    };
    Some(Problem::error(
        Rule::SpaceChoice,
        "space",
        message,
        "cochez une seule des deux cases : test = true, ou production = true",
    ))
}

fn operator(form: &Form, certificates: &[Certificate]) -> Vec<Problem> {
    let operator = &form.operator;
    let mut found = Vec::new();
    let lacks = |field: &str, what, text| contact::missing(Rule::OperatorField, field, what, text);
    found.extend(lacks("operator.name", "le nom de l'opérateur", &operator.name));
    found.extend(names(form, certificates));
    let reply = "la boîte aux lettres de réponse automatique";
    found.extend(lacks("operator.auto_reply", reply, &operator.auto_reply));
    found.extend(contact::email("operator.auto_reply", &operator.auto_reply));
    if let Some(connector) = &operator.connector {
        let field = "operator.connector.vendor";
        found.extend(lacks(field, "l'éditeur du connecteur", &connector.vendor));
        let own = operator.name.trim().to_lowercase();
        if !own.is_empty() && connector.vendor.trim().to_lowercase() == own {
            found.push(Problem::warning(
                Rule::ConnectorVendor,
                field,
                "l'éditeur du connecteur est l'opérateur lui-même",
                "ne remplissez [operator.connector] que si le proxy vient d'un fournisseur",
            ));
        }
    }
    found
}

fn names(form: &Form, certificates: &[Certificate]) -> Vec<Problem> {
    let dns = &form.operator.dn;
    let mut found = Vec::new();
    if dns.is_empty() {
        found.extend(contact::missing(
            Rule::OperatorField,
            "operator.dn",
            "le DN du certificat",
            "",
        ));
    }
    if dns.len() > 2 {
        found.push(Problem::warning(
            Rule::DnCount,
            "operator.dn[2]",
            format!("le formulaire a de la place pour deux DN, et il y en a {}", dns.len()),
            "demandez à l'ANS comment déclarer les autres",
        ));
    }
    let mut seen: Vec<DistinguishedName> = Vec::new();
    for (field, written) in numbered("operator.dn", dns) {
        if written.trim().is_empty() {
            found.extend(contact::missing(Rule::OperatorField, &field, "le DN", written));
            continue;
        }
        let mut problems = dn::check(&field, written);
        if let Ok(name) = written.parse::<DistinguishedName>() {
            for certificate in certificates {
                if certificate.dn.canonical() == name.canonical() {
                    dn::soften(&mut problems, &field, &certificate.dn);
                }
            }
            if seen.iter().any(|other| other.canonical() == name.canonical()) {
                problems.push(Problem::warning(
                    Rule::DnTwice,
                    field.as_str(),
                    "ce DN est donné deux fois",
                    "retirez l'un des deux",
                ));
            }
            problems.extend(identity(form, &field, &name));
            seen.push(name);
        }
        found.extend(problems);
    }
    found
}

/// The `OU` and the structure's identifier are of one structure.
fn identity(form: &Form, field: &str, name: &DistinguishedName) -> Option<Problem> {
    let legal = form.legal_representative.as_ref()?;
    let declared = Identifier::parse(&legal.identifier)?;
    let unit = Identifier::from_unit(name.organizational_unit()?)?;
    (declared != unit).then(|| {
        Problem::error(
            Rule::IdentifierUnit,
            field,
            format!(
                "l'OU du DN est {}, mais l'identifiant de la structure est {}",
                quoted(&unit.unit()),
                quoted(declared.as_str())
            ),
            "donnez dans legal_representative.identifier l'identifiant que le certificat porte, \
             sans le chiffre 1 ou 3 ; s'ils désignent deux structures, demandez à l'ANS",
        )
    })
}

impl Form {
    /// The CNs of its DNs, each with the DN's field; unreadable DNs have none.
    #[must_use]
    pub fn common_names(&self) -> Vec<(String, String)> {
        self.names()
            .into_iter()
            .filter_map(|(field, name)| Some((field, name.common_name()?.to_owned())))
            .collect()
    }

    /// Its readable DNs, each with its field.
    #[must_use]
    pub fn names(&self) -> Vec<(String, DistinguishedName)> {
        numbered("operator.dn", &self.operator.dn)
            .filter_map(|(field, written)| Some((field, written.parse().ok()?)))
            .filter(|(_, name): &(String, DistinguishedName)| !name.is_empty())
            .collect()
    }
}
