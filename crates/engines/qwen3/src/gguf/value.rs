//! The values of metadata, which stay in the file until they are asked for.

use std::ops::Range;

use super::cursor::{Cursor, Reason};

/// Bytes of a string; chat templates have thousands.
const MAX_STRING_BYTES: usize = 1 << 20;

/// Elements of an array; vocabularies have 150,000 tokens and as many merges.
const MAX_ELEMENTS: usize = 1 << 24;

/// Arrays within arrays.
const MAX_DEPTH: usize = 4;

/// A value of metadata.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum MetadataValue {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Bool(bool),
    /// The place of its bytes.
    String(Range<usize>),
    Array(Array),
}

/// An array of metadata.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Array {
    pub(super) kind: Kind,
    pub(super) count: usize,
    /// The place of its elements.
    pub(super) bytes: Range<usize>,
}

/// The type of a value, by its number in the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    String,
    Array,
    U64,
    I64,
    F64,
}

impl Kind {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, Reason> {
        const ALL: [Kind; 13] = [
            Kind::U8,
            Kind::I8,
            Kind::U16,
            Kind::I16,
            Kind::U32,
            Kind::I32,
            Kind::F32,
            Kind::Bool,
            Kind::String,
            Kind::Array,
            Kind::U64,
            Kind::I64,
            Kind::F64,
        ];
        let number = cursor.u32()?;
        usize::try_from(number)
            .ok()
            .and_then(|number| ALL.get(number).copied())
            .ok_or_else(|| format!("has the type {number}, which the format lacks"))
    }

    /// Bytes of a value; None where they depend on it.
    const fn bytes(self) -> Option<usize> {
        match self {
            Self::U8 | Self::I8 | Self::Bool => Some(1),
            Self::U16 | Self::I16 => Some(2),
            Self::U32 | Self::I32 | Self::F32 => Some(4),
            Self::U64 | Self::I64 | Self::F64 => Some(8),
            Self::String | Self::Array => None,
        }
    }
}

impl MetadataValue {
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, Reason> {
        let kind = Kind::parse(cursor)?;
        Self::of(kind, cursor, 0)
    }

    /// A value of this kind.
    pub(super) fn of(kind: Kind, cursor: &mut Cursor<'_>, depth: usize) -> Result<Self, Reason> {
        Ok(match kind {
            Kind::U8 => Self::Unsigned(cursor.u8()?.into()),
            Kind::U16 => Self::Unsigned(cursor.u16()?.into()),
            Kind::U32 => Self::Unsigned(cursor.u32()?.into()),
            Kind::U64 => Self::Unsigned(cursor.u64()?),
            Kind::I8 => Self::Signed(cursor.u8()?.cast_signed().into()),
            Kind::I16 => Self::Signed(cursor.u16()?.cast_signed().into()),
            Kind::I32 => Self::Signed(cursor.u32()?.cast_signed().into()),
            Kind::I64 => Self::Signed(cursor.u64()?.cast_signed()),
            Kind::F32 => Self::Float(f32::from_bits(cursor.u32()?).into()),
            Kind::F64 => Self::Float(f64::from_bits(cursor.u64()?)),
            Kind::Bool => match cursor.u8()? {
                0 => Self::Bool(false),
                1 => Self::Bool(true),
                other => return Err(format!("is the truth value {other}")),
            },
            Kind::String => Self::String(cursor.string(MAX_STRING_BYTES)?),
            Kind::Array => Self::Array(Array::parse(cursor, depth + 1)?),
        })
    }
}

impl Array {
    fn parse(cursor: &mut Cursor<'_>, depth: usize) -> Result<Self, Reason> {
        if depth > MAX_DEPTH {
            return Err(format!("has arrays more than {MAX_DEPTH} deep"));
        }
        let kind = Kind::parse(cursor)?;
        let count = cursor.count("elements of an array", MAX_ELEMENTS)?;
        let from = cursor.position();
        match kind.bytes() {
            Some(bytes) => {
                cursor.skip(count * bytes)?;
            }
            None => {
                for _ in 0..count {
                    MetadataValue::of(kind, cursor, depth)?;
                }
            }
        }
        Ok(Self {
            kind,
            count,
            bytes: from..cursor.position(),
        })
    }

    /// Its elements; `bytes` are the file's.
    pub(super) fn elements<'a>(
        &'a self,
        bytes: &'a [u8],
    ) -> impl Iterator<Item = Result<MetadataValue, Reason>> + 'a {
        let mut cursor = Cursor::new(bytes, self.bytes.start);
        (0..self.count).map(move |_| MetadataValue::of(self.kind, &mut cursor, MAX_DEPTH))
    }
}
