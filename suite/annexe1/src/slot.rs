//! The fields of the form by their names, as problems name them.

use super::{Contact, Form};

/// The text of a field, to be changed; `None` for a table that the form does not have.
pub(super) fn slot<'f>(form: &'f mut Form, field: &str) -> Option<&'f mut String> {
    let (table, key) = field.rsplit_once('.')?;
    match table {
        "operator" => match key {
            "name" => Some(&mut form.operator.name),
            "auto_reply" => Some(&mut form.operator.auto_reply),
            "dn[0]" => Some(nth(&mut form.operator.dn, 0)),
            "dn[1]" => Some(nth(&mut form.operator.dn, 1)),
            _ => None,
        },
        "operator.connector" => {
            let connector = form.operator.connector.as_mut()?;
            match key {
                "vendor" => Some(&mut connector.vendor),
                "version" => Some(&mut connector.version),
                _ => None,
            }
        }
        "legal_representative" => {
            let legal = form.legal_representative.as_mut()?;
            match key {
                "structure" => Some(&mut legal.structure),
                "identifier" => Some(&mut legal.identifier),
                "last_name" => Some(&mut legal.last_name),
                "first_name" => Some(&mut legal.first_name),
                "address" => Some(&mut legal.address),
                "phone" => Some(&mut legal.phone),
                "email" => Some(&mut legal.email),
                _ => None,
            }
        }
        "project_manager" => of_person(form.project_manager.as_mut()?, key),
        "technical_manager" => of_person(form.technical_manager.as_mut()?, key),
        "incident.project" => of_person(&mut form.incident.as_mut()?.project, key),
        "incident.technical" => of_person(&mut form.incident.as_mut()?.technical, key),
        "dns.delegation" => {
            let delegation = form.dns.delegation.as_mut()?;
            match key {
                "primary" => Some(&mut delegation.primary),
                "secondary" => Some(&mut delegation.secondary),
                _ => None,
            }
        }
        "dns.redirection" => Some(&mut form.dns.redirection.as_mut()?.server),
        _ => None,
    }
}

/// The text of a field.
pub(super) fn text(form: &Form, field: &str) -> Option<String> {
    let mut form = form.clone();
    slot(&mut form, field).map(|slot| slot.clone())
}

/// A list of domains.
pub(super) fn list<'f>(form: &'f Form, field: &str) -> &'f [String] {
    match field {
        "domains.add" => &form.domains.add,
        "domains.modify" => &form.domains.modify,
        _ => &form.domains.remove,
    }
}

/// The same, to be changed.
pub(super) fn list_mut<'f>(form: &'f mut Form, field: &str) -> &'f mut Vec<String> {
    match field {
        "domains.add" => &mut form.domains.add,
        "domains.modify" => &mut form.domains.modify,
        _ => &mut form.domains.remove,
    }
}

fn of_person<'c>(contact: &'c mut Contact, key: &str) -> Option<&'c mut String> {
    match key {
        "last_name" => Some(&mut contact.last_name),
        "first_name" => Some(&mut contact.first_name),
        "phone" => Some(&mut contact.phone),
        "email" => Some(&mut contact.email),
        _ => None,
    }
}

fn nth(list: &mut Vec<String>, rank: usize) -> &mut String {
    while list.len() <= rank {
        list.push(String::new());
    }
    &mut list[rank]
}
