//! How long a long history of a tag takes to read: the catch-up after an outage, or a first start
//! without a snapshot.
//!
//! `cargo bench --bench koji`. Target: 20,000 rows in 0.25 s of CPU. The rows are as Python writes
//! them for a hub, each with all its members; both sides of every other row are news.

use beadle::source::koji::history::History;
use std::fmt::Write;
use std::fs;
use std::hint::black_box;
use std::time::Instant;

const ROWS: i64 = 20_000;
const ROUNDS: usize = 7;

fn main() {
    let answer = answer();
    println!("{ROWS} rows, {:.1} MB of XML", answer.len() as f64 / 1e6);
    println!("{:>8}  {:>8}", "CPU ms", "wall ms");
    for _ in 0..ROUNDS {
        let (began, cpu) = (Instant::now(), cpu_seconds());
        let history =
            black_box(History::of_answer(answer.as_bytes(), "virt7-kvm-common-release", 0))
                .expect("a history");
        let (cpu, wall) = (cpu_seconds() - cpu, began.elapsed().as_secs_f64());
        assert_eq!(history.changes.len() as i64, ROWS * 3 / 2);
        println!("{:>8.1}  {:>8.1}", cpu * 1e3, wall * 1e3);
    }
}

/// What this thread has used of the processor, by the scheduler's own account; the machine may be
/// busy with others.
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux's account");
    let nanos: f64 = stat.split(' ').next().and_then(|n| n.parse().ok()).expect("a number");
    nanos / 1e9
}

fn answer() -> String {
    let mut out = String::from(
        "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value><struct>\n<member>\n\
         <name>tag_listing</name>\n<value><array><data>\n",
    );
    // Far from the order of their events, as a database may give them.
    for n in (0..ROWS).map(|n| n * 7919 % ROWS) {
        out.push_str("<value><struct>\n");
        let at = 1_542_000_000.25 + n as f64 * 61.000001;
        let ended = n % 2 == 0;
        let end = |value: String| if ended { value } else { "<nil/>".to_string() };
        let int = |number: i64| format!("<int>{number}</int>");
        let double = |number: f64| format!("<double>{number:?}</double>");
        let string = |words: &str| format!("<string>{words}</string>");
        let members = [
            ("active", if ended { "<nil/>".into() } else { "<boolean>1</boolean>".into() }),
            ("create_event", int(400_000 + 2 * n)),
            ("revoke_event", end(int(400_001 + 2 * n))),
            ("creator_id", int(77)),
            ("revoker_id", end(int(78))),
            ("creator_name", string("sbonazzo")),
            ("revoker_name", end(string("jdenemar"))),
            ("create_ts", double(at)),
            ("revoke_ts", end(double(at + 30.5))),
            ("build_id", int(20_000 + n)),
            ("name", string("qemu-kvm-ev")),
            ("version", string("2.12.0")),
            ("release", string(&format!("{n}.el7"))),
            ("epoch", int(10)),
            ("build.state", int(1)),
            ("tag_id", int(1234)),
            ("tag.name", string("virt7-kvm-common-release")),
            ("_created_after_event", "<boolean>1</boolean>".into()),
            ("_revoked_after_event", end("<boolean>1</boolean>".into())),
        ];
        for (name, value) in members {
            // Python ends every value's line but nil's.
            let line = if value == "<nil/>" { "" } else { "\n" };
            let value = format!("<value>{value}</value>{line}");
            let _ = write!(out, "<member>\n<name>{name}</name>\n{value}</member>\n");
        }
        out.push_str("</struct></value>\n");
    }
    out.push_str(
        "</data></array></value>\n</member>\n</struct></value>\n</param>\n</params>\n\
         </methodResponse>\n",
    );
    out
}
