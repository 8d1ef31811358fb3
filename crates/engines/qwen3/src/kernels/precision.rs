//! Number formats of weights, and of the inputs that they are multiplied with.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::LANES;

/// The number format of a matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32-bit floats, inputs alike: the reference.
    F32,
    /// bfloat16 weights and inputs, f32 sums.
    Bf16,
    /// 8-bit integers with a scale for 64 columns of a row; inputs as 15-bit integers with a
    /// scale for 64 numbers. Sums of a group are exact.
    #[default]
    Int8,
    /// 4-bit integers with a scale for 32 columns; inputs as for [`Precision::Int8`], by 32.
    Int4,
}

impl Precision {
    /// All of them, from the most to the least exact.
    pub const ALL: [Self; 4] = [Self::F32, Self::Bf16, Self::Int8, Self::Int4];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::Int8 => "int8",
            Self::Int4 => "int4",
        }
    }

    /// Columns that share a scale. Floats have none.
    pub(crate) const fn group(self) -> usize {
        match self {
            Self::F32 | Self::Bf16 => 1,
            Self::Int8 => 64,
            Self::Int4 => 32,
        }
    }

    /// The columns that a packed matrix is made of: all blocks are whole. A block of an integer
    /// format is two groups, so that the scales of both fill one cache line.
    pub(crate) const fn block(self) -> usize {
        match self {
            Self::F32 => 1,
            Self::Bf16 => 2,
            Self::Int8 | Self::Int4 => 2 * self.group(),
        }
    }

    /// Bytes of a block of one panel.
    pub(crate) const fn block_bytes(self) -> usize {
        match self {
            // A row of four bytes: one number of f32, or two of bf16.
            Self::F32 | Self::Bf16 => 4 * LANES,
            Self::Int8 => (self.block() + 2 * 2) * LANES,
            Self::Int4 => (self.block() / 2 + 2 * 2) * LANES,
        }
    }

    /// What is added to an integer weight, so that it is stored without a sign.
    pub(crate) const fn zero_point(self) -> i32 {
        match self {
            Self::F32 | Self::Bf16 => 0,
            Self::Int8 => 128,
            Self::Int4 => 8,
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that is no precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the precisions are f32, bf16, int8 and int4")]
pub struct UnknownPrecision;

impl FromStr for Precision {
    type Err = UnknownPrecision;

    fn from_str(name: &str) -> Result<Self, UnknownPrecision> {
        Self::ALL
            .into_iter()
            .find(|precision| precision.as_str() == name)
            .ok_or(UnknownPrecision)
    }
}
