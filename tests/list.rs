//! The mailing lists on the command line: who is subscribed, what is imported and exported.

#[path = "list/gate.rs"]
mod gate;
#[path = "support/desk.rs"]
mod support;

use serde_json::json;
use std::fs;
use std::process::{Command, Stdio};
use support::Desk;

/// A desk whose group has a list.
fn desk() -> Desk {
    let desk = Desk::new();
    let file = desk.path().join("config.toml");
    let config = fs::read_to_string(&file).expect("a configuration");
    let list = "[list]\naddress = 'Centos-Virt@centos.org'\n";
    fs::write(file, config + list).expect("a configuration");
    desk
}

fn write(desk: &Desk, name: &str, text: &str) {
    let file = desk.path().join(name);
    fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    fs::write(file, text).expect("a file");
}

#[test]
fn the_list_of_the_configuration_is_there_and_others_are_made() {
    let desk = desk();
    assert_eq!(
        desk.does("list show"),
        "centos-virt     centos-virt@centos.org: 0 subscribers; all rules as\n                \
         [gate] says\n"
    );
    let made = desk.does("list create Devel devel@lists.example --nonmember hold");
    assert_eq!(made, "devel is kept; posts to it go to devel@lists.example.\n");
    assert_eq!(
        desk.does("list set devel@LISTS.example members-by=any-sender nonmember="),
        "devel: members_by=any-sender.\n"
    );
    let devel = &desk.json("list show devel")[0];
    assert_eq!(devel["settings"], json!({ "members_by": "any-sender" }));
    assert_eq!((&devel["id"], &devel["subscribers"]), (&json!(2), &json!(0)));
    for (words, why) in [
        ("list create devel other@lists.example", "is kept already"),
        ("list create two_words a@lists.example", "one word"),
        ("list create x not-an-address", "name@example.org"),
        ("list set devel nonmember=maybe", "discard, reject, hold, accept"),
        ("list set devel colour=red", "nonmember, members_by, require, onward"),
        ("list members dev", "there are: centos-virt, devel"),
        ("list delete centos-virt", "[list] of the configuration"),
    ] {
        let error = desk.refuses(words, 1);
        assert!(error.contains(why), "{words}: {error}");
    }
    desk.refuses("list import devel", 2);
    desk.does("list add devel anna@x.example");
    assert!(desk.refuses("list delete devel", 1).contains("1 subscribers; --yes"));
    assert_eq!(desk.does("list delete devel --yes"), "devel is kept no more.\n");
    assert!(desk.does("list rekey").starts_with("A new key signs"));
}

#[test]
fn subscribers_are_added_changed_listed_and_removed() {
    let desk = desk();
    let add = "list add centos-virt Anna_B_<Anna@X.example> bob@x.example bob@X.example";
    assert_eq!(desk.does(add), "2 added to centos-virt. 1 already there, unchanged.\n");
    desk.does("list add centos-virt anna@work.example --other-of anna@x.example --extension");
    let why = desk.refuses("list add centos-virt c@x.example --other-of nobody@x.example", 1);
    assert!(why.contains("nobody@x.example is not subscribed"), "{why}");
    assert!(desk.refuses("list add centos-virt nobody", 1).contains("\"nobody\" is no address"));
    desk.does("list change centos-virt BOB@x.example --moderated on --mail off");
    assert_eq!(
        desk.does("list members centos-virt"),
        "anna@work.example                       (of anna@x.example) (with +extensions)\n\
         Anna@X.example                          Anna B\n\
         bob@x.example                           (moderated) (no mail)\n"
    );
    let members = desk.json("list members centos-virt");
    assert_eq!(
        members[2],
        json!({ "id": "bob@x.example", "address": "bob@x.example", "name": "", "other_of": null,
            "joined_at": members[2]["joined_at"], "moderated": true, "extended": false,
            "nomail": true })
    );
    assert!(members[0]["joined_at"].as_str().is_some_and(|at| at.starts_with("2018-11-13T16:0")));
    assert_eq!(
        desk.does("list remove centos-virt anna@x.example"),
        "2 removed from centos-virt.\n"
    );
    desk.refuses("list remove centos-virt anna@x.example", 1);
    assert_eq!(desk.json("list members centos-virt").as_array().map(Vec::len), Some(1));
}

#[test]
fn an_import_is_shown_first_and_doing_it_twice_changes_nothing() {
    let desk = desk();
    let lines = "anna@x.example\nBob <bob@x.example>\n\nnobody\nANNA@x.example\n";
    write(&desk, "plain.txt", lines);
    let plan = "plain.txt, line 4: no address\n\
        centos-virt: 2 to add, 0 already there, 1 given twice, 1 no addresses.\n";
    let dry = desk.does("list import centos-virt plain.txt --dry-run");
    assert_eq!(dry, format!("{plan}Nothing was changed.\n"));
    assert_eq!(desk.does("list members centos-virt"), "");
    // Nobody can be asked here.
    let unasked = desk.run("list import centos-virt plain.txt");
    assert_eq!(unasked.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unasked.stderr).contains("--yes"));
    assert_eq!(desk.does("list members centos-virt"), "");
    let done = desk.does("list import centos-virt plain.txt --yes");
    assert_eq!(done, format!("{plan}2 added, 0 removed.\n"));
    let again = desk.does("list import centos-virt plain.txt --yes --sync");
    assert!(again.ends_with("0 to remove.\nNothing was changed.\n"), "{again}");
    assert_eq!(fs::read_to_string(desk.path().join("plain.txt")).expect("it is there"), lines);

    write(&desk, "fewer.txt", "bob@x.example\ncarl@x.example\n");
    let synced = desk.does("list import centos-virt fewer.txt --sync --yes");
    assert!(
        synced.ends_with("1 to add, 1 already there, 1 to remove.\n1 added, 1 removed.\n"),
        "{synced}"
    );
    write(&desk, "empty.txt", "# nobody\n");
    let why = desk.refuses("list import centos-virt empty.txt --sync --yes", 1);
    assert!(why.contains("would remove everybody"), "{why}");
    desk.refuses("list import centos-virt gone.txt", 1);
    desk.refuses("list import centos-virt plain.txt --yes --dry-run", 2);
}

#[test]
fn what_is_exported_can_be_imported_again() {
    let desk = desk();
    desk.does("list add centos-virt Anna,_B._<anna@x.example> zoe@x.example");
    desk.does("list add centos-virt anna@work.example --other-of anna@x.example");
    desk.does("list change centos-virt zoe@x.example --moderated on --mail off");
    desk.does("list create copy copy@lists.example");
    let members = desk.json("list members centos-virt");
    for format in ["csv", "json"] {
        let text = desk.does(&format!("list export centos-virt --format {format}"));
        write(&desk, "copy", &text);
        desk.does("list import copy copy --yes --sync");
        let mut copy = desk.json("list members copy");
        for (one, other) in
            copy.as_array_mut().expect("rows").iter_mut().zip(members.as_array().expect("rows"))
        {
            one["joined_at"] = other["joined_at"].clone();
        }
        assert_eq!(copy, members, "{format}");
        desk.does("list remove copy anna@x.example zoe@x.example");
    }
    assert_eq!(
        desk.does("list export centos-virt"),
        "anna@work.example\nanna@x.example\nzoe@x.example\n"
    );
    desk.does("list export centos-virt --format mlmmj --out mlmmj");
    let file = |name: &str| fs::read_to_string(desk.path().join("mlmmj").join(name));
    assert_eq!(file("subscribers.d/a").expect("a file"), "anna@x.example\n");
    assert_eq!(file("nomailsubs.d/z").expect("a file"), "zoe@x.example\n");
    desk.refuses("list export centos-virt --format mlmmj", 2);
    let said = desk.does("list import copy mlmmj --yes");
    assert!(said.ends_with("3 added, 0 removed.\n"), "{said}");
    assert!(desk.does("list members copy").contains("(no mail)"));
}

#[test]
fn mailman_s_settings_are_told_and_standard_input_is_read() {
    let desk = desk();
    let settings = "# -*- python -*-\nreal_name = 'Virt'\ngeneric_nonmember_action = 3\n\
        max_message_size = 40\n";
    write(&desk, "settings", settings);
    assert_eq!(
        desk.does("list import centos-virt settings --dry-run"),
        "settings: for the configuration:\n[gate]\nnonmember = \"discard\"\npost_kilobytes = 40\n\
         centos-virt: 0 to add, 0 already there.\nNothing was changed.\n"
    );
    write(&desk, "lines", "anna@x.example\n");
    for words in [["list", "add", "centos-virt", "-"], ["list", "remove", "centos-virt", "-"]] {
        let lines = fs::File::open(desk.path().join("lines")).expect("a file");
        let output = Command::new(env!("CARGO_BIN_EXE_beadle"))
            .args(words)
            .current_dir(desk.path())
            .stdin(Stdio::from(lines))
            .output()
            .expect("the program ends");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.starts_with("1 "), "{said}");
    }
}
