//! The program from outside: what its commands print, and with which code they end.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

const LOG: &str = "15:00:12 <gwd> #startmeeting Virt SIG\n\
                   15:00:12 <beadle> Meeting started Tue Nov 13 15:00:12 2018 UTC.  The chair is gwd.\n\
                   15:01:00 <gwd> #info before the first topic\n\
                   15:02:00 <gwd> #topic Xen <b>\n\
                   15:03:00 <anthonyper> #action gwd to test it\n\
                   15:04:00 <anthonyper> #link https://a.example/x.\n\
                   15:05:00 <gwd> #startvote Ship it?\n\
                   15:05:10 <anthonyper> +1\n\
                   15:05:20 <gwd> #endvote\n\
                   15:48:40 <gwd> #endmeeting\n";

fn beadle(arguments: &[&str], input: &str) -> Output {
    beadle_in(Path::new("."), arguments, input)
}

fn beadle_in(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_beadle"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    child.wait_with_output().expect("the program ends")
}

fn stdout(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn minutes_as_json_have_the_names_that_scripts_depend_on() {
    let out = stdout(&beadle(
        &[
            "minutes",
            "render",
            "-",
            "--format",
            "json",
            "--date",
            "2018-11-13",
            "--channel",
            "#centos-devel",
        ],
        LOG,
    ));
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(json["title"], "Virt SIG");
    assert_eq!(json["name"], "Virt SIG");
    assert_eq!(json["channel"], "#centos-devel");
    assert_eq!(json["network"], serde_json::Value::Null);
    assert_eq!(json["started_at"], "2018-11-13T15:00:12Z");
    assert_eq!(json["ended_at"], "2018-11-13T15:48:40Z");
    assert_eq!(json["iso_week"], "2018-W46");
    assert_eq!(json["chairs"], serde_json::json!(["gwd"]));
    assert_eq!(json["log_lines"], 10);
    assert_eq!(json["people"][0]["nick"], "gwd");
    assert_eq!(json["people"][0]["lines"], 6);
    assert_eq!(json["topics"][0]["title"], "");
    assert_eq!(json["topics"][1]["title"], "Xen <b>");
    assert_eq!(json["topics"][1]["line"], 4);
    assert_eq!(json["actions"][0]["owners"], serde_json::json!(["gwd"]));
    assert_eq!(json["actions"][0]["by"], "anthonyper");
    assert_eq!(json["topics"][1]["items"][1]["url"], "https://a.example/x");
    assert_eq!(json["votes"][0]["options"][0]["voters"], serde_json::json!(["anthonyper"]));
    assert_eq!(json["votes"][0]["options"][0]["count"], 1);
}

#[test]
fn a_log_without_dates_has_times_of_day() {
    let out = stdout(&beadle(&["minutes", "render", "-", "--format", "json"], LOG));
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(json["started_at"], serde_json::Value::Null);
    assert_eq!(json["topics"][1]["at"], "15:02:00");
    let twice = stdout(&beadle(&["minutes", "render", "-", "--format", "json"], &LOG.repeat(2)));
    let json: serde_json::Value = serde_json::from_str(&twice).expect("JSON");
    assert_eq!(json.as_array().map(Vec::len), Some(2));
}

#[test]
fn all_formats_are_written_beside_each_other() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("#c.2018-11-13-15.00.log.txt"), LOG).expect("a log");
    let arguments =
        ["minutes", "render", "#c.2018-11-13-15.00.log.txt", "--format", "all", "--out", "out"];
    let listed = stdout(&beadle_in(folder.path(), &arguments, ""));
    assert_eq!(listed.lines().count(), 8, "{listed}");
    let base = folder.path().join("out/virt-sig.2018-11-13-15.00");
    let text = std::fs::read_to_string(base.with_extension("00.txt")).expect("the text minutes");
    assert!(
        text.contains("Tuesday 2018-11-13") && text.contains("* ACTION: gwd to test it"),
        "{text}"
    );
    let log = std::fs::read_to_string(base.with_extension("00.log.txt")).expect("the log");
    assert_eq!(log, LOG);
}

#[test]
fn what_cannot_be_done_says_why_and_ends_with_1() {
    let cases: [(&[&str], &str, &str); 5] = [
        (&["minutes", "render", "-"], "hello\nworld\n", "this is no IRC log"),
        (&["minutes", "render", "-"], "15:00:00 <gwd> hello\n", "no line says #startmeeting"),
        (&["minutes", "render", "/nonexistent/log.txt"], "", "cannot be read"),
        (&["minutes", "render", "-", "--format", "all"], LOG, "--out DIR"),
        (&["check", "-c", "/nonexistent/config.toml"], "", "/nonexistent/config.toml"),
    ];
    for (arguments, input, words) in cases {
        let said = stderr(&beadle(arguments, input), 1);
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
}

#[test]
fn wrong_usage_ends_with_2() {
    for arguments in [
        &["minutes", "render"][..],
        &["minutes", "render", "x", "--format", "pdf"],
        &["minutes", "render", "x", "--date", "tomorrow"],
        &["nonsense"],
        &["serve", "--nonsense"],
    ] {
        assert!(!stderr(&beadle(arguments, ""), 2).is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_faulty_configuration_is_told_with_all_its_places() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "[group]\nname = \"x\"\n[state]\ndirr = \"s\"\n[[network]]\nname = \"n\"\nhost = \"127.0.0.1\"\nnikc = \"b\"\nport = 700000\n";
    std::fs::write(folder.path().join("config.toml"), text).expect("a file");
    let said = stderr(&beadle_in(folder.path(), &["check"], ""), 1);
    for words in ["config.toml:4:1", "`dir`", "config.toml:8:1", "`nick`", "config.toml:9:"] {
        assert!(said.contains(words), "{words} is not in: {said}");
    }
}

#[test]
fn one_state_directory_has_one_service() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!(
        "[group]\nname = \"x\"\n[state]\ndir = {:?}\n[[network]]\nname = \"n\"\nhost = \"127.0.0.1\"\nport = 1\ntls = false\nnick = \"b\"\nchannels = [\"#c\"]\n",
        folder.path().join("state").display().to_string()
    );
    std::fs::write(folder.path().join("config.toml"), text).expect("a file");
    let mut first = Command::new(env!("CARGO_BIN_EXE_beadle"))
        .arg("serve")
        .current_dir(folder.path())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let lock = folder.path().join("state/node");
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !lock.exists() && std::time::Instant::now() < until {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let said = stderr(&beadle_in(folder.path(), &["serve"], ""), 1);
    assert!(said.contains("another beadle runs"), "{said}");
    let listed = stdout(&beadle_in(folder.path(), &["minutes", "list"], ""));
    assert!(listed.contains("No meeting"), "reading works beside a running service: {listed}");
    first.kill().expect("it runs");
    first.wait().expect("it ends");
}

#[test]
fn a_unix_program_has_completions_and_manual_pages() {
    assert!(stdout(&beadle(&["completions", "bash"], "")).contains("_beadle"));
    assert!(stdout(&beadle(&["man"], "")).contains(".TH beadle"));
    assert!(stdout(&beadle(&["man", "minutes", "render"], "")).contains("render"));
    assert!(stdout(&beadle(&["--help"], "")).contains("demo"));
}

#[test]
fn a_reader_who_leaves_early_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_beadle"))
        .args(["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("words");
    assert!(child.wait().expect("it ends").success() && said.is_empty(), "{said}");
}
