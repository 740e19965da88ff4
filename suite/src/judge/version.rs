//! Whether the target offers the one version of TLS that a scenario offers it.

use fixtures::smtp::transcript::{Entry, Event, Side, Stage};

use super::{Context, Judgement};
use crate::{
    observe::{REPEATS, Weak, last_session, limit::beyond_us},
    record::{Level, Verdict},
    scenario::{
        Action, Scenario,
        model::{Expected, PeerTls},
    },
};

/// The judgement on a scenario that offers one version of TLS alone to a target without it: a
/// remark on the scenario that recommends it, not applicable to those that only use it. `None`
/// where the target has it, nothing tells, or the version is demanded (TLS 1.2, RFC 9325 §3.1.1).
///
/// That other versions are offered must have been seen, else the target refuses all of TLS: the twin,
/// which offers it any version, was accepted; or the final control, where the twin lacks for the
/// same reason.
#[must_use]
pub fn not_offered(scenario: &Scenario, context: &Context<'_>) -> Option<Judgement> {
    if beyond_us(context.entries).is_some() {
        return None;
    }
    let how = refusal(context.entries, scenario.peer.tls)?;
    let others_offered = match scenario.level {
        Level::Must => context.control_after == Some(true),
        Level::Should | Level::May => context.untrusted_control().is_none(),
    };
    // A close that means nothing elsewhere means nothing here.
    if !others_offered || context.distrusts(Weak::Close).is_some() {
        return None;
    }
    let name = match scenario.peer.tls {
        PeerTls::Tls13 => "TLS 1.3",
        PeerTls::Tls12 if expects_refusals(scenario) => "TLS 1.2",
        PeerTls::Any | PeerTls::Tls12 | PeerTls::None => return None,
    };
    let base = Judgement::at(Stage::Handshake, how).unmet();
    let reason = format!("la cible ne propose pas {name}");
    let judgement = match scenario.level {
        Level::Must => base.verdict(Verdict::NotApplicable, &reason),
        Level::Should => base
            .verdict(Verdict::PassWithRemark, &format!("{reason} (recommandé, RFC 9325 §3.1.1)")),
        Level::May => base.verdict(Verdict::Pass, &reason),
    };
    Some(Judgement { expected: format!("une session {name}"), ..judgement })
}

/// How the last connection was refused before any version was agreed, if so.
///
/// With TLS 1.3 the client's certificate is sent after the server's last message: an end before
/// that is none of the certificate's doing (RFC 8446 §2). With TLS 1.2 it is sent in between, and
/// only `protocol_version` tells (RFC 5246 §7.2.2).
fn refusal(entries: &[Entry], tls: PeerTls) -> Option<String> {
    let last = last_session(entries);
    let of = |session: u16| {
        entries.iter().find_map(|entry| match &entry.event {
            Event::TlsEstablished { session: s, .. } if *s == session => Some(None),
            Event::TlsAlert {
                session: s,
                by: Side::Target,
                stage: Stage::Handshake,
                description,
            } if *s == session => Some(Some(description.as_str())),
            Event::Closed { session: s, by: Side::Target, stage: Stage::Handshake, .. }
                if *s == session =>
            {
                Some(Some(""))
            }
            _ => None,
        })?
    };
    let closed = (0..=last).filter(|&session| of(session) == Some("")).count();
    match (of(last)?, tls) {
        (alert @ "protocol_version", _)
        | (alert @ ("handshake_failure" | "insufficient_security"), PeerTls::Tls13) => {
            Some(format!("alerte TLS {alert} pendant la négociation TLS"))
        }
        ("", PeerTls::Tls13) if closed >= usize::from(REPEATS) => {
            Some("connexion fermée pendant la négociation TLS".into())
        }
        _ => None,
    }
}

fn expects_refusals(scenario: &Scenario) -> bool {
    matches!(&scenario.action, Action::Transactions(transactions)
        if transactions.iter().all(|transaction| transaction.expect == Expected::Refused))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rstest::rstest;

    use super::*;
    use crate::{judge::Twin, observe::steps, observe::testing::Played, scenario};

    fn started() -> Played {
        Played::new().until_starttls().tls_started()
    }

    fn refused(alert: &str) -> Played {
        started().alert(Stage::Handshake, alert)
    }

    fn closed(times: u16) -> Played {
        Played::times(times, |p| {
            p.until_starttls().tls_started().closed(steps::STARTTLS, Stage::Handshake, false)
        })
    }

    const NOT: Option<Verdict> = Some(Verdict::NotApplicable);
    const REMARK: Option<Verdict> = Some(Verdict::PassWithRemark);

    #[rstest]
    #[case::by_version("expire-tls-1-3", refused("protocol_version"), NOT)]
    #[case::by_handshake_failure("expire-tls-1-3", refused("handshake_failure"), NOT)]
    #[case::by_close("expire-tls-1-3", closed(3), NOT)]
    #[case::closed_once("expire-tls-1-3", closed(1), None)]
    #[case::another_alert("expire-tls-1-3", refused("internal_error"), None)]
    #[case::agreed("expire-tls-1-3", started().tls_established(true).alert(Stage::EhloTls, "protocol_version"), None)]
    #[case::recommended("valide-tls-1-3", refused("protocol_version"), REMARK)]
    #[case::tls_1_2_by_version("expire-tls-1-2", refused("protocol_version"), NOT)]
    #[case::tls_1_2_by_the_certificate("expire-tls-1-2", refused("handshake_failure"), None)]
    #[case::tls_1_2_is_demanded("valide-tls-1-2", refused("protocol_version"), None)]
    #[case::any_version("expire", refused("protocol_version"), None)]
    fn a_version_not_offered(
        #[case] name: &str,
        #[case] played: Played,
        #[case] verdict: Option<Verdict>,
    ) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
        let library = scenario::load(&root).expect("all scenarios load");
        let id = scenario::ScenarioId::from(format!("reception/4-certificat/{name}"));
        let scenario = library.scenario(&id).expect("there is such a scenario");
        let judgement = not_offered(scenario, &played.context());
        assert_eq!(judgement.as_ref().map(|j| j.verdict), verdict, "{judgement:?}");
        assert!(
            judgement.is_none_or(|j| !j.is_witness() && j.reason.contains("ne propose pas TLS"))
        );
    }

    #[rstest]
    #[case::no_control("expire-tls-1-3", false, true)]
    #[case::no_twin("valide-tls-1-3", true, false)]
    fn a_target_that_refuses_all_of_tls_lacks_no_version(
        #[case] name: &str,
        #[case] control: bool,
        #[case] twin: bool,
    ) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
        let library = scenario::load(&root).expect("all scenarios load");
        let id = scenario::ScenarioId::from(format!("reception/4-certificat/{name}"));
        let scenario = library.scenario(&id).expect("there is such a scenario");
        let played = refused("protocol_version");
        let context = Context {
            control_after: Some(control),
            twin: if twin { Twin::Passed } else { Twin::NotPassed("témoin".into()) },
            ..played.context()
        };
        assert_eq!(not_offered(scenario, &context), None);
    }
}
