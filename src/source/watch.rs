//! The rounds of the watch: repositories, mirrors and the build system are asked in turn, at once
//! when a hint comes, and again soon after a fault.
//!
//! Nothing here decides what follows from what is seen; [`crate::flow::push`] does.

mod hub;
mod look;
mod when;

use crate::clock;
use crate::config::push::{Mqtt, Push};
use crate::domain::push::hint::{Hint, Signing};
use crate::flow::push::Pushes;
#[cfg(feature = "amqp")]
use crate::source::amqp;
use crate::source::bus;
use crate::source::mqtt;
use crate::source::watch::hub::Asker;
use crate::source::watch::when::When;
use crate::tls::Identity;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How many hints may wait.
const HINTS_AHEAD: usize = 256;
/// After a hint the hub is asked again after these times: it sends its hint before what it hints at
/// can be seen.
const AFTER_HINT: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(300),
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(10),
];
/// Mirrors are looked at every so many rounds of their repository.
const MIRRORS_EVERY: u32 = 3;
/// The longest sleep: time passes for what waits, too.
const LONGEST: Duration = Duration::from_secs(30);

/// A repository on an architecture.
type Place = (String, String);

/// What is watched, and when each is looked at next.
struct Watch {
    pushes: Pushes,
    places: BTreeMap<Place, When>,
    rounds: BTreeMap<Place, u32>,
    hub: Option<Asker>,
    hub_at: When,
}

/// Watches until the stop.
pub async fn run(pushes: Pushes, stop: CancellationToken) {
    let poll = Duration::from_micros(pushes.config.push.poll.unsigned_abs());
    let places = pushes.config.push.repositories.iter().flat_map(|repository| {
        repository.urls().into_iter().map(|(arch, _)| (repository.name.clone(), arch))
    });
    let places = places.map(|place| (place, When::now(poll))).collect();
    let hub = pushes.config.push.koji.as_deref().map(Asker::new);
    let (out, mut hints) = mpsc::channel(HINTS_AHEAD);
    let buses = TaskTracker::new();
    listen(&pushes.config.push, &buses, &stop, &out);
    buses.close();
    let mut watch = Watch { pushes, places, rounds: BTreeMap::new(), hub, hub_at: When::now(poll) };
    // Without a bus nobody sends, and nobody closes either.
    let _open = out;
    while !stop.is_cancelled() {
        let next = tokio::select! {
            next = watch.round() => next,
            () = stop.cancelled() => break,
        };
        tokio::select! {
            () = tokio::time::sleep_until(next) => {}
            Some(event) = hints.recv() => watch.heard(event).await,
            () = stop.cancelled() => {}
        }
    }
    buses.wait().await;
}

/// Listens to the buses of the configuration.
fn listen(
    config: &Push,
    buses: &TaskTracker,
    stop: &CancellationToken,
    out: &mpsc::Sender<bus::Event>,
) {
    if let Some(mqtt) = &config.mqtt {
        buses.spawn(mqtt::run(broker(mqtt), stop.child_token(), out.clone()));
    }
    #[cfg(feature = "amqp")]
    if let Some(config) = &config.amqp {
        let broker = amqp::Broker {
            host: config.host.clone(),
            port: config.port,
            vhost: config.vhost.clone(),
            tls: config.tls.then(|| tls(config.ca_file.clone(), config.client.clone())),
            login: config.login.clone(),
            queue: config.queue.clone(),
            topics: config.topics.clone(),
        };
        buses.spawn(amqp::run(broker, stop.child_token(), out.clone()));
    }
}

fn tls(ca_file: Option<PathBuf>, client: Option<(PathBuf, PathBuf)>) -> bus::Tls {
    let identity = client.map(|(cert_file, key_file)| Identity { cert_file, key_file });
    bus::Tls { ca_file, identity }
}

fn broker(mqtt: &Mqtt) -> mqtt::Broker {
    mqtt::Broker {
        host: mqtt.host.clone(),
        port: mqtt.port,
        tls: mqtt.tls.then(|| tls(mqtt.ca_file.clone(), mqtt.client.clone())),
        client_id: mqtt.client_id.clone(),
        login: mqtt.login.clone(),
        topics: mqtt.topics.clone(),
    }
}

impl Watch {
    /// Looks at all that is due; when to look next.
    async fn round(&mut self) -> Instant {
        let due: Vec<Place> = self
            .places
            .iter()
            .filter(|(_, when)| when.is_due())
            .map(|(place, _)| place.clone())
            .collect();
        for place in due {
            let is_whole = look::at(&self.pushes, &place.0, &place.1).await;
            let round = self.rounds.entry(place.clone()).or_default();
            *round += 1;
            if *round % MIRRORS_EVERY == 1 {
                look::mirrors(&self.pushes, &place.0, &place.1).await;
            }
            if let Some(when) = self.places.get_mut(&place) {
                when.looked(is_whole);
            }
        }
        if let Some(hub) = &mut self.hub
            && self.hub_at.is_due()
        {
            let is_whole = hub.ask(&self.pushes).await;
            self.hub_at.looked(is_whole);
        }
        let now = clock::now();
        if let Err(error) = self.pushes.warn(now).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "nobody is warned yet");
        }
        let wakes = self.pushes.beat(now).await.unwrap_or_else(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "pushes wait");
            None
        });
        let wakes = wakes.map(|at| Duration::from_micros(at.since(now).max(0).unsigned_abs()));
        let latest =
            Instant::now() + wakes.unwrap_or(LONGEST).clamp(Duration::from_millis(50), LONGEST);
        let places = self.places.values().map(When::next);
        let hub = self.hub.as_ref().map(|_| self.hub_at.next());
        places.chain(hub).fold(latest, Instant::min)
    }

    /// Something was said on the bus: it is looked at, never believed.
    async fn heard(&mut self, event: bus::Event) {
        match event {
            bus::Event::Connected { session_present } => {
                tracing::info!(session_present, "listening to the bus; all is looked at once");
                self.hub_at.hurry(&AFTER_HINT[..1]);
                self.places.values_mut().for_each(|when| when.hurry(&AFTER_HINT[..1]));
            }
            bus::Event::Hint(Hint::Look { tag }) => self.look_at(&tag),
            bus::Event::Hint(Hint::Signing { tag, at, state, queue }) => {
                tracing::debug!(tag, ?state, ?queue, "signing");
                if state == Signing::Processed {
                    let now = clock::now();
                    let at = at.filter(|at| *at <= now).unwrap_or(now);
                    if let Err(error) = self.pushes.signed(&tag, at, now).await {
                        let error = &error as &dyn std::error::Error;
                        tracing::warn!(error, tag, "that builds were signed is not noted");
                    }
                }
                self.look_at(&tag);
            }
            bus::Event::Hint(Hint::Signed { nvr }) => {
                tracing::debug!(nvr, "signed");
                self.hub_at.hurry(&AFTER_HINT[..1]);
            }
            bus::Event::Refused(why) => tracing::warn!(why, "the bus refuses some topics"),
            bus::Event::Lost(why) => tracing::warn!(why, "the bus is lost; it is tried again"),
        }
    }

    /// Looks at what a tag is about: the hub, and the repository it leads into.
    fn look_at(&mut self, tag: &str) {
        let Some(repository) = self.pushes.config.push.repository_of_tag(tag) else { return };
        self.hub_at.hurry(&AFTER_HINT);
        let of_it = self.places.iter_mut().filter(|((name, _), _)| *name == repository.name);
        of_it.for_each(|(_, when)| when.hurry(&AFTER_HINT));
    }
}
