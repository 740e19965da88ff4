//! `target.toml`: read, written, checked.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use suite::target::{Target, TargetFile, TargetFileError, parse};

/// The longest time that a target may ask for.
const LONGEST: Duration = Duration::from_secs(3600);

/// A fault points into the file; a file that is read can be written and read again; a target that is
/// checked asks for nothing that cannot be done.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let file = match parse("target.toml", text) {
        Ok(file) => file,
        Err(TargetFileError::Invalid { at, message, .. }) => {
            assert!(!message.is_empty());
            if let Some(at) = at {
                let span = at.offset()..at.offset() + at.len();
                assert!(text.get(span.clone()).is_some(), "{span:?} is in the file");
            }
            return;
        }
        Err(other) => panic!("reading a text has no other error: {other:?}"),
    };
    let written = toml::to_string(&file).expect("it can be written");
    let read: TargetFile = parse("target.toml", &written).expect("it can be read again");
    assert_eq!(toml::to_string(&read).expect("it can be written"), written);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 25));
    match file.check_values("target.toml", address) {
        Ok(target) => check_target(&target),
        Err(TargetFileError::Value { message, .. }) => assert!(!message.is_empty()),
        Err(other) => panic!("checking values has no other error: {other:?}"),
    }
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
