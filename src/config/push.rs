//! `[push]`: the repositories and the build system that are watched, the push windows, and where
//! pushes are announced.

use crate::config::Secret;
use crate::domain::name::{Channel, Network};
use crate::domain::pattern::Pattern;
use crate::domain::push::build::{Rules, Stage};
use crate::domain::push::window::Policy;
use crate::domain::time::{MINUTE, SECOND};
use std::path::PathBuf;

/// What holds for package pushes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// `poll_seconds`: how often repositories and the build system are asked, in microseconds;
    /// default five minutes.
    pub poll: i64,
    /// `settle_seconds`: how long other architectures are waited for, in microseconds; default ten
    /// minutes.
    pub settle: i64,
    /// `unchanged_days`: after so long without a change leads are told, in microseconds; default 0,
    /// never.
    pub unchanged: i64,
    /// `mail`: default each push.
    pub mail: Mailed,
    /// `lines_per_minute`: the most announcements in one channel within a minute; default 5.
    pub lines_per_minute: u32,
    /// `licences`: what packages may have; empty for any.
    pub licences: Vec<String>,
    /// `koji`: the build system's hub.
    pub koji: Option<String>,
    /// `secret_file`, read: what signs events that are handed in by HTTP.
    pub secret: Option<Secret>,
    /// `[[push.window]]`: the first that fits a tag counts.
    pub windows: Vec<Policy>,
    /// `[[push.repository]]`.
    pub repositories: Vec<Repository>,
    /// `[[push.route]]`; without one, all goes to the first channel and to the list.
    pub routes: Vec<Route>,
    /// `[[push.not_mainline]]`.
    pub not_mainline: Vec<NotMainline>,
    /// `[push.mqtt]`.
    pub mqtt: Option<Mqtt>,
    /// `[push.amqp]`; only programs built with that feature have it.
    pub amqp: Option<Amqp>,
}

/// When pushes are mailed to the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mailed {
    /// Each by itself.
    #[default]
    Each,
    /// Those of a day together.
    Daily,
    /// Those of a week together.
    Weekly,
    /// Not at all.
    Never,
}

/// A repository that is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// `name`.
    pub name: String,
    /// `url`, in which `$arch` stands for the architecture; a directory too.
    pub url: Option<String>,
    /// `arches`: default `x86_64`.
    pub arches: Vec<String>,
    /// `tags`: what leads into it; default its name and its stage.
    pub tags: Vec<String>,
    /// `stage`: default release.
    pub stage: Stage,
    /// `platform`: the distribution; default what its packages say.
    pub platform: Option<String>,
    /// `project`: default the one whose packages they are.
    pub project: Option<String>,
    /// `mirrors`: copies that are looked at, written as `url`.
    pub mirrors: Vec<String>,
    /// `try`: how to try what is in it.
    pub try_it: Option<String>,
}

/// Where pushes go that fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// `packages`: names of sources; empty for all.
    pub packages: Vec<Pattern>,
    /// `projects`; empty for all.
    pub projects: Vec<String>,
    /// `repositories`; empty for all.
    pub repositories: Vec<Pattern>,
    /// `tags`; empty for all.
    pub tags: Vec<Pattern>,
    /// `arches`; empty for all.
    pub arches: Vec<String>,
    /// `stages`; empty for all.
    pub stages: Vec<Stage>,
    /// `severities`: of security fixes; empty for all pushes.
    pub severities: Vec<String>,
    /// `network` and `channel`.
    pub channel: Option<(Network, Channel)>,
    /// `mail`.
    pub mail: Option<Mailed>,
}

/// What is marked as not mainline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotMainline {
    /// `packages`.
    pub packages: Vec<Pattern>,
    /// `because`.
    pub because: String,
}

/// A broker whose messages are hints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mqtt {
    /// `host`.
    pub host: String,
    /// `port`: default 8883 with TLS, 1883 without.
    pub port: u16,
    /// `tls`: default true.
    pub tls: bool,
    /// `ca_file`.
    pub ca_file: Option<PathBuf>,
    /// `cert_file` and `key_file`.
    pub client: Option<(PathBuf, PathBuf)>,
    /// `client_id`: default `beadle` and the group.
    pub client_id: String,
    /// `account` and `password_file`, read.
    pub login: Option<(String, Secret)>,
    /// `topics`: default `koji` and `cbs-signing`.
    pub topics: Vec<String>,
}

/// A broker of Fedora's messages, which are hints too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amqp {
    /// `host`.
    pub host: String,
    /// `port`: default 5671 with TLS, 5672 without.
    pub port: u16,
    /// `vhost`: default `/`.
    pub vhost: String,
    /// `tls`: default true.
    pub tls: bool,
    /// `ca_file`.
    pub ca_file: Option<PathBuf>,
    /// `cert_file` and `key_file`.
    pub client: Option<(PathBuf, PathBuf)>,
    /// `account` and `password_file`, read.
    pub login: Option<(String, Secret)>,
    /// `queue`: default `beadle` and the group.
    pub queue: String,
    /// `topics`: default those of tags and signatures.
    pub topics: Vec<String>,
}

impl Default for Push {
    /// What holds where `[push]` says nothing: nothing is watched, and the first group's window
    /// holds.
    fn default() -> Push {
        Push {
            poll: 5 * MINUTE,
            settle: 600 * SECOND,
            unchanged: 0,
            mail: Mailed::Each,
            lines_per_minute: 5,
            licences: Vec::new(),
            koji: None,
            secret: None,
            windows: vec![Policy::default()],
            repositories: Vec::new(),
            routes: Vec::new(),
            not_mainline: Vec::new(),
            mqtt: None,
            amqp: None,
        }
    }
}

impl Push {
    /// Whether anything is watched, or can be handed in.
    pub fn is_kept(&self) -> bool {
        !self.repositories.is_empty() || self.secret.is_some()
    }

    /// The repository into which a tag leads.
    pub fn repository_of_tag(&self, tag: &str) -> Option<&Repository> {
        self.repositories.iter().find(|one| one.tags.iter().any(|known| known == tag))
    }

    /// The repository of that name.
    pub fn repository(&self, name: &str) -> Option<&Repository> {
        self.repositories.iter().find(|one| one.name == name)
    }

    /// The window that holds for a tag.
    pub fn window(&self, tag: &str) -> Option<&Policy> {
        self.windows.iter().find(|policy| policy.is_about(tag))
    }

    /// What holds for a repository's builds; `major_parts` is their project's.
    pub fn rules<'a>(&'a self, repository: &'a Repository, major_parts: usize) -> Rules<'a> {
        Rules {
            policy: repository.tags.iter().find_map(|tag| self.window(tag)),
            stage: repository.stage,
            arches: &repository.arches,
            settle: self.settle,
            major_parts,
            is_watched: repository.url.is_some(),
        }
    }

    /// Why packages of that source are not what upstream releases.
    pub fn not_mainline(&self, source: &str) -> Option<&str> {
        let fits = |one: &&NotMainline| one.packages.iter().any(|pattern| pattern.fits(source));
        self.not_mainline.iter().find(fits).map(|one| one.because.as_str())
    }

    /// Whether a licence is on the list: each of its parts is.
    pub fn allows_licence(&self, licence: &str) -> bool {
        let parts = licence.split(['(', ')', ',']).flat_map(|part| {
            let lower = part.to_ascii_lowercase();
            let words = lower.replace(" and ", "\n").replace(" or ", "\n").replace(" with ", "\n");
            words.split('\n').map(|word| word.trim().to_string()).collect::<Vec<_>>()
        });
        let strip = |part: &str| {
            let part = part.strip_prefix("and ").or(part.strip_prefix("or ")).unwrap_or(part);
            part.strip_suffix(" and").or(part.strip_suffix(" or")).unwrap_or(part).to_string()
        };
        let is_word = |part: &str| !part.is_empty() && part != "and" && part != "or";
        self.licences.is_empty()
            || parts
                .map(|part| strip(&part))
                .filter(|part| is_word(part))
                .all(|part| self.licences.iter().any(|known| known.eq_ignore_ascii_case(&part)))
    }
}

impl Repository {
    /// Where the repository of an architecture is.
    pub fn url(&self, arch: &str) -> Option<String> {
        self.url.as_ref().map(|url| url.replace("$arch", arch))
    }

    /// Its architectures, each with where it is: one where the address names none.
    pub fn urls(&self) -> Vec<(String, String)> {
        let all = self.arches.iter().filter_map(|arch| Some((arch.clone(), self.url(arch)?)));
        all.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_licence_is_allowed_when_all_its_parts_are() {
        let licences = ["GPLv2", "GPLv2+", "LGPLv2+", "MIT"].map(str::to_string).to_vec();
        let push = Push { licences, ..Push::default() };
        for good in ["GPLv2", "gplv2 and MIT", "GPLv2+ and (LGPLv2+ or MIT)", ""] {
            assert!(push.allows_licence(good), "{good}");
        }
        for bad in ["Proprietary", "GPLv2 and Proprietary", "(MIT or SSPL)"] {
            assert!(!push.allows_licence(bad), "{bad}");
        }
        assert!(Push::default().allows_licence("anything"));
    }
}
