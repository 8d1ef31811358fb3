//! The names of this crate's log events, in the field `event`. None carries an address of a peer.

/// The server was told to stop: `connections` still open.
pub const STOPPING: &str = "stopping";
/// Connections were closed after the time for a shutdown: `connections`.
pub const GIVEN_UP: &str = "given_up";
/// Connections could not be accepted: `error`, and how many `errors` since the last such line.
pub const ACCEPT: &str = "accept";
/// The limit of open files was raised, or the number of connections was lowered to what it allows.
pub const DESCRIPTORS: &str = "descriptors";
