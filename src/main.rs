//! The program: see `beadle --help`.

fn main() {}
