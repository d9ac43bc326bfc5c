//! A package's version as rpm knows it: epoch, version, release.

use crate::domain::push::plain;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;

/// Epoch, version and release. `==` is spelling; [`Evr::compare`] is rpm's order, in which `1.0` and
/// `1.00` are the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Evr {
    /// The epoch; none counts as 0.
    pub epoch: u32,
    /// The version, such as `2.12.0`.
    pub version: String,
    /// The release with the distribution's part, such as `18.el7`.
    pub release: String,
}

impl Evr {
    /// Of what an outsider wrote.
    pub fn new(epoch: u32, version: &str, release: &str) -> Evr {
        Evr { epoch, version: plain::part(version), release: plain::part(release) }
    }

    /// rpm's order (rpmvercmp; `~` before everything, `^` after).
    pub fn compare(&self, other: &Evr) -> Ordering {
        let (one, two) = (self.epoch.to_string(), other.epoch.to_string());
        let key = |epoch, evr: &'_ Evr| {
            rpm_version::Evr::new(epoch, evr.version.clone(), evr.release.clone())
        };
        key(one, self).cmp(&key(two, other))
    }

    /// Whether rpm would upgrade from the other to this one.
    pub fn is_newer_than(&self, other: &Evr) -> bool {
        self.compare(other) == Ordering::Greater
    }

    /// Whether this version is at least that upstream version: `4.9.0` and later for `4.9.0`.
    /// The release does not count.
    pub fn reaches(&self, version: &str) -> bool {
        rpm_version::rpm_evr_compare(&self.version, version) != Ordering::Less
    }

    /// The release without the distribution's part: `18` of `18.el7`, `3` of `3.el7_5.1`.
    pub fn short_release(&self) -> &str {
        match self.platform_start() {
            Some(dot) => &self.release[..dot],
            None => &self.release,
        }
    }

    /// The distribution's part, such as `el7`, `el9s`, `fc41`.
    pub fn platform(&self) -> Option<&str> {
        let rest = &self.release[self.platform_start()? + 1..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        Some(&rest[..end])
    }

    /// As announcements show it: `2.12.0-18`, without epoch and distribution.
    pub fn short(&self) -> String {
        format!("{}-{}", self.version, self.short_release())
    }

    /// Where the dot before `el7` stands.
    fn platform_start(&self) -> Option<usize> {
        let is_platform = |part: &str| {
            ["el", "fc", "centos"].iter().any(|word| {
                let digits = part.strip_prefix(word);
                digits.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            })
        };
        let dots = self.release.match_indices('.').map(|(dot, _)| dot);
        dots.into_iter().find(|dot| is_platform(&self.release[dot + 1..]))
    }
}

impl fmt::Display for Evr {
    /// `2.12.0-18.el7`, or `10:2.12.0-18.el7` with an epoch.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.epoch > 0 {
            write!(f, "{}:", self.epoch)?;
        }
        write!(f, "{}-{}", self.version, self.release)
    }
}

/// Splits `name-version-release`, also where a name has dashes; none where one of the three is
/// missing.
pub fn split_nvr(nvr: &str) -> Option<(&str, &str, &str)> {
    let (rest, release) = nvr.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    let all_there = !name.is_empty() && !version.is_empty() && !release.is_empty();
    all_there.then_some((name, version, release))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evr(version: &str, release: &str) -> Evr {
        Evr::new(0, version, release)
    }

    #[test]
    fn rpms_order_and_not_that_of_words() {
        assert!(evr("4.10", "1").is_newer_than(&evr("4.9", "1")));
        assert!(evr("4.9", "1").is_newer_than(&evr("4.9~rc2", "1")));
        assert!(evr("4.9^git1", "1").is_newer_than(&evr("4.9", "1")));
        assert!(Evr::new(1, "1", "1").is_newer_than(&evr("9", "9")));
        assert_eq!(evr("1.0", "1").compare(&evr("1.00", "1")), Ordering::Equal);
        assert!(evr("4.10.0", "2.el7").reaches("4.9.0") && !evr("4.3.0", "9").reaches("4.9.0"));
        assert!(evr("4.9.0", "1").reaches("4.9.0") && evr("2.12.0", "18").reaches("2.12"));
    }

    #[test]
    fn the_distribution_is_a_part_of_the_release() {
        let all = [
            ("18.el7", "18", Some("el7")),
            ("3.el7_5.1", "3", Some("el7")),
            ("1.2.el9s", "1.2", Some("el9s")),
            ("1.elephant", "1.elephant", None),
            ("0.rc1.fc41", "0.rc1", Some("fc41")),
            ("5", "5", None),
        ];
        for (release, short, platform) in all {
            let evr = evr("1", release);
            assert_eq!((evr.short_release(), evr.platform()), (short, platform));
        }
        assert_eq!(Evr::new(10, "2.12.0", "18.el7").to_string(), "10:2.12.0-18.el7");
    }

    #[test]
    fn a_name_may_have_dashes() {
        let split = split_nvr("qemu-kvm-ev-2.12.0-18.el7");
        assert_eq!(split, Some(("qemu-kvm-ev", "2.12.0", "18.el7")));
        for bad in ["", "xen", "xen-4.6", "--", "-1-2", "a--2"] {
            assert_eq!(split_nvr(bad), None, "{bad}");
        }
    }
}
