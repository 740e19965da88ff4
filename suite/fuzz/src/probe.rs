//! The answer to a hand-made ClientHello.
//!
//! Input: one octet that cuts the answer, then the answer.

use std::time::Duration;

use fixtures::smtp::{probe::read_answer, transcript::ProbeAnswer};

use super::pieces::{Pieces, block_on};

/// Time that a stream in memory never needs.
const AMPLE: Duration = Duration::from_secs(60);

/// The answer does not depend on how it is cut, nor on what was read before, and a ServerHello is only
/// seen where there is a handshake record.
pub fn check(data: &[u8]) {
    let Some((&cut, stream)) = data.split_first() else { return };
    let answer = block_on(read_answer(&mut Pieces::whole(stream), Vec::new(), AMPLE));
    let pieces = block_on(read_answer(&mut Pieces::cut(stream, cut), Vec::new(), AMPLE));
    assert_eq!(answer, pieces, "the same in pieces");
    let (before, rest) = stream.split_at(usize::from(cut).min(stream.len()));
    let resumed = block_on(read_answer(&mut Pieces::whole(rest), before.to_vec(), AMPLE));
    assert_eq!(answer, resumed, "the same with a part read before");
    match &answer {
        ProbeAnswer::ServerHello { version, suite } => {
            assert!(stream.contains(&0x16) && !version.is_empty() && !suite.is_empty());
        }
        ProbeAnswer::Alert { description, .. } => {
            assert!(stream.contains(&0x15) && !description.is_empty());
        }
        ProbeAnswer::Silence => panic!("a stream that ends is not silent"),
        ProbeAnswer::Closed | ProbeAnswer::NotTls => {}
    }
}
