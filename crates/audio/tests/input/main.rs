//! Audio that comes in: decoding, resampling, measuring, trimming.

#![allow(missing_docs, clippy::unwrap_used)]

mod contradictions;
mod damaged;
mod devices;
mod files;

mod limits;
mod measuring;
mod properties;
mod resampling;
mod signal;
mod tools;
mod wav;
