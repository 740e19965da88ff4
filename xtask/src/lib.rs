//! The command line of the conformance suite; its programs are beside it.

mod annexe1;
mod axe;
mod check;
mod checked;
mod choice;
mod claim;
mod cli;
mod compare;
mod conformance;
mod console;
mod dossier;
mod exit;
mod explain;
mod explore;
mod fuzz;
mod fuzzer;
mod kit;
mod list;
mod mutants;
mod paper;
mod place;
mod resumption;
mod run_folder;
mod schema;
mod serve;
mod sign;
mod skips;
mod stop;
mod target;
mod test;
mod unpack;
mod verify;
mod whitelist;

use std::process::ExitCode;

use clap::{Parser as _, error::ErrorKind};
use cli::{Cli, Command};
use console::Console;
use exit::Trouble;
use tracing_subscriber::{
    Layer as _, filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

/// What `RUST_LOG` asks for: `info`, `fixtures=debug`, several with commas. What is no directive asks for nothing.
fn logged(asked: &str) -> Targets {
    let directives = asked.split(',').map(str::trim);
    let sound = directives.filter(|one| !one.is_empty() && one.parse::<Targets>().is_ok());
    match sound.collect::<Vec<_>>().join(",") {
        none if none.is_empty() => Targets::new(),
        sound => sound.parse().unwrap_or_default(),
    }
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let console = Console::detect();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misread(&console, &error),
    };
    // Silent unless RUST_LOG asks: the program's own words are not a log.
    let asked = std::env::var("RUST_LOG").unwrap_or_default();
    let log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(log.with_filter(logged(&asked))).init();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            console.trouble(&Trouble::of(error));
            return exit::UNKNOWN.into();
        }
    };
    outlive_limits(&runtime);
    if !matches!(&cli.command, Command::Conformance(command) if command.is_a_resumption()) {
        claim::tell(&console);
    }
    let code = runtime.block_on(run(cli.command, &console)).unwrap_or_else(|trouble| {
        console.trouble(&trouble);
        trouble.code()
    });
    let code = said(&console, code);
    // A connection that hangs must not hold the process back.
    runtime.shutdown_background();
    code.into()
}

/// The exit code once it is known whether the result was written: one that nobody got is no success.
fn said(console: &Console, code: u8) -> u8 {
    let Some(why) = console::unsaid() else { return code };
    console.trouble(&Trouble::environment(
        format!("la sortie standard n'a pas pu être écrite ({why}) : le résultat est perdu"),
        "libérez de la place, ou envoyez la sortie ailleurs, puis relancez",
    ));
    if code == exit::YES { exit::UNKNOWN } else { code }
}

/// A file larger than `ulimit -f` allows is a failed write, which is told, and not the end of the
/// process by SIGXFSZ.
fn outlive_limits(runtime: &tokio::runtime::Runtime) {
    /// Its number on Linux and on BSDs.
    const SIGXFSZ: i32 = 25;
    let _in_the_runtime = runtime.enter();
    // The handler stays when its listener is dropped.
    drop(tokio::signal::unix::signal(tokio::signal::unix::SignalKind::from_raw(SIGXFSZ)));
}

async fn run(command: Command, console: &Console) -> Result<u8, Trouble> {
    match command {
        Command::Conformance(command) => Box::pin(command.run(console)).await,
        Command::Explore(command) => Box::pin(command.run(console)).await,
        Command::Check(command) => Box::pin(command.run(console)).await,
        Command::Serve(command) => Box::pin(command.run(console)).await,
        Command::Annexe1(command) => Box::pin(command.run(console)).await,
        Command::Mutants(command) => Box::pin(command.run(console)).await,
        Command::Whitelist(command) => Box::pin(command.run(console)).await,
        Command::Compare(command) => command.run(console),
        Command::Dossier(command) => command.run(console),
        Command::Sign(command) => command.run(console),
        Command::Verify(command) => command.run(console),
        Command::Test(command) => command.run(console),
        Command::Fuzz(command) => command.run(console),
        Command::List(command) => command.run(console),
        Command::Explain(command) => command.run(console),
        Command::Kit(command) => command.run(console),
        Command::Schema(command) => command.run(console),
    }
}

/// Help and version are answers; all else is a mistake.
fn misread(console: &Console, error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let text = if console.out.colour {
                error.render().ansi().to_string()
            } else {
                error.render().to_string()
            };
            console.say(&text.replace("Usage:", "Utilisation :"));
            said(console, exit::YES).into()
        }
        _ => {
            let (message, help) = cli::french(error);
            console.trouble(&Trouble::usage(message, help));
            exit::USAGE.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use tracing_subscriber::filter::LevelFilter;

    use super::*;

    #[rstest]
    #[case::nothing("", None, &[])]
    #[case::a_level("info", Some(LevelFilter::INFO), &[])]
    #[case::a_target("fixtures=debug", None, &[("fixtures", LevelFilter::DEBUG)])]
    #[case::both("warn, suite=info,", Some(LevelFilter::WARN), &[("suite", LevelFilter::INFO)])]
    #[case::one_of_them_wrong("info,fixtures=verbose", Some(LevelFilter::INFO), &[])]
    fn what_a_log_is_asked_for(
        #[case] asked: &str,
        #[case] level: Option<LevelFilter>,
        #[case] others: &[(&str, LevelFilter)],
    ) {
        let targets = logged(asked);
        assert_eq!(targets.default_level(), level);
        assert_eq!(targets.iter().collect::<Vec<_>>(), others);
    }
}
