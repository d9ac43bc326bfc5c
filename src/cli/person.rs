//! Who makes a change at the command line. Whoever can write the database may do everything; who
//! acts as a member is kept in the journal as that member.

use crate::config::words;
use crate::domain::group::{By, Via};
use crate::domain::name::{Account, Nick};
use crate::domain::roster::Asker;

#[derive(Debug, clap::Args)]
pub struct Person {
    /// Make the change as this member, by account. Without it you make it, as the operator of the
    /// program, under your name on this machine.
    #[arg(long = "as", value_name = "ACCOUNT", value_parser = words::account)]
    acting_as: Option<Account>,
}

impl Person {
    /// Who it is.
    pub fn by(&self) -> By {
        let account = self.acting_as.clone();
        let user =
            || ["SUDO_USER", "USER", "LOGNAME"].iter().find_map(|key| std::env::var(key).ok());
        let name = account.as_ref().map(|account| account.as_str().to_string()).or_else(user);
        let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| "operator".to_string());
        By { name: Nick::new(&name), account, via: Via::Cli, meeting: None }
    }

    /// Whose rights count, where the group says who may make a change.
    pub fn asker(&self) -> Asker {
        self.acting_as.clone().map_or(Asker::Operator, Asker::Account)
    }
}
