//! `beadle minutes`: minutes of the group's meetings, or of any IRC log.

use crate::cli::ConfigFile;
use crate::cli::OutputFormat;
use chrono::NaiveDate;
use clap::Args;
use clap::Subcommand;
use clap::ValueEnum;
use std::io::Write;
use std::path::PathBuf;

/// Minutes: of the group's meetings, or of any IRC log.
#[derive(Debug, Args)]
pub struct Minutes {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the minutes of an IRC log, or of a stored meeting.
    Render(Render),
    /// List the group's meetings, the newest first.
    List(List),
    /// Show the minutes of one meeting.
    Show(Show),
    /// Search the logs of the group's meetings.
    Search(Search),
}

const RENDER_EXAMPLES: &str = "\
Examples:
  beadle minutes render meeting.log
  beadle minutes render --format html --date 2018-11-13 '#centos-devel.log' > minutes.html
  beadle minutes render --format all --out minutes/ *.log
  beadle minutes render --meeting 7 --format markdown

No service and no configuration is needed for a log. A file with several meetings gives several
minutes (with --format json an array).";

/// Write the minutes of an IRC log, or of a stored meeting.
#[derive(Debug, Args)]
#[command(after_help = RENDER_EXAMPLES)]
pub struct Render {
    /// IRC logs; - is the standard input
    #[arg(value_name = "LOG", required_unless_present = "meeting", conflicts_with = "meeting")]
    pub logs: Vec<PathBuf>,
    /// Instead of a log: the number of a stored meeting
    #[arg(long, value_name = "ID")]
    pub meeting: Option<i64>,
    /// What to write; `all` needs --out
    #[arg(long, value_enum, default_value_t, requires_if("all", "out"))]
    pub format: MinutesFormat,
    /// Write into this directory instead of the standard output
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Which program wrote the log
    #[arg(long, value_enum, default_value_t)]
    pub log_format: IrcLogFormat,
    /// The date of a log that has times of day only [default: from the file's name]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub date: Option<NaiveDate>,
    /// The channel [default: from the log, or from the file's name]
    #[arg(long, value_name = "CHANNEL")]
    pub channel: Option<String>,
    /// The name of a meeting that was started without one
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The bot's nick in the log: its lines are never commands and never counted
    #[arg(long, value_name = "NICK")]
    pub bot: Option<String>,
    #[command(flatten)]
    pub(crate) config: ConfigFile,
}

/// The formats of minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum MinutesFormat {
    /// MeetBot's text, at most 72 columns.
    #[default]
    Text,
    /// A page.
    Html,
    /// Markdown.
    Markdown,
    /// For programs.
    Json,
    /// MediaWiki.
    Mediawiki,
    /// MoinMoin.
    Moinmoin,
    /// All of them, and the log as text and as a page.
    All,
}

/// The programs whose logs can be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum IrcLogFormat {
    /// Whichever fits.
    #[default]
    Auto,
    /// MeetBot and Supybot.
    Meetbot,
    /// irssi.
    Irssi,
    /// WeeChat.
    Weechat,
    /// ZNC.
    Znc,
}

/// List the group's meetings, the newest first.
#[derive(Debug, Args)]
pub struct List {
    /// How many, at most
    #[arg(short = 'n', value_name = "COUNT", default_value_t = 20)]
    pub count: u32,
    #[command(flatten)]
    pub(crate) past: Past,
}

const SHOW_EXAMPLES: &str = "\
Examples:
  beadle minutes show 2018-11-13
  beadle minutes show 2018-11-13-2        the second meeting of that day
  beadle minutes show latest";

/// Show the minutes of one meeting.
#[derive(Debug, Args)]
#[command(after_help = SHOW_EXAMPLES)]
pub struct Show {
    /// The date of the meeting, with -2 for the second one of that day, or `latest`
    #[arg(value_name = "DATE", value_parser = occasion)]
    pub date: Occasion,
    #[command(flatten)]
    pub(crate) past: Past,
}

/// Search the logs of the group's meetings.
#[derive(Debug, Args)]
pub struct Search {
    /// Words that must all stand in a line
    #[arg(value_name = "WORDS", required = true)]
    pub words: Vec<String>,
    #[command(flatten)]
    pub(crate) past: Past,
}

/// What the commands on past minutes have in common.
#[derive(Debug, Args)]
pub struct Past {
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: OutputFormat,
    #[command(flatten)]
    pub(crate) config: ConfigFile,
}

/// Which meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// The newest one.
    Latest,
    /// The one of that day with that number, counted from 1.
    OnDay(NaiveDate, u32),
}

fn date(given: &str) -> Result<NaiveDate, String> {
    NaiveDate::parse_from_str(given, "%Y-%m-%d")
        .map_err(|_| "write the date as 2018-11-13".to_string())
}

fn occasion(given: &str) -> Result<Occasion, String> {
    if given == "latest" {
        return Ok(Occasion::Latest);
    }
    let sentence = "write the date as 2018-11-13, the second meeting of that day as 2018-11-13-2";
    let (day, number) = given.split_at_checked(10).ok_or(sentence)?;
    let number = match number.strip_prefix('-') {
        None if number.is_empty() => Some(1),
        None => None,
        Some(number) => number.parse().ok().filter(|number| *number > 0),
    };
    let day = date(day).map_err(|_| sentence)?;
    Ok(Occasion::OnDay(day, number.ok_or(sentence)?))
}

impl Minutes {
    /// Prints what was asked for.
    pub fn run(self, out: &mut dyn Write) -> anyhow::Result<()> {
        match self.command {
            Command::Render(render) => self::render(&render, out),
            Command::List(list) => self::list(&list, out),
            Command::Show(show) => self::show(&show, out),
            Command::Search(search) => self::search(&search, out),
        }
    }
}

fn render(_render: &Render, _out: &mut dyn Write) -> anyhow::Result<()> {
    anyhow::bail!("`minutes render` is not built yet")
}

fn list(list: &List, _out: &mut dyn Write) -> anyhow::Result<()> {
    let _config = list.past.config.load()?;
    anyhow::bail!("`minutes list` is not built yet")
}

fn show(show: &Show, _out: &mut dyn Write) -> anyhow::Result<()> {
    let _config = show.past.config.load()?;
    anyhow::bail!("`minutes show` is not built yet")
}

fn search(search: &Search, _out: &mut dyn Write) -> anyhow::Result<()> {
    let _config = search.past.config.load()?;
    anyhow::bail!("`minutes search` is not built yet")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_occasion_is_a_day_and_a_number() {
        let day = NaiveDate::from_ymd_opt(2018, 11, 13).unwrap();
        for (given, wanted) in [
            ("latest", Some(Occasion::Latest)),
            ("2018-11-13", Some(Occasion::OnDay(day, 1))),
            ("2018-11-13-2", Some(Occasion::OnDay(day, 2))),
            ("2018-11-13-0", None),
            ("2018-11-13-", None),
            ("2018-11-132", None),
            ("2018-13-11", None),
            ("2018-11-1é", None),
            ("", None),
        ] {
            assert_eq!(occasion(given).ok(), wanted, "{given}");
        }
    }
}
