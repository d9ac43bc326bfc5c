//! How long each hostile mail takes the gate, and the most memory that all of them took.
//!
//! `cargo bench --bench hostile`. Targets: 50 ms and 64 MiB each.

#[path = "../src/domain/list/tricks/hostile.rs"]
mod hostile;

use beadle::domain::list::gate;
use beadle::domain::list::policy::Policy;
use beadle::domain::list::post::{self, Reading};
use std::time::Instant;

const ROUNDS: usize = 5;

fn main() {
    let policy = Policy::default();
    let reading =
        Reading { list: "virt@lists.example.org", sender: "someone@evil.example", policy: &policy };
    println!("{:>10}  {:>10}  mail", "ms", "bytes");
    for (name, mail) in hostile::all() {
        let spent = (0..ROUNDS).map(|_| {
            let began = Instant::now();
            let post = post::read(&mail, &reading);
            std::hint::black_box(gate::decide(&policy, &post.facts));
            began.elapsed().as_secs_f64() * 1e3
        });
        let worst = spent.fold(0.0, f64::max);
        println!("{worst:>10.2}  {:>10}  {name}, worst of {ROUNDS}", mail.len());
    }
    println!("most memory, all mails together: {:.1} MiB", most_mib());
}

/// What this process held at most, all the mails it made included.
fn most_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a status");
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a figure");
    most.trim().trim_end_matches(" kB").trim().parse::<f64>().expect("a figure") / 1024.0
}
