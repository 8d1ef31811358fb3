//! The server over real sockets, with a scripted test engine; and with Qwen3-TTS as well, unless a
//! test needs scripted calls (`for_every_engine!`).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod access;
mod audio_tracks;
mod bad_input;
mod catalogue;
mod connections;
mod disconnects;
mod documentation;
mod formats;
mod installation;
mod kept_voices;
mod keys;
mod limits;
mod load;
mod logs;
mod markup;
mod openapi;
mod own_transport;
mod packages;
mod reference;
mod shutdown;
mod slow_readers;
mod sse;
mod styles;
mod support;
mod takes;
mod text;
mod transcription;
mod uploads;
