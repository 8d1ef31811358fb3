//! `POST /v1/audio/transcriptions` and `/v1/audio/translations`: speech to text.

mod handler;
mod response_body;
mod upload_transcription;
mod validated_request;

pub(crate) use handler::{
    __path_transcriptions, __path_translations, transcriptions, translations,
};
