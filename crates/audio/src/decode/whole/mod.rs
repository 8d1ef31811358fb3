//! Whether a container is all there, before the demultiplexer sees it.
//!
//! That one goes on after damage without a word, or says something of its own insides. What
//! can be told from the outermost structure is told here, in the same words for every file.

mod ebml;
mod mp4;
mod ogg;

use super::{Container, DecodeError};

/// # Errors
/// `Truncated` where a part reaches beyond the end, `Malformed` where one is damaged.
pub(super) fn check(container: Container, bytes: &[u8]) -> Result<(), DecodeError> {
    match container {
        Container::Ogg => ogg::check(bytes),
        Container::Mp4 => mp4::check(bytes),
        Container::Webm => ebml::check(bytes),
        Container::Wav | Container::Mp3 | Container::Aac | Container::Flac => Ok(()),
    }
}
