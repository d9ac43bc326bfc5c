//! The command line: reads the arguments and calls one function per command.
//!
//! Every command exits 0 when it did what was asked, 1 when it could not, 2 for wrong usage. A
//! reader of the output who goes away early (`| head`) got what they asked for.

pub mod check;
pub mod demo;
pub mod logging;
pub mod manual;
pub mod minutes;
mod runtime;
pub mod serve;

pub use runtime::runtime;

use crate::config;
use crate::config::Config;
use crate::config::Fault;
use clap::Args;
use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;
use std::ffi::OsString;
use std::io;
use std::io::BufWriter;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

const ABOUT: &str = "\
beadle runs the meetings of a special interest group on IRC: it obeys the chair with MeetBot's \
commands, logs every line, and writes the minutes.

To see a meeting happen, without any configuration: beadle demo";

const EXAMPLES: &str = "\
Examples:
  beadle demo                                   watch a meeting on this machine
  beadle check -c config.toml                   is the configuration good?
  beadle serve -c config.toml                   run the service
  beadle minutes render meeting.log             minutes of any IRC log

Every command exits 0 when it did what was asked, 1 when it could not, 2 for wrong usage.";

/// The officer of a special interest group: its IRC meetings and their minutes.
#[derive(Debug, Parser)]
#[command(name = "beadle", version, long_about = ABOUT, after_help = EXAMPLES)]
#[command(max_term_width = 100, arg_required_else_help = true)]
#[command(disable_help_subcommand = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be asked for.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the service.
    Serve(serve::Serve),
    /// Read the configuration and say everything that is wrong with it.
    Check(check::Check),
    /// Play a meeting on this machine, and stay up to be looked at.
    Demo(demo::Demo),
    /// Minutes: of the group's meetings, or of any IRC log.
    Minutes(minutes::Minutes),
    /// Print what a shell needs to complete beadle's commands.
    Completions(manual::Completions),
    /// Print the manual page of beadle or of one of its commands.
    Man(manual::Man),
}

/// Which configuration to read.
#[derive(Clone, Debug, Default, Args)]
pub struct ConfigFile {
    /// The configuration [default: ./config.toml, else /etc/beadle/config.toml]
    #[arg(short = 'c', long = "config", value_name = "FILE")]
    pub path: Option<PathBuf>,
}

/// How a command prints data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people.
    #[default]
    Text,
    /// For programs; times are RFC 3339 UTC.
    Json,
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}", listed(.0))]
pub struct Faulty(pub Vec<Fault>);

fn listed(faults: &[Fault]) -> String {
    faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n")
}

impl ConfigFile {
    /// The file that is meant.
    pub fn find(&self) -> Result<PathBuf, Faulty> {
        config::find(self.path.as_deref()).map_err(|fault| Faulty(vec![fault]))
    }

    /// Its content, checked.
    pub fn load(&self) -> Result<Config, Faulty> {
        config::load(&self.find()?).map_err(Faulty)
    }
}

/// The program: arguments of the process, its output, its exit code.
pub fn main() -> ExitCode {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut trouble = io::stderr();
    run(std::env::args_os(), &mut out, &mut trouble)
}

/// Does what the arguments (the first is the program's name) ask for; data goes to `out`, what
/// went wrong to `trouble`.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    trouble: &mut dyn Write,
) -> ExitCode {
    let done = match Cli::try_parse_from(arguments) {
        Ok(cli) => dispatch(cli.command, out),
        Err(usage) => Err(usage.into()),
    };
    let error = match done.and_then(|()| Ok(out.flush()?)) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(error) => error,
    };
    match explain(&error, out, trouble) {
        Ok(code) => code,
        // Nobody is there any more to read what went wrong.
        Err(_) => ExitCode::FAILURE,
    }
}

/// Says what went wrong, and with which code the program ends.
fn explain(
    error: &anyhow::Error,
    out: &mut dyn Write,
    trouble: &mut dyn Write,
) -> io::Result<ExitCode> {
    if let Some(usage) = error.downcast_ref::<clap::Error>() {
        if usage.use_stderr() {
            write!(trouble, "{}", usage.render())?;
            return Ok(ExitCode::from(2));
        }
        let written = write!(out, "{}", usage.render()).and_then(|()| out.flush());
        let written = written.map_err(anyhow::Error::from);
        return written
            .map_or_else(|error| explain(&error, out, trouble), |()| Ok(ExitCode::SUCCESS));
    }
    if went_away(error) {
        return Ok(ExitCode::SUCCESS);
    }
    match error.downcast_ref::<Faulty>() {
        Some(faulty) => writeln!(trouble, "{faulty}")?,
        None => writeln!(trouble, "beadle: {error:#}")?,
    }
    Ok(ExitCode::FAILURE)
}

fn dispatch(command: Command, out: &mut dyn Write) -> anyhow::Result<()> {
    match command {
        Command::Serve(serve) => serve.run(),
        Command::Check(check) => check.run(out),
        Command::Demo(demo) => demo.run(out),
        Command::Minutes(minutes) => minutes.run(out),
        Command::Completions(completions) => completions.run(out),
        Command::Man(man) => man.run(out),
    }
}

/// Whether the reader of the output left.
fn went_away(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use clap::CommandFactory;

    pub(crate) fn said(arguments: &str) -> (ExitCode, String, String) {
        let (mut out, mut trouble) = (Vec::new(), Vec::new());
        let arguments = ["beadle"].into_iter().chain(arguments.split_whitespace());
        let code = run(arguments.map(OsString::from), &mut out, &mut trouble);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (code, text(out), text(trouble))
    }

    #[test]
    fn the_definitions_hold_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn wrong_usage_exits_2_and_says_what_is_right() {
        for (arguments, wanted) in [
            ("", "Usage: beadle"),
            ("serv", "similar subcommand exists: 'serve'"),
            ("check --confg x", "'--config'"),
            ("minutes show", "<DATE>"),
            ("minutes render a.log --meeting 7", "cannot be used with"),
            ("minutes render", "<LOG>"),
            ("minutes render a.log --format pdf", "markdown"),
            ("minutes render a.log --date yesterday", "2018-11-13"),
            ("completions tcsh", "bash"),
            ("man nonsense", "no command `nonsense`"),
        ] {
            let (code, out, trouble) = said(arguments);
            assert_eq!(out, "", "{arguments}");
            assert!(trouble.contains(wanted), "{arguments}: {trouble}");
            assert_eq!(code, ExitCode::from(2), "{arguments}");
        }
    }

    #[test]
    fn help_is_data() {
        for arguments in ["--help", "serve --help", "minutes render --help", "--version"] {
            let (code, out, trouble) = said(arguments);
            assert_eq!((code, trouble.as_str()), (ExitCode::SUCCESS, ""), "{arguments}");
            assert!(out.contains("beadle"), "{out}");
            assert!(out.lines().all(|line| line.chars().count() <= 100), "{out}");
        }
    }

    #[test]
    fn a_reader_who_leaves_is_no_trouble() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        for arguments in [["beadle", "--help"], ["beadle", "man"]] {
            let mut trouble = Vec::new();
            let code = run(arguments.map(OsString::from), &mut Closed, &mut trouble);
            assert_eq!((code, trouble), (ExitCode::SUCCESS, Vec::new()));
        }
    }

    #[test]
    fn a_configuration_that_is_not_there_is_named() {
        let (code, _, trouble) = said("serve -c /nonexistent.toml");
        assert_eq!(code, ExitCode::FAILURE);
        assert_eq!(trouble, "/nonexistent.toml: there is no such file\n");
    }
}
