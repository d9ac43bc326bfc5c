//! One connection of the server: its two directions, their valves and their queues.

use crate::demo::flood::Budget;
use crate::demo::server::Core;
use crate::demo::state::{Event, Id, Valve};
use crate::demo::wire::{CLIENT_TAG_BYTES, Framed, Framer};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How long a client that is being closed has to read its last lines.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How many lines may wait for their turn where there is no flood control.
const WAITING_LINES: usize = 1024;

/// What the server holds of a connection.
#[derive(Debug)]
pub(super) struct Link {
    out: Mutex<Out>,
    wake: Notify,
    valve: watch::Sender<Valve>,
    /// Cancelled when the connection is to be closed.
    closing: CancellationToken,
    budget: Mutex<Budget>,
    queue_lines: usize,
}

#[derive(Debug, Default)]
struct Out {
    waiting: Vec<u8>,
    most: usize,
    end: End,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum End {
    #[default]
    Open,
    /// Send what is waiting, then close.
    Close,
    /// Send what is waiting, then close this direction only.
    Half,
    /// Reset.
    Abort,
}

impl Link {
    pub(super) fn new(core: &Core, valve: Valve) -> Link {
        let flood = core.options.flood;
        Link {
            out: Mutex::new(Out { most: core.options.send_queue_bytes, ..Out::default() }),
            wake: Notify::new(),
            valve: watch::Sender::new(valve),
            closing: CancellationToken::new(),
            budget: Mutex::new(Budget::new(flood, core.now())),
            queue_lines: flood.map_or(WAITING_LINES, |flood| flood.queue_lines),
        }
    }

    /// Puts bytes into the queue; false where it was full and has been emptied.
    pub(super) fn push(&self, bytes: &[u8]) -> bool {
        let mut out = lock(&self.out);
        if matches!(out.end, End::Close | End::Abort) {
            return true;
        }
        let fits = out.waiting.len() + bytes.len() <= out.most;
        if fits {
            out.waiting.extend_from_slice(bytes);
        } else {
            out.waiting.clear();
        }
        drop(out);
        self.wake.notify_one();
        fits
    }

    pub(super) fn close(&self) {
        self.end(End::Close);
    }

    pub(super) fn abort(&self) {
        self.end(End::Abort);
    }

    pub(super) fn half_close(&self) {
        self.end(End::Half);
    }

    pub(super) fn turn(&self, valve: Valve) {
        self.valve.send_replace(valve);
        self.wake.notify_one();
    }

    pub(super) fn budget(&self) -> MutexGuard<'_, Budget> {
        lock(&self.budget)
    }

    fn end(&self, end: End) {
        lock(&self.out).end = end;
        if end != End::Half {
            self.closing.cancel();
        }
        self.wake.notify_one();
    }

    fn is_aborted(&self) -> bool {
        lock(&self.out).end == End::Abort
    }
}

/// A lock whose holder panicked is taken all the same: its bytes are still bytes.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves a connection to its end.
pub(super) async fn serve(core: &Core, id: Id, link: Arc<Link>, mut stream: TcpStream) {
    converse(core, id, &link, &mut stream).await;
    if link.is_aborted() {
        let _ = stream.set_zero_linger();
    }
}

async fn converse(core: &Core, id: Id, link: &Link, stream: &mut TcpStream) {
    let (mut reader, writer) = stream.split();
    let mut write = std::pin::pin!(write(link, writer));
    let mut written = false;
    let why = tokio::select! {
        why = read(core, id, link, &mut reader) => why,
        () = &mut write => {
            written = true;
            Some("Write error")
        }
    };
    if let Some(why) = why {
        core.apply(Event::Gone(id, why.into()));
    }
    if link.is_aborted() {
        return;
    }
    // A silent connection does not even end before it is resumed.
    let mut valves = link.valve.subscribe();
    let _ = valves.wait_for(|valve| valve.writes).await;
    // Reading on while the last lines go out: closing a socket with unread bytes in it is a reset,
    // and that would take the last lines with it.
    let drain = async {
        let mut rest = [0; 4096];
        while reader.read(&mut rest).await.is_ok_and(|count| count > 0) {}
    };
    let flush = async {
        if !written {
            write.await;
        }
    };
    let _ = timeout(LAST_WORDS, async { tokio::join!(flush, drain) }).await;
}

/// Reads and obeys lines until the connection ends; says why, where the network does not know.
async fn read(core: &Core, id: Id, link: &Link, reader: &mut ReadHalf<'_>) -> Option<&'static str> {
    let mut framer = Framer::new(CLIENT_TAG_BYTES);
    let mut waiting: VecDeque<Framed> = VecDeque::new();
    let mut buffer = [0; 4096];
    let mut valves = link.valve.subscribe();
    loop {
        let open = valves.borrow_and_update().reads;
        while open && !waiting.is_empty() && link.budget().pay(core.now()) {
            match waiting.pop_front() {
                Some(Framed::Line(line)) => core.apply(Event::Line(id, line)),
                Some(Framed::TooLong) => core.apply(Event::TooLong(id)),
                None => {}
            }
        }
        if open && waiting.len() > link.queue_lines {
            return Some("Excess Flood");
        }
        let pause =
            if waiting.is_empty() { None } else { Some(core.until(link.budget().next_at())) };
        tokio::select! {
            biased;
            () = link.closing.cancelled() => return None,
            _ = valves.changed() => {}
            () = sleep(pause.unwrap_or_default()), if open && pause.is_some() => {}
            read = reader.read(&mut buffer), if open => match read {
                Ok(0) => return Some("Remote host closed the connection"),
                Ok(count) => {
                    waiting.extend(framer.feed(&buffer[..count]));
                    // Somebody who talks fast must not keep the others from reading.
                    tokio::task::yield_now().await;
                }
                Err(_) => return Some("Connection reset by peer"),
            },
        }
    }
}

/// Writes what is waiting until the connection is to end.
async fn write(link: &Link, mut writer: WriteHalf<'_>) {
    let mut valves = link.valve.subscribe();
    loop {
        if valves.wait_for(|valve| valve.writes).await.is_err() {
            return;
        }
        let (bytes, end) = {
            let mut out = lock(&link.out);
            (std::mem::take(&mut out.waiting), out.end)
        };
        if end == End::Abort {
            return;
        }
        if !bytes.is_empty() {
            if writer.write_all(&bytes).await.is_err() {
                return;
            }
            continue;
        }
        match end {
            End::Open => link.wake.notified().await,
            End::Half => {
                let _ = writer.shutdown().await;
                link.closing.cancelled().await;
                return;
            }
            End::Close | End::Abort => {
                let _ = writer.shutdown().await;
                return;
            }
        }
    }
}
