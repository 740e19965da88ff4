//! Epochs: the scenarios of one world, played together once that world is in place and the target was
//! made to read it.

use std::collections::BTreeMap;

use fixtures::{
    change::{Proof, World},
    log::{Access, Mark, Resource},
    smtp::transcript::Event,
    space::Space,
};
use tokio::time::{Instant, sleep_until};

use super::{fetched, select::Selection};
use crate::{
    scenario::Scenario,
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

/// The epochs of a selection: the nominal world first, then each other one, in an order that hangs on
/// nothing but the worlds.
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
    let (nominal, others): (Vec<_>, Vec<_>) = worlds
        .into_iter()
        .map(|(world, rows)| Epoch { world, rows })
        .partition(|epoch| epoch.world.is_nominal());
    nominal.into_iter().chain(others).collect()
}

/// What a transcript says of the changes that its scenario was played under.
pub(super) fn changed(proofs: &[Proof]) -> Vec<Event> {
    proofs.iter().cloned().map(Event::from).collect()
}

/// Makes the target read the list that is served since `since`, and waits until it has; what was seen of
/// it.
///
/// The wait ends when what its operator declares to make it read has run: the command has ended, the
/// address has answered, or the period is over, in which its read must have been seen. A list that was
/// read is not yet one in use: what is left of the period is the target's.
///
/// # Errors
/// In French: nothing shows that it has read it, and what the operator can do about it.
pub(super) async fn list_read(
    space: &Space,
    target: &Target,
    since: Mark,
) -> Result<Vec<Event>, String> {
    let Some(refresh) = &target.refresh else {
        return Err("la cible ne dit pas comment elle relit la liste blanche".to_owned());
    };
    let begun = Instant::now();
    refresh.ask().await?;
    if let Refresh::Period(period) = refresh {
        if space.log().wait(since, *period, reads_list).await.is_none() {
            return Err(format!(
                "aucune lecture de la liste blanche en {} s, le délai que déclare [refresh] list ; corrigez \
                 ce délai, l'adresse que lit la cible ({}), ou donnez command",
                period.as_secs(),
                space.whitelist_url()
            ));
        }
        sleep_until(begun + *period).await;
    }
    let reads = space.log().since(since);
    let read = reads.iter().rfind(|access| reads_list(access));
    Ok(read.and_then(fetched::event).into_iter().collect())
}

/// Whether the target was given the list.
fn reads_list(access: &Access) -> bool {
    !access.control && access.fetch().is_some_and(|fetch| fetch.gave(Resource::List))
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicBool, Ordering},
        },
        time::Duration,
    };

    use fixtures::{
        change::{Change, ListEntry},
        pki::{Clock, KeyPool},
    };

    use super::{
        super::{select::select, testing},
        *,
    };
    use crate::{scenario::Filter, target::Reread};

    async fn space() -> Space {
        let keys = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tmp/keys");
        let pool = KeyPool::open(&keys).expect("a key pool");
        Space::ephemeral(&pool, Clock::System).await.expect("a space")
    }

    fn world() -> World {
        let add = vec![ListEntry { domain: "a.mssante.test".into(), dn: "CN=a,C=FR".into() }];
        World::of([Change::List { add, remove: Vec::new() }])
    }

    #[test]
    fn the_nominal_world_comes_first_and_each_scenario_once() {
        let library = testing::library();
        let selection = select(&library, &Filter::default());
        let epochs = epochs(&selection);
        assert!(epochs[0].world.is_nominal());
        assert!(epochs.len() > 1, "some scenario changes the world");
        assert!(epochs[1..].iter().all(|epoch| !epoch.world.is_nominal()));
        assert_eq!(epochs.iter().map(|epoch| epoch.iter().count()).sum::<usize>(), selection.len());
        for epoch in &epochs {
            assert!(epoch.iter().all(|scenario| scenario.world() == epoch.world));
        }
    }

    #[tokio::test]
    async fn a_period_ends_with_evidence_or_without() {
        let space = space().await;
        let mut target = testing::target();
        target.refresh = Some(Refresh::Period(Duration::from_millis(200)));
        let applied = space.apply(&world()).await.expect("in place");
        // Our own proof is no read of the target's.
        let none = list_read(&space, &target, applied.since()).await;
        assert!(none.as_ref().is_err_and(|why| why.contains("[refresh] list")), "{none:?}");
        target.refresh = Some(Refresh::Period(Duration::from_secs(3)));
        let reading = async {
            let read = list_read(&space, &target, applied.since()).await;
            (read, Instant::now())
        };
        let begun = Instant::now();
        let ((read, ended), ()) = tokio::join!(reading, fetch(&space));
        // Not as soon as it is read: reading is not using.
        assert!(ended >= begun + Duration::from_secs(3));
        assert!(matches!(read.as_deref(), Ok([Event::Fetched { .. }])), "{read:?}");
    }

    #[tokio::test]
    async fn what_is_declared_to_make_it_read_is_done_and_its_failure_told() {
        let space = space().await;
        let done = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&done);
        let mut target = testing::target();
        target.refresh = Some(Refresh::InProcess(Reread::by(move || {
            told.store(true, Ordering::Relaxed);
            Box::pin(async { Ok(()) })
        })));
        let read = list_read(&space, &target, Mark::START).await;
        assert_eq!(read, Ok(Vec::new()));
        assert!(done.load(Ordering::Relaxed));
        target.refresh = Some(Refresh::Command("exit 4".to_owned()));
        let failed = list_read(&space, &target, Mark::START).await;
        assert!(failed.as_ref().is_err_and(|why| why.contains("exit 4")), "{failed:?}");
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
