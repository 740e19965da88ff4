//! Addresses: of an envelope, of the operator's mailboxes, of a target.

use suite::{
    oracle::{
        Command,
        address::{Mailbox, Path},
        command::Verb,
        reception::facts::MailFrom,
    },
    target::{self, Endpoint},
};

/// What is read can be written and read again, and a mailbox that the operator may name is one in
/// the oracle's eyes.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(path) = path("MAIL FROM", text) {
        let _ = MailFrom::from(&path);
        assert_ne!(path, Path::Postmaster, "no sender without domain");
    }
    if let Some(path) = path("RCPT TO", text) {
        assert_ne!(path, Path::Null, "no empty recipient");
        if let Path::Mailbox(mailbox) = path {
            let again = mailbox_of(&mailbox.to_string());
            assert_eq!(
                (&again.local, &again.domain, again.trailing_dot),
                (&mailbox.local, &mailbox.domain, mailbox.trailing_dot)
            );
            assert_eq!(again.needs_utf8(), mailbox.needs_utf8());
            assert_eq!(again.to_string(), mailbox.to_string());
        }
    }
    if let Ok(named) = text.parse::<target::PlainAddress>() {
        let shown = named.to_string();
        assert_eq!(
            shown.parse::<target::PlainAddress>(),
            Ok(named.clone()),
            "it is read as it is shown"
        );
        let read = mailbox_of(&shown);
        assert_eq!((read.local.as_str(), read.domain.as_str()), (named.local(), named.domain()));
        assert!(!read.quoted && !read.trailing_dot && !read.needs_utf8() && read.route.is_empty());
    }
    if let Ok(endpoint) = text.parse::<Endpoint>() {
        let again: Endpoint = endpoint.to_string().parse().expect("it is shown as it is typed");
        assert_eq!(again.host, endpoint.host);
        assert_eq!(again.port, Some(endpoint.port.unwrap_or(25)));
    }
}

fn path(verb: &str, text: &str) -> Option<Path> {
    match Command::parse(format!("{verb}:<{text}>").as_bytes()).verb {
        Verb::Mail { path, .. } | Verb::Rcpt { path, .. } => Some(path),
        _ => None,
    }
}

fn mailbox_of(text: &str) -> Mailbox {
    match path("RCPT TO", text) {
        Some(Path::Mailbox(mailbox)) => mailbox,
        other => panic!("{text:?} is a mailbox, not {other:?}"),
    }
}
