//! Layer 2: a client of `/v1/realtime/translations`, for the commands, benches and tests of this
//! program.
//!
//! [`connect`] gives one connection as it is. [`interpret`] sends a whole recording, and resumes
//! its session when the connection is lost.

mod connection;
mod error;
mod recording;
mod resume;

pub use connection::{EventReceiver, EventSender, connect};
pub use error::ClientError;
pub use recording::{Gateway, Interpreting, Recording, interpret};
