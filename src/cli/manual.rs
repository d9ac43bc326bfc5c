//! `beadle completions` and `beadle man`: written from the same definitions that read the arguments.

use crate::cli::Cli;
use anyhow::Context;
use clap::Args;
use clap::CommandFactory;
use clap_complete::Shell;
use std::io::Write;
use std::path::PathBuf;

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  beadle completions bash > /usr/share/bash-completion/completions/beadle
  beadle completions zsh > \"${fpath[1]}/_beadle\"
  beadle completions fish > ~/.config/fish/completions/beadle.fish";

/// Print what a shell needs to complete beadle's commands.
#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// Prints the script.
    pub fn run(self, out: &mut dyn Write) -> anyhow::Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "beadle", &mut script);
        Ok(out.write_all(&script)?)
    }
}

const MAN_EXAMPLES: &str = "\
Examples:
  beadle man | man -l -
  beadle man minutes render | man -l -
  beadle man --out /usr/local/share/man/man1";

/// Print the manual page of beadle or of one of its commands.
#[derive(Debug, Args)]
#[command(after_help = MAN_EXAMPLES)]
pub struct Man {
    /// The command, for example: minutes render
    #[arg(value_name = "COMMAND", conflicts_with = "out")]
    command: Vec<String>,
    /// Write all pages into this directory
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Man {
    /// Prints the page, or writes all pages.
    pub fn run(self, out: &mut dyn Write) -> anyhow::Result<()> {
        if let Some(dir) = &self.out {
            return clap_mangen::generate_to(Cli::command(), dir)
                .with_context(|| format!("cannot write the pages to {}", dir.display()));
        }
        let mut command = Cli::command().disable_help_subcommand(true);
        command.build();
        for name in &self.command {
            let inner = command.find_subcommand(name).cloned();
            command = inner.ok_or_else(|| {
                Cli::command().error(
                    clap::error::ErrorKind::InvalidSubcommand,
                    format!("there is no command `{}`", name.escape_debug()),
                )
            })?;
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        Ok(out.write_all(&page)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::tests::said;
    use clap::ValueEnum;
    use std::process::ExitCode;

    #[test]
    fn every_shell_gets_a_script() {
        for shell in Shell::value_variants() {
            let (code, out, _) = said(&format!("completions {shell}"));
            assert_eq!(code, ExitCode::SUCCESS);
            assert!(out.contains("beadle") && out.contains("minutes"), "{shell}");
        }
    }

    #[test]
    fn every_command_has_a_page() {
        let (code, out, _) = said("man");
        assert_eq!(code, ExitCode::SUCCESS);
        assert!(out.contains(".TH beadle 1"), "{out}");
        let (_, out, _) = said("man minutes render");
        assert!(out.contains("beadle\\-minutes\\-render") && out.contains("Examples"), "{out}");
        let dir = tempfile::tempdir().unwrap();
        let (code, _, trouble) = said(&format!("man --out {}", dir.path().display()));
        assert_eq!((code, trouble.as_str()), (ExitCode::SUCCESS, ""));
        assert!(dir.path().join("beadle-minutes-render.1").exists());
    }
}
