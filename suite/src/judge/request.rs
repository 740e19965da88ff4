//! The verdict on how the target asked for the whitelist: of what its server noted.

use fixtures::{
    log::{Fetch, Resource},
    smtp::transcript::{Entry, Event},
    space::WHITELIST_HOST,
};

use super::{Context, Judgement};
use crate::{
    record::{Level, Verdict},
    scenario::model::ListRequest,
};

/// Judges how the target asked for the list of the scenario's world.
#[must_use]
pub fn judge(context: &Context<'_>, level: Level, look: ListRequest) -> Judgement {
    let expected = match look {
        ListRequest::Host => format!("une demande qui nomme {WHITELIST_HOST} dans le champ Host"),
        ListRequest::ServerName => {
            format!("une poignée de main qui nomme {WHITELIST_HOST} (SNI)")
        }
        ListRequest::Conditional => "une demande avec condition, ou sans".to_owned(),
        ListRequest::Entity => "aucune demande de l'entité externe de la liste".to_owned(),
    };
    let trouble = context.entries.iter().find_map(|entry| match &entry.event {
        Event::Trouble { text } => Some(text.clone()),
        _ => None,
    });
    let judgement = match (trouble, fetches(context.entries, Resource::List).last()) {
        (Some(trouble), _) => Judgement::inconclusive(trouble),
        (None, None) => Judgement::inconclusive(
            "aucune lecture de la liste blanche n'a été vue : rien à regarder".to_owned(),
        ),
        (None, Some(fetch)) => told(context, level, look, fetch),
    };
    Judgement { expected, ..judgement }
}

fn told(context: &Context<'_>, level: Level, look: ListRequest, fetch: &Fetch) -> Judgement {
    let named = |name: Option<&str>| match name {
        Some(name) => (is_of_the_list(name), format!("« {name} »")),
        None => (false, "aucun nom".to_owned()),
    };
    let (met, observed) = match look {
        ListRequest::Host => {
            let (met, name) = named(fetch.host.as_deref());
            (met, format!("champ Host : {name}"))
        }
        ListRequest::ServerName => {
            let tls = fetch.tls.as_ref();
            let (met, name) = named(tls.and_then(|tls| tls.server_name.as_deref()));
            (met, format!("SNI : {name}"))
        }
        ListRequest::Conditional => {
            let condition = match (&fetch.if_none_match, &fetch.if_modified_since) {
                (Some(_), _) => "avec condition (If-None-Match)",
                (None, Some(_)) => "avec condition (If-Modified-Since)",
                (None, None) => "sans condition : toute la liste, chaque fois",
            };
            (true, format!("demande {condition}"))
        }
        ListRequest::Entity => match fetches(context.entries, Resource::Bait).count() {
            0 => (true, "l'entité externe n'a pas été demandée".to_owned()),
            times => (false, format!("l'entité externe a été demandée {times} fois")),
        },
    };
    let base = Judgement { stage: None, ..Judgement::inconclusive(observed.clone()) };
    match (met, level) {
        (true, _) => base.verdict(Verdict::Pass, &observed),
        (false, Level::May) => base.verdict(Verdict::Pass, &observed).unmet(),
        (false, Level::Should) => base.verdict(Verdict::PassWithRemark, &observed).unmet(),
        (false, Level::Must) => base.verdict(Verdict::Fail, &observed).unmet(),
    }
}

/// Whether a name, with or without a port, is that of the list's server.
fn is_of_the_list(name: &str) -> bool {
    let host = name.rsplit_once(':').map_or(name, |(host, _)| host);
    host.trim_end_matches('.').eq_ignore_ascii_case(WHITELIST_HOST)
}

fn fetches(entries: &[Entry], wanted: Resource) -> impl Iterator<Item = &Fetch> {
    entries.iter().filter_map(move |entry| match &entry.event {
        Event::Fetched { what, fetch, .. } if *what == wanted => Some(fetch.as_ref()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use fixtures::log::{Service, TlsFacts};
    use jiff::Timestamp;
    use rstest::rstest;

    use super::*;
    use crate::observe::testing::Played;
    use Verdict::{Inconclusive, Pass, PassWithRemark};

    fn asked(host: Option<&str>, sni: Option<&str>, condition: Option<&str>) -> Fetch {
        Fetch {
            service: Service::Whitelist,
            method: "GET".to_owned(),
            host: host.map(str::to_owned),
            path: "/listeblanchemssante.xml".to_owned(),
            if_none_match: condition.map(str::to_owned),
            if_modified_since: None,
            status: Some(200),
            octets: 5_000,
            tls: Some(TlsFacts {
                version: None,
                server_name: sni.map(str::to_owned),
                certificate: None,
            }),
        }
    }

    fn read(what: Resource, fetch: Fetch) -> Event {
        let (from, at) = ([127, 0, 0, 1].into(), Timestamp::UNIX_EPOCH);
        Event::Fetched { what, from, at, fetch: Box::new(fetch) }
    }

    fn usual() -> Fetch {
        asked(Some(&format!("{WHITELIST_HOST}:8443")), Some(WHITELIST_HOST), None)
    }

    #[rstest]
    #[case::host(ListRequest::Host, usual(), Pass)]
    #[case::address_for_a_host(
        ListRequest::Host,
        asked(Some("127.0.0.1:8443"), None, None),
        PassWithRemark
    )]
    #[case::no_host(ListRequest::Host, asked(None, None, None), PassWithRemark)]
    #[case::server_name(ListRequest::ServerName, usual(), Pass)]
    #[case::no_server_name(ListRequest::ServerName, asked(None, None, None), PassWithRemark)]
    #[case::conditional(ListRequest::Conditional, asked(None, None, Some("\"1\"")), Pass)]
    #[case::unconditional(ListRequest::Conditional, usual(), Pass)]
    #[case::no_entity(ListRequest::Entity, usual(), Pass)]
    fn how_a_list_is_asked_for(
        #[case] look: ListRequest,
        #[case] fetch: Fetch,
        #[case] verdict: Verdict,
    ) {
        let played = Played::new().push(read(Resource::List, fetch));
        let judgement = judge(&played.context(), Level::Should, look);
        assert_eq!(judgement.verdict, verdict, "{judgement:?}");
    }

    #[test]
    fn an_entity_that_is_asked_for_is_told_and_no_read_is_no_answer() {
        let bait = read(Resource::Bait, Fetch { path: "/externe".to_owned(), ..usual() });
        let played = Played::new().push(read(Resource::List, usual())).push(bait.clone());
        let judged = judge(&played.context(), Level::Should, ListRequest::Entity);
        assert_eq!((judged.verdict, judged.unmet), (PassWithRemark, true), "{judged:?}");
        for played in [Played::new(), Played::new().push(bait)] {
            let judged = judge(&played.context(), Level::Should, ListRequest::Entity);
            assert_eq!(judged.verdict, Inconclusive, "{judged:?}");
        }
    }
}
