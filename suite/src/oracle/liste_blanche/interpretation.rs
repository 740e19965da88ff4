//! Slugs of the interpretation register that a decision on the whitelist can rest on.

/// How often the list is read: nobody says so.
pub const READ_ANEW: &str = "liste-relue";
/// A list whose signature, signer or text is not in order.
pub const NOT_VERIFIED: &str = "liste-non-verifiee";
/// A list from a server that nothing attests.
pub const SERVER: &str = "serveur-de-la-liste";
/// The last valid list stays in force.
pub const LAST_VALID: &str = "derniere-liste-valable";
/// A list of a form that neither sources nor specifications settle.
pub const OPEN_FORM: &str = "liste-de-forme-inhabituelle";

/// All of them, to be held against the register's headings.
pub const ALL: [&str; 5] = [SERVER, READ_ANEW, NOT_VERIFIED, LAST_VALID, OPEN_FORM];
