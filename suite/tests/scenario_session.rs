//! The scripts of the scenarios against the oracle's session machine: each `> command` and its
//! `< expectation` with the replies that the RFCs permit there.

use std::{collections::VecDeque, path::Path};

use suite::{
    oracle::{
        Command, Decision, Grade,
        command::Verb,
        reception::facts::Profile,
        session::{Permitted, SessionPolicy, SessionState, next, permitted},
    },
    record::Level,
    scenario::{
        Action, ReplyExpectation, ReversePath, Scenario, ScriptStep, Template, Transaction,
        Variables, load, render, render_raw,
    },
};

/// Codes that servers use, 354 aside.
const CODES: [u16; 30] = [
    211, 214, 220, 221, 235, 250, 251, 252, 450, 451, 452, 454, 455, 500, 501, 502, 503, 504, 521,
    530, 535, 538, 541, 550, 551, 552, 553, 554, 555, 556,
];

/// Where a file is stricter than the machine, and the sentence that makes it so: start of the
/// command, codes, reason.
const STRICTER: [(&str, &[u16], &str); 2] = [
    (
        "QUIT",
        &[211, 214, 220, 235, 250, 251, 252],
        "RFC 5321 §4.1.1.10: the receiver MUST send a 221; a 250 here answers another command",
    ),
    ("MAIL FROM", &[503], "RFC 3207 §4: before STARTTLS the server SHOULD return 530"),
];

struct Play<'s> {
    scenario: &'s Scenario,
    variables: Variables,
    policy: SessionPolicy,
    state: SessionState,
    transaction: Transaction,
    /// Commands that await their reply, each with what its transaction deserves.
    pending: VecDeque<(Command, Decision)>,
    compared: usize,
    faults: Vec<String>,
}

impl Play<'_> {
    fn step(&mut self, step: &ScriptStep) {
        match step {
            ScriptStep::Greeting => self.done(&Command::connect(), true),
            ScriptStep::Ehlo => self.done_line("EHLO {peer.ehlo}"),
            ScriptStep::StartTls => self.done_line("STARTTLS"),
            ScriptStep::Handshake | ScriptStep::TryHandshake => {
                self.state = SessionState::secured();
            }
            ScriptStep::Mail => self.done_line("MAIL FROM:<{peer.from}>"),
            ScriptStep::Rcpt => self.done_line("RCPT TO:<{mailbox}>"),
            ScriptStep::Data => self.done_line("DATA"),
            ScriptStep::Message => self.send(Command::content(1000)),
            ScriptStep::Bdat => self.send(Command::parse(b"BDAT 1000 LAST")),
            ScriptStep::Chunk { octets, last } => {
                let octets = render_raw(octets, &self.variables).expect("a loaded template");
                let marker = if *last { " LAST" } else { "" };
                self.send(Command::parse(format!("BDAT {}{marker}", octets.len()).as_bytes()));
            }
            ScriptStep::Send(text) => {
                self.note_envelope(&text.0);
                let line = render(text, &self.variables).expect("a loaded template");
                self.send(Command::parse(&line));
            }
            ScriptStep::SendRaw(text) => self.send_raw(text),
            ScriptStep::Expect(reply) => self.expect(reply),
            ScriptStep::Abort | ScriptStep::Close | ScriptStep::AwaitClose => {}
        }
    }

    fn send_raw(&mut self, text: &Template) {
        let octets = render_raw(text, &self.variables).expect("a loaded template");
        // Octets behind a STARTTLS that is not answered yet get no SMTP reply by rule.
        if self.pending.iter().any(|(command, _)| command.verb == Verb::StartTls) {
            return;
        }
        match self.state {
            SessionState::ExpectContent { .. } => {
                self.send(Command::content(octets.len() as u64));
            }
            // Octets in place of the handshake get no SMTP reply by rule.
            SessionState::ExpectHandshake => {}
            _ => {
                for line in String::from_utf8_lossy(&octets).split_terminator("\r\n") {
                    self.send(Command::parse(line.as_bytes()));
                    if line == "STARTTLS" {
                        break;
                    }
                }
            }
        }
    }

    /// The envelope as the script writes it, for the facts.
    fn note_envelope(&mut self, text: &str) {
        let Some((verb, rest)) = text.split_once(":<") else { return };
        let Some((path, _)) = rest.rsplit_once('>') else { return };
        let path = Template(path.to_owned());
        match verb.to_ascii_uppercase().as_str() {
            "MAIL FROM" => self.transaction.from = ReversePath::Address(path),
            "RCPT TO" => self.transaction.to = vec![path],
            _ => {}
        }
    }

    /// What the oracle decides on the envelope so far.
    fn decided(&self) -> Decision {
        let of = self.scenario.rules.oracle().transaction;
        let told = of(self.scenario, &self.transaction, Profile::Default);
        told.expect("a loaded template").decision
    }

    fn send(&mut self, command: Command) {
        let decision = self.decided();
        self.pending.push_back((command, decision));
    }

    fn done_line(&mut self, text: &str) {
        let line = render(&Template(text.to_owned()), &self.variables).expect("a sound template");
        self.done(&Command::parse(&line), true);
    }

    fn done(&mut self, command: &Command, accepted: bool) {
        self.state = next(&self.state, command, accepted);
    }

    fn expect(&mut self, reply: &ReplyExpectation) {
        let first = self.state == SessionState::ExpectGreeting;
        let Some((command, decision)) = self
            .pending
            .pop_front()
            .or_else(|| first.then(|| (Command::connect(), self.decided())))
        else {
            return;
        };
        let content = matches!(self.state, SessionState::ExpectContent { .. })
            || matches!(command.verb, Verb::Bdat { last: true, .. });
        let permitted = permitted(&self.state, &command, &self.policy).under(&decision, content);
        self.compare(reply, &permitted, &command);
        self.done(&command, !reply.is_refusal());
    }

    /// The best reply is met, and what is unmet is not better by the oracle than by the file.
    fn compare(&mut self, reply: &ReplyExpectation, permitted: &Permitted, command: &Command) {
        self.compared += 1;
        let line = String::from_utf8_lossy(&command.raw[..command.raw.len().min(40)]).into_owned();
        let meets = |code: u16| reply.ends(code) || reply.codes.iter().any(|set| set.holds(code));
        let best = permitted.preferred.code;
        if !permitted.silence && !meets(best) {
            self.fault(&line, &format!("the oracle prefers {best}"), reply);
        }
        let unmet = if self.scenario.level == Level::Must && !reply.recommended {
            Grade::NonConforming
        } else {
            Grade::Remark
        };
        let unjust: Vec<u16> = CODES
            .into_iter()
            .filter(|code| !meets(*code) && permitted.grade(*code) < unmet)
            .filter(|code| {
                !STRICTER
                    .iter()
                    .any(|(start, codes, _)| line.starts_with(start) && codes.contains(code))
            })
            .collect();
        if !unjust.is_empty() {
            let why = format!("{unjust:?} are {unmet:?} here, better by {}", permitted.source);
            self.fault(&line, &why, reply);
        }
    }

    fn fault(&mut self, line: &str, why: &str, reply: &ReplyExpectation) {
        let codes = reply.codes_text();
        self.faults.push(format!("{}: `{line}` awaits {codes}: {why}", self.scenario.id));
    }
}

/// Variables of a target; the values are of no weight for the machine.
fn variables(scenario: &Scenario) -> Variables {
    let operator = fixtures::space::cast::operator(&scenario.peer.operator).expect("in the cast");
    let mut variables = Variables::of(operator);
    for (name, value) in [
        ("mailbox", "boite@cible.mssante.test"),
        ("mailbox.local", "boite"),
        ("mailbox2", "boite2@cible.mssante.test"),
        ("unknown", "inconnue@cible.mssante.test"),
        ("target.domain", "cible.mssante.test"),
        ("target.host", "mss.cible.mssante.test"),
        ("foreign", "boite@tiers.mssante.test"),
        ("foreign.local", "boite"),
        ("foreign.domain", "tiers.mssante.test"),
        ("token", "jeton"),
        ("token2", "jeton2"),
    ] {
        variables.set(name, value);
    }
    variables
}

#[test]
fn every_script_awaits_what_the_session_machine_permits() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios"));
    let library = load(root).expect("the scenarios load");
    let (mut compared, mut faults) = (0, Vec::new());
    // BDAT is sent to none but those that offer it (RFC 3030 §2).
    let mut policy = SessionPolicy::default();
    policy.keywords.insert("CHUNKING".into());
    for scenario in &library.scenarios {
        let Action::Script { lines, transaction, .. } = &scenario.action else { continue };
        let mut play = Play {
            scenario,
            variables: variables(scenario),
            policy: policy.clone(),
            state: SessionState::default(),
            transaction: transaction.clone(),
            pending: VecDeque::new(),
            compared: 0,
            faults: Vec::new(),
        };
        lines.iter().for_each(|line| play.step(&line.step));
        compared += play.compared;
        faults.extend(play.faults);
    }
    assert!(compared > 100, "{compared} replies compared");
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}
