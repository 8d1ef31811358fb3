//! The names of this crate's log events, in the field `event`. None carries text, audio, keys or
//! addresses.

pub(crate) use mynah_http::event::FAILED;

/// A response broke after its head was sent: `code`.
pub(crate) const CUT: &str = "cut";
/// The server listens: `address`.
pub(crate) const LISTENING: &str = "listening";
