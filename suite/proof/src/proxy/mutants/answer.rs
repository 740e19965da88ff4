//! How a fault is made: a reply in place of the one due, a command read otherwise.

use fixtures::smtp::wire::Line;

use crate::proxy::Behaviour;
use suite::oracle::{
    Command,
    session::{Permitted, Reply, SessionPolicy, SessionState, Situation, permitted, situation},
};

/// A reply.
pub(super) const fn reply(code: u16, enhanced: &'static str, text: &'static str) -> Reply {
    let enhanced = if enhanced.is_empty() { None } else { Some(enhanced) };
    Reply { code, enhanced, text }
}

/// The replies in order, but for this one in this situation.
pub(super) fn instead(
    state: &SessionState,
    command: &Command,
    policy: &SessionPolicy,
    faulty: Situation,
    reply: Reply,
) -> Permitted {
    let due = permitted(state, command, policy);
    if situation(state, command, policy) == faulty { always(due, reply) } else { due }
}

/// This reply, whoever the peer is.
pub(super) fn always(due: Permitted, reply: Reply) -> Permitted {
    Permitted { preferred: reply, policy: false, ..due }
}

/// The command that the line holds once its text was rewritten; `raw` stays what was sent.
pub(super) fn reread(line: &Line, rewrite: impl Fn(&str) -> Option<String>) -> Command {
    let command = (Behaviour::REFERENCE.command)(line);
    match std::str::from_utf8(&command.raw).ok().and_then(rewrite) {
        Some(text) => Command { verb: Command::parse(text.as_bytes()).verb, raw: command.raw },
        None => command,
    }
}
