//! Sound on its way out: encoded, stretched, joined.

mod files;
mod headers;
mod joined;
mod listening;
mod streams;
mod stretched;
