//! From the octets of a file to a value of a type.

use std::{
    any::TypeId,
    collections::BTreeMap,
    fs::File,
    io::{self, Read as _},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::de::DeserializeOwned;
use serde_json::Value;
use toml::{Spanned, de::DeTable};

use super::{
    fault::{Fault, FaultKind},
    walk::walk,
};

/// The largest file that an operator writes, in octets.
const MOST: u64 = 256 * 1024;

/// Who checks a text that is one of a few names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// The reader of the file, against the schema.
    Here,
    /// Who reads the value afterwards.
    Elsewhere,
}

/// The text of a file that an operator writes: at most 256 KiB of UTF-8; or why it is no such file,
/// in French.
///
/// # Errors
/// The operating system's words.
pub fn text(path: &Path) -> io::Result<Result<String, &'static str>> {
    let mut octets = Vec::new();
    File::open(path)?.take(MOST + 1).read_to_end(&mut octets)?;
    if octets.len() as u64 > MOST {
        return Ok(Err("fichier de plus de 256 Kio"));
    }
    Ok(String::from_utf8(octets).map_err(|_| "le fichier n'est pas en UTF-8"))
}

/// The tables and values of a text.
///
/// # Errors
/// What is wrong with its syntax.
pub fn parse(text: &str) -> Result<Spanned<DeTable<'_>>, Vec<Fault>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let fault = |error: &toml::de::Error| Fault {
        field: String::new(),
        kind: FaultKind::Syntax(error.message().trim_end().to_owned()),
        at: error.span(),
    };
    if errors.is_empty() { Ok(table) } else { Err(errors.iter().map(fault).collect()) }
}

/// What a table says as a `T`, what the schema does not allow left out; and all that is wrong with
/// it. There is no value where what was left out is obligatory.
pub fn read<T: DeserializeOwned + JsonSchema + 'static>(
    mut table: Spanned<DeTable<'_>>,
    names: Names,
) -> (Option<T>, Vec<Fault>) {
    let span = table.span();
    let mut faults = walk(&inlined_schema::<T>(), table.get_mut(), span, names);
    let value = match T::deserialize(toml::de::Deserializer::from(table)) {
        Ok(value) => Some(value),
        Err(error) => {
            // What was taken out is not missing too.
            if faults.is_empty() || !error.message().starts_with("missing field") {
                let kind = FaultKind::Refused(error.message().trim_end().to_owned());
                faults.push(Fault { field: String::new(), kind, at: error.span() });
            }
            None
        }
    };
    // The walk goes by key, the reader by line.
    faults.sort_by_key(|fault| fault.at.as_ref().map_or(0, |at| at.start));
    (value, faults)
}

/// The schema of a type, without references. Made once: it takes longer than all else of reading a file.
fn inlined_schema<T: JsonSchema + 'static>() -> Arc<Value> {
    static MADE: Mutex<BTreeMap<TypeId, Arc<Value>>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let make = || {
        let mut settings = SchemaSettings::draft2020_12();
        settings.inline_subschemas = true;
        Arc::new(settings.into_generator().into_root_schema_for::<T>().to_value())
    };
    Arc::clone(made.entry(TypeId::of::<T>()).or_insert_with(make))
}
