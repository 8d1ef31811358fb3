//! Confluent's frame: a zero byte, and the id of the writer's schema in four bytes, big-endian.

use bytes::{BufMut, Bytes, BytesMut};

use super::DecodeError;

const MAGIC: u8 = 0;
const HEAD: usize = 5;

pub(super) fn wrap(id: u32, datum: &[u8]) -> Bytes {
    let mut body = BytesMut::with_capacity(HEAD + datum.len());
    body.put_u8(MAGIC);
    body.put_u32(id);
    body.put_slice(datum);
    body.freeze()
}

pub(super) fn open(body: &[u8]) -> Result<(u32, &[u8]), DecodeError> {
    match body {
        [MAGIC, a, b, c, d, datum @ ..] => Ok((u32::from_be_bytes([*a, *b, *c, *d]), datum)),
        [MAGIC, ..] | [] => Err(DecodeError::TooShort(body.len())),
        [other, ..] => Err(DecodeError::Magic(*other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_back_and_others_are_refused() {
        let body = wrap(0x0102_0304, b"xyz");
        assert_eq!(body.as_ref(), [0, 1, 2, 3, 4, b'x', b'y', b'z']);
        assert_eq!(open(&body).unwrap(), (0x0102_0304, b"xyz".as_slice()));
        assert!(matches!(open(&[]), Err(DecodeError::TooShort(0))));
        assert!(matches!(open(&[0, 0, 0, 1]), Err(DecodeError::TooShort(4))));
        assert!(matches!(open(&[7, 0, 0, 0, 1]), Err(DecodeError::Magic(7))));
    }
}
