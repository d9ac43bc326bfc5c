//! What an announcement says that happened, and what a repository is for.

use serde::{Deserialize, Serialize};

/// What an announcement says that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The first version of it there.
    New,
    /// A newer version.
    Released,
    /// Into a repository for tests.
    Testing,
    /// A newer major version.
    Major,
    /// Taken away, and nothing newer came.
    Withdrawn,
    /// An older version.
    Downgraded,
    /// The same version with other bytes.
    Respun,
}

/// What a repository is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// What was built.
    Candidate,
    /// To be tried.
    Testing,
    /// For everybody.
    #[default]
    Release,
}

impl Kind {
    /// As JSON and tables have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::New => "new",
            Kind::Released => "released",
            Kind::Testing => "testing",
            Kind::Major => "major",
            Kind::Withdrawn => "withdrawn",
            Kind::Downgraded => "downgraded",
            Kind::Respun => "respun",
        }
    }
}

impl Stage {
    /// As the configuration writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Candidate => "candidate",
            Stage::Testing => "testing",
            Stage::Release => "release",
        }
    }

    /// Reads what the configuration writes.
    pub fn parse(word: &str) -> Option<Stage> {
        [Stage::Candidate, Stage::Testing, Stage::Release]
            .into_iter()
            .find(|stage| stage.as_str() == word)
    }
}
