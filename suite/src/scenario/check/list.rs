//! The whitelist of a scenario, checked.

use fixtures::{
    change::ListEntry,
    dn::DistinguishedName,
    space::cast::{self, OPERATORS},
    whitelist::ListFault,
};
use toml::Spanned;

use super::Check;
use crate::scenario::{
    model::ListChange,
    raw::{RawList, RawListEntry},
};

impl Check<'_> {
    pub(super) fn list(&mut self, raw: &RawList) -> ListChange {
        let names: Vec<_> = ListFault::ALL.iter().map(|fault| (fault.name(), *fault)).collect();
        let fault = raw.served.as_ref().and_then(|name| self.pick("list", name, &names));
        let remove = raw.remove.iter().filter_map(|domain| self.listed_domain(domain)).collect();
        let add = raw.add.iter().filter_map(|entry| self.entry(entry)).collect();
        ListChange { add, remove, fault }
    }

    /// A domain of the cast that is listed: the removal of another would change nothing.
    fn listed_domain(&mut self, domain: &Spanned<String>) -> Option<String> {
        let name = self.text("domain", domain);
        let listed: Vec<&str> = OPERATORS
            .iter()
            .filter(|operator| operator.listed)
            .flat_map(|operator| operator.domains)
            .copied()
            .collect();
        if !listed.contains(&name.as_str()) {
            let help = super::suggestion(&name, &listed);
            self.unknown("domain of the list", domain, help);
            return None;
        }
        Some(name)
    }

    fn entry(&mut self, entry: &Spanned<RawListEntry>) -> Option<ListEntry> {
        let RawListEntry { domain, dn, operator } = entry.get_ref();
        let domain = self.text("domain", domain);
        let dn = match (dn, operator) {
            (Some(dn), None) => {
                if dn.get_ref().parse::<DistinguishedName>().is_err() {
                    self.report(dn.span(), "this is no DN", "as the list writes it: `CN=…,C=FR`");
                    return None;
                }
                dn.get_ref().clone()
            }
            (None, Some(operator)) => {
                let names: Vec<_> = OPERATORS.iter().map(|one| (one.name, one.name)).collect();
                cast::operator(self.pick("operator", operator, &names)?)?.dn()
            }
            _ => {
                let label = "the DN as the list writes it, or the operator whose DN it is";
                self.report(entry.span(), "an entry has either `dn` or `operator`", label);
                return None;
            }
        };
        Some(ListEntry { domain, dn })
    }
}
