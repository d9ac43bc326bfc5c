//! Who makes a change at the command line.

use crate::config::words;
use crate::domain::group::{By, Via};
use crate::domain::name::{Account, Nick};
use crate::domain::roster::Asker;

/// Who makes a change.
#[derive(Debug, clap::Args)]
pub struct Person {
    /// Make the change as this member, with the rights they have; without it as the operator of the
    /// program, who has all.
    #[arg(long = "as", value_name = "ACCOUNT", value_parser = words::account)]
    acting_as: Option<Account>,
}

/// What the journal calls an operator whose user has no name.
const NOBODY: &str = "operator";

impl Person {
    /// Who asks.
    pub fn asker(&self) -> Asker {
        self.acting_as.clone().map_or(Asker::Operator, Asker::Account)
    }

    /// What the journal says of who made the change.
    pub fn by(&self) -> By {
        let user =
            ["SUDO_USER", "USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
        let user = user.filter(|user| !user.trim().is_empty());
        let name = self.acting_as.as_ref().map(|account| Nick::new(account.as_str()));
        By {
            name: name.unwrap_or_else(|| Nick::new(user.as_deref().unwrap_or(NOBODY))),
            account: self.acting_as.clone(),
            via: Via::Cli,
            meeting: None,
        }
    }
}
