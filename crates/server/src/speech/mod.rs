//! `POST /v1/audio/speech`: a text becomes sound while it is heard.

mod answer;
mod handler;
mod order;
mod reference;
mod sent;
mod take;
mod tally;

pub(crate) use handler::{__path_speech, speech};
