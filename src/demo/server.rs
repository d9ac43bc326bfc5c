//! The demo's server: it listens, and carries out what the network decides.

use crate::clock;
use crate::demo::fault::{Fault, Impossible, Who};
use crate::demo::link::{self, Link, lock};
use crate::demo::options::Options;
use crate::demo::state::{Effect, Event, Id, State, Valve};
use crate::domain::time::Moment;
use ring::rand::{SecureRandom, SystemRandom};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{interval, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How often the network looks for what is overdue.
const TICK: Duration = Duration::from_millis(250);
/// How long [`Server::stop`] waits for clients to read that it stops.
const FAREWELL: Duration = Duration::from_millis(500);

/// A running server. It ends when it is dropped; [`Server::stop`] also says goodbye.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub addr: SocketAddr,
    core: Arc<Core>,
    door: mpsc::Sender<(Door, oneshot::Sender<io::Result<()>>)>,
}

/// What happens to those who connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    Open,
    Closed,
    Throttling,
}

/// What all connections share.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) options: Options,
    started: Instant,
    started_at: Moment,
    inner: Mutex<Inner>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

#[derive(Debug)]
struct Inner {
    state: State,
    links: BTreeMap<Id, Arc<Link>>,
    accepted: u64,
    /// How the connections to come begin.
    newcomers: Valve,
}

impl Server {
    /// Starts a server with these options.
    pub async fn start(options: Options) -> io::Result<Server> {
        let listener = TcpListener::bind(options.address).await?;
        let addr = listener.local_addr()?;
        let mut seed = [0; 16];
        SystemRandom::new().fill(&mut seed).map_err(|_| io::Error::other("no random numbers"))?;
        let now = clock::now();
        let state = State::new(options.clone(), seed, now);
        let core = Arc::new(Core {
            options,
            started: Instant::now(),
            started_at: now,
            inner: Mutex::new(Inner {
                state,
                links: BTreeMap::new(),
                accepted: 0,
                newcomers: Valve::OPEN,
            }),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        });
        let (door, orders) = mpsc::channel(4);
        core.tasks.spawn(listen(Arc::clone(&core), listener, addr, orders));
        core.tasks.spawn(tick(Arc::clone(&core)));
        Ok(Server { addr, core, door })
    }

    /// Lets something go wrong (or right again). When this returns, it has.
    pub async fn fault(&self, fault: Fault) -> Result<(), Impossible> {
        match &fault {
            Fault::RefuseConnections => self.turn(Door::Closed).await?,
            Fault::Throttle => self.turn(Door::Throttling).await?,
            Fault::AcceptConnections => self.turn(Door::Open).await?,
            _ => {}
        }
        let mut inner = lock(&self.core.inner);
        match &fault {
            Fault::Silence(Who::Everyone) => inner.turn_all(Valve::SILENT),
            Fault::StallReads(Who::Everyone) => inner.turn_all(Valve::STALLED),
            Fault::Resume(Who::Everyone) => inner.turn_all(Valve::OPEN),
            _ => {}
        }
        let now = self.core.now();
        let effects = inner.state.inject(now, &fault)?;
        inner.carry_out(now, effects);
        Ok(())
    }

    async fn turn(&self, door: Door) -> Result<(), Impossible> {
        let (done, answer) = oneshot::channel();
        let gone = |_| Impossible::Listen("the server has stopped".into());
        self.door.send((door, done)).await.map_err(|_| gone(()))?;
        let listening = answer.await.map_err(|_| gone(()))?;
        listening.map_err(|error| Impossible::Listen(error.to_string()))
    }

    /// How many connections it has accepted so far, also those it sent away.
    pub fn accepted(&self) -> u64 {
        lock(&self.core.inner).accepted
    }

    /// The nicks of the registered clients, in the order in which they connected.
    pub fn nicks(&self) -> Vec<String> {
        lock(&self.core.inner).state.nicks()
    }

    /// Tells every client that the server stops, closes everything and waits until it is closed.
    pub async fn stop(self) {
        let _ = self.fault(Fault::Close(Who::Everyone, "Server shutting down".into())).await;
        self.core.tasks.close();
        let (door, _) = oneshot::channel();
        let _ = self.door.send((Door::Closed, door)).await;
        let _ = timeout(FAREWELL, self.quiet()).await;
        self.core.stop.cancel();
        self.core.tasks.wait().await;
    }

    /// Waits until no connection is left.
    async fn quiet(&self) {
        while !lock(&self.core.inner).links.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.core.stop.cancel();
    }
}

impl Core {
    /// Now, on a clock that never jumps.
    pub(super) fn now(&self) -> Moment {
        let micros = i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX);
        self.started_at.plus(micros)
    }

    /// How long it is until then.
    pub(super) fn until(&self, moment: Moment) -> Duration {
        Duration::from_micros(u64::try_from(moment.since(self.now())).unwrap_or(0))
    }

    /// Lets something happen on the network.
    pub(super) fn apply(&self, event: Event) {
        let mut inner = lock(&self.inner);
        let now = self.now();
        let effects = inner.state.apply(now, event);
        inner.carry_out(now, effects);
    }

    /// The number of one more connection.
    fn count(&self) -> u64 {
        let mut inner = lock(&self.inner);
        inner.accepted += 1;
        inner.accepted
    }

    /// A link for a new connection; nothing where there is no room for one.
    fn admit(&self, id: Id, host: String) -> Option<Arc<Link>> {
        let mut inner = lock(&self.inner);
        if inner.links.len() >= self.options.most_clients {
            return None;
        }
        let link = Arc::new(Link::new(self, inner.newcomers));
        inner.links.insert(id, Arc::clone(&link));
        let now = self.now();
        let effects = inner.state.apply(now, Event::Connected(id, host));
        inner.carry_out(now, effects);
        Some(link)
    }
}

impl Inner {
    /// Turns every connection's valve, also those of clients the network has given up, and of
    /// those to come.
    fn turn_all(&mut self, valve: Valve) {
        self.newcomers = valve;
        for link in self.links.values() {
            link.turn(valve);
        }
    }

    fn carry_out(&mut self, now: Moment, effects: Vec<Effect>) {
        let mut todo = effects;
        while !todo.is_empty() {
            let mut next = Vec::new();
            for effect in todo {
                if let Some(overflown) = self.carry_out_one(effect) {
                    let gone = Event::Gone(overflown, "Max SendQ exceeded".into());
                    next.extend(self.state.apply(now, gone));
                }
            }
            todo = next;
        }
    }

    /// Carries out one effect; gives the connection whose queue it filled.
    fn carry_out_one(&self, effect: Effect) -> Option<Id> {
        let link = |id: &Id| self.links.get(id);
        match &effect {
            Effect::Send(id, bytes) => {
                return link(id).filter(|link| !link.push(bytes)).map(|_| *id);
            }
            Effect::Close(id) => link(id)?.close(),
            Effect::Abort(id) => link(id)?.abort(),
            Effect::HalfClose(id) => link(id)?.half_close(),
            Effect::Valve(id, valve) => link(id)?.turn(*valve),
            Effect::Registered(id) => link(id)?.budget().register(),
            Effect::Spoke(id) => link(id)?.budget().end_grace(),
        }
        None
    }
}

type Orders = mpsc::Receiver<(Door, oneshot::Sender<io::Result<()>>)>;

async fn listen(core: Arc<Core>, listener: TcpListener, addr: SocketAddr, mut orders: Orders) {
    let mut listener = Some(listener);
    let mut door = Door::Open;
    loop {
        let accept = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = core.stop.cancelled() => return,
            order = orders.recv() => {
                let Some((wanted, done)) = order else { return };
                door = wanted;
                let _ = done.send(reopen(&mut listener, door, addr).await);
            }
            Ok((stream, peer)) = accept => {
                core.tasks.spawn(meet(Arc::clone(&core), stream, peer, door));
            }
        }
    }
}

async fn reopen(
    listener: &mut Option<TcpListener>,
    door: Door,
    addr: SocketAddr,
) -> io::Result<()> {
    if door == Door::Closed {
        *listener = None;
    } else if listener.is_none() {
        *listener = Some(TcpListener::bind(addr).await?);
    }
    Ok(())
}

async fn meet(core: Arc<Core>, mut stream: TcpStream, peer: SocketAddr, door: Door) {
    let _ = stream.set_nodelay(true);
    let number = core.count();
    if door == Door::Throttling {
        let _ = stream.write_all(b"ERROR :Trying to reconnect too fast.\r\n").await;
        return;
    }
    let id = Id(number);
    let Some(link) = core.admit(id, peer.ip().to_string()) else {
        let _ = stream.write_all(b"ERROR :Closing Link: (All connections in use)\r\n").await;
        return;
    };
    tokio::select! {
        () = core.stop.cancelled() => {}
        () = link::serve(&core, id, link, stream) => {}
    }
    core.apply(Event::Gone(id, "Connection closed".into()));
    lock(&core.inner).links.remove(&id);
}

async fn tick(core: Arc<Core>) {
    let mut every = interval(TICK);
    loop {
        tokio::select! {
            () = core.stop.cancelled() => return,
            _ = every.tick() => core.apply(Event::Tick),
        }
    }
}
