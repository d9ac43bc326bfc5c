//! The watch: repositories, mirrors and the build system are asked every so often, at once when a
//! hint comes, and again soon after a fault.
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
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How many hints may wait.
const HINTS_AHEAD: usize = 256;
/// After a hint all is looked at again after these times: the hub sends its hint before what it
/// hints at can be seen.
const AFTER_HINT: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(300),
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(10),
];
/// How many repositories are asked at once: each waits in a thread, and may hold some ten megabytes.
const MOST_AT_ONCE: usize = 4;
/// Mirrors are looked at every so many looks at their repository.
const MIRRORS_EVERY: u32 = 3;
/// What comes in several repositories within this time is announced together.
const TOGETHER: Duration = Duration::from_secs(1);
/// The longest sleep: time passes for what waits, too.
const LONGEST: Duration = Duration::from_secs(30);

/// Something that is looked at, by a task of its own: what hangs keeps nothing else waiting.
struct Post {
    /// The repository it is about; none for the hub.
    repository: Option<String>,
    when: Mutex<When>,
    hurried: Notify,
}

impl Post {
    fn new(repository: Option<String>, poll: Duration) -> Arc<Post> {
        let when = Mutex::new(When::now(poll));
        Arc::new(Post { repository, when, hurried: Notify::new() })
    }

    /// A panic elsewhere leaves it as it was.
    fn when(&self) -> MutexGuard<'_, When> {
        self.when.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hurry(&self, after: &[Duration]) {
        self.when().hurry(after);
        self.hurried.notify_one();
    }

    /// Waits until it is time to look.
    async fn is_time(&self) {
        loop {
            let next = {
                let when = self.when();
                if when.is_due() {
                    return;
                }
                when.next()
            };
            tokio::select! {
                () = tokio::time::sleep_until(next) => {}
                () = self.hurried.notified() => {}
            }
        }
    }
}

/// Watches until the stop.
pub async fn run(pushes: Pushes, stop: CancellationToken) {
    let poll = Duration::from_micros(pushes.config.push.poll.unsigned_abs());
    let (tasks, looked, mut posts) = (TaskTracker::new(), Arc::new(Notify::new()), Vec::new());
    let room = Arc::new(Semaphore::new(MOST_AT_ONCE));
    for repository in &pushes.config.push.repositories {
        for (arch, _) in repository.urls() {
            let post = Post::new(Some(repository.name.clone()), poll);
            let looking = look_on(pushes.clone(), post.clone(), arch, room.clone(), looked.clone());
            tasks.spawn(until(stop.clone(), looking));
            posts.push(post);
        }
    }
    if let Some(hub) = pushes.config.push.koji.as_deref().map(Asker::new) {
        let post = Post::new(None, poll);
        let asking = ask_on(pushes.clone(), post.clone(), hub, looked.clone());
        tasks.spawn(until(stop.clone(), asking));
        posts.push(post);
    }
    let (out, hints) = mpsc::channel(HINTS_AHEAD);
    listen(&pushes.config.push, &tasks, &stop, &out);
    tasks.spawn(until(stop.clone(), hear(hints, pushes.clone(), posts)));
    tasks.close();
    while !stop.is_cancelled() {
        let next = beat(&pushes).await;
        tokio::select! {
            () = tokio::time::sleep_until(next) => {}
            () = looked.notified() => {
                let gathering = tokio::time::sleep(TOGETHER);
                let _ = stop.run_until_cancelled(gathering).await;
            }
            () = stop.cancelled() => {}
        }
    }
    tasks.wait().await;
}

async fn until(stop: CancellationToken, work: impl Future<Output = ()>) {
    let _ = stop.run_until_cancelled(work).await;
}

/// Looks at one repository again and again.
async fn look_on(
    pushes: Pushes,
    post: Arc<Post>,
    arch: String,
    room: Arc<Semaphore>,
    looked: Arc<Notify>,
) {
    let Some(name) = post.repository.clone() else { return };
    let mut looks: u32 = 0;
    loop {
        post.is_time().await;
        let is_whole = look::at(&pushes, &name, &arch, &room).await;
        post.when().looked(is_whole);
        looked.notify_one();
        if looks.is_multiple_of(MIRRORS_EVERY) {
            look::mirrors(&pushes, &name, &arch, &room).await;
        }
        looks = looks.wrapping_add(1);
    }
}

/// Asks the hub again and again.
async fn ask_on(pushes: Pushes, post: Arc<Post>, mut hub: Asker, looked: Arc<Notify>) {
    loop {
        post.is_time().await;
        let is_whole = hub.ask(&pushes).await;
        post.when().looked(is_whole);
        looked.notify_one();
    }
}

/// Announces what is due, and warns where it is time to; when to do so again.
async fn beat(pushes: &Pushes) -> Instant {
    let now = clock::now();
    if let Err(error) = pushes.warn(now).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "nobody is warned yet");
    }
    let wakes = pushes.beat(now).await.unwrap_or_else(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "pushes wait");
        None
    });
    let wakes = wakes.map(|at| Duration::from_micros(at.since(now).max(0).unsigned_abs()));
    Instant::now() + wakes.unwrap_or(LONGEST).clamp(Duration::from_millis(50), LONGEST)
}

/// Hears the buses until they are closed.
async fn hear(mut hints: mpsc::Receiver<bus::Event>, pushes: Pushes, posts: Vec<Arc<Post>>) {
    while let Some(event) = hints.recv().await {
        heard(event, &pushes, &posts).await;
    }
}

/// Something was said on the bus: it is looked at, never believed.
async fn heard(event: bus::Event, pushes: &Pushes, posts: &[Arc<Post>]) {
    match event {
        bus::Event::Connected { session_present } => {
            tracing::info!(session_present, "listening to the bus; all is looked at once");
            posts.iter().for_each(|post| post.hurry(&AFTER_HINT[..1]));
        }
        bus::Event::Hint(Hint::Look { tag }) => look_at(&tag, pushes, posts),
        bus::Event::Hint(Hint::Signing { tag, at, state, queue }) => {
            tracing::debug!(tag, ?state, ?queue, "signing");
            if state == Signing::Processed {
                let now = clock::now();
                let at = at.filter(|at| *at <= now).unwrap_or(now);
                if let Err(error) = pushes.signed(&tag, at, now).await {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, tag, "that builds were signed is not noted");
                }
            }
            look_at(&tag, pushes, posts);
        }
        bus::Event::Hint(Hint::Signed { nvr }) => {
            tracing::debug!(nvr, "signed");
            let hub = posts.iter().filter(|post| post.repository.is_none());
            hub.for_each(|post| post.hurry(&AFTER_HINT[..1]));
        }
        bus::Event::Refused(why) => tracing::warn!(why, "the bus refuses some topics"),
        bus::Event::Lost(why) => tracing::warn!(why, "the bus is lost; it is tried again"),
    }
}

/// Looks at what a tag is about: the hub, and the repository it leads into.
fn look_at(tag: &str, pushes: &Pushes, posts: &[Arc<Post>]) {
    let Some(repository) = pushes.config.push.repository_of_tag(tag) else { return };
    let is_meant =
        |post: &&Arc<Post>| post.repository.as_ref().is_none_or(|name| *name == repository.name);
    posts.iter().filter(is_meant).for_each(|post| post.hurry(&AFTER_HINT));
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
