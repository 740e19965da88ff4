//! Runs against targets that are broken or hostile.
//!
//! Two laws hold for all of them. No trouble of the harness, of the network or of a target that never
//! gets to the point becomes a non-conformity; and what a target was seen to do wrong is never hidden
//! as inconclusive. Each server's verdicts are in `snapshots/`, the scenarios it fails in its row.

mod banner;
mod bed;
mod chunking;
mod data;
mod delivery;
mod openssl;
mod openssl_tls;
mod patience;
mod relay;
mod replies;
mod reverse;
mod server;
mod tcp;
mod tls;
