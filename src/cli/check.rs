//! `beadle check`: is the configuration good?

use crate::cli::ConfigFile;
use crate::config;
use crate::config::Config;
use crate::config::Database;
use crate::config::IrcNetwork;
use crate::config::Sasl;
use crate::config::printable;
use crate::domain::name::Channel;
use clap::Args;
use std::io::Write;
use std::path::Path;

const EXAMPLES: &str = "\
Examples:
  beadle check
  beadle check -c /etc/beadle/config.toml

Every fault is said at once, with its line and column and what would be right.
docs/configuration.md explains every key.";

/// Read the configuration and say everything that is wrong with it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Check {
    #[command(flatten)]
    config: ConfigFile,
}

impl Check {
    /// Prints what the configuration means, or all its faults and fails.
    pub fn run(self, out: &mut dyn Write) -> anyhow::Result<()> {
        let file = self.config.find()?;
        let config = match config::load(&file) {
            Ok(config) => config,
            Err(faults) => {
                for fault in &faults {
                    writeln!(out, "{fault}\n")?;
                }
                out.flush()?;
                let many =
                    if faults.len() == 1 { "1 fault" } else { &format!("{} faults", faults.len()) };
                anyhow::bail!("{many} in {}", path(&file));
            }
        };
        writeln!(out, "{}: all good", path(&file))?;
        summary(&config, out)?;
        Ok(())
    }
}

/// What the configuration means, for people.
fn summary(config: &Config, out: &mut dyn Write) -> anyhow::Result<()> {
    let (name, short) = (&config.group.name, &config.group.short);
    let people = match config.members.len() {
        1 => "1 member".to_string(),
        many => format!("{many} members"),
    };
    let name = printable(name.as_untrusted());
    writeln!(out, "  group     {name} ({}), {people}", printable(short.as_untrusted()))?;
    writeln!(out, "  state     {}", path(&config.state_dir))?;
    writeln!(out, "  database  {}", database(config)?)?;
    match &config.web {
        Some(web) => writeln!(out, "  pages     {}, listening on {}", web.url, web.listen)?,
        None => writeln!(out, "  pages     none")?,
    }
    for one in &config.networks {
        writeln!(out, "  network   {}", network(one))?;
    }
    Ok(())
}

/// Says which database it is. A new one is made at the first start, not by a check.
fn database(config: &Config) -> anyhow::Result<String> {
    Ok(match &config.database {
        Database::Sqlite(file) if file.try_exists()? => format!("SQLite, {}", path(file)),
        Database::Sqlite(file) => format!("SQLite, {}, made at the first start", path(file)),
        Database::Postgres(_) => "PostgreSQL".to_string(),
    })
}

fn network(network: &IrcNetwork) -> String {
    let tls = if network.tls { "TLS" } else { "not encrypted" };
    let login = match &network.sasl {
        None => "no login".to_string(),
        Some(Sasl::External { .. }) => "login by certificate".to_string(),
        Some(Sasl::Plain { account, .. } | Sasl::ScramSha256 { account, .. }) => {
            format!("login as {}", account.as_str())
        }
    };
    let channels: Vec<_> = network.channels.iter().map(Channel::as_str).collect();
    let (name, nick, host) = (network.name.as_str(), network.nick.as_str(), &network.host);
    let (port, channels) = (network.port, channels.join(" "));
    printable(&format!("{name}: {nick} at {host}:{port} ({tls}, {login}), in {channels}"))
}

fn path(path: &Path) -> String {
    printable(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    use crate::cli::tests::said;
    use std::process::ExitCode;

    #[test]
    fn a_good_file_is_summed_up() {
        let example = concat!(env!("CARGO_MANIFEST_DIR"), "/config.example.toml");
        let (code, out, trouble) = said(&format!("check -c {example}"));
        assert_eq!((code, trouble.as_str()), (ExitCode::SUCCESS, ""));
        let wanted = "config.example.toml: all good\n  group     CentOS Virtualization SIG (Virt SIG), 8 members\n";
        assert!(out.contains(wanted), "{out}");
        let wanted = "Libera: beadle at irc.libera.chat:6697 (TLS, no login), in #centos-devel\n";
        assert!(out.contains(wanted), "{out}");
    }

    #[test]
    fn a_faulty_file_is_told_in_full() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("c.toml");
        std::fs::write(&file, "[group]\nnane = 'x'\n[[network]]\n").unwrap();
        let (code, out, trouble) = said(&format!("check -c {}", file.display()));
        assert_eq!(code, ExitCode::FAILURE);
        assert_eq!(out.matches("c.toml:").count(), 6, "{out}");
        assert_eq!(trouble, format!("beadle: 6 faults in {}\n", file.display()));
    }
}
