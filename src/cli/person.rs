//! Who makes a change at the command line. Whoever can write the database may do everything; the
//! name is for the record.

use crate::domain::group::{By, Via};
use crate::domain::name::{Account, Nick};

#[derive(Debug, clap::Args)]
pub struct Person {
    /// Whose change it is, for the record: a member's account. Without it, your name on this machine.
    #[arg(long = "as", value_name = "ACCOUNT")]
    account: Option<String>,
}

impl Person {
    /// Who it is.
    pub fn by(&self) -> By {
        let account = self.account.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let user =
            || ["SUDO_USER", "USER", "LOGNAME"].iter().find_map(|key| std::env::var(key).ok());
        let name = account.map(str::to_string).or_else(user);
        let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| "operator".to_string());
        By {
            name: Nick::new(&name),
            account: account.map(Account::new),
            via: Via::Cli,
            meeting: None,
        }
    }
}
