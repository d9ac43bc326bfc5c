//! What the service does by itself because of the time, with a mail relay at the other end.

use crate::support::process::Process;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a letter may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Noon of Monday 2018-11-26, the day before a meeting; the report is due a week later.
const EVE: i64 = 1_543_233_600;
/// 23:00 of that day in UTC, so that the meeting is 16 hours away.
const LATER: i64 = EVE + 11 * 3600;
const TWO_WEEKS: i64 = 14 * 86_400;

/// A relay that takes every mail and hands it on.
fn relay() -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (mails, taken) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A connection that breaks is the sender's trouble: it tries again.
            let _ = take(stream, &mails);
        }
    });
    (port, taken)
}

fn take(mut stream: TcpStream, mails: &Sender<String>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    stream.write_all(b"220 relay.test ESMTP\r\n")?;
    while let Some(line) = lines.next() {
        let line = line?.to_ascii_uppercase();
        let answer = match line.split(' ').next() {
            Some("DATA") => {
                stream.write_all(b"354 go on\r\n")?;
                let mut mail = String::new();
                for line in lines.by_ref() {
                    let line = line?;
                    if line == "." {
                        break;
                    }
                    mail += &format!("{line}\n");
                }
                let _ = mails.send(mail);
                "250 taken"
            }
            Some("QUIT") => "221 good bye",
            _ => "250 well",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes())?;
    }
    Ok(())
}

/// The service in a folder in which it is that time.
fn serve(folder: &Path, now: i64) -> Process {
    set_clock(folder, now);
    let mut command = Command::new(env!("CARGO_BIN_EXE_beadle"));
    command.arg("serve").current_dir(folder).env("BEADLE_CLOCK", folder.join("clock"));
    Process::start(&mut command, &folder.join("output"))
}

#[expect(clippy::disallowed_methods, reason = "the clock is moved away from the machine's")]
fn set_clock(folder: &Path, to: i64) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let offset = to - i64::try_from(now).expect("before the end of time");
    std::fs::write(folder.join("clock"), offset.to_string()).expect("a clock");
}

/// The subjects of so many letters, sorted.
fn subjects(mails: &Receiver<String>, count: usize) -> Vec<String> {
    let one = |_| {
        let mail = mails.recv_timeout(PATIENCE).expect("a letter comes");
        let subject = mail.lines().find_map(|line| line.strip_prefix("Subject: "));
        subject.expect("a subject").to_string()
    };
    let mut subjects: Vec<String> = (0..count).map(one).collect();
    subjects.sort();
    subjects
}

#[test]
fn the_list_and_the_lead_are_written_to_once_over_restarts() {
    let folder = tempfile::tempdir().expect("a folder");
    let (port, mails) = relay();
    let config = format!(
        "[group]\nname = 'CentOS Virtualization SIG'\nshort = 'Virt SIG'\n\
         [state]\ndir = '.'\n\
         [mail]\nrelay = '127.0.0.1'\nport = {port}\ntls = 'none'\nfrom = 'virtbot@centos.org'\n\
         [list]\naddress = 'centos-virt@centos.org'\n\
         [[network]]\nname = 'N'\nhost = '127.0.0.1'\nport = 1\ntls = false\nnick = 'virtbot'\n\
         channels = ['#centos-devel']\n\
         [[schedule]]\nname = 'Virt SIG'\ncron = '0 0 15 * * Tue'\nweeks = 'even'\n\
         [[member]]\nname = 'George Dunlap'\nnicks = ['gwd']\nroles = ['lead']\n\
         addresses = ['gwd@private.example']\n"
    );
    std::fs::write(folder.path().join("config.toml"), config).expect("a configuration");

    let mut early = serve(folder.path(), EVE);
    let report = "CentOS Virtualization SIG: report of 2018 Q4 is due on Mon 2018-12-03";
    assert_eq!(subjects(&mails, 1), [report], "the meeting is more than a day away");
    assert!(early.stop().success(), "{}", early.output());

    let mut eve = serve(folder.path(), LATER);
    let meeting =
        |day: &str| format!("Virt SIG meeting tomorrow, Tue {day} 15:00 UTC (#centos-devel)");
    assert_eq!(subjects(&mails, 1), [meeting("2018-11-27")], "the lead was written to before");
    assert!(eve.stop().success(), "{}", eve.output());

    let mut next = serve(folder.path(), LATER + TWO_WEEKS);
    assert_eq!(subjects(&mails, 1), [meeting("2018-12-11")], "and nothing twice in between");
    assert!(next.stop().success(), "{}", next.output());
}
