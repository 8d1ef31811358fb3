//! MP4: the boxes of the outermost level (ISO/IEC 14496-12 section 4.2).

use super::super::{Container, DecodeError};

/// The boxes without which there is no sound. What else stands at the end may be anything.
const NEEDED: [&[u8]; 3] = [b"moov", b"moof", b"mdat"];

pub(super) fn check(mut bytes: &[u8]) -> Result<(), DecodeError> {
    while let Some((size, name)) = header(bytes) {
        match usize::try_from(size)
            .ok()
            .and_then(|size| bytes.get(size..))
        {
            Some(rest) => bytes = rest,
            None if NEEDED.contains(&name) => {
                let name = String::from_utf8_lossy(name);
                return Err(Container::Mp4.truncated(format!("its {name} box is not all there")));
            }
            None => break,
        }
    }
    Ok(())
}

/// Size and name of the box at the start of these bytes, where there is one whose size is known
/// and possible. A size of 0 means "to the end".
fn header(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (size, rest) = bytes.split_first_chunk::<4>()?;
    let (name, rest) = rest.split_at_checked(4)?;
    let size = match u32::from_be_bytes(*size) {
        1 => u64::from_be_bytes(*rest.first_chunk()?),
        size => u64::from(size),
    };
    (size >= 8).then_some((size, name))
}
