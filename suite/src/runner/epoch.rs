//! Epochs: the scenarios of one world, played together once that world is in place and the target was
//! made to read it.

use std::{collections::BTreeMap, time::Duration};

use fixtures::{
    change::{Change, Proof, World},
    log::{Access, Fetch, Mark, Resource, Service},
    smtp::transcript::Event,
    space::Space,
};
use tokio::time::{Instant, sleep_until};

use super::{
    requests,
    select::{Selection, select},
};
use crate::{
    scenario::{Filter, Library, Scenario},
    target::{Refresh, Target},
};

/// All scenarios of one world.
#[derive(Clone, Debug)]
pub(super) struct Epoch<'a> {
    /// The world.
    pub(super) world: World,
    /// Its scenarios, in the rows of the selection.
    pub(super) rows: Vec<Vec<&'a Scenario>>,
}

impl<'a> Epoch<'a> {
    /// Its scenarios.
    pub(super) fn iter(&self) -> impl Iterator<Item = &'a Scenario> + '_ {
        self.rows.iter().flatten().copied()
    }
}

/// The epochs of a selection: the nominal world first, then each other one, the least harmful first, in an
/// order that hangs on nothing but the worlds: of two that harm alike, one whose list has no fault stands before the same
/// with one, on whose scenarios the others rest.
pub(super) fn epochs<'a>(selection: &Selection<'a>) -> Vec<Epoch<'a>> {
    let mut worlds: BTreeMap<World, Vec<Vec<&'a Scenario>>> = BTreeMap::new();
    worlds.insert(World::default(), Vec::new());
    for (depth, row) in selection.rows.iter().enumerate() {
        for scenario in row {
            let rows = worlds.entry(scenario.world()).or_default();
            rows.resize_with(rows.len().max(depth + 1), Vec::new);
            rows[depth].push(scenario);
        }
    }
    let mut epochs: Vec<_> =
        worlds.into_iter().map(|(world, rows)| Epoch { world, rows }).collect();
    epochs.sort_by_key(|epoch| (!epoch.world.is_nominal(), epoch.world.harm()));
    epochs
}

/// The place of each changed world of the catalogue, from 1: the same in every run of it, whatever is chosen.
pub(super) fn places(library: &Library) -> BTreeMap<World, u32> {
    let everything = select(library, &Filter::default());
    let changed = epochs(&everything).into_iter().filter(|epoch| !epoch.world.is_nominal());
    changed.map(|epoch| epoch.world).zip(1..).collect()
}

/// What a transcript says of the changes that its scenario was played under.
pub(super) fn changed(proofs: &[Proof]) -> Vec<Event> {
    proofs.iter().cloned().map(Event::from).collect()
}

/// What came of making the target read a world.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ReadAnew {
    /// How each thing was awaited, and what was seen to be read.
    pub(super) events: Vec<Event>,
    /// Why nothing shows that the target read one, in French, with what the operator can do about it.
    pub(super) failed: Option<String>,
}

/// What is served of the things that a world changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Serving {
    /// What the world makes of them.
    World,
    /// What they are again once it is undone.
    Nominal,
}

/// Makes the target read what a world changes and what is served since `since`, and waits until it has;
/// what was seen of it.
///
/// What its operator declares to make it read is run (the command ends, the address answers), and its read must be
/// seen: in the period, or as long as a command may take. What was read is not yet in use: what is left of a
/// period is the target's. The DNS is asked anew by its nature. Of a list that is spoilt or odd, a target may say
/// that it cannot be read: what it goes by then is seen by the mail it takes; and the question for it counts as a read,
/// answered or not.
pub(super) async fn read_anew(
    space: &Space,
    target: &Target,
    (world, serving): (&World, Serving),
    since: Mark,
) -> ReadAnew {
    let mut read = ReadAnew { events: Vec::new(), failed: None };
    for change in world.changes() {
        let (what, key, refresh) = match change {
            Change::List { .. } => (Resource::List, "list", &target.refresh.list),
            Change::Crl { authority, .. } => {
                (Resource::Crl(*authority), "crl", &target.refresh.crl)
            }
            Change::Dns { .. } => continue,
        };
        let Some(refresh) = refresh else {
            read.failed = Some(format!(
                "la cible ne dit pas comment elle relit {what} : déclarez [refresh] {key}"
            ));
            break;
        };
        let spoilt = serving == Serving::World && change.is_out_of_order();
        let leaves = spoilt
            && matches!(change, Change::List { fault: Some(fault), .. } if fault.is_of_the_server());
        let sought = Sought { what, key, spoilt, leaves };
        let begun = Instant::now();
        let came = awaited(space, (refresh, refresh.bound()), sought, since).await;
        read.events.push(Event::Awaited {
            what,
            by: refresh.name().to_owned(),
            bound_ms: millis(refresh.bound()),
            took_ms: millis(begun.elapsed()),
            said: came.as_ref().ok().cloned().flatten(),
            failed: came.as_ref().err().cloned(),
        });
        let log = space.log().since(since);
        let last = log.iter().rfind(|access| sought.is_asked_for(access));
        read.events.extend(last.and_then(requests::event));
        if let Err(why) = came {
            read.failed = Some(why);
            break;
        }
    }
    read
}

/// What the target is to read.
#[derive(Clone, Copy, Debug)]
struct Sought<'a> {
    /// What it is.
    what: Resource,
    /// The key of `[refresh]` that tells how.
    key: &'a str,
    /// Whether what is served of it is not in order.
    spoilt: bool,
    /// Whether the server that gives it is not in order, so that it is right to leave at the sight of it.
    leaves: bool,
}

impl Sought<'_> {
    /// Whether the target asked for this and was answered; of what is spoilt the question is enough.
    fn is_asked_for(&self, access: &Access) -> bool {
        let answered = |fetch: &Fetch| {
            fetch.method == "GET"
                && fetch.resource() == self.what
                && (fetch.status.is_some() || self.spoilt)
        };
        let left = self.leaves
            && access.handshake().is_some_and(|handshake| handshake.service == Service::Whitelist);
        !access.control && (left || access.fetch().is_some_and(answered))
    }
}

/// Makes it read, and waits for the read; how what makes it read failed, where that may be.
async fn awaited(
    space: &Space,
    (refresh, bound): (&Refresh, Duration),
    sought: Sought<'_>,
    since: Mark,
) -> Result<Option<String>, String> {
    let Sought { what, key, spoilt, .. } = sought;
    let begun = Instant::now();
    let said = match refresh.ask(key).await {
        Err(why) if spoilt => Some(why),
        Err(why) => return Err(why),
        Ok(()) => None,
    };
    // A command may end before the read that it brings about.
    if space.log().wait(since, bound, |access| sought.is_asked_for(access)).await.is_none() {
        let url = match what {
            Resource::List => space.whitelist_url(),
            _ => space.crl_url(),
        };
        let seconds = bound.as_secs();
        let nothing = match refresh {
            Refresh::Period(_) => format!(
                "aucune lecture : {what}, en {seconds} s, le délai que déclare [refresh] {key} ; corrigez ce délai, \
                 l'adresse que lit la cible ({url}), ou donnez command"
            ),
            _ => format!(
                "aucune lecture : {what}, dans les {seconds} s qui ont suivi ce que déclare [refresh] {key} ; corrigez \
                 {}, ou l'adresse que lit la cible ({url})",
                refresh.name()
            ),
        };
        return Err(said.map_or(nothing.clone(), |said| format!("{nothing} ({said})")));
    }
    if let Refresh::Period(period) = refresh {
        sleep_until(begun + *period).await;
    }
    Ok(said)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use fixtures::{
        change::{CrlState, ListEntry},
        dns::Fault,
        pki::{Clock, KeyPool, Role},
    };

    use super::{
        super::{select::select, testing},
        *,
    };
    use crate::{
        scenario::Filter,
        target::{Refreshes, Reread},
    };

    async fn space() -> Space {
        let keys = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tmp/keys");
        let pool = KeyPool::open(&keys).expect("a key pool");
        Space::ephemeral(&pool, Clock::System).await.expect("a space")
    }

    fn world() -> World {
        let add = vec![ListEntry { domain: "a.mssante.test".into(), dn: "CN=a,C=FR".into() }];
        World::of([Change::List { add, remove: Vec::new(), fault: None }])
    }

    #[test]
    fn the_nominal_world_comes_first_and_each_scenario_once() {
        let library = testing::library();
        let selection = select(&library, &Filter::default());
        let epochs = epochs(&selection);
        assert!(epochs[0].world.is_nominal());
        assert!(epochs.len() > 1, "some scenario changes the world");
        assert!(epochs[1..].iter().all(|epoch| !epoch.world.is_nominal()));
        assert!(epochs[1..].is_sorted_by_key(|epoch| epoch.world.harm()));
        assert_eq!(epochs.iter().map(|epoch| epoch.iter().count()).sum::<usize>(), selection.len());
        for epoch in &epochs {
            assert!(epoch.iter().all(|scenario| scenario.world() == epoch.world));
        }
    }

    fn refreshing(list: Refresh) -> Target {
        let mut target = testing::target();
        target.refresh = Refreshes { list: Some(list), crl: None };
        target
    }

    #[tokio::test]
    async fn a_period_ends_with_evidence_or_without() {
        let space = space().await;
        let target = refreshing(Refresh::Period(Duration::from_millis(200)));
        let applied = space.apply(&world()).await.expect("in place");
        // Our own proof is no read of the target's.
        let none = read_anew(&space, &target, (&world(), Serving::World), applied.since()).await;
        assert!(none.failed.is_some_and(|why| why.contains("[refresh] list")));
        let [Event::Awaited { failed: Some(_), .. }] = &none.events[..] else {
            panic!("{:?}", none.events)
        };
        let target = refreshing(Refresh::Period(Duration::from_secs(3)));
        let reading = async {
            let read =
                read_anew(&space, &target, (&world(), Serving::World), applied.since()).await;
            (read, Instant::now())
        };
        let begun = Instant::now();
        let ((read, ended), ()) = tokio::join!(reading, fetch(&space));
        // Not as soon as it is read: reading is not using.
        assert!(ended >= begun + Duration::from_secs(3));
        assert_eq!(read.failed, None);
        let [Event::Awaited { by, bound_ms, .. }, Event::Fetched { what, .. }] = &read.events[..]
        else {
            panic!("{:?}", read.events)
        };
        assert_eq!((by.as_str(), *bound_ms, *what), ("period", 3_000, Resource::List));
    }

    #[tokio::test]
    async fn what_is_declared_to_make_it_read_is_done_and_its_failure_told() {
        let space = Arc::new(space().await);
        let served = Arc::clone(&space);
        let target = refreshing(Refresh::InProcess(Reread::by(move || {
            let served = Arc::clone(&served);
            Box::pin(async move {
                fetch(&served).await;
                Ok(())
            })
        })));
        let read = read_anew(&space, &target, (&world(), Serving::World), Mark::START).await;
        assert_eq!(read.failed, None);
        let [Event::Awaited { .. }, Event::Fetched { what: Resource::List, .. }] = &read.events[..]
        else {
            panic!("{:?}", read.events);
        };
        let target = refreshing(Refresh::Command("exit 4".to_owned()));
        let failed =
            read_anew(&space, &target, (&world(), Serving::World), Mark::START).await.failed;
        assert!(failed.as_ref().is_some_and(|why| why.contains("exit 4")), "{failed:?}");
    }

    /// What ended without a word of trouble, and made nobody read.
    #[tokio::test]
    async fn what_makes_it_read_is_believed_where_a_read_is_seen() {
        let space = space().await;
        let target = refreshing(Refresh::InProcess(Reread::by(|| Box::pin(async { Ok(()) }))));
        let refresh = target.refresh.list.as_ref().expect("declared");
        let bound = Duration::from_millis(20);
        let sought = Sought { what: Resource::List, key: "list", spoilt: false, leaves: false };
        let failed = awaited(&space, (refresh, bound), sought, Mark::START).await;
        let why = failed.expect_err("nothing was read");
        assert!(why.contains("aucune lecture"), "{why}");
    }

    /// What is not declared is named by its own key, and a name of the DNS needs none.
    #[tokio::test]
    async fn each_thing_is_read_as_is_declared_of_it() {
        let space = space().await;
        let target = refreshing(Refresh::Command("true".to_owned()));
        let crl = World::of([Change::Crl { authority: Role::Root, state: CrlState::Absent }]);
        let failed = read_anew(&space, &target, (&crl, Serving::World), Mark::START).await.failed;
        assert!(failed.as_ref().is_some_and(|why| why.contains("[refresh] crl")), "{failed:?}");
        let dns = World::of([Change::Dns { name: "a.test".into(), fault: Fault::Silence }]);
        let read = read_anew(&space, &target, (&dns, Serving::World), Mark::START).await;
        assert_eq!(read, ReadAnew { events: Vec::new(), failed: None });
    }

    /// Reads the list as a target does.
    async fn fetch(space: &Space) {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(space.root()).expect("a root");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the usual versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = fixtures::http::Client {
            connect_to: Some(space.whitelist_server().address()),
            ..fixtures::http::Client::new(Arc::new(tls))
        };
        client.get(&space.whitelist_url()).await.expect("served");
    }
}
