//! The program: see `beadle --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    beadle::cli::main()
}
