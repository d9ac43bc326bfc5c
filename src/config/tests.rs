//! Tests of the whole reader: faulty files with exactly what is said about them, and that the
//! example and the manual know every key.

use crate::config::Config;
use crate::config::Database;
use crate::config::Fault;
use crate::config::MailTls;
use crate::config::MayStart;
use crate::config::Sasl;
use crate::config::Surroundings;
use crate::config::load_in;
use crate::config::raw;
use crate::config::vocabulary::FILE;
use crate::config::vocabulary::Key;
use crate::config::vocabulary::Kind;
use crate::config::vocabulary::Presence;
use std::fs;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn write(path: &Path, mode: u32, content: &[u8]) {
    fs::write(path, content).unwrap();
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// A directory with the files that the cases name.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    write(&home.path().join("good-secret"), 0o600, b"hunter2\n");
    write(&home.path().join("open-secret"), 0o644, b"hunter2\n");
    write(&home.path().join("empty-secret"), 0o600, b"");
    write(&home.path().join("not.pem"), 0o600, b"not a certificate\n");
    write(&home.path().join("not.yaml"), 0o644, b"project: P\nschedule:\n- day: Tuseday\n");
    let elsewhere =
        "project: P\nschedule:\n- {time: '1500', day: Tuesday, irc: na, frequency: weekly}\n";
    write(&home.path().join("elsewhere.yaml"), 0o644, elsewhere.as_bytes());
    write(&home.path().join("url"), 0o600, b"postgres://beadle:hunter2@db.example/beadle\n");
    home
}

fn load(home: &tempfile::TempDir, content: &[u8]) -> Result<Config, Vec<Fault>> {
    let file = home.path().join("c.toml");
    write(&file, 0o644, content);
    load_in(&file, Surroundings::default())
}

/// What is said about a file, without the directory of this test.
fn said(home: &tempfile::TempDir, content: &[u8]) -> String {
    let faults = match load(home, content) {
        Ok(_) => return "all good\n".to_string(),
        Err(faults) => faults,
    };
    let said: String = faults.iter().map(|fault| format!("{fault}\n")).collect();
    said.replace(&format!("{}/", home.path().display()), "")
}

/// `faulty.txt` holds the cases: `== name`, the file, `--`, and what is said about it.
/// `UPDATE_SCRIPTS=1` rewrites what is said; a person reads the difference.
#[test]
fn faulty_files_are_answered_exactly_so() {
    let home = home();
    let path = at("src/config/faulty.txt");
    let cases = fs::read_to_string(&path).unwrap();
    let mut now = String::new();
    for case in cases.split("== ").skip(1) {
        let (name, rest) = case.split_once('\n').expect("a case has a name and a file");
        let (file, _) = rest.split_once("\n--\n").expect("a case has a -- after its file");
        let said = said(&home, format!("{file}\n").as_bytes());
        assert!(!said.contains("hunter2"), "a secret is shown: {said}");
        now += &format!("== {name}\n{file}\n--\n{said}\n");
    }
    if std::env::var_os("UPDATE_SCRIPTS").is_some() {
        fs::write(&path, &now).unwrap();
    }
    assert_eq!(now, cases);
}

const SMALLEST: &str = "[group]\nname = 'G'\n[[network]]\nname = 'N'\nhost = 'h.example'\nnick = 'b'\nchannels = ['#c']\n";

#[test]
fn a_file_that_is_no_text_has_one_clear_fault() {
    let home = home();
    let cases: [(&[u8], &str); 5] = [
        (
            b"a = 1\nb = \"\xff\"\n",
            "c.toml:2:6: this is not UTF-8; save the file as UTF-8\n 2 | b = \"\u{fffd}\n   |      ^\n",
        ),
        (b"\xff\xfea\0", "c.toml: the file is UTF-16; save it as UTF-8\n"),
        (
            b"a\0b",
            "c.toml:1:4: this is not TOML: key with no value, expected `=`\n 1 | a\u{fffd}b\n   |    ^\n",
        ),
        (b"", "c.toml: [group] is missing"),
        (
            &[b'#'; 10_000_000],
            "c.toml: the file is longer than 1048576 bytes; is it the right one?\n",
        ),
    ];
    for (content, wanted) in cases {
        let said = said(&home, content);
        assert!(said.starts_with(wanted), "{said}");
    }
    let faults = load_in(home.path(), Surroundings::default()).unwrap_err();
    assert_eq!(faults[0].sentence, "this is not a regular file");
    let faults = load_in(&home.path().join("none"), Surroundings::default()).unwrap_err();
    assert_eq!(faults[0].sentence, "there is no such file");
}

#[test]
fn a_mark_before_the_text_and_foreign_line_ends_do_not_matter() {
    let home = home();
    let plain = load(&home, SMALLEST.as_bytes()).unwrap();
    let foreign = format!("\u{feff}{}", SMALLEST.replace('\n', "\r\n"));
    assert_eq!(load(&home, foreign.as_bytes()).unwrap(), plain);
    let said = said(&home, b"\xef\xbb\xbf[group]\r\nnane = 'x'\r\n");
    assert!(said.contains("c.toml:2:1: unknown key `nane`"), "{said}");
    assert!(!said.contains('\r'), "{said}");
}

#[test]
fn what_is_left_out_has_its_default() {
    let home = home();
    let config = load(&home, SMALLEST.as_bytes()).unwrap();
    assert_eq!(config.group.short, config.group.name);
    assert_eq!(config.state_dir, Path::new("/var/lib/beadle"));
    assert_eq!(config.database, Database::Sqlite(PathBuf::from("/var/lib/beadle/beadle.db")));
    assert_eq!(config.web, None);
    let network = &config.networks[0];
    assert_eq!((network.tls, network.port), (true, 6697));
    assert_eq!((network.burst_lines, network.interval_millis), (5, 2000));
    assert_eq!(network.realname, "beadle, the officer of G");
    assert_eq!(config.meeting.start, MayStart::Anyone);
    assert_eq!(config.meeting.path, crate::domain::minutes::place::Pattern::default());
    assert!(config.meeting.set_topic && !config.meeting.echo);
    assert_eq!(config.meeting.anyone_ends_after_minutes, 60);
}

#[test]
fn what_is_given_is_taken() {
    let home = home();
    let given = "[web]\nlisten = '[::1]:0'\n[state]\ndir = 'here'\ndatabase_file = 'url'\n[meeting]\nstart = ['gwd', 'lsm5']\nquorum = 3\n";
    let sasl = "[network.sasl]\nmechanism = 'SCRAM-SHA-256'\naccount = 'b'\npassword_file = './good-secret'\n";
    let plain = SMALLEST.replace("h.example'", "127.0.0.1'\ntls = false\ninterval_seconds = 0.25");
    let config = load(&home, format!("{plain}{sasl}{given}").as_bytes()).unwrap();
    assert_eq!(config.state_dir, home.path().join("here"));
    assert_eq!(config.web.unwrap().url, "http://[::1]:0");
    assert!(matches!(&config.meeting.start, MayStart::Listed(all) if all.len() == 2));
    assert_eq!(config.meeting.quorum, Some(3));
    let network = &config.networks[0];
    assert_eq!((network.port, network.interval_millis), (6667, 250));
    let Some(Sasl::ScramSha256 { password, .. }) = &network.sasl else { panic!("{network:?}") };
    assert_eq!(password.reveal(), "hunter2");
    let Database::Postgres(url) = &config.database else { panic!() };
    assert!(url.reveal().ends_with("db.example/beadle"));
}

#[test]
fn mail_leaves_in_the_way_that_fits_the_relay() {
    let home = home();
    let mail = |keys: &str| {
        let given = format!("{SMALLEST}[mail]\nfrom = 'bot@centos.example'\n{keys}");
        load(&home, given.as_bytes()).unwrap().mail.unwrap()
    };
    let way = |keys: &str| {
        let mail = mail(keys);
        (mail.port, mail.tls)
    };
    assert_eq!(way("relay = 'localhost'"), (25, MailTls::None));
    assert_eq!(way("relay = '::1'\nport = 465"), (465, MailTls::Wrapper));
    assert_eq!(way("relay = 'smtp.example'"), (587, MailTls::Starttls));
    assert_eq!(way("relay = 'smtp.example'\nport = 465"), (465, MailTls::Wrapper));
    assert_eq!(way("relay = 'smtp.example'\ntls = 'wrapper'"), (465, MailTls::Wrapper));
    assert_eq!(way("relay = 'smtp.example'\nport = 25\ntls = 'none'"), (25, MailTls::None));
    let mail = mail("relay = 'localhost'\naccount = 'b'\npassword_file = './good-secret'");
    let (account, password) = mail.login.unwrap();
    assert_eq!((account.as_str(), password.reveal()), ("b", "hunter2"));
    assert_eq!((mail.hello.as_str(), mail.from.name.as_str()), ("centos.example", "G"));
}

#[test]
fn letters_know_the_list_and_where_our_ids_are_made() {
    let home = home();
    let letters = |url: &str| {
        let mail = "[mail]\nrelay = 'localhost'\nfrom = 'bot@centos.example'\n";
        let list = "[list]\naddress = 'virt@lists.example'\n";
        let given = format!("{SMALLEST}{mail}{list}{url}");
        load(&home, given.as_bytes()).unwrap().letters().unwrap()
    };
    assert_eq!(letters("[web]").host, "centos.example");
    assert_eq!(letters("[web]\nurl = 'https://virt.example:8443/x'").host, "virt.example");
    let list = letters("");
    assert_eq!((list.name.as_str(), list.address.as_str()), ("virt", "virt@lists.example"));
    assert!(list.rule.ends_with("are discarded."));
    let alone = format!("{SMALLEST}[list]\naddress = 'virt@lists.example'\n");
    assert_eq!(load(&home, alone.as_bytes()).unwrap().letters(), None);
}

#[test]
fn systemd_says_where_the_state_and_the_credentials_are() {
    let home = home();
    let file = home.path().join("c.toml");
    let sasl = "[network.sasl]\nmechanism = 'plain'\naccount = 'b'\npassword_file = 'irc'\n";
    write(&file, 0o644, format!("{SMALLEST}{sasl}").as_bytes());
    let credentials = tempfile::tempdir().unwrap();
    write(&credentials.path().join("irc"), 0o400, b"from systemd");
    let surroundings = Surroundings {
        state_directory: Some(PathBuf::from("/var/lib/private/beadle")),
        credentials_directory: Some(credentials.path().to_path_buf()),
    };
    let config = load_in(&file, surroundings).unwrap();
    assert_eq!(config.state_dir, Path::new("/var/lib/private/beadle"));
    let Some(Sasl::Plain { password, .. }) = &config.networks[0].sasl else { panic!() };
    assert_eq!(password.reveal(), "from systemd");
}

#[test]
fn no_file_can_make_the_reader_panic() {
    let home = home();
    let example = fs::read_to_string(at("config.example.toml")).unwrap();
    let bytes = example.as_bytes();
    for cut in (0..bytes.len()).step_by(7) {
        let _ = load(&home, &bytes[..cut]);
        let mut torn = bytes.to_vec();
        torn[cut] ^= 0x5b;
        let _ = load(&home, &torn);
    }
    let deep = format!("a = {}", "[".repeat(100_000));
    assert!(load(&home, deep.as_bytes()).is_err());
    let dotted = format!("{} = 1", vec!["a"; 100_000].join("."));
    assert!(load(&home, dotted.as_bytes()).is_err());
}

#[test]
fn the_example_is_good_and_shows_every_key() {
    let example = fs::read_to_string(at("config.example.toml")).unwrap();
    let home = home();
    let config = match load(&home, example.as_bytes()) {
        Ok(config) => config,
        Err(faults) => panic!("{}", faults[0]),
    };
    let nicks: Vec<_> = config.members.iter().map(|one| one.member.nicks[0].as_str()).collect();
    let of_the_group =
        ["gwd", "anthonyper", "sbonazzo", "rafaelmartins", "tomo", "lsm5", "nshaikh", "jirkade"];
    assert_eq!(nicks, of_the_group);
    for section in FILE.all().into_iter().skip(1) {
        let lines = || example.lines().map(|line| line.strip_prefix('#').unwrap_or(line));
        let inside = lines().skip_while(|line| *line != section.header).skip(1);
        let inside: Vec<_> = inside.take_while(|line| !line.starts_with('[')).collect();
        for key in plain_keys(section.keys) {
            let start = format!("{} = ", key.name);
            let line = inside.iter().find(|line| line.starts_with(&start));
            let line = line.unwrap_or_else(|| panic!("no `{start}` in {}", section.header));
            let value = toml::de::DeTable::parse(line).unwrap();
            let value = value.get_ref().get(key.name).unwrap();
            assert_eq!(raw::misfit(key, value.get_ref()), None, "{line}");
        }
    }
}

fn plain_keys(keys: &'static [Key]) -> impl Iterator<Item = &'static Key> {
    keys.iter().filter(|key| !matches!(key.kind, Kind::One(_) | Kind::Many(_)))
}

/// The part of `docs/configuration.md` from `## Keys` on is written from the vocabulary;
/// `UPDATE_SCRIPTS=1` rewrites it.
#[test]
fn the_manual_explains_every_key() {
    let path = at("docs/configuration.md");
    let manual = fs::read_to_string(&path).unwrap();
    let by_hand = manual.split("## Keys\n").next().unwrap_or(&manual);
    let now = format!("{by_hand}{}", keys_of_the_manual());
    if std::env::var_os("UPDATE_SCRIPTS").is_some() {
        fs::write(&path, &now).unwrap();
    }
    assert_eq!(now, manual);
}

fn keys_of_the_manual() -> String {
    let mut out = "## Keys\n".to_string();
    for section in FILE.all().into_iter().skip(1) {
        out += &format!("\n### `{}`\n\n{}\n", section.header, section.about);
        for key in plain_keys(section.keys) {
            let presence = match key.presence {
                Presence::Required => "Must be given.".to_string(),
                Presence::Default(default) => format!("Default: {default}."),
            };
            let about = key.about.replace(". ", ".\n");
            out += &format!("\n#### `{}`\n\n{about}\n{presence}\n", key.name);
            out += &format!("Example: `{} = {}`\n", key.name, key.example);
        }
    }
    out
}
