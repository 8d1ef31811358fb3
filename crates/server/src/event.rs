//! The names of this room's log events, in the field `event`. None carries text, sound, keys or
//! addresses.

/// A request was answered: `id`, `method`, `route`, `status`, `ms`.
pub(crate) const REQUEST: &str = "request";
/// A request failed for a reason that is ours: `code`, `reason`.
pub(crate) const FAILED: &str = "failed";
/// An answer broke after its head was sent: `code`.
pub(crate) const CUT: &str = "cut";
/// The server listens: `address`.
pub(crate) const LISTENING: &str = "listening";
/// The server was told to stop: `connections` still at work.
pub(crate) const STOPPING: &str = "stopping";
/// Work in progress was given up after the time for it: `connections`.
pub(crate) const GIVEN_UP: &str = "given_up";
/// A connection could not be accepted: `error`.
pub(crate) const ACCEPT: &str = "accept";
/// The file of keys could not be read again: `error`.
pub(crate) const KEYS: &str = "keys";
