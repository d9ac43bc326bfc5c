//! `beadle serve`: the one place that knows all doors.

use crate::config::{Config, IrcNetwork};
use crate::flow::deliver::Outbox;
use crate::flow::hear::Hear;
use crate::flow::index;
use crate::flow::members;
use crate::flow::push::Pushes;
use crate::flow::receive::Receiver;
use crate::flow::tick::Tick;
use crate::irc;
use crate::mail::intake::Intake;
use crate::mail::{self, Way, lmtp, milter};
use crate::source::watch;
use crate::store::{self, Db};
use crate::tick;
use crate::web;
use anyhow::Context;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How many events a door may be ahead of its flow before it stops reading.
const HEARD_AHEAD: usize = 4096;
/// How many replies a flow may be ahead of its door.
const REPLIES_AHEAD: usize = 256;
/// The most files and connections that are asked for.
const MOST_FILES: u64 = 8_192;
/// How long the doors may take to close.
const CLOSING: Duration = Duration::from_secs(8);
/// How long a lease lasts, and how often it is renewed.
const LEASE: Duration = Duration::from_secs(15);
const RENEW: Duration = Duration::from_secs(5);

/// A running service.
pub struct Service {
    /// Where the pages are, if there are any.
    pub web: Option<SocketAddr>,
    stop: CancellationToken,
    tasks: TaskTracker,
    db: Db,
    /// Held as long as the service runs: one process per state directory.
    _lock: std::fs::File,
}

impl Service {
    /// Opens the database and all doors.
    pub async fn start(config: Config) -> anyhow::Result<Service> {
        let config = Arc::new(config);
        let lock = lock(&config.state_dir)?;
        let db = Db::open(&config.database).await?;
        let holder = node_name(&config.state_dir)?;
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        for network in &config.networks {
            let (db, config) = (db.clone(), config.clone());
            let network = Held::Network(Box::new(network.clone()));
            tasks.spawn(hold(network, db, config, holder.clone(), stop.clone()));
        }
        if !config.push.repositories.is_empty() {
            let (db, config) = (db.clone(), config.clone());
            tasks.spawn(hold(Held::Sources, db, config, holder.clone(), stop.clone()));
        }
        tasks.spawn(make_searchable(db.clone(), stop.clone()));
        tasks.spawn(tick::run(Tick::new(db.clone(), config.clone()), stop.clone()));
        if let Some(relay) = &config.mail {
            let outbox = Outbox::new(db.clone(), holder.clone());
            tasks.spawn(mail::run(Way::Relay(relay.clone()), outbox, stop.clone()));
        }
        if config.gate.is_kept() {
            open_gate(&db, &config, holder, &stop, &tasks).await?;
        }
        let web = match &config.web {
            Some(web) => Some(open_web(&db, &config, web.listen, &stop, &tasks).await?),
            None => None,
        };
        tasks.close();
        Ok(Service { web, stop, tasks, db, _lock: lock })
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Closes the doors, stores what they heard, closes the database.
    pub async fn stop(self) {
        self.stop.cancel();
        if tokio::time::timeout(CLOSING, self.tasks.wait()).await.is_err() {
            tracing::warn!("some doors did not close in time");
        }
        self.db.close().await;
    }
}

/// Runs the service until SIGTERM or SIGINT.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let service = Service::start(config).await?;
    if let Some(address) = service.web {
        tracing::info!(%address, "pages");
    }
    until_told_to_stop().await?;
    tracing::info!("closing");
    service.stop().await;
    Ok(())
}

/// Waits for SIGTERM or SIGINT.
pub async fn until_told_to_stop() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = term.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// Minutes that an older program published become searchable. What comes between, the next start
/// does.
async fn make_searchable(db: Db, stop: CancellationToken) {
    tokio::select! {
        done = index::catch_up(&db) => if let Err(error) = done {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "not all minutes can be searched yet"
            );
        },
        () = stop.cancelled() => {}
    }
}

/// What one node at a time does.
enum Held {
    /// The door to an IRC network.
    Network(Box<IrcNetwork>),
    /// The watch of what is pushed.
    Sources,
}

impl Held {
    /// The name of its lease.
    fn lease(&self) -> String {
        match self {
            Held::Network(network) => format!("irc:{}", network.name.as_str()),
            Held::Sources => "sources".to_string(),
        }
    }
}

/// Does something while this node has its lease, again and again until the stop.
async fn hold(held: Held, db: Db, config: Arc<Config>, holder: String, stop: CancellationToken) {
    let (db, lease, holder) = (&db, &held.lease(), &holder);
    let mut told = false;
    while !stop.is_cancelled() {
        match store::lease::take(db, lease, holder, LEASE).await {
            Ok(Some(_)) => {
                told = false;
                match &held {
                    Held::Network(network) => {
                        open_irc(db, &config, network, lease, holder, &stop).await;
                    }
                    Held::Sources => open_sources(db, &config, lease, holder, &stop).await,
                }
            }
            Ok(None) if !told => {
                told = true;
                tracing::warn!(lease, "another node holds this; waiting");
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the lease was not taken");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(RENEW) => {}
            () = stop.cancelled() => {}
        }
    }
    if let Err(error) = store::lease::release(db, lease, holder).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "the lease was not given back");
    }
}

/// Watches what is pushed until the stop, or until the lease is lost.
async fn open_sources(
    db: &Db,
    config: &Arc<Config>,
    lease: &str,
    holder: &str,
    stop: &CancellationToken,
) {
    let watch = stop.child_token();
    let pushes = Pushes::new(db.clone(), config.clone());
    let mut watching = tokio::spawn(watch::run(pushes, watch.clone()));
    tokio::select! {
        () = keep(db, lease, holder) => tracing::error!("the lease of the sources is lost"),
        () = watch.cancelled() => {}
        // It does not end by itself: it has panicked, and is started anew.
        ended = &mut watching => tracing::error!(?ended, "the watch fell"),
    }
    watch.cancel();
    if !watching.is_finished() {
        let _ = watching.await;
    }
}

/// Keeps the door open until the stop, or until the lease is lost.
async fn open_irc(
    db: &Db,
    config: &Arc<Config>,
    network: &IrcNetwork,
    lease: &str,
    holder: &str,
    stop: &CancellationToken,
) {
    let (heard, to_flow) = mpsc::channel(HEARD_AHEAD);
    let (replies, to_door) = mpsc::channel(REPLIES_AHEAD);
    let door = stop.child_token();
    let flow = Hear::new(db.clone(), config.clone(), network.clone());
    let mut flow = tokio::spawn(flow.run(to_flow, replies));
    let mut session = tokio::spawn(irc::run(network.clone(), heard, to_door, door.clone()));
    tokio::select! {
        () = keep(db, lease, holder) => tracing::error!(network = network.name.as_str(), "the lease is lost; leaving"),
        () = door.cancelled() => {}
        // Neither ends by itself: one that did has panicked. Both are started anew.
        ended = &mut session => tracing::error!(network = network.name.as_str(), ?ended, "the door fell"),
        ended = &mut flow => tracing::error!(network = network.name.as_str(), ?ended, "the flow fell"),
    }
    door.cancel();
    for mut task in [session, flow] {
        if !task.is_finished() {
            let _ = (&mut task).await;
        }
    }
}

/// Renews a lease until it is lost.
async fn keep(db: &Db, lease: &str, holder: &str) {
    let mut renewed = tokio::time::Instant::now();
    loop {
        tokio::time::sleep(RENEW).await;
        match store::lease::take(db, lease, holder, LEASE).await {
            Ok(Some(_)) => renewed = tokio::time::Instant::now(),
            Ok(None) => return,
            // A database that is away keeps nobody from listening, but another node may take
            // over once the lease has run out, so this one stops before.
            Err(_) if renewed.elapsed() < LEASE - RENEW || is_alone(db) => {}
            Err(_) => return,
        }
    }
}

/// With the embedded database nobody else can take the lease: the state directory is locked.
fn is_alone(db: &Db) -> bool {
    matches!(db, Db::Sqlite { .. })
}

/// The doors of the lists: where mail comes in, and where accepted posts go on.
async fn open_gate(
    db: &Db,
    config: &Arc<Config>,
    holder: String,
    stop: &CancellationToken,
    tasks: &TaskTracker,
) -> anyhow::Result<()> {
    members::own(db, config).await?;
    let receiver = Receiver::start(db.clone(), config.clone());
    let hello = config.mail.as_ref().map_or("localhost", |mail| &mail.hello).to_string();
    let outbox = {
        let db = db.clone();
        move |list: &str| Outbox::of_list(db.clone(), holder.clone(), list)
    };
    tasks.spawn(mail::onward::keep(receiver.clone(), outbox, hello, stop.clone()));
    let intake = Intake::new(receiver, config);
    if let Some(listen) = &config.gate.lmtp {
        let listening = lmtp::Listening::bind(listen)
            .with_context(|| format!("mail cannot be taken at {listen} ([gate] lmtp)"))?;
        tasks.spawn(lmtp::serve(listening, intake.clone(), stop.clone()));
    }
    if let Some(listen) = &config.gate.milter {
        let listening = milter::Listening::bind(listen)
            .with_context(|| format!("mail servers cannot ask at {listen} ([gate] milter)"))?;
        tasks.spawn(milter::serve(listening, intake, stop.clone()));
    }
    Ok(())
}

async fn open_web(
    db: &Db,
    config: &Arc<Config>,
    listen: SocketAddr,
    stop: &CancellationToken,
    tasks: &TaskTracker,
) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("the pages cannot be served at {listen} ([web] listen)"))?;
    let address = listener.local_addr()?;
    let pages = web::Pages::new(db.clone(), config.clone());
    if let Some(operators) = config.web.as_ref().and_then(|web| web.operators) {
        let door = TcpListener::bind(operators).await.with_context(|| {
            format!("metrics cannot be served at {operators} ([web] operators)")
        })?;
        tasks.spawn(web::serve_operators(door, pages.clone(), stop.clone()));
    }
    let limits = web::Limits::for_files(files());
    tasks.spawn(web::serve_within(listener, pages, stop.clone(), limits));
    Ok(address)
}

/// Lets this process have as many files open as it may, and says how many that is: each reader who
/// follows a meeting holds a connection, and the usual 1,024 are soon used up.
fn files() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let given = getrlimit(Resource::Nofile);
    let most = given.maximum.unwrap_or(MOST_FILES).min(MOST_FILES);
    let wanted = Rlimit { current: Some(most), maximum: given.maximum };
    let now = match setrlimit(Resource::Nofile, wanted) {
        Ok(()) => Some(most),
        Err(_) => given.current,
    };
    usize::try_from(now.unwrap_or(MOST_FILES)).unwrap_or(usize::MAX)
}

/// Locks the state directory; the lock goes with the process, also when it is killed.
fn lock(state_dir: &Path) -> anyhow::Result<std::fs::File> {
    std::fs::create_dir_all(state_dir)
        .with_context(|| format!("the state directory {} cannot be made", state_dir.display()))?;
    let path = state_dir.join("beadle.lock");
    let file = std::fs::File::create(&path)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => anyhow::bail!(
            "another beadle runs on the state directory {}; stop it first",
            state_dir.display()
        ),
        Err(std::fs::TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("{} cannot be locked", path.display()))
        }
    }
}

/// This node's name in leases, made once and kept: after a restart its own leases are still its own.
fn node_name(state_dir: &Path) -> anyhow::Result<String> {
    let path = state_dir.join("node");
    if let Ok(name) = std::fs::read_to_string(&path)
        && !name.trim().is_empty()
    {
        return Ok(name.trim().to_string());
    }
    let mut bytes = [0; 8];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes)
        .map_err(|_| anyhow::anyhow!("the system gives no random numbers"))?;
    let name: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    std::fs::write(&path, &name)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(name)
}
