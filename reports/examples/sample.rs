//! Renders the sample record: `cargo run -p reports --example sample --features sample -- DIR`.

use std::{
    env, io,
    io::{IsTerminal, Write},
    path::PathBuf,
    thread,
    time::Duration,
};

use reports::{
    sample,
    terminal::{Progress, Style, summary},
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder =
        env::args_os().nth(1).map_or_else(|| PathBuf::from("target/sample"), PathBuf::from);
    let record = sample::record();
    let style = Style { colour: io::stdout().is_terminal(), ..Style::default() };

    let is_tty = io::stderr().is_terminal();
    let ids = record.scenarios.iter().map(|scenario| scenario.id.as_str());
    let progress = Progress::new(ids, is_tty, style);
    for scenario in &record.scenarios {
        progress.started(&scenario.id);
        if is_tty {
            thread::sleep(Duration::from_millis(250));
        }
        progress.finished(scenario);
    }
    progress.done();

    sample::write_transcripts(&folder)?;
    let written = reports::write_all(&record, &folder)?;
    io::stdout().write_all(summary(&record, &style, Some(&written.html), "").as_bytes())?;
    Ok(())
}
