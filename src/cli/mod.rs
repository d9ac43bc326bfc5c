//! The command line: what can be asked of the program, and how it answers.
//!
//! A command exits 0 when it did what was asked, 1 when it could not, 2 when it was used wrongly.
//! `request` and `deliver` exit 75 when they could not, so that the mail server tries again; `gate
//! check` says by its code what would happen.

mod action;
mod check;
mod correct;
mod dates;
mod deliver;
mod demo;
mod desk;
mod gate;
mod incoming;
mod list;
mod logging;
mod mail;
mod minutes;
mod notice;
mod person;
mod push;
mod repodata;
mod report;
mod request;
mod roadmap;
mod roster;
mod schedule;
pub mod serve;

use crate::config::{self, Config};
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// The officer of a special interest group: it calls the group's IRC meetings, runs them, writes and
/// mails their minutes, and keeps the group's promises, notices and dates.
#[derive(Debug, Parser)]
#[command(name = "beadle", version, max_term_width = 100, after_help = "Start with: beadle demo")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LogStyle {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play the group's meeting on this machine: an IRC server, the bot, the pages; nothing to set up.
    Demo(demo::Arguments),
    /// Run the service until it is told to stop (SIGTERM, or Ctrl-C).
    Serve {
        #[command(flatten)]
        configured: Configured,
        /// How the service's own log on standard error is written.
        #[arg(long, value_enum, default_value_t = LogStyle::Text, env = "BEADLE_LOG_FORMAT")]
        log_format: LogStyle,
    },
    /// Read the configuration and say everything that is wrong with it, with line and column.
    Check(Configured),
    /// Minutes: of any IRC log, and those of past meetings.
    #[command(subcommand)]
    Minutes(minutes::Command),
    /// When the group meets: the next meetings, all of them, the calendar for other programs.
    #[command(subcommand)]
    Schedule(schedule::Command),
    /// Who we are: the members, their nicks, accounts and roles, those who left.
    #[command(subcommand)]
    Roster(roster::Command),
    /// What was promised, and where help is wanted.
    #[command(subcommand)]
    Action(action::Command),
    /// The news to the users of the group's packages.
    #[command(subcommand)]
    Notice(notice::Command),
    /// The milestones of the projects, and the actions that lead to them.
    #[command(subcommand)]
    Roadmap(roadmap::Command),
    /// The quarterly report, counted from what is stored.
    #[command(subcommand)]
    Report(report::Command),
    /// Package pushes: the window, where a package is, what was pushed, what other build systems tell.
    #[command(subcommand)]
    Push(push::Command),
    /// Answer a mail with questions, which comes on standard input; for a mail server's pipe.
    #[command(after_help = "Example: beadle request --from mira@example.com < question.eml\n\n\
        Exits 0 when the mail was taken, answered or not, and 75 when it is to come again.")]
    Request(request::Arguments),
    /// The mailing lists and their subscribers: who may post.
    #[command(subcommand)]
    List(list::Command),
    /// The door of the lists: what would happen to a mail, what did, what is held back.
    #[command(subcommand)]
    Gate(gate::Command),
    /// Take in a mail for a list, which comes on standard input; for a mail server's pipe.
    #[command(
        after_help = "Example: beadle deliver --list centos-virt -f anna@example.org < post.eml\n\n\
        Exits 0 when the mail was taken, whatever became of it; 77 when its sender, for whom their \
        domain stands, is to be told that they may not post ([gate] nonmember = \"reject\"); 75 when \
        it is to come again."
    )]
    Deliver(deliver::Arguments),
    /// Yum repositories: how one differs from another.
    #[command(subcommand)]
    Repodata(repodata::Command),
    /// Mail that has not left: what waits or was given up, and why.
    #[command(subcommand)]
    Mail(mail::Command),
    /// Print the completions for a shell: `beadle completions bash > /etc/bash_completion.d/beadle`.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write all of them: `beadle man --out /usr/share/man/man1`.
    Man {
        /// The command whose page is wanted, for example `minutes render`.
        command: Vec<String>,
        /// Write every page into this directory.
        #[arg(long, value_name = "DIR", conflicts_with = "command")]
        out: Option<PathBuf>,
    },
}

#[derive(Debug, clap::Args)]
struct Configured {
    /// The configuration; without it ./config.toml, then /etc/beadle/config.toml.
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Reads the arguments and does what they ask.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let logging = start_logging(&arguments.command);
    let failed = match arguments.command {
        // sysexits.h: EX_TEMPFAIL. The mail server keeps the mail, whatever was wrong here.
        Command::Request(_) | Command::Deliver(_) => ExitCode::from(75),
        _ => ExitCode::FAILURE,
    };
    match logging.and_then(|()| run(arguments.command)) {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // A reader that has gone away is no reason to fail twice.
            let _ = writeln!(std::io::stderr(), "beadle: {error:#}");
            failed
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Gate(command) => return gate::run(command),
        Command::Deliver(arguments) => return deliver::run(arguments),
        Command::Demo(options) => wait_for(demo::run(options)),
        Command::Serve { configured, .. } => {
            load(configured.config).and_then(|config| wait_for(serve::run(config)))
        }
        Command::Check(options) => check::run(options.config),
        Command::Minutes(command) => minutes::run(command),
        Command::Schedule(command) => schedule::run(command),
        Command::Roster(command) => wait_for(roster::run(command)),
        Command::Action(command) => wait_for(action::run(command)),
        Command::Notice(command) => wait_for(notice::run(command)),
        Command::Roadmap(command) => wait_for(roadmap::run(command)),
        Command::Report(command) => wait_for(report::run(command)),
        Command::Push(command) => push::run(command),
        Command::Request(arguments) => request::run(arguments),
        Command::List(command) => wait_for(list::run(command)),
        Command::Repodata(command) => repodata::run(command),
        Command::Mail(command) => wait_for(mail::run(command)),
        Command::Completions { shell } => completions(shell),
        Command::Man { command, out } => manual(&command, out),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// Few threads: the program waits much and computes little, and each costs memory.
fn wait_for<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(8)
        .enable_all()
        .build()?;
    let done = runtime.block_on(work);
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    done
}

/// The configuration, or all that is wrong with it.
fn load(given: Option<PathBuf>) -> anyhow::Result<Config> {
    let path = config::find(given.as_deref()).map_err(|fault| anyhow::anyhow!("{fault}"))?;
    config::load(&path).map_err(|faults| {
        let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the configuration cannot be used\n{}", all.join("\n"))
    })
}

/// The program's own log; the service says more by itself than a command.
fn start_logging(command: &Command) -> anyhow::Result<()> {
    let (usual, style) = match command {
        Command::Serve { log_format, .. } => ("info", *log_format),
        _ => ("error", LogStyle::Text),
    };
    logging::start(style == LogStyle::Json, usual)
}

/// Prints to standard output; a reader that has gone away is an error that [`main`] forgives.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Prints a value for programs, in one line.
fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    print(&(serde_json::to_string(value)? + "\n"))
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kind = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    kind == Some(std::io::ErrorKind::BrokenPipe)
}

fn completions(shell: clap_complete::Shell) -> anyhow::Result<()> {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "beadle", &mut out);
    print(&String::from_utf8_lossy(&out))
}

fn manual(words: &[String], out: Option<PathBuf>) -> anyhow::Result<()> {
    let mut command = Arguments::command();
    command.build();
    if let Some(folder) = out {
        std::fs::create_dir_all(&folder)?;
        clap_mangen::generate_to(command, folder)?;
        return Ok(());
    }
    let mut page = &command;
    for word in words {
        page = page
            .find_subcommand(word)
            .ok_or_else(|| anyhow::anyhow!("there is no command {word:?}; see beadle --help"))?;
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(page.clone()).render(&mut text)?;
    print(&String::from_utf8_lossy(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
