//! `target.toml`: read, written, checked.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use suite::target::{Target, TargetDocument, TargetFileError};

/// The longest time that a target may ask for.
const LONGEST: Duration = Duration::from_secs(3600);

/// A fault points into the file; a file without fault can be written and read again; a target that is
/// checked asks for nothing that cannot be done.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let document = TargetDocument::parse("target.toml", text.to_owned());
    let ids: Vec<&str> = document.file.not_applicable.keys().map(String::as_str).collect();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 25));
    let target = match document.check_values(address, &ids) {
        Ok(target) => target,
        Err(TargetFileError::Faults { problems, .. }) => {
            assert!(!problems.is_empty());
            for problem in problems {
                assert!(!problem.to_string().is_empty());
                if let Some(span) = problem.span() {
                    assert!(text.get(span.clone()).is_some(), "{span:?} is in the file");
                }
            }
            return;
        }
        Err(other) => panic!("a text has no other error: {other:?}"),
    };
    check_target(&target);
    let written = toml::to_string(&document.file).expect("it can be written");
    let read = TargetDocument::parse("target.toml", written.clone());
    assert!(read.check_values(address, &ids).is_ok(), "it can be read again");
    assert_eq!(toml::to_string(&read.file).expect("it can be written"), written);
}

fn check_target(target: &Target) {
    for time in [target.reply_time, target.delivery_delay, target.pace, target.retry] {
        assert!(time <= LONGEST, "{time:?}");
        assert!(Instant::now().checked_add(time).is_some());
    }
    assert!(!target.reply_time.is_zero(), "no target answers within no time");
    assert!(target.max_connections > 0, "no target takes no connection");
    assert!(target.port > 0, "no port is 0");
    let boxes = &target.mailboxes;
    for mailbox in [&boxes.valid, &boxes.second, &boxes.unknown].into_iter().flatten() {
        assert!(boxes.names(&mailbox.to_string()));
    }
    let _ = target.capabilities();
}
