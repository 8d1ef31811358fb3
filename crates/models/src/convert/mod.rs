//! Conversions of what sources have into the files that the engines read.

mod kokoro;
mod whisper;

pub use kokoro::convert as kokoro;
pub use whisper::convert as whisper;
