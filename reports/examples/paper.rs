//! Lays the PDF of a run out and says how long it took, for whoever changes its templates:
//! `cargo run -p reports --example paper --features pdf,sample -- RUN OUT.pdf`, or `sample OUT.pdf`.

use std::{env, fs, io, io::Write, path::PathBuf, time::Instant};

use annexe1::Form;
use reports::{
    content::{Content, Sources},
    json,
    pdf::{self, Attachment, Relation},
    sample,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let run = arguments.next().ok_or("RUN OUT.pdf")?;
    let out = arguments.next().ok_or("RUN OUT.pdf")?;
    let folder = tempfile::tempdir()?;
    let (record, run_dir) = if run.as_os_str() == "sample" {
        sample::write_transcripts(folder.path())?;
        (sample::record(), folder.path().to_owned())
    } else {
        (json::read(&run.join("record.json"))?, run)
    };
    let form = Form::default();
    let content =
        Content::new(&record, run_dir.as_path(), &Sources { annexe1: Some(&form), earlier: None });
    let text = json::render(&record)?;
    let attachment = Attachment {
        name: "record.json",
        media: "application/json",
        relation: Relation::Source,
        description: "L’enregistrement de la campagne",
        bytes: text.as_bytes(),
    };
    let begun = Instant::now();
    let bytes = pdf::render(&content, record.started, &[attachment])?;
    let took = begun.elapsed();
    writeln!(io::stdout(), "{} octets, {} ms", bytes.len(), took.as_millis())?;
    fs::write(out, bytes)?;
    Ok(())
}
