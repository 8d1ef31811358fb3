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
/// The file of keys could not be read again: `error`.
pub(crate) const KEYS: &str = "keys";
