//! The server over real sockets, with an engine whose every move a test can order; and with Qwen3-TTS
//! as well, wherever no move need be ordered (`for_every_engine!`).
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bad_input;
mod catalogue;
mod connections;
mod documentation;
mod formats;
mod guard;
mod keys;
mod leaving;
mod limits;
mod listeners;
mod load;
mod logs;
mod openapi;
mod own_transport;
mod reference;
mod sse;
mod stopping;
mod support;
mod text;
mod transcription;
mod uploads;
