//! Elements of EBML (RFC 8794): identifiers and slices of the file.

/// One element at the start of some bytes.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) id: u32,
    /// Its body as far as it is there. Of an element without a known size: all that follows.
    pub(super) body: &'a [u8],
    /// Whether it has a size.
    pub(super) sized: bool,
    /// Bytes of it that are not there.
    pub(super) missing: u64,
    /// Bytes of identifier and size.
    pub(super) head_bytes: usize,
}

impl<'a> Element<'a> {
    /// The element at the start, if one begins here and its size is there.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (id, id_bytes) = number(bytes).filter(|(_, bytes)| *bytes <= 4)?;
        let (size, size_bytes) = number(bytes.get(id_bytes..)?)?;
        // The leading bit that marks the width belongs to the identifier but not to the size.
        let mask = (1_u64 << (7 * size_bytes)) - 1;
        let size = Some(size & mask).filter(|size| *size != mask);
        let head_bytes = id_bytes + size_bytes;
        let body = &bytes[head_bytes..];
        let there = size.map_or(body.len() as u64, |size| size.min(body.len() as u64));
        Some(Self {
            id: u32::try_from(id).ok()?,
            body: &body[..there as usize],
            sized: size.is_some(),
            missing: size.map_or(0, |size| size - there),
            head_bytes,
        })
    }

    /// How many bytes of the file it takes.
    pub(super) const fn bytes(&self) -> usize {
        self.head_bytes + self.body.len()
    }

    /// Its body as an unsigned number.
    pub(super) fn number(&self) -> Option<u64> {
        let body = Some(self.body).filter(|body| body.len() <= 8)?;
        Some(body.iter().fold(0, |n, &byte| n << 8 | u64::from(byte)))
    }

    /// Its body as a signed number.
    pub(super) fn signed(&self) -> Option<i64> {
        let shift = 64_u32.checked_sub(8 * self.body.len() as u32)?;
        let unsigned = self.number()?;
        Some(if shift == 64 {
            0
        } else {
            (unsigned << shift).cast_signed() >> shift
        })
    }

    /// Its body as a floating-point number of 4 or 8 bytes.
    pub(super) fn float(&self) -> Option<f64> {
        match *self.body {
            [a, b, c, d] => Some(f32::from_be_bytes([a, b, c, d]).into()),
            [a, b, c, d, e, f, g, h] => Some(f64::from_be_bytes([a, b, c, d, e, f, g, h])),
            _ => None,
        }
    }
}

/// The elements in these bytes that are all there.
pub(super) fn all(mut bytes: &[u8]) -> impl Iterator<Item = Element<'_>> {
    std::iter::from_fn(move || {
        let element = Element::read(bytes).filter(|element| element.missing == 0)?;
        bytes = &bytes[element.bytes()..];
        Some(element)
    })
}

/// The first element with this identifier.
pub(super) fn child(bytes: &[u8], id: u32) -> Option<Element<'_>> {
    all(bytes).find(|element| element.id == id)
}

/// A number of 1 to 8 bytes with the bit that marks its width, and that width.
pub(super) fn number(bytes: &[u8]) -> Option<(u64, usize)> {
    let width = bytes.first()?.leading_zeros() as usize + 1;
    let digits = bytes.get(..width).filter(|_| width <= 8)?;
    Some((
        digits
            .iter()
            .fold(0, |number, &byte| number << 8 | u64::from(byte)),
        width,
    ))
}
