//! `POST /v1/audio/transcriptions` and `/v1/audio/translations`: sound becomes text.

mod answer;
mod handler;
mod hearing;
mod order;

pub(crate) use handler::{
    __path_transcriptions, __path_translations, transcriptions, translations,
};
