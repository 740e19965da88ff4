//! Whether the target offers the extension that a scenario is about.

use fixtures::smtp::transcript::Stage;

use super::{Context, Judgement, Twin};
use crate::{
    observe::{
        extension::{CHUNKING, ehlo, is_offered_by},
        last_session,
    },
    record::Verdict,
    scenario::{
        Action, Scenario,
        model::{PeerTls, ScriptStep, Transfer},
    },
};

/// The judgement on a scenario that sends BDAT, of a target that does not offer CHUNKING where it would
/// be sent: it is not concerned, and is sent none (RFC 3030 §2). Where the peer did not come as far, its
/// twin tells. `None` where it offers it, or where nothing tells, or where the scenario is about no extension.
#[must_use]
pub fn not_offered(scenario: &Scenario, context: &Context<'_>) -> Option<Judgement> {
    let stage = sent_at(scenario)?;
    let last = last_session(context.entries);
    let place = if stage == Stage::Ehlo { "en clair" } else { "sous TLS" };
    let (judgement, reason) = match (ehlo(context.entries, last), &context.twin) {
        (Some((at, lines)), _) if at == stage => {
            if lines.iter().any(|line| is_offered_by(line, CHUNKING)) {
                return None;
            }
            let reason =
                format!("la cible n'annonce pas {CHUNKING} {place} : BDAT ne lui est pas envoyé");
            (Judgement::at(at, format!("EHLO {place} sans {CHUNKING}")), reason)
        }
        // Refused before that EHLO: what the target offers was told to the twin.
        (_, Twin::NotConcerned(why)) => {
            let seen = format!("EHLO {place} non atteint, et sans {CHUNKING} pour le témoin");
            (Judgement::at(stage, seen), why.clone())
        }
        _ => return None,
    };
    let judgement = judgement.unmet();
    let expected = format!("{CHUNKING}, extension facultative (RFC 3030 §2)");
    Some(Judgement { expected, ..judgement.verdict(Verdict::NotApplicable, &reason) })
}

/// Where the EHLO stands that the first BDAT of a scenario rests on, if it sends one.
fn sent_at(scenario: &Scenario) -> Option<Stage> {
    let tls = match &scenario.action {
        Action::Transactions(all) => all
            .iter()
            .any(|one| one.by != Transfer::Data)
            .then_some(scenario.peer.tls != PeerTls::None),
        Action::Script { lines, .. } => lines
            .iter()
            .position(|line| matches!(line.step, ScriptStep::Bdat | ScriptStep::Chunk { .. }))
            .map(|first| {
                lines[..first].iter().any(|line| {
                    matches!(line.step, ScriptStep::Handshake | ScriptStep::TryHandshake)
                })
            }),
        Action::Probe { .. } | Action::Inspect(_) | Action::Request(_) => None,
    }?;
    Some(if tls { Stage::EhloTls } else { Stage::Ehlo })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rstest::rstest;

    use super::*;
    use crate::{observe::steps, observe::testing::Played, scenario};

    const WITH: &str = "250-mx\n250-chunking\n250 PIPELINING";
    const WITHOUT: &str = "250-mx\n250-XCHUNKING\n250 8BITMIME CHUNKING";

    fn in_tls(ehlo: &str) -> Played {
        Played::new().in_tls().reply(steps::EHLO_TLS, Stage::EhloTls, ehlo)
    }

    fn in_clear(ehlo: &str) -> Played {
        Played::new().greeted().reply(steps::EHLO, Stage::Ehlo, ehlo)
    }

    fn scenario(name: &str) -> Scenario {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
        let library = scenario::load(&root).expect("all scenarios load");
        let id = scenario::ScenarioId::from(format!("reception/{name}"));
        library.scenario(&id).expect("there is such a scenario").clone()
    }

    /// A peer that is refused in the handshake is not told what the target offers.
    #[rstest]
    #[case::refused_as_its_twin_is_not_concerned(Twin::NotConcerned("sans".into()), true)]
    #[case::refused_where_the_twin_passed(Twin::Passed, false)]
    #[case::refused_where_the_twin_failed(Twin::NotPassed("refusé".into()), false)]
    fn the_twin_tells_for_who_came_not_as_far(#[case] twin: Twin, #[case] not_concerned: bool) {
        let refused = Played::new().until_starttls().tls_started();
        let refused = refused.alert(Stage::Handshake, "bad_certificate");
        let context = Context { twin, ..refused.context() };
        let judgement = not_offered(&scenario("4-certificat/bdat-expire"), &context);
        assert_eq!(judgement.is_some(), not_concerned, "{judgement:?}");
    }

    #[rstest]
    #[case::offered("2-smtp/bdat", in_tls(WITH), None)]
    #[case::not_offered("2-smtp/bdat", in_tls(WITHOUT), Some("sous TLS"))]
    #[case::in_a_script("2-smtp/bdat-puis-data", in_tls(WITHOUT), Some("sous TLS"))]
    #[case::no_handshake("4-certificat/bdat-expire", in_clear(WITHOUT), None)]
    #[case::nothing_seen("2-smtp/bdat", Played::new().greeted(), None)]
    #[case::ehlo_refused("2-smtp/bdat", in_tls("550 5.7.1 non"), None)]
    #[case::in_clear("3-starttls/bdat-avant", in_clear(WITHOUT), Some("en clair"))]
    #[case::offered_in_clear("3-starttls/bdat-avant", in_clear(WITH), None)]
    #[case::about_no_extension("5-enveloppe/nominal", in_tls(WITHOUT), None)]
    fn who_does_not_offer_chunking_is_not_concerned(
        #[case] name: &str,
        #[case] played: Played,
        #[case] place: Option<&str>,
    ) {
        let judgement = not_offered(&scenario(name), &played.context());
        assert_eq!(judgement.is_some(), place.is_some(), "{judgement:?}");
        if let (Some(judgement), Some(place)) = (judgement, place) {
            assert_eq!(judgement.verdict, Verdict::NotApplicable);
            assert!(judgement.reason.contains(place), "{}", judgement.reason);
            assert!(!judgement.is_witness());
        }
    }
}
