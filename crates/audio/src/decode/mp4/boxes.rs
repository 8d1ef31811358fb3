//! Boxes of MP4 and QuickTime (ISO/IEC 14496-12 section 4.2): names and slices of the file.

/// The name of a box.
pub(in crate::decode) type BoxType = [u8; 4];

/// One box at the start of some bytes.
pub(in crate::decode) struct Mp4Box<'a> {
    pub(in crate::decode) name: BoxType,
    pub(in crate::decode) body: &'a [u8],
    /// What follows it.
    pub(in crate::decode) rest: &'a [u8],
    /// Bytes of it that are not there.
    pub(in crate::decode) missing: u64,
}

impl<'a> Mp4Box<'a> {
    /// The box at the start, if a box with a possible size begins here. A size of 0 means "to the
    /// end".
    pub(in crate::decode) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (size, rest) = bytes.split_first_chunk::<4>()?;
        let (name, rest) = rest.split_first_chunk::<4>()?;
        let (size, head) = match u32::from_be_bytes(*size) {
            0 => (bytes.len() as u64, 8),
            1 => (u64::from_be_bytes(*rest.first_chunk()?), 16),
            size => (u64::from(size), 8),
        };
        if size < head as u64 {
            return None;
        }
        let there = size.min(bytes.len() as u64) as usize;
        Some(Self {
            name: *name,
            body: bytes.get(head..there)?,
            rest: &bytes[there..],
            missing: size - there as u64,
        })
    }
}

/// The boxes that stand side by side in `bytes` and are all there: names and bodies.
pub(in crate::decode) fn all(mut bytes: &[u8]) -> impl Iterator<Item = (BoxType, &[u8])> {
    std::iter::from_fn(move || {
        let here = Mp4Box::read(bytes).filter(|here| here.missing == 0)?;
        bytes = here.rest;
        Some((here.name, here.body))
    })
}

/// The first box of this name among those in `bytes`.
pub(super) fn child<'a>(bytes: &'a [u8], wanted: &BoxType) -> Option<&'a [u8]> {
    all(bytes).find_map(|(name, body)| (name == *wanted).then_some(body))
}

/// The box that is reached by these names, one within the other.
pub(super) fn path<'a>(bytes: &'a [u8], names: &[&BoxType]) -> Option<&'a [u8]> {
    names
        .iter()
        .try_fold(bytes, |bytes, name| child(bytes, name))
}

/// Two bytes, most significant first.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..)?.first_chunk()?;
    Some(u16::from_be_bytes(*two))
}

/// Four bytes, most significant first.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_be_bytes(*four))
}

/// Eight bytes, most significant first.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    let eight = bytes.get(at..)?.first_chunk()?;
    Some(u64::from_be_bytes(*eight))
}

/// The version of a box that has one, and its flags.
pub(super) fn version(body: &[u8]) -> Option<(u8, u32)> {
    let first = u32_at(body, 0)?;
    Some(((first >> 24) as u8, first & 0xff_ffff))
}
