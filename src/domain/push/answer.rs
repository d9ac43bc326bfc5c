//! Where a package is and when it will be out, in sentences and in rows for programs.
//!
//! What was observed is told as it is; what is expected says "expected".

use crate::domain::push::build::{Build, Kind, Stage};
use crate::domain::push::text::{cut, word};
use crate::domain::push::window::{Policy, day_and_hour};
use crate::domain::push::word::span;
use crate::domain::time::Moment;
use serde::Serialize;

/// A build, and what its repository is.
#[derive(Clone, Debug)]
pub struct Known<'a> {
    /// The build.
    pub build: Build,
    /// What the repository is for.
    pub stage: Stage,
    /// The window that holds for it.
    pub policy: Option<&'a Policy>,
    /// The project it belongs to.
    pub project: String,
    /// The distribution.
    pub platform: String,
    /// How many copies have it: `3/5`.
    pub mirrored: Option<String>,
    /// Why it is not mainline.
    pub not_mainline: Option<String>,
    /// How long builds of this repository usually take from when they may go out, in microseconds:
    /// the median of the last ones.
    pub usually: Option<i64>,
}

/// A build for programs; the names stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The source package.
    pub source: String,
    /// Its version.
    pub evr: String,
    /// Both.
    pub nvr: String,
    /// The project.
    pub project: String,
    /// The distribution.
    pub platform: String,
    /// Where it is there.
    pub arches: Vec<String>,
    /// The repository.
    pub repository: String,
    /// What that is for.
    pub stage: Stage,
    /// What it was announced as.
    pub kind: Option<Kind>,
    /// The four dates, RFC 3339.
    pub tagged_at: Option<String>,
    /// When it was signed.
    pub signed_at: Option<String>,
    /// When it was seen in the repository.
    pub pushed_at: Option<String>,
    /// On how many copies it is, of how many.
    pub mirrored: Option<String>,
    /// Until when it is held.
    pub held_until: Option<String>,
    /// Whether it came outside of the window.
    pub out_of_window: bool,
    /// Why it is not mainline.
    pub not_mainline: Option<String>,
    /// When it was announced.
    pub announced_at: Option<String>,
}

impl Known<'_> {
    /// For programs.
    pub fn row(&self, now: Moment) -> Row {
        let build = &self.build;
        let time = |at: Option<Moment>| at.map(Moment::rfc3339);
        Row {
            source: build.id.source.clone(),
            evr: build.id.evr.to_string(),
            nvr: build.nvr(),
            project: self.project.clone(),
            platform: self.platform.clone(),
            arches: build.there.keys().cloned().collect(),
            repository: build.id.repository.clone(),
            stage: self.stage,
            kind: build.announced.as_ref().map(|announced| announced.kind),
            tagged_at: time(build.tagged.as_ref().map(|tagged| tagged.at)),
            signed_at: time(build.signed_at),
            pushed_at: time(build.pushed_at),
            mirrored: self.mirrored.clone().filter(|_| build.is_there()),
            held_until: time(build.held_until(now)),
            out_of_window: build.out_of_window,
            not_mainline: self.not_mainline.clone(),
            announced_at: time(build.announced.as_ref().map(|announced| announced.at)),
        }
    }

    /// The furthest that is known of it, and the earliest that comes next.
    pub fn sentence(&self, now: Moment) -> String {
        let build = &self.build;
        let (nvr, repository) = (cut(&build.nvr(), 120), word(&build.id.repository));
        let marked = self.not_mainline.as_deref();
        let marked = marked.map(|why| format!("  NOT MAINLINE: {}", cut(why, 80)));
        let said = if build.is_there() {
            self.there(&nvr, &repository)
        } else if let Some(left) = build.left_at {
            format!("{nvr} is in {repository} no more since {}.", day_and_hour(left))
        } else {
            self.on_its_way(&nvr, &repository, now)
        };
        said + &marked.unwrap_or_default()
    }

    fn there(&self, nvr: &str, repository: &str) -> String {
        let arches: Vec<String> = self.build.there.keys().map(|arch| word(arch)).collect();
        let outside = if self.build.out_of_window { ", OUT OF WINDOW" } else { "" };
        let since = match self.build.pushed_at {
            Some(at) => format!("since {}{outside}", day_and_hour(at)),
            None => "since before anybody looked".to_string(),
        };
        let mirrored = self.mirrored.as_ref().map(|count| format!(", on {count} mirrors"));
        let arches = arches.join(" ");
        format!("{nvr} is in {repository} ({arches}) {since}{}.", mirrored.unwrap_or_default())
    }

    fn on_its_way(&self, nvr: &str, repository: &str, now: Moment) -> String {
        let build = &self.build;
        let Some(tagged) = &build.tagged else {
            return format!("{nvr} was not tagged for {repository}.");
        };
        let by = tagged.by.as_ref().map(|by| format!(" by {}", word(by))).unwrap_or_default();
        let at = day_and_hour(tagged.at);
        if let Some(untagged) = tagged.untagged_at {
            let untagged = day_and_hour(untagged);
            return format!("{nvr} was tagged {at}{by}, and taken back {untagged}: not expected.");
        }
        if let Some(newer) = &build.superseded_by {
            let newer = word(&newer.short());
            return format!("{nvr} was tagged {at}{by}; {newer} was tagged before it was out.");
        }
        let signed = build.signed_at.map(|at| format!(", signed {}", day_and_hour(at)));
        let signed = signed.unwrap_or_default();
        let earliest = tagged.earliest.unwrap_or(tagged.at);
        if earliest > now {
            let because = self.policy.map(|policy| format!(", {}", policy.because(tagged.at)));
            return format!(
                "{nvr}: tagged {at}{by}{}{signed}: expected {} (in {}).",
                because.unwrap_or_default(),
                day_and_hour(earliest),
                span(earliest.since(now))
            );
        }
        let late = self.policy.is_some_and(|policy| now >= earliest.plus(policy.overdue));
        let usually = self.usually.map(|usual| format!(", usually within {}", span(usual)));
        match late {
            true => format!(
                "{nvr}: tagged {at}{by}{signed}: overdue, it should be in {repository} since {}.",
                day_and_hour(earliest)
            ),
            false => format!(
                "{nvr}: tagged {at}{by}{signed}: expected in {repository} at any time{}.",
                usually.unwrap_or_default()
            ),
        }
    }
}

/// What somebody is told of a build that is in testing only.
pub fn only_in_testing(known: &Known, release: Option<&Policy>, now: Moment) -> String {
    let next = match release.map(|policy| policy.earliest(now)) {
        Some(earliest) if earliest > now => {
            format!("  Tagged for release now, it is expected {}.", day_and_hour(earliest))
        }
        _ => "  It is not tagged for release.".to_string(),
    };
    known.sentence(now) + &next
}

/// What the window says of something tagged then.
pub fn window(policy: &Policy, tagged: Moment) -> String {
    let (tag, earliest) = (day_and_hour(tagged), policy.earliest(tagged));
    match earliest > tagged {
        true => format!(
            "What is tagged {tag} is held, {}: mirrors not before {} (in {}).",
            policy.because(tagged),
            day_and_hour(earliest),
            span(earliest.since(tagged))
        ),
        false => {
            let until = policy.cutoff_after(tagged);
            let until = until.map(|cutoff| format!("  The cut-off is {}.", day_and_hour(cutoff)));
            format!("What is tagged {tag} may go out at once.{}", until.unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::push::build::{Id, Tagged};
    use crate::domain::push::evr::Evr;
    use crate::domain::time::MINUTE;

    fn at(time: &str) -> Moment {
        Moment::parse(time).unwrap()
    }

    #[test]
    fn each_state_of_a_build_has_its_sentence() {
        let policy = Policy::default();
        let mut known = Known {
            build: Build::new(Id {
                repository: "virt7-xen-46".into(),
                source: "xen".into(),
                evr: Evr::new(0, "4.6.6", "13.el7"),
            }),
            stage: Stage::Release,
            policy: Some(&policy),
            project: "xen".into(),
            platform: "el7".into(),
            mirrored: Some("3/5".into()),
            not_mainline: None,
            usually: Some(95 * MINUTE),
        };
        let tagged = at("2018-11-15T09:12:00Z");
        known.build.tagged = Some(Tagged {
            tag: "virt7-xen-46-release".into(),
            at: tagged,
            by: Some("gwd".into()),
            event: 1,
            build: 1,
            earliest: Some(policy.earliest(tagged)),
            untagged_at: None,
        });
        let mut told = Vec::new();
        told.push(known.sentence(at("2018-11-15T09:30:00Z")));
        told.push(known.sentence(at("2018-11-19T12:00:00Z")));
        told.push(known.sentence(at("2018-11-19T17:00:00Z")));
        let row = known.row(at("2018-11-15T09:30:00Z"));
        assert_eq!(row.held_until.as_deref(), Some("2018-11-19T11:00:00Z"));
        known.not_mainline = Some("linux-xen patches".into());
        known.build.pushed_at = Some(at("2018-11-19T11:04:00Z"));
        known.build.there.insert("x86_64".into(), at("2018-11-19T11:04:00Z"));
        told.push(known.sentence(at("2018-11-20T11:04:00Z")));
        assert_eq!(known.row(at("2018-11-20T11:04:00Z")).held_until, None);
        assert_eq!(
            told,
            [
                "xen-4.6.6-13.el7: tagged Thu 2018-11-15 09:12 UTC by gwd, after the 09:00 \
                 cut-off: expected Mon 2018-11-19 11:00 UTC (in 4 d 1 h).",
                "xen-4.6.6-13.el7: tagged Thu 2018-11-15 09:12 UTC by gwd: expected in \
                 virt7-xen-46 at any time, usually within 1 h 35 min.",
                "xen-4.6.6-13.el7: tagged Thu 2018-11-15 09:12 UTC by gwd: overdue, it should be \
                 in virt7-xen-46 since Mon 2018-11-19 11:00 UTC.",
                "xen-4.6.6-13.el7 is in virt7-xen-46 (x86_64) since Mon 2018-11-19 11:04 UTC, on \
                 3/5 mirrors.  NOT MAINLINE: linux-xen patches",
            ]
        );
        assert_eq!(
            window(&policy, at("2018-11-15T09:00:01Z")),
            "What is tagged Thu 2018-11-15 09:00 UTC is held, after the 09:00 cut-off: mirrors not \
             before Mon 2018-11-19 11:00 UTC (in 4 d 1 h)."
        );
    }
}
