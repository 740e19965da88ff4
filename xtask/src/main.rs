//! `cargo xtask`: everything that the suite does.

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask::main()
}
