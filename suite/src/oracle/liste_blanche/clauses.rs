//! The clauses that the whitelist as it is read is decided by.

use crate::oracle::ClauseId;

/// The whitelist, TM4.1P (ERR §2.1); a test holds them against `liste-blanche/clauses.toml`.
#[expect(
    non_upper_case_globals,
    reason = "they are matched on and read as the variants of an enum"
)]
impl ClauseId {
    /// The list is asked for at its address, over HTTPS.
    pub const ListAsked: Self = Self("TM4.1P/1");
    /// The list in force is the one that is served.
    pub const ListInForce: Self = Self("TM4.1P/2");
    /// Nobody is let in by what is not the list of the authority.
    pub const ListAuthentic: Self = Self("TM4.1P/3");
    /// The last valid list stays in force while none comes that is valid.
    pub const ListKept: Self = Self("TM4.1P/4");

    /// All of them, in their order.
    pub const LISTE_BLANCHE: [Self; 4] =
        [Self::ListAsked, Self::ListInForce, Self::ListAuthentic, Self::ListKept];
}
