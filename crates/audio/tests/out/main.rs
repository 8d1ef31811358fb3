//! Audio on its way out: encoded, stretched, joined.

mod decoded;
mod files;
mod headers;
mod joined;
mod streams;
mod stretched;
