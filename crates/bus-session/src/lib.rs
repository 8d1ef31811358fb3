//! Layer 4: a session of speech translation whose stages are on the other side of a bus.
//!
//! Audio goes to the stages in chunks, and their results come back in order, whichever replicas
//! made them. A session that lost its connection is read back from the bus.

mod arrival_times;
mod assembler;
mod chunker;
mod error;
mod event;
mod input;
mod metrics;
mod object_store;
mod part_audio;
mod publisher;
mod received_audio;
mod replay;
mod result_dispatcher;
mod results;
mod retry;
mod sessions;
mod settings;

pub use error::SessionError;
pub use event::{SessionEvent, SessionEventBody, Speech};
pub use input::BusInput;
pub use metrics::names as metric_names;
pub use object_store::{InlineOnly, ObjectStore, ObjectStoreError, StoredObject};
pub use received_audio::ReceivedAudio;
pub use replay::Resumed;
pub use results::BusResults;
pub use sessions::{BusParts, BusSessions};
pub use settings::BusSessionSettings;
