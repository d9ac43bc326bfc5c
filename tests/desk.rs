//! The group's data on the command line: what the commands print, refuse and leave behind.

#[path = "support/desk.rs"]
mod support;

use serde_json::{Value, json};
use support::{Desk, NOW};

#[test]
fn the_roster_is_listed_changed_and_keeps_addresses_to_itself() {
    let desk = Desk::new();
    assert_eq!(
        desk.does("roster list"),
        "gwd             George Dunlap           lead, maintainer: xen\n\
         jirkade         Jiri Denemark           maintainer: libvirt\n"
    );
    let add = "roster add tomo Tomasz Baranski --role maintainer:_ovirt --since 2018-11-01";
    assert_eq!(desk.does(add), "tomo is a member since 2018-11-01.\n");
    assert_eq!(desk.does("roster nick tomo --add tb"), "tomo has the nicks tomo, tb.\n");
    assert_eq!(desk.does("roster account tomo tbaransk"), "tomo has the account tbaransk.\n");
    assert_eq!(
        desk.does("roster role tb --add lead --as gwd"),
        "tomo has the roles: maintainer: ovirt, lead.\n"
    );
    assert_eq!(desk.does("roster address tomo tomo@private.example"), "tomo has 1 mail address.\n");
    assert_eq!(
        desk.json("roster list")[2],
        json!({
            "id": "tbaransk", "name": "Tomasz Baranski", "nicks": ["tomo", "tb"],
            "account": "tbaransk", "roles": ["maintainer: ovirt", "lead"], "lead": true,
            "projects": ["ovirt"], "since": "2018-11-01", "until": null,
        })
    );
    for words in ["roster list --all", "roster show tomo", "roster show gwd --format json"] {
        assert!(!desk.does(words).contains("private.example"), "{words}");
    }
    assert!(desk.does("roster show tomo --addresses").contains("tomo@private.example"));
    assert_eq!(desk.does("roster role jirkade none"), "jirkade has the roles: none.\n");
    assert_eq!(desk.does("roster roles jirkade maintainer:_libvirt").matches("libvirt").count(), 1);
    desk.does("roster remove jirkade --until 2018-11-13");
    assert!(!desk.does("roster list").contains("jirkade"));
    let all = desk.does("roster list --all");
    let words: Vec<&str> = all.split_whitespace().collect();
    assert!(words.join(" ").contains("maintainer: libvirt (until 2018-11-13)"), "{all}");
}

#[test]
fn a_refusal_is_one_sentence_and_changes_nothing() {
    let desk = Desk::new();
    let before = desk.does("roster list --all");
    desk.does("action add jirkade push libvirt 4.9.0");
    for (words, sentence) in [
        (
            "roster show gwdd",
            "beadle: gwdd is nobody of the roster; did you mean gwd? `roster list` shows everybody\n",
        ),
        ("roster role gwd member", "beadle: gwd is the only lead; make somebody else lead first\n"),
        ("roster add mira --as jirkade", "beadle: Only the lead may do that: gwd.\n"),
        ("roster add virtbot", "beadle: virtbot is the bot's own nick\n"),
        ("roster nick gwd jirkade", "beadle: jirkade is already on the roster, as Jiri Denemark\n"),
        (
            "roster role gwd --remove chair",
            "beadle: gwd has no \"chair\", only: lead, maintainer: xen\n",
        ),
        ("roster address gwd nothing", "is not a mail address; write it as name@example.org\n"),
        ("action done 7", "beadle: there is no action 7; open: 1\n"),
        ("action show 7", "beadle: there is no action 7; open: 1\n"),
        (
            "action done 1 --as mira",
            "beadle: Only its owner or a member may change action 1; ask gwd.\n",
        ),
        ("action defer 1 2018-11-01", "2018-11-01 is in the past; give a day to come"),
        ("action list --owner jirkad", "did you mean jirkade?"),
        ("action add write it --owner mira", "mira is nobody of the roster"),
        ("notice withdraw 3 wrong", "beadle: there is no notice 3; the newest: none\n"),
        (
            "notice add --kind eol xen 4.6",
            "write PROJECT VERSION DATE, for example \"xen 4.6 2018-11-13\"\n",
        ),
        (
            "notice add --kind eol xen 4.6 2018-13-01",
            "\"2018-13-01\" is not a date; write it as 2018-11-13\n",
        ),
        ("notice add news --as mira", "Only people of the group's roster may do that; ask gwd.\n"),
        ("roadmap promote 9 xen 4.12", "there is no action 9; open: 1\n"),
    ] {
        let said = desk.refuses(words, 1);
        assert!(said.ends_with(sentence) || said.contains(sentence), "{words}: {said}");
        assert_eq!(said.lines().count(), 1, "{words}: {said}");
    }
    assert_eq!(desk.does("roster list --all"), before);
    assert_eq!(desk.json("action list").as_array().expect("rows").len(), 1);
    assert_eq!(desk.json("notice list"), json!([]));
    for (words, sentence) in [
        ("action done first", "a number was expected, as the list shows it: 35"),
        ("action defer 1 tomorrow", "\"tomorrow\" is not a date; write it as 2018-12-25"),
        ("roster add a_b", "nick"),
        ("roster role gwd", "required"),
        ("roster frobnicate", "unrecognized subcommand"),
        ("action drop 1", "required"),
    ] {
        assert!(desk.refuses(words, 2).contains(sentence), "{words}");
    }
}

#[test]
fn actions_are_promised_done_dropped_deferred_and_reopened() {
    let desk = Desk::new();
    for (words, said) in [
        (
            "action add jirkade push libvirt 4.9.0 to testing by next meeting",
            "[1] jirkade: push libvirt 4.9.0 to testing (due 2018-11-27)\n",
        ),
        ("action add ask KB --owner gwd --due 2018-11-01", "[2] gwd: ask KB (due 2018-11-01)\n"),
        ("action add --help-wanted docs for arm64", "[3] docs for arm64\n"),
        ("action take 3 jirkade --as jirkade", "[3] is jirkade's.\n"),
        ("action done #1 it is out --as jirkade", "[1] done.\n"),
        ("action drop [2] nobody answers", "[2] dropped.\n"),
        ("action reopen 2", "[2] is open again.\n"),
        ("action defer 3 2018-12-01", "[3] deferred until 2018-12-01.\n"),
        ("roadmap promote 2 xen 4.12", "[2] is on the roadmap of xen 4.12.\n"),
        (
            "roadmap milestone xen 4.12 --date 2019-04-02 --state in_testing",
            "xen 4.12 is on the roadmap.\n",
        ),
    ] {
        assert_eq!(desk.does(words), said, "{words}");
    }
    assert_eq!(
        desk.does("action list"),
        "done      [1] jirkade: push libvirt 4.9.0 to testing (due 2018-11-27):\n\
         \x20         it is out\n\
         late      [2] gwd: ask KB (due 2018-11-01)\n\
         deferred  [3] jirkade: docs for arm64 (until 2018-12-01)\n"
    );
    assert_eq!(
        desk.does("action list --open --owner GWD"),
        "late      [2] gwd: ask KB (due 2018-11-01)\n"
    );
    assert_eq!(desk.does("action list --open --owner jirkade"), "No actions.\n");
    let rows = desk.json("action list");
    assert_eq!(rows[0]["id"], 1);
    assert_eq!(rows[0]["state"], "done");
    assert_eq!(rows[0]["closed_by"], "jirkade");
    assert_eq!(rows[0]["note"], "it is out");
    assert_eq!(rows[1]["milestone"], "4.12");
    assert_eq!(rows[2]["deferred_until"], "2018-12-01");
    let one = desk.json("action show 3");
    let history = one["history"].as_array().expect("a history");
    let changes: Vec<&Value> = history.iter().map(|event| &event["change"]).collect();
    assert_eq!(changes, ["opened", "taken", "deferred"]);
    assert_eq!(history[0]["by"], "root", "the operator's name");
    assert_eq!((&history[1]["by"], &history[1]["via"]), (&json!("jirkade"), &json!("cli")));
    assert!(desk.does("action show 3").contains("2018-11-13 16:00 UTC, jirkade"));
    assert_eq!(
        desk.does("roadmap list"),
        "xen 4.12, 2019-04-02: in testing\n\
         \x20 late      [2] gwd: ask KB (due 2018-11-01)\n"
    );
    assert_eq!(desk.json("roadmap list --project XEN")[0]["actions"][0]["id"], 2);
    // The day comes.
    desk.set_clock(NOW + 30 * 86_400);
    assert!(desk.does("action list --open").contains("[3] jirkade: docs for arm64"));
}

#[test]
fn notices_are_posted_as_typed_corrected_and_withdrawn() {
    let desk = Desk::new();
    for (words, said) in [
        (
            "notice add --kind eol xen 4.6 2018-11-13 --as gwd",
            "xen 4.6: end of security support 2018-11-13 recorded.\n",
        ),
        ("notice add --kind rebase ovirt 4.2.7 for CentOS 7.6", "Notice 2 recorded.\n"),
        ("notice add --kind event 2018-11-16 oVirt conference, Milan", "Notice 3 recorded.\n"),
        ("notice add Xen 4.10 packages are built", "Notice 4 recorded.\n"),
        ("notice correct 4 Xen 4.10 packages are being built", "Notice 4 corrected.\n"),
        ("notice add wrong", "Notice 5 recorded.\n"),
        ("notice withdraw 5 a mistake", "Notice 5 withdrawn.\n"),
    ] {
        assert_eq!(desk.does(words), said, "{words}");
    }
    assert_eq!(
        desk.does("notice list"),
        "4    2018-11-13 - Xen 4.10 packages are being built\n\
         3    2018-11-13 - On 2018-11-16: oVirt conference, Milan\n\
         2    2018-11-13 - oVirt is being rebased on upstream 4.2.7 for CentOS\n\
         \x20    7.6\n\
         1    2018-11-13 - Xen 4.6 is out of security support now\n"
    );
    let rows = desk.json("notice list --all");
    assert_eq!(rows[0]["withdrawn_why"], "a mistake");
    assert_eq!(rows[1]["about"], "xen");
    assert_eq!(rows[1]["history"][0]["text"], "Xen 4.10 packages are built");
    assert_eq!(
        rows[4],
        json!({
            "id": 1, "at": rows[4]["at"], "by": "gwd", "kind": "end_of_support", "project": "xen",
            "version": "4.6", "date": "2018-11-13", "about": "xen",
            "text": "Xen 4.6 is out of security support now", "meeting": null, "line": null,
            "url": null, "withdrawn_at": null, "withdrawn_why": null, "completed_at": null,
            "completed_by": null, "history": [],
        })
    );
    assert!(desk.does("notice show 4").contains("(root): Xen 4.10 packages are built"));
    desk.set_clock(NOW + 7 * 86_400);
    assert!(!desk.does("notice list").contains("Milan"), "it is past by itself");
}

#[test]
fn the_report_is_drafted_told_and_sent() {
    let desk = Desk::new();
    desk.does("action add jirkade push libvirt 4.9.0");
    desk.does("notice add Xen 4.10 packages are being built");
    let draft = desk.does("report draft");
    for words in [
        "# CentOS Virtualization SIG: report of 2018 Q4\n",
        "Due on Monday 2018-12-03. It covers 2018-09-03 to 2018-11-13.\n",
        "2 members. Lead: George Dunlap (gwd).\n",
        "No meeting is recorded; 6 had been planned.\n",
        "1 opened, 0 done; 1 open.\n",
        "- 2018-11-13: Xen 4.10 packages are being built\n",
    ] {
        assert!(draft.contains(words), "{words}: {draft}");
    }
    let json = desk.json("report draft --quarter 2018-Q4");
    assert_eq!((&json["quarter"], &json["due"]), (&json!("2018Q4"), &json!("2018-12-03")));
    assert_eq!(json["actions"]["oldest"]["number"], 1);
    assert_eq!(json["meetings"][0], json!({"date": "2018-09-04", "state": "unknown"}));
    assert_eq!(json["markdown"], draft);

    std::fs::write(desk.path().join("words.md"), "All is well.\n").expect("a file");
    assert!(desk.refuses("report told words.md --as jirkade", 1).contains("Only the lead"));
    assert_eq!(desk.does("report told words.md --as gwd"), "The report of 2018Q4 is kept.\n");
    assert!(desk.does("report draft").contains("\nAll is well.\n"));
    desk.does("report sent");
    let sent = desk.does("report draft --quarter 2018Q4");
    desk.does("notice add another one");
    assert_eq!(desk.does("report draft --quarter 2018Q4"), sent, "it is frozen");
    assert!(desk.json("report draft")["sent_at"].is_string());
    for (words, code, sentence) in [
        ("report sent", 1, "the report of 2018Q4 was sent on 2018-11-13"),
        ("report told nothing.md", 1, "nothing.md cannot be read"),
        ("report draft --quarter 2018-Q5", 2, "\"2018-Q5\" is not a quarter; write it as 2018-Q4"),
    ] {
        assert!(desk.refuses(words, code).contains(sentence), "{words}");
    }
}

#[test]
fn events_of_another_build_system_are_taken_in_and_told_again() {
    let desk = Desk::new();
    let file = desk.path().join("config.toml");
    let config = std::fs::read_to_string(&file).expect("a configuration");
    let pushes = "[[push.repository]]\nname = 'virt7-xen-46'\n\
                  [[push.not_mainline]]\npackages = ['xen']\nbecause = 'linux-xen patches'\n";
    std::fs::write(&file, config + pushes).expect("a configuration");
    desk.set_clock(1_542_274_800); // 2018-11-15 09:40 UTC, a Thursday.
    let event = |event: &str, more: &str| {
        format!(
            "{{\"event\": \"{event}\", \"nvr\": \"xen-4.6.6-13.el7\", \
             \"tag\": \"virt7-xen-46-release\", \"at\": \"2018-11-15T09:30:00Z\"{more}}}\n"
        )
    };
    let write = |text: &str| std::fs::write(desk.path().join("events"), text).expect("a file");
    write(&(event("tagged", ", \"by\": \"gwd\"") + "\n"));
    assert_eq!(desk.does("push event events"), "1 taken in, 0 known before.\n");
    assert_eq!(desk.does("push event events"), "0 taken in, 1 known before.\n");
    let told = desk.does("push when xen-4.6.6-13.el7").replace("\n", " ");
    assert!(told.contains("expected Mon 2018-11-19 11:00 UTC (in 4 d 1 h)"), "{told}");
    let rows: serde_json::Value =
        serde_json::from_str(&desk.does("push list --held --format json")).expect("JSON");
    assert_eq!(
        rows[0],
        json!({
            "source": "xen", "evr": "4.6.6-13.el7", "nvr": "xen-4.6.6-13.el7", "project": "xen",
            "platform": "el7", "arches": [], "repository": "virt7-xen-46", "stage": "release",
            "kind": null, "tagged_at": "2018-11-15T09:30:00Z", "signed_at": null,
            "pushed_at": null, "mirrored": null, "held_until": "2018-11-19T11:00:00Z",
            "out_of_window": false, "not_mainline": "linux-xen patches", "announced_at": null,
        })
    );
    desk.set_clock(1_542_625_500); // Monday, 11:05.
    write(&event("pushed", "").replace("2018-11-15T09:30", "2018-11-19T11:04"));
    assert_eq!(desk.does("push event events"), "1 taken in, 0 known before.\n");
    let rows: serde_json::Value =
        serde_json::from_str(&desk.does("push where xen --format json")).expect("JSON");
    assert_eq!(rows[0]["kind"], "new");
    assert_eq!(rows[0]["pushed_at"], "2018-11-19T11:04:00Z");
    assert_eq!(rows[0]["arches"], json!(["x86_64"]));
    write("{\"event\": \"pushed\"}\nnot json\n");
    let refused = desk.run("push event events");
    assert_eq!(refused.status.code(), Some(1));
    let refused = String::from_utf8_lossy(&refused.stderr);
    assert!(refused.contains("line 1: ") && refused.contains("line 2: "), "{refused}");
    let unknown = desk.run("push where xne");
    assert_eq!(unknown.status.code(), Some(1));
}
