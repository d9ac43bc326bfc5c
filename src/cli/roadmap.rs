//! `beadle roadmap …`: the milestones of the projects, and the actions that lead to them.

use crate::cli::action;
use crate::cli::desk::{self, Asking};
use crate::cli::schedule::Shown;
use crate::domain::group;
use crate::domain::roadmap::{Change, Milestone, MilestoneChange, text};
use crate::domain::schedule::read;
use crate::domain::text::{Text, clean};
use crate::flow::rows::Milestone as Row;
use chrono::NaiveDate;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the milestones, project by project, with their actions.
    List {
        /// Only those of this project.
        #[arg(long)]
        project: Option<String>,
        #[command(flatten)]
        shown: Shown,
    },
    /// Put an action under a milestone of a project.
    #[command(after_help = "Example: beadle roadmap promote 12 xen 4.12")]
    Promote {
        /// The action's number.
        #[arg(value_parser = desk::number)]
        number: u32,
        /// The project.
        project: String,
        /// The milestone.
        milestone: String,
        #[command(flatten)]
        asking: Asking,
    },
    /// Set a milestone, its day, or how it stands.
    #[command(
        after_help = "Example: beadle roadmap milestone xen 4.12 --date 2019-04-02 --state \"in testing\""
    )]
    Milestone {
        /// The project.
        project: String,
        /// The milestone.
        name: String,
        /// When it is expected (2019-04-02).
        #[arg(long, value_name = "DATE", value_parser = read::date)]
        date: Option<NaiveDate>,
        /// How it stands, in a few words.
        #[arg(long, value_name = "WORDS")]
        state: Option<String>,
        #[command(flatten)]
        asking: Asking,
    },
}

/// Does what is asked.
pub async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::List { project, shown } => list(project.as_deref(), &shown).await,
        Command::Promote { number, project, milestone, asking } => {
            let (project, milestone) = (clean(&project), clean(&milestone));
            let change = Change::Promoted { project, milestone };
            asking.change(|_, _| Ok(group::Change::Entry { number, change })).await
        }
        Command::Milestone { project, name, date, state, asking } => {
            let change = MilestoneChange {
                project: clean(&project),
                milestone: clean(&name),
                date,
                state: state.map(|state| Text::new(clean(&state))),
            };
            asking.change(|_, _| Ok(group::Change::Milestone(change))).await
        }
    }
}

async fn list(project: Option<&str>, shown: &Shown) -> anyhow::Result<()> {
    let (config, group) = desk::group(shown.config.clone()).await?;
    let today = desk::today();
    let is_wanted = |one: &&Milestone| {
        project.is_none_or(|project| one.project.eq_ignore_ascii_case(project.trim()))
    };
    let mut milestones: Vec<&Milestone> =
        group.roadmap.milestones().iter().filter(is_wanted).collect();
    // Those of a project stay in the order in which they were set.
    milestones.sort_by_key(|one| one.project.to_lowercase());
    if shown.is_json() {
        let rows = milestones.iter().map(|one| Row::of(one, &group.roadmap, today, &config));
        return super::print_json(&rows.collect::<Vec<Row>>());
    }
    let mut out = String::new();
    for one in milestones {
        let date = one.date.map_or(String::new(), |date| format!(", {date}"));
        let state = one.state.as_untrusted();
        let state = if state.is_empty() { String::new() } else { format!(": {state}") };
        desk::row(&mut out, &[], &format!("{} {}{date}{state}", one.project, one.name));
        for entry in group.roadmap.of_milestone(one) {
            let cells = [("", 2), (text::state_name(entry, today), 10)];
            desk::row(&mut out, &cells, &action::line(entry, today));
        }
    }
    if out.is_empty() {
        out.push_str("No milestones. Set one with: beadle roadmap milestone PROJECT NAME\n");
    }
    super::print(&out)
}
