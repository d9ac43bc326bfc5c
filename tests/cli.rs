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

#[test]
fn the_next_meetings_as_json_have_the_names_that_scripts_depend_on() {
    let empty = tempfile::tempdir().unwrap();
    let at = ["schedule", "next", "--at", "2018-11-13T15:00:01Z", "-n", "2", "--format", "json"];
    let out = stdout(&beadle_in(empty.path(), &at, ""));
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(json["at"], "2018-11-13T15:00:01Z");
    assert_eq!(json["state"], "on_now");
    let next = json["next"].as_array().unwrap();
    assert_eq!(next.len(), 2);
    assert_eq!(next[0]["name"], "Virt SIG");
    assert_eq!(next[0]["channel"], "#centos-devel");
    assert_eq!(next[0]["start"], "2018-11-27T15:00:00Z");
    assert_eq!(next[0]["end"], "2018-11-27T16:00:00Z");
    assert_eq!(next[0]["iso_week"], "2018-W48");
    assert_eq!(next[0]["weeks_since_last"], 2);
    assert_eq!(next[1]["start"], "2018-12-11T15:00:00Z");
}

/// `at,next,state,why`, as the group gave them.
#[test]
fn the_cases_of_the_group_hold_on_the_command_line() {
    let empty = tempfile::tempdir().unwrap();
    for line in include_str!("../src/domain/schedule/cases.csv").lines().skip(1) {
        let fields: Vec<&str> = line.splitn(4, ',').collect();
        let arguments = ["schedule", "next", "--at", fields[0], "--format", "json"];
        let out = stdout(&beadle_in(empty.path(), &arguments, ""));
        let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!(json["next"][0]["start"], fields[1], "{line}");
        assert_eq!(json["state"], fields[2], "{line}");
    }
}

#[test]
fn the_next_meeting_is_told_in_words() {
    let empty = tempfile::tempdir().unwrap();
    let next = |at: &str, number: &str| {
        stdout(&beadle_in(empty.path(), &["schedule", "next", "--at", at, "-n", number], ""))
    };
    assert_eq!(
        next("2018-11-20T12:00:00Z", "1"),
        "Not today (W47 is odd). Next: Tue 2018-11-27 15:00 UTC (W48).\n"
    );
    assert_eq!(
        next("2026-12-23T12:00:00Z", "2"),
        "Tue 2027-01-12 15:00 UTC (W02), in 20 days (three weeks: 2026 has a week 53)\n\
         Tue 2027-01-12 15:00 UTC (W02)  Virt SIG  #centos-devel\n\
         Tue 2027-01-26 15:00 UTC (W04)  Virt SIG  #centos-devel\n"
    );
    let bad = beadle(&["schedule", "next", "--at", "tomorrow"], "");
    assert!(stderr(&bad, 2).contains("for example 2018-11-13T15:00:00Z"));
    let bad = beadle(&["schedule", "list", "--from", "Christmas"], "");
    assert!(stderr(&bad, 2).contains("write it as 2018-12-25"));
    let bad = beadle(&["schedule", "next", "-n", "0"], "");
    assert_eq!(bad.status.code(), Some(2));
}

const GROUP: &str = "[group]\nname = 'G'\n[[network]]\nname = 'N'\nhost = 'h.example'\n\
                     nick = 'b'\nchannels = ['#c']\n[state]\ndir = '.'\n\
                     [web]\nurl = 'https://virt.example.org'\n";

fn configured(schedule: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.toml"), format!("{GROUP}{schedule}")).unwrap();
    folder
}

#[test]
fn the_configured_schedule_is_listed_with_what_is_skipped() {
    let folder = configured(
        "[[schedule]]\nname = 'Virt SIG'\ncalendar = 'virt.yaml'\nchannel = '#c'\n\
         skip = [{ date = 2018-12-25, reason = 'Christmas' }]\n\
         extra = [{ start = '2018-12-18 18:00', reason = 'instead' }]\n",
    );
    let yaml = "project: Virtualization SIG\nschedule:\n  - time: '1500'\n    day: Tuesday\n    irc: centos-devel\n    frequency: biweekly-even\n";
    std::fs::write(folder.path().join("virt.yaml"), yaml).unwrap();
    let list = ["schedule", "list", "--from", "2018-12-01", "--to", "2019-01-08"];
    assert_eq!(
        stdout(&beadle_in(folder.path(), &list, "")),
        "Tue 2018-12-11 15:00 UTC (W50)  Virt SIG  #c\n\
         Tue 2018-12-18 18:00 UTC (W51)  Virt SIG  #c  extra: instead\n\
         Tue 2018-12-25 15:00 UTC (W52)  Virt SIG  #c  skipped: Christmas\n\
         Tue 2019-01-08 15:00 UTC (W02)  Virt SIG  #c\n"
    );
    let json = [&list[..], &["--format", "json"]].concat();
    let json: serde_json::Value =
        serde_json::from_str(&stdout(&beadle_in(folder.path(), &json, ""))).expect("JSON");
    assert_eq!(json[1]["extra"], "instead");
    assert_eq!(json[2]["skipped"], "Christmas");
    assert_eq!(json[2]["id"], "virt-sig-20181225");
    let ics = ["schedule", "ics", "--at", "2018-12-01T00:00:00Z", "--out", "meetings.ics"];
    assert_eq!(stdout(&beadle_in(folder.path(), &ics, "")), "");
    let text = std::fs::read_to_string(folder.path().join("meetings.ics")).unwrap();
    assert!(text.starts_with("BEGIN:VCALENDAR\r\n") && text.ends_with("END:VCALENDAR\r\n"));
    assert!(text.contains("UID:virt-sig-20181225@virt.example.org\r\n"));
    assert_eq!(text.matches("STATUS:CANCELLED").count(), 1);
    assert!(!text.contains("RRULE"));
}

#[test]
fn a_configuration_without_meetings_says_so() {
    let folder = configured("");
    let out = stdout(&beadle_in(folder.path(), &["schedule", "next"], ""));
    assert!(out.starts_with("No meeting is planned.\n") && out.contains("[[schedule]]"), "{out}");
    let json = ["schedule", "next", "--format", "json", "--at", "2018-11-13T15:00:00Z"];
    let out = stdout(&beadle_in(folder.path(), &json, ""));
    assert_eq!(out, "{\"at\":\"2018-11-13T15:00:00Z\",\"state\":\"idle\",\"next\":[]}\n");
}

#[test]
fn dates_are_changed_at_the_command_line() {
    let folder = configured("[[schedule]]\nname = 'Virt SIG'\ncron = '0 0 15 * * Tue'\n");
    let run = |arguments: &[&str]| beadle_in(folder.path(), arguments, "");
    let json = |arguments: &[&str]| -> serde_json::Value {
        let all = [arguments, &["--format", "json"]].concat();
        serde_json::from_str(&stdout(&run(&all))).expect("JSON")
    };
    let next = json(&["schedule", "next", "-n", "3"]);
    assert!(!folder.path().join("beadle.db").exists(), "to look needs no database");
    let date = |n: usize| next["next"][n]["start"].as_str().expect("a start")[..10].to_string();
    let (skipped, kept) = (date(1), date(2));
    let said = stdout(&run(&["schedule", "skip", &skipped, "we", "are", "away", "--as", "gwd"]));
    assert!(said.starts_with("Skipped: Tue ") && said.contains("(we are away). Next: "), "{said}");
    let list = stdout(&run(&["schedule", "list", "--from", &skipped, "--to", &kept]));
    assert_eq!(list.lines().count(), 2, "{list}");
    assert!(list.lines().next().expect("a line").ends_with("skipped: we are away"), "{list}");
    let ics = stdout(&run(&["schedule", "ics"]));
    assert_eq!(ics.matches("STATUS:CANCELLED").count(), 1);
    let again = stderr(&run(&["schedule", "skip", &skipped, "again"]), 1);
    assert!(again.contains("is skipped already (we are away)"), "{again}");

    let extra = json(&["schedule", "extra", &skipped, "18:30", "instead"]);
    assert_eq!(extra["next"]["start"], next["next"][0]["start"]);
    assert!(extra["text"].as_str().expect("words").starts_with("Extra meeting: Tue "), "{extra}");
    assert!(stdout(&run(&["schedule", "unskip", &skipped])).contains("is held after all"));
    let list = stdout(&run(&["schedule", "list", "--from", &skipped, "--to", &kept]));
    assert_eq!(list.lines().count(), 3, "{list}");

    let other = ["schedule", "skip", &kept, "why", "--meeting", "sclo"];
    assert!(stderr(&run(&other), 1).contains("there is no such meeting; known are virt-sig"));
    let over = stderr(&run(&["schedule", "extra", &kept, "15:30", "over", "there"]), 1);
    assert!(over.contains("Virt SIG is held in #c then, 15:00 to 16:00 UTC"), "{over}");
    assert!(stderr(&run(&["schedule", "skip", "Christmas", "why"]), 2).contains("2018-12-25"));
    assert!(stderr(&run(&["schedule", "extra", &kept, "3pm", "why"]), 2).contains("15:00"));
    assert!(stderr(&run(&["schedule", "skip", &kept]), 2).contains("REASON"));
}

#[test]
fn check_reports_meetings_that_overlap() {
    let two = "[[schedule]]\nname = 'Virt SIG'\ncron = '0 0 15 * * Tue'\n\
               [[schedule]]\nname = 'SCLo'\ncron = '0 30 14 * * Tue'\n";
    let said = stderr(&beadle_in(configured(two).path(), &["check"], ""), 1);
    assert!(said.contains("\"SCLo\" and \"Virt SIG\" overlap in #c, first on Tue 2"), "{said}");
    let apart = two.replace("30 14", "0 14");
    let said = stdout(&beadle_in(configured(&apart).path(), &["check"], ""));
    assert_eq!(said.lines().count(), 6, "all good, and five meetings: {said}");
}

#[test]
fn a_mail_server_hands_over_questions() {
    let folder = configured(
        "[mail]\nrelay = '127.0.0.1'\nfrom = 'bot@lists.example.org'\n\
         [list]\naddress = 'virt@lists.example.org'\n",
    );
    let mail = "From: Mira <mira@example.com>\nTo: virt-request@lists.example.org\n\
                Subject: q\nMessage-ID: <1@example.com>\n\nwhen\n";
    let hand_over = |from: &str, mail: &str| {
        stdout(&beadle_in(folder.path(), &["request", "--from", from], mail))
    };
    assert_eq!(hand_over("mira@example.com", mail), "answered\n");
    assert_eq!(hand_over("mira@example.com", mail), "not answered: it was answered before\n");
    assert_eq!(hand_over("<>", mail), "not answered: the null sender\n");
    assert_eq!(hand_over("", mail), "not answered: the null sender\n");
    let long = format!("{mail}{}", "x\n".repeat(2 << 20));
    assert_eq!(hand_over("mira@example.com", &long), "not answered: a mail that is too long\n");
    let other = mail.replace("virt-request", "virt");
    let said = hand_over("mira@example.com", &other);
    assert_eq!(said, "not answered: not written to the request address\n");
    // What cannot be taken now comes again: the mail server keeps it.
    std::fs::write(folder.path().join("config.toml"), "[group]\n").unwrap();
    stderr(&beadle_in(folder.path(), &["request", "--from", "mira@example.com"], mail), 75);
}

#[test]
fn where_nothing_was_decided_no_decision_is_listed() {
    let folder = configured("");
    let none = ["minutes", "decisions", "--format", "json"];
    assert_eq!(stdout(&beadle_in(folder.path(), &none, "")), "[]\n");
    let said = stderr(&beadle_in(folder.path(), &["minutes", "decisions", "arm64"], ""), 1);
    assert!(said.contains("no decision holds all of these words"), "{said}");
}

#[test]
fn the_push_window_needs_no_configuration() {
    let folder = tempfile::tempdir().expect("a folder");
    for line in include_str!("../src/domain/push/window/cases.csv").lines().skip(1) {
        let mut cells = line.split(',');
        let mut cell = || cells.next().expect("a cell");
        let (tagged, gate, earliest, why) = (cell(), cell(), cell(), cell());
        let asked = ["push", "window", "--at", tagged, "--format", "json"];
        let told = stdout(&beadle_in(folder.path(), &asked, ""));
        let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
        let expected = serde_json::json!({"tagged_at": tagged, "gate": gate, "earliest": earliest});
        assert_eq!(told, expected, "{why}");
    }
    let told = stdout(&beadle_in(
        folder.path(),
        &["push", "window", "--at", "2018-11-15T09:00:00.000001Z"],
        "",
    ));
    assert!(told.contains("mirrors not before Mon 2018-11-19 11:00 UTC"), "{told}");
    let wrong = stderr(&beadle(&["push", "window", "--at", "Thursday"], ""), 2);
    assert!(wrong.contains("2018-11-13T15:00:00Z"), "{wrong}");
}
