//! The server over real sockets, with an engine whose every move a test can order.

mod bad_input;
mod catalogue;
mod documentation;
mod formats;
mod guard;
mod leaving;
mod limits;
mod load;
mod logs;
mod openapi;
mod sse;
mod stopping;
mod support;
mod transcription;
