//! The runtime: few threads, because a bot that waits needs little.

use std::io;
use tokio::runtime::Builder;
use tokio::runtime::Runtime;

/// Threads that run tasks.
const WORKERS: usize = 2;

/// Threads for calls that block (files); more calls than these wait.
const BLOCKING: usize = 4;

/// The runtime of every command that waits for anything.
pub fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .max_blocking_threads(BLOCKING)
        .thread_name("beadle")
        .enable_all()
        .build()
}
