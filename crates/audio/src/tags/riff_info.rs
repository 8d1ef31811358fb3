//! RIFF's `LIST INFO` chunk, written before the samples of a wav.

use super::{SOFTWARE, Tags};

/// The whole chunk. RIFF has no keys of one's own, so the pairs stand in the comment, `ICMT`.
pub(crate) fn chunk(tags: &Tags) -> Vec<u8> {
    let pairs: Vec<_> = tags
        .pairs()
        .into_iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let mut list = b"INFO".to_vec();
    list.extend(subchunk(b"ISFT", SOFTWARE));
    list.extend(subchunk(b"ICMT", &pairs.join("; ")));
    let mut chunk = b"LIST".to_vec();
    chunk.extend((list.len() as u32).to_le_bytes());
    chunk.extend(list);
    chunk
}

/// A string ended by a zero; the padding to an even length is outside its size.
fn subchunk(id: &[u8; 4], text: &str) -> Vec<u8> {
    let mut chunk = id.to_vec();
    chunk.extend((text.len() as u32 + 1).to_le_bytes());
    chunk.extend(text.as_bytes());
    chunk.push(0);
    chunk.resize(chunk.len().next_multiple_of(2), 0);
    chunk
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_even_and_sized() {
        for tags in [
            Tags::new(),
            Tags::new().engine("a"),
            Tags::new().engine("ab"),
        ] {
            let chunk = chunk(&tags);
            assert_eq!(chunk.len() % 2, 0);
            assert_eq!(chunk[4..8], (chunk.len() as u32 - 8).to_le_bytes());
        }
    }
}
