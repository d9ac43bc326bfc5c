//! How long builds take on their way, as it was measured: half of them, and nine of ten, were
//! faster than so.

use crate::domain::push::build::Build;

/// From how many builds on a measure is told.
pub const ENOUGH: usize = 3;

/// How long one part of the way takes, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Which part, in words.
    pub part: &'static str,
    /// Of how many builds.
    pub builds: usize,
    /// Half of them took at most so long.
    pub half: i64,
    /// Nine of ten took at most so long.
    pub nine_of_ten: i64,
}

/// What builds tell of each part of the way. What was held is counted from when it might go.
pub fn of<'a>(builds: impl Iterator<Item = &'a Build>) -> Vec<Pace> {
    let (mut signing, mut pushing, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    for build in builds {
        let Some(tagged) = &build.tagged else { continue };
        let may_go = tagged.earliest.unwrap_or(tagged.at).max(tagged.at);
        if let Some(signed) = build.signed_at {
            signing.push(signed.since(may_go).max(0));
            pushing.extend(build.pushed_at.map(|pushed| pushed.since(signed).max(0)));
        }
        whole.extend(build.pushed_at.map(|pushed| pushed.since(may_go).max(0)));
    }
    let parts = [
        ("from when it may go until it is signed", signing),
        ("from signed until it is in the repository", pushing),
        ("from when it may go until it is in the repository", whole),
    ];
    parts.into_iter().filter_map(|(part, times)| measure(part, times)).collect()
}

fn measure(part: &'static str, mut times: Vec<i64>) -> Option<Pace> {
    if times.len() < ENOUGH {
        return None;
    }
    times.sort_unstable();
    // The nearest rank: the smallest time that so many of a hundred do not exceed.
    let rank = |percent: usize| times[(times.len() * percent).div_ceil(100).max(1) - 1];
    Some(Pace { part, builds: times.len(), half: rank(50), nine_of_ten: rank(90) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::push::build::{Id, Tagged};
    use crate::domain::push::evr::Evr;
    use crate::domain::time::{DAY, MINUTE, Moment};

    #[test]
    fn what_was_held_is_measured_from_when_it_might_go() {
        let tagged_at = Moment::parse("2018-11-15T09:00:01Z").unwrap();
        let build = |minutes: i64| {
            let evr = Evr { epoch: 0, version: "1".into(), release: minutes.to_string() };
            let id = Id { repository: "virt7".into(), source: "xen".into(), evr };
            let mut build = Build::new(id);
            let earliest = tagged_at.plus(4 * DAY);
            build.tagged = Some(Tagged {
                tag: "t".into(),
                at: tagged_at,
                by: None,
                event: 0,
                build: 0,
                earliest: Some(earliest),
                untagged_at: None,
            });
            build.pushed_at = Some(earliest.plus(minutes * MINUTE));
            build
        };
        let builds: Vec<Build> = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100].map(build).into();
        let pace = of(builds.iter());
        assert_eq!(pace.len(), 1, "nothing is told of signing, which nobody saw");
        assert_eq!(
            (pace[0].builds, pace[0].half, pace[0].nine_of_ten),
            (10, 50 * MINUTE, 90 * MINUTE)
        );
        assert_eq!(of(builds[..2].iter()), [], "two are no measure");
    }
}
