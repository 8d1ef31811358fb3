//! Sessions over a bus: sound goes to the stages in chunks, and what they make of it comes back.

mod arrival_times;
mod assembler;
mod backend;
mod chunker;
mod input;
mod object_store;
mod options;
mod publisher;
mod replay;
mod result_dispatcher;
mod results;
mod resume_token;
mod seq;

pub use backend::{BusBackend, BusParts};
pub(crate) use input::BusInput;
pub use object_store::{InlineOnly, ObjectStore, ObjectStoreError, StoredObject};
pub(crate) use results::BusResults;
pub(crate) use resume_token::ResumeClaims;
pub use resume_token::ResumeKey;
