//! From `exec` to the first byte on the wire, and the memory of an idle service.
//!
//! `cargo bench --bench start`. Targets: 50 ms and 15 MiB.

use beadle::demo::{Options, Server};
use std::io::Read;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 21;

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut cold = Vec::new();
    let mut warm = Vec::new();
    for round in 0..ROUNDS {
        let state = folder.path().join(round.to_string());
        cold.push(first_byte(folder.path(), &state)); // the database is made
        warm.push(first_byte(folder.path(), &state)); // it is there
    }
    println!("exec to first byte, ms (median, worst of {ROUNDS}):");
    println!("  new database       {:>6.1}  {:>6.1}", median(&mut cold), cold[ROUNDS - 1]);
    println!("  existing database  {:>6.1}  {:>6.1}", median(&mut warm), warm[ROUNDS - 1]);
    println!("  --version          {:>6.1}", version());
    println!("idle in a channel, resident MiB: {:.1}", idle(folder.path()));
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn first_byte(folder: &Path, state: &Path) -> f64 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let config = configuration(folder, state, listener.local_addr().expect("an address").port());
    let started = Instant::now();
    let mut child = serve(&config);
    let (mut stream, _) = listener.accept().expect("a connection");
    stream.read_exact(&mut [0]).expect("a byte");
    let spent = started.elapsed();
    end(&mut child);
    spent.as_secs_f64() * 1e3
}

fn version() -> f64 {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            let done = Command::new(env!("CARGO_BIN_EXE_beadle")).arg("--version").output();
            assert!(done.is_ok_and(|done| done.status.success()));
            started.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    median(&mut times)
}

/// Resident memory of the service after ten quiet seconds in a channel, with its pages open.
fn idle(folder: &Path) -> f64 {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let server = Server::start(Options::default()).await.expect("a server");
        let config = configuration(folder, &folder.join("idle"), server.addr.port());
        let mut child = serve(&config);
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert!(server.nicks().iter().any(|nick| nick == "beadle"), "it is on the network");
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("a status");
        end(&mut child);
        server.stop().await;
        let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: f64 = rss
            .and_then(|rest| rest.trim().strip_suffix(" kB")?.trim().parse().ok())
            .expect("a figure");
        kib / 1024.0
    })
}

fn serve(config: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_beadle"))
        .args(["serve", "-c"])
        .arg(config)
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts")
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

fn configuration(folder: &Path, state: &Path, port: u16) -> std::path::PathBuf {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let text = format!(
        "[group]\nname = \"Virt SIG\"\n[state]\ndir = {:?}\n[web]\nlisten = \"{free}\"\n[[network]]\nname = \"bench\"\n\
         host = \"127.0.0.1\"\nport = {port}\ntls = false\nnick = \"beadle\"\nchannels = [\"#c\"]\n",
        state.display().to_string()
    );
    let path = folder.join("config.toml");
    std::fs::write(&path, text).expect("a writable folder");
    path
}
