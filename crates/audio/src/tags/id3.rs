//! ID3v2.4 <https://id3.org/id3v2.4.0-structure>, written before mp3 and ADTS.

use super::{SOFTWARE, Tags};

/// Text that is UTF-8.
const UTF_8: u8 = 3;

/// The whole tag: `TSSE` names the software, a `TXXX` stands for each pair.
pub(crate) fn tag(tags: &Tags) -> Vec<u8> {
    let mut frames = frame(b"TSSE", &[SOFTWARE.as_bytes()]);
    for (key, value) in tags.pairs() {
        frames.extend(frame(b"TXXX", &[key.as_bytes(), value.as_bytes()]));
    }
    let mut tag = b"ID3\x04\x00\x00".to_vec();
    tag.extend(syncsafe(frames.len()));
    tag.extend(frames);
    tag
}

/// A text frame of strings that are each ended by a zero.
fn frame(id: &[u8; 4], strings: &[&[u8]]) -> Vec<u8> {
    let mut body = vec![UTF_8];
    for string in strings {
        body.extend(*string);
        body.push(0);
    }
    let mut frame = id.to_vec();
    frame.extend(syncsafe(body.len()));
    frame.extend([0, 0]);
    frame.extend(body);
    frame
}

/// 28 bits in four bytes, so that no size looks like the start of an MPEG frame.
/// [`Tags`] are bounded to a few KiB, far below that.
fn syncsafe(size: usize) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| (size >> shift) as u8 & 0x7f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_syncsafe() {
        assert_eq!(syncsafe(0x0fff_ffff), [0x7f; 4]);
        assert_eq!(syncsafe(257), [0, 0, 2, 1]);
    }

    #[test]
    fn the_size_covers_all_frames() {
        let tag = tag(&Tags::new());
        assert_eq!(tag[6..10], syncsafe(tag.len() - 10));
        assert!(tag.windows(12).any(|bytes| bytes == b"SYNTHETIC\x001\0"));
    }
}
