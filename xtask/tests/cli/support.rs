//! Runs the program, and makes small targets for it.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use fixtures::{
    pki::{Clock, KeyPool},
    space::{Space, kit, settings::Wanted},
};

/// What the program said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Where runs and keys of these tests go: the keys are made once.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("xtask")
}

/// The program, ready for arguments.
pub(crate) fn xtask() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.env("CARGO_TARGET_DIR", folder()).env_remove("NO_COLOR").env_remove("RUST_LOG");
    command
}

/// Runs it to its end.
pub(crate) fn run(arguments: &[&str]) -> Said {
    said(xtask().args(arguments).output().expect("the program was built"))
}

pub(crate) fn said(output: Output) -> Said {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// A path as an argument.
pub(crate) fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// The repository's scenarios.
pub(crate) fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios")
}

/// A space in memory, with kept keys.
pub(crate) async fn space() -> Space {
    let pool = KeyPool::open(&folder().join("keys-of-tests")).expect("a pool");
    Space::ephemeral(&pool, Clock::System).await.expect("starts")
}

/// Puts the keys of all kits of these tests where a kit is to be made: minting them is most of what that takes.
pub(crate) fn keys_of_kits(kit: &Path) {
    let shared = folder().join("kit-of-tests");
    if !shared.is_dir() {
        fs::create_dir_all(folder()).expect("made");
        let aside = tempfile::tempdir_in(folder()).expect("a folder");
        kit::create(&aside.path().join("kit"), &Wanted::default(), Clock::System).expect("made");
        // Where another test was faster, its kit is as good.
        let placed = fs::rename(aside.path().join("kit"), &shared);
        assert!(shared.is_dir(), "{placed:?}");
    }
    copy_keys(&shared.join("pki/keys"), &kit.join("pki/keys"));
}

/// Copies keys to a folder that is not there yet.
pub(crate) fn copy_keys(from: &Path, to: &Path) {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(to).expect("made");
    for key in fs::read_dir(from).expect("there").map_while(Result::ok) {
        fs::copy(key.path(), to.join(key.file_name())).expect("copied");
    }
}

/// A target that greets, answers `250` to EHLO without STARTTLS, and obeys QUIT.
pub(crate) struct Plain {
    pub(crate) address: SocketAddr,
    /// Told of each connection, by its number from 1.
    pub(crate) connections: mpsc::Receiver<usize>,
}

/// Starts a [`Plain`] that greets with `greeting`.
pub(crate) fn plain(greeting: &'static str) -> Plain {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    let (tell, connections) = mpsc::channel();
    let count = Arc::new(AtomicUsize::new(0));
    // The thread ends with the test's process.
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            if tell.send(number).is_err() {
                // The test is over.
                return;
            }
            thread::spawn(move || serve(stream, greeting));
        }
    });
    Plain { address, connections }
}

fn serve(mut stream: TcpStream, greeting: &str) {
    let Ok(reading) = stream.try_clone() else { return };
    if stream.write_all(greeting.as_bytes()).is_err() {
        return;
    }
    for line in BufReader::new(reading).lines().map_while(Result::ok) {
        let verb = line.to_ascii_uppercase();
        let reply = if verb.starts_with("EHLO") || verb.starts_with("HELO") {
            "250 plain.test\r\n"
        } else if verb.starts_with("QUIT") {
            "221 2.0.0 bye\r\n"
        } else {
            "502 5.5.1 no\r\n"
        };
        if stream.write_all(reply.as_bytes()).is_err() || reply.starts_with("221") {
            return;
        }
    }
}
