//! What maintainers and leads are told in private about pushes.

use crate::domain::push::build::{Build, Word};
use crate::domain::push::text::{cut, word};
use crate::domain::push::window::{Policy, day_and_hour};
use crate::domain::time::{DAY, MINUTE, Moment};

/// What a build's maintainer is told.
pub fn to_maintainer(build: &Build, told: &Word, policy: Option<&Policy>) -> String {
    let nvr = cut(&build.nvr(), 120);
    let repository = word(&build.id.repository);
    let tag = build.tagged.as_ref().map_or(String::new(), |tagged| word(&tagged.tag));
    match told {
        Word::Held(tagged, until) => {
            let because = policy.map_or(String::new(), |policy| policy.because(*tagged));
            format!(
                "{nvr} tagged {tag} {}, {because}: mirrors not before {}",
                tagged.utc().format("%H:%M UTC %a"),
                day_and_hour(*until)
            )
        }
        Word::Overdue(_) => {
            let tagged = build.tagged.as_ref().map(|tagged| day_and_hour(tagged.at));
            format!(
                "{nvr} is overdue: tagged {tag} {}, and not in {repository} yet.  Said once; ask \
                 who runs the build system's signing and pushing.",
                tagged.unwrap_or_default()
            )
        }
        Word::Respun(arches, packages, at) => {
            let packages = if *packages == 1 {
                "1 package".to_string()
            } else {
                format!("{packages} packages")
            };
            format!(
                "RESPUN {nvr} in {repository} {}: the same version with other bytes ({packages}), \
                 seen {}.  Rebuilt or signed anew?  Whoever has it does not get it as an update.",
                arches.iter().map(|arch| word(arch)).collect::<Vec<_>>().join(" "),
                day_and_hour(*at)
            )
        }
    }
}

/// What leads are told when many builds have other bytes at once.
pub fn respun_together(repository: &str, arch: &str, builds: usize, at: Moment) -> String {
    format!(
        "RESPUN {builds} builds in {} {}: the same versions with other bytes, seen {}.  Signed anew, \
         probably; whoever has them does not get them as updates.",
        word(repository),
        word(arch),
        day_and_hour(at)
    )
}

/// What a maintainer is told before the cut-off of a build that waits in testing since then.
pub fn before_cutoff(
    nvr: &str,
    since: Moment,
    cutoff: Moment,
    next: Moment,
    now: Moment,
) -> String {
    let days = now.since(since) / DAY;
    format!(
        "{} is in testing for {days} days and not tagged for release.  The cut-off is at {} UTC, in \
         {}; what is tagged after it waits for {}.",
        cut(nvr, 120),
        &cutoff.clock()[..5],
        span(cutoff.since(now)),
        day_and_hour(next)
    )
}

/// What a lead is told of a licence that is not on the list.
pub fn licence(build: &Build) -> String {
    format!(
        "{} in {} has the licence \"{}\", which is not among those of [push] licences.",
        cut(&build.nvr(), 120),
        word(&build.id.repository),
        cut(&build.about.licence, 100)
    )
}

/// `4 d 1 h`, `1 h 30 min`, `30 min`
pub fn span(micros: i64) -> String {
    let minutes = micros.max(0) / MINUTE;
    let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours, rest) {
        (0, 0, rest) => format!("{rest} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, rest) => format!("{hours} h {rest} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}
