//! The wire format of protocol buffers, as far as it takes to read a message's fields.
//!
//! Source: <https://protobuf.dev/programming-guides/encoding/>.

/// A field's value.
pub(super) enum Value<'a> {
    Varint(u64),
    Fixed32(u32),
    Bytes(&'a [u8]),
    /// Of eight bytes; none of these models' fields has them.
    Fixed64,
}

/// The fields of a message, in the order of its bytes. Ends with an error where they are no
/// message.
pub(super) struct Fields<'a>(&'a [u8]);

/// Bytes that are no message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoMessage;

impl<'a> Fields<'a> {
    pub(super) const fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], NoMessage> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(NoMessage)?;
        self.0 = rest;
        Ok(taken)
    }

    fn varint(&mut self) -> Result<u64, NoMessage> {
        let mut value = 0_u64;
        for place in 0..10 {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(NoMessage)
    }

    fn field(&mut self) -> Result<(u64, Value<'a>), NoMessage> {
        let key = self.varint()?;
        let value = match key & 7 {
            0 => Value::Varint(self.varint()?),
            1 => self.take(8).map(|_| Value::Fixed64)?,
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| NoMessage)?;
                Value::Bytes(self.take(length)?)
            }
            5 => {
                let bytes = self.take(4)?.try_into().map_err(|_| NoMessage)?;
                Value::Fixed32(u32::from_le_bytes(bytes))
            }
            _ => return Err(NoMessage),
        };
        Ok((key >> 3, value))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), NoMessage>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}
