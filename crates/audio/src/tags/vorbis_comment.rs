//! Vorbis comments <https://xiph.org/vorbis/doc/v-comment.html>, for flac and Opus.

use super::{SOFTWARE, Tags};

/// The vendor and the list of comments, without a framing bit (neither flac nor Opus has one).
pub(crate) fn encode(tags: &Tags) -> Vec<u8> {
    let mut comments = vec![format!("ENCODER={SOFTWARE}")];
    comments.extend(
        tags.pairs()
            .into_iter()
            .map(|(key, value)| format!("{key}={value}")),
    );
    let mut body = string(SOFTWARE);
    body.extend((comments.len() as u32).to_le_bytes());
    for comment in comments {
        body.extend(string(&comment));
    }
    body
}

fn string(text: &str) -> Vec<u8> {
    let mut bytes = (text.len() as u32).to_le_bytes().to_vec();
    bytes.extend(text.as_bytes());
    bytes
}
