//! The form held against what the DNS says: MX and CN, addresses, and the name servers of a
//! delegation (GUIDE p. 17, 19, 22, 24).

use super::{
    Addresses, Authority, Delegation, DnsView, Form, Learnt, Problem, Rule, dns_view::key,
    host_name::below, method::MSSANTE, problem::quoted,
};

/// A check that could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The field that it is about.
    pub field: String,
    /// What could not be told, and why.
    pub message: String,
}

/// What the DNS tells of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnsFindings {
    /// What is to be corrected.
    pub problems: Vec<Problem>,
    /// What could not be told.
    pub unknown: Vec<Unknown>,
}

/// Holds a form against what [`look_up`](super::look_up) saw. What is to be removed is not looked
/// at.
#[must_use]
pub fn against_dns(form: &Form, view: &DnsView) -> DnsFindings {
    let mut holding = Holding { form, view, found: DnsFindings::default() };
    for (field, cn) in form.common_names() {
        holding.server(&field, &cn);
    }
    if let Some(delegation) = &form.dns.delegation {
        for (field, name) in servers(delegation) {
            holding.name_server(field, name);
        }
    }
    for (field, domain) in form.domains.kept() {
        holding.domain(&field, domain);
    }
    holding.found
}

fn servers(delegation: &Delegation) -> impl Iterator<Item = (&'static str, &str)> {
    [
        ("dns.delegation.primary", delegation.primary.as_str()),
        ("dns.delegation.secondary", delegation.secondary.as_str()),
    ]
    .into_iter()
    .filter(|(_, name)| !name.trim().is_empty())
}

struct Holding<'a> {
    form: &'a Form,
    view: &'a DnsView,
    found: DnsFindings,
}

impl Holding<'_> {
    fn server(&mut self, field: &str, name: &str) {
        let what = format!("l'adresse du serveur de messagerie {}", quoted(name));
        let Some(found) = self.known(self.view.servers.get(&key(name)), field, &what) else {
            return;
        };
        if found.addresses.is_empty() {
            self.error(
                Rule::ServerAddress,
                field,
                format!("le serveur de messagerie {} n'a pas d'adresse dans le DNS", quoted(name)),
                "publiez son enregistrement A ou AAAA",
            );
        }
        if found.alias {
            self.warning(
                Rule::ServerAlias,
                field,
                format!("{} est un alias (CNAME) : un MX ne doit pas en désigner un", quoted(name)),
                "publiez son adresse (A ou AAAA) sous ce nom même",
            );
        }
    }

    fn name_server(&mut self, field: &str, name: &str) {
        let what = format!("l'adresse du serveur DNS {}", quoted(name));
        let Some(found) = self.known(self.view.servers.get(&key(name)), field, &what) else {
            return;
        };
        if found.addresses.is_empty() {
            self.error(
                Rule::NameServerAddress,
                field,
                format!("le serveur DNS {} n'a pas d'adresse", quoted(name)),
                "publiez son enregistrement A ou AAAA, ou corrigez son nom",
            );
        }
    }

    fn domain(&mut self, field: &str, domain: &str) {
        let delegation = self.form.dns.delegation.as_ref();
        if let Some(delegation) = delegation {
            self.authorities(field, domain, delegation);
            self.published(field, domain, delegation);
        }
        let what = format!("le MX de {}", quoted(domain));
        let Some(mx) = self.known(self.view.mx.get(&key(domain)), field, &what) else { return };
        // Not in service yet: nothing is published before the form was dealt with.
        let pending = field.starts_with("domains.add");
        if mx.is_empty() && pending {
            self.warning(
                Rule::MxMissing,
                field,
                format!("{} n'a pas de MX pour le moment", quoted(domain)),
                "normal tant que cette demande n'est pas traitée ; relancez cette vérification \
                 ensuite",
            );
        } else if mx.is_empty() {
            self.error(
                Rule::MxMissing,
                field,
                format!("{} n'a pas de MX", quoted(domain)),
                "publiez un MX qui désigne votre serveur de messagerie, ou corrigez le nom",
            );
        } else {
            // With a redirection, what is published under the agency's zone is what it made of an
            // earlier form, and a change may be there to move the MX: that is no fault yet.
            let earlier = field.starts_with("domains.modify") || below(domain, MSSANTE);
            let moving = delegation.is_none() && earlier;
            self.mx(field, &format!("le MX de {}", quoted(domain)), mx, moving);
        }
    }

    /// The MX is a CN of the form (GUIDE p. 17, 22).
    fn mx(&mut self, field: &str, what: &str, mx: &[String], moving: bool) {
        let cns: Vec<String> = self.form.common_names().iter().map(|(_, cn)| key(cn)).collect();
        if cns.is_empty() {
            return;
        }
        let shown =
            |names: &[String]| names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
        if !mx.iter().any(|host| cns.contains(host)) {
            let message = format!("{what} est {}, non le CN {}", shown(mx), shown(&cns));
            if moving {
                let help = "si ce formulaire est là pour changer ce MX, rien à faire ; sinon, \
                            corrigez-le, ou demandez un certificat au nom de ce serveur";
                self.warning(Rule::Mx, field, message, help);
            } else {
                let help = "faites désigner par le MX le serveur que le certificat porte en CN, \
                            ou demandez un certificat au nom de ce serveur";
                self.error(Rule::Mx, field, message, help);
            }
            return;
        }
        let others: Vec<String> = mx.iter().filter(|host| !cns.contains(host)).cloned().collect();
        if !others.is_empty() {
            self.warning(
                Rule::MxOther,
                field,
                format!(
                    "{what} désigne aussi {}, qui n'est le CN d'aucun DN du formulaire",
                    shown(&others)
                ),
                "déclarez le certificat de ce serveur s'il est à vous ; si c'est celui d'un autre \
                 opérateur du domaine, rien à faire",
            );
        }
    }

    /// Both name servers have authority, answer the same, and answer the CN.
    fn authorities(&mut self, field: &str, domain: &str, delegation: &Delegation) {
        let mut answers: Vec<(&str, Authority)> = Vec::new();
        for (own, name) in servers(delegation) {
            let seen = self.view.authorities.get(&(key(domain), key(name)));
            if seen.is_none() {
                // Without an address it could not be asked, which was said.
                continue;
            }
            let what = format!("ce que {} répond pour {}", quoted(name), quoted(domain));
            let Some(answer) = self.known(seen, own, &what).cloned() else { continue };
            if !answer.authoritative {
                self.error(
                    Rule::NameServerAuthority,
                    own,
                    format!(
                        "le serveur DNS {} ne fait pas autorité pour {}",
                        quoted(name),
                        quoted(domain)
                    ),
                    "configurez-y la zone de ce domaine, ou corrigez le nom du serveur",
                );
            } else if answers.iter().all(|(other, _)| key(other) != key(name)) {
                answers.push((name, answer));
            }
        }
        if let [(first, one), (second, other)] = answers.as_slice()
            && one.mx != other.mx
        {
            let shown = |answer: &Authority| match answer.mx.as_slice() {
                [] => "aucun MX".to_owned(),
                mx => mx.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", "),
            };
            let message = format!(
                "les deux serveurs DNS ne répondent pas la même chose pour {} : {} pour {}, {} \
                 pour {}",
                quoted(domain),
                shown(one),
                quoted(first),
                shown(other),
                quoted(second)
            );
            let help = "mettez la zone du serveur secondaire à jour d'après le primaire";
            self.error(Rule::NameServersAgree, field, message, help);
        }
        let Some((name, answer)) = answers.first().cloned() else { return };
        if answer.mx.is_empty() {
            self.error(
                Rule::MxMissing,
                field,
                format!("votre serveur DNS {} n'a pas de MX pour {}", quoted(name), quoted(domain)),
                "ajoutez à cette zone un MX qui désigne votre serveur de messagerie",
            );
        } else {
            let what =
                format!("le MX de {}, selon votre serveur {},", quoted(domain), quoted(name));
            self.mx(field, &what, &answer.mx, false);
        }
    }

    /// The name servers published, if any, are those of the form.
    fn published(&mut self, field: &str, domain: &str, delegation: &Delegation) {
        let what = format!("les serveurs DNS de {}", quoted(domain));
        let seen = self.view.name_servers.get(&key(domain));
        let Some(published) = self.known(seen, field, &what) else { return };
        let lacking: Vec<String> = servers(delegation)
            .filter(|(_, name)| !published.contains(&key(name)))
            .map(|(_, name)| quoted(name))
            .collect();
        if !published.is_empty() && !lacking.is_empty() {
            self.warning(
                Rule::NameServersPublished,
                field,
                format!(
                    "{} est délégué aujourd'hui à {}, sans {}",
                    quoted(domain),
                    published.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", "),
                    lacking.join(" ni ")
                ),
                "si ce formulaire change la délégation, rien à faire ; sinon, corrigez les noms",
            );
        }
    }

    /// The answer, or a note that there is none.
    fn known<'v, T>(
        &mut self,
        seen: Option<&'v Learnt<T>>,
        field: &str,
        what: &str,
    ) -> Option<&'v T> {
        match seen? {
            Learnt::Known(found) => Some(found),
            Learnt::Unknown(why) => {
                let message = format!("{what} : {why}");
                self.found.unknown.push(Unknown { field: field.to_owned(), message });
                None
            }
        }
    }

    fn error(&mut self, rule: Rule, field: &str, message: String, correction: &str) {
        self.found.problems.push(Problem::error(rule, field, message, correction));
    }

    fn warning(&mut self, rule: Rule, field: &str, message: String, correction: &str) {
        self.found.problems.push(Problem::warning(rule, field, message, correction));
    }
}

impl Addresses {
    /// Addresses under the name itself.
    #[must_use]
    pub fn plain(addresses: &[std::net::IpAddr]) -> Self {
        Self { addresses: addresses.to_vec(), alias: false }
    }
}

#[cfg(test)]
mod tests;
