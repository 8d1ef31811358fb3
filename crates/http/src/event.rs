//! The names of this crate's log events, in the field `event`. None carries an address of a peer.

/// A request was answered: `id`, `method`, `route`, `status`, `ms`.
pub const REQUEST: &str = "request";
/// A request failed for an internal reason: `code`, `reason`.
pub const FAILED: &str = "failed";
/// A shutdown began: `connections` still open.
pub const STOPPING: &str = "stopping";
/// Connections were closed at the end of the time for a shutdown: `connections`.
pub const GIVEN_UP: &str = "given_up";
/// Connections could not be accepted: `error`, and how many `errors` since the last such line.
pub const ACCEPT: &str = "accept";
/// The limit of open files was raised, or the number of connections was lowered to what it allows.
pub const DESCRIPTORS: &str = "descriptors";
