//! How long minutes take: reading a log, replaying it, and printing every format.
//!
//! `cargo bench --bench render`. Targets: 100,000 lines in every format under 1 s of one core and
//! under 128 MiB; 10,000 lines under 0.1 s.

use beadle::domain::meeting::replay;
use beadle::domain::minutes::read::{self, Hints};
use beadle::domain::minutes::{Format, Links, render};
use std::time::Instant;

fn main() {
    println!(
        "{:>8}  {:>8}  {:>8}  {:>8}  {:>8}  {:>9}  {:>9}",
        "lines", "read s", "replay s", "print s", "all s", "MB out", "peak MiB"
    );
    for lines in [1_000, 10_000, 100_000] {
        let mut rounds: Vec<[f64; 3]> = (0..3).map(|_| round(lines)).collect();
        rounds.sort_by(|a, b| a.iter().sum::<f64>().total_cmp(&b.iter().sum()));
        let [reading, replaying, printing] = rounds[1];
        println!(
            "{lines:>8}  {reading:>8.3}  {replaying:>8.3}  {printing:>8.3}  {:>8.3}  {:>9.1}  {:>9.1}",
            reading + replaying + printing,
            output_bytes(lines) as f64 / 1e6,
            peak_mib()
        );
    }
    let path = log(100_000);
    println!("\neach format alone, 100,000 lines:");
    let read = read::read(path.as_bytes(), &Hints::default()).expect("our own log");
    let meeting = replay::found(read.events, &read.settings).remove(0);
    for format in Format::ALL {
        let started = Instant::now();
        let bytes = render(format, &meeting, &Links::between_files("x")).len();
        println!(
            "{:>10}  {:>8.3} s  {:>7.1} MB",
            format.name(),
            started.elapsed().as_secs_f64(),
            bytes as f64 / 1e6
        );
    }
}

/// Seconds for reading, replaying and printing. Each format is dropped before the next one is made.
fn round(lines: usize) -> [f64; 3] {
    let log = log(lines);
    let started = Instant::now();
    let read = read::read(log.as_bytes(), &Hints::default()).expect("our own log");
    let reading = started.elapsed().as_secs_f64();
    drop(log);
    let started = Instant::now();
    let meetings = replay::found(read.events, &read.settings);
    let replaying = started.elapsed().as_secs_f64();
    let started = Instant::now();
    for format in Format::ALL {
        std::hint::black_box(render(format, &meetings[0], &Links::between_files("x")));
    }
    [reading, replaying, started.elapsed().as_secs_f64()]
}

fn output_bytes(lines: usize) -> usize {
    let log = log(lines);
    let read = read::read(log.as_bytes(), &Hints::default()).expect("our own log");
    let meetings = replay::found(read.events, &read.settings);
    Format::ALL.iter().map(|f| render(*f, &meetings[0], &Links::between_files("x")).len()).sum()
}

/// A meeting as it is: one line in twenty is a command, one in twenty-five has an address.
fn log(lines: usize) -> String {
    let nicks = ["gwd", "anthonyper", "sbonazzo", "lsm5", "nshaikh", "jirkade", "tomo", "mira"];
    let mut out = String::from(
        "00:00:00 <gwd> #startmeeting Virt SIG\n00:00:00 <beadle> Meeting started Tue\n",
    );
    for n in 0..lines.saturating_sub(3) {
        let second = n * 80_000 / lines;
        let clock = format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
        let nick = nicks[n % nicks.len()];
        let words = match n % 100 {
            0 => format!("#topic Chapter {n}"),
            20 => format!("#info qemu-kvm-ev is rebased on 2.12, build {n}"),
            40 => format!(
                "#action {} tests the packages of build {n} on aarch64",
                nicks[n / 100 % nicks.len()]
            ),
            60 => format!("#link https://wiki.centos.org/HowTos/Xen/{n} is where to look"),
            80 => format!("#idea let us ship <b>{n}</b> & see"),
            n if n % 25 == 5 => {
                "see https://cbs.centos.org/koji/buildinfo?buildID=24123 for the log".to_string()
            }
            _ => "the build for el7 failed again because the toolchain of the buildroot is too old"
                .to_string(),
        };
        let nick = if words.starts_with("#topic") { "gwd" } else { nick };
        out.push_str(&format!("{clock} <{nick}> {words}\n"));
    }
    out.push_str("23:00:00 <gwd> #endmeeting\n");
    out
}

fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: f64 =
        peak.and_then(|rest| rest.trim().strip_suffix(" kB")?.trim().parse().ok()).unwrap_or(0.0);
    kib / 1024.0
}
