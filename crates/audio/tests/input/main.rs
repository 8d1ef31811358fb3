//! Sound that comes in: decoding, resampling, measuring, trimming.

#![allow(missing_docs, clippy::unwrap_used)]

mod devices;
mod files;
mod lies;
mod limits;
mod measuring;
mod properties;
mod resampling;
mod signal;
mod tools;
mod wav;
