//! What a hand-made ClientHello got for an answer.

use fixtures::smtp::transcript::ProbeAnswer;

use super::Weak;
use crate::scenario::model::Expected;

/// What of an answer must be seen again before it counts, if it is of that kind: a close, or an alert
/// that is not the one for a version or suites that are not offered (RFC 8446 §6.2).
#[must_use]
pub fn weak(answer: &ProbeAnswer, expect: Expected) -> Option<Weak> {
    const HANDSHAKE_FAILURE: u8 = 40;
    const PROTOCOL_VERSION: u8 = 70;
    const INSUFFICIENT_SECURITY: u8 = 71;
    match answer {
        ProbeAnswer::Closed => Some(Weak::Close),
        ProbeAnswer::Alert {
            code: HANDSHAKE_FAILURE | PROTOCOL_VERSION | INSUFFICIENT_SECURITY,
            ..
        } if expect != Expected::Accepted => None,
        ProbeAnswer::Alert { .. } => Some(Weak::Alert),
        ProbeAnswer::ServerHello { .. } | ProbeAnswer::NotTls | ProbeAnswer::Silence => None,
    }
}
