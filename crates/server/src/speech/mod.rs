//! `POST /v1/audio/speech`: text to speech, streamed.

mod handler;
mod raw_request;
mod reference;
mod response_body;
mod response_encoder;
mod speech_response;
mod usage;
mod validated_request;

pub(crate) use handler::{__path_speech, speech};
