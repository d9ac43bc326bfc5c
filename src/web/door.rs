//! The door: accepts connections and speaks HTTP/1.1 on them, within limits.
//!
//! Nothing here knows what the pages are.

use crate::web::client::Peer;
use crate::web::patience::Patient;
use axum::Router;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::rt::TokioTimer;
use hyper_util::service::TowerToHyperService;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio::time::sleep;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What one stranger, and all together, may take of us.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections open at once. A process may have 1,024 files open where nobody raised that.
    pub connections: usize,
    /// Connections open at once from one address; a proxy on this machine may have them all.
    pub connections_of_one: usize,
    /// How long the header of a request may take to come, from the end of the one before.
    pub header: Duration,
    /// How long an answer may find nobody to take any of it.
    pub write: Duration,
    /// How long a connection may last.
    pub life: Duration,
    /// How long answers may take to come to their end after we were told to stop.
    pub drain: Duration,
    /// The longest header of a request, in bytes.
    pub header_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 512,
            connections_of_one: 32,
            header: Duration::from_secs(10),
            write: Duration::from_secs(20),
            life: Duration::from_secs(600),
            drain: Duration::from_secs(5),
            header_bytes: 16 * 1024,
        }
    }
}

/// How many files the rest of the program needs: the database, IRC, mail, what is being published.
const FILES_OF_OTHERS: usize = 400;
/// The most connections, however many files there may be.
const MOST_CONNECTIONS: usize = 2_048;

impl Limits {
    /// As many connections as fit a process that may have so many files open.
    pub fn for_files(files: usize) -> Limits {
        let most = files.saturating_sub(FILES_OF_OTHERS).clamp(64, MOST_CONNECTIONS);
        Limits { connections: most, ..Limits::default() }
    }
}

/// How many fields a header may have.
const MOST_FIELDS: usize = 64;

/// How long to wait after a connection could not be accepted: mostly, no file was left for it.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves the router until told to stop.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken, limits: Limits) {
    let visitors = Visitors::new(limits);
    let connections = TaskTracker::new();
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        let (stream, from) = match accepted {
            Ok((stream, address)) => (stream, address.ip().to_canonical()),
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection to the pages");
                sleep(PAUSE).await;
                continue;
            }
        };
        let entering = stop.run_until_cancelled(visitors.enter(from)).await;
        let Some(Some(visit)) = entering else { continue };
        let connection = connection(stream, router.clone(), visit, stop.clone(), limits);
        connections.spawn(timeout(limits.life, connection));
    }
    drop(listener);
    connections.close();
    // What is still open after that is dropped with the runtime; the pages are all read only.
    let _ = timeout(limits.drain, connections.wait()).await;
}

async fn connection(
    stream: TcpStream,
    router: Router,
    visit: Visit,
    stop: CancellationToken,
    limits: Limits,
) {
    // Answers are written whole; waiting for more to say would only delay them.
    let _ = stream.set_nodelay(true);
    let pages = TowerToHyperService::new(router);
    let shown_out = visit.shown_out.clone();
    let service = service_fn(|mut request: hyper::Request<hyper::body::Incoming>| {
        visit.is_heard();
        request.extensions_mut().insert(Peer(visit.from));
        pages.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header)
        .max_header_size(limits.header_bytes)
        .max_buf_size(limits.header_bytes.max(16 * 1024))
        .max_headers(MOST_FIELDS)
        .serve_connection(TokioIo::new(Patient::new(stream, limits.write)), service);
    let mut connection = pin!(connection);
    // How a stranger's connection ends is no event of ours.
    tokio::select! {
        _ = &mut connection => return,
        () = shown_out.cancelled() => return,
        () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ = timeout(limits.drain, connection).await;
}

/// Everybody who is connected.
#[derive(Clone)]
struct Visitors {
    slots: Arc<Semaphore>,
    limits: Limits,
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    next: u64,
    /// Those who have not sent one whole request yet, in the order in which they came.
    silent: BTreeMap<u64, CancellationToken>,
    /// How many connections each address has.
    of_address: BTreeMap<IpAddr, usize>,
}

/// One connection's place; given back when it is dropped.
struct Visit {
    number: u64,
    from: IpAddr,
    shown_out: CancellationToken,
    known: Arc<Mutex<Known>>,
    _slot: OwnedSemaphorePermit,
}

impl Visitors {
    fn new(limits: Limits) -> Visitors {
        let slots = Arc::new(Semaphore::new(limits.connections));
        Visitors { slots, limits, known: Arc::default() }
    }

    /// A place for a new connection; none where its address has too many. When all places are
    /// taken, whoever has been silent for longest leaves.
    async fn enter(&self, from: IpAddr) -> Option<Visit> {
        let has = lock(&self.known).of_address.get(&from).copied().unwrap_or(0);
        if has >= self.limits.connections_of_one && !from.is_loopback() {
            return None;
        }
        let free = self.slots.clone().try_acquire_owned();
        let slot = match free {
            Ok(slot) => slot,
            Err(_) => {
                if let Some((_, shown_out)) = lock(&self.known).silent.pop_first() {
                    shown_out.cancel();
                }
                self.slots.clone().acquire_owned().await.ok()?
            }
        };
        let shown_out = CancellationToken::new();
        let mut known = lock(&self.known);
        let number = known.next;
        known.next += 1;
        known.silent.insert(number, shown_out.clone());
        *known.of_address.entry(from).or_insert(0) += 1;
        Some(Visit { number, from, shown_out, known: self.known.clone(), _slot: slot })
    }
}

impl Visit {
    /// A whole request came.
    fn is_heard(&self) {
        lock(&self.known).silent.remove(&self.number);
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut known = lock(&self.known);
        known.silent.remove(&self.number);
        let left = known.of_address.get(&self.from).map_or(0, |has| has - 1);
        if left == 0 {
            known.of_address.remove(&self.from);
        } else {
            known.of_address.insert(self.from, left);
        }
    }
}

/// Nothing that holds the lock can leave it half changed, so a panic elsewhere does not matter.
fn lock(known: &Mutex<Known>) -> std::sync::MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}
