//! The header of a GGUF file: metadata, and where the tensors are.
//!
//! Reference: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>, versions 2 and 3. Every
//! count and length is compared with a limit, and with the bytes that are there, before memory is
//! taken for it.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::weights::{Dimensions, MAX_DIMENSIONS, TensorType};

use super::cursor::{Cursor, Reason};
use super::value::MetadataValue;

const MAGIC: &[u8; 4] = b"GGUF";
const VERSIONS: [u32; 2] = [2, 3];

/// Tensors of a file; a checkpoint with its codec has 1,000.
const MAX_TENSORS: usize = 16_384;

/// Entries of metadata; converters write 100.
const MAX_ENTRIES: usize = 4096;

/// Bytes of a key: the limit of the format.
const MAX_KEY_BYTES: usize = 65_535;

/// Bytes of a tensor's name; ggml itself reads 63.
const MAX_NAME_BYTES: usize = 255;

/// Bytes of the shortest tensor's description, and of the shortest entry.
const MIN_TENSOR_BYTES: usize = 24;
const MIN_ENTRY_BYTES: usize = 13;

/// Where tensors begin, in bytes: a multiple of this, unless [`ALIGNMENT`] sets another.
const DEFAULT_ALIGNMENT: u64 = 32;
const ALIGNMENT: &str = "general.alignment";
const MAX_ALIGNMENT: u64 = 1 << 16;

/// The header of a file.
#[derive(Clone, Debug)]
pub struct Header {
    pub(super) entries: BTreeMap<String, MetadataValue>,
    pub(super) tensors: BTreeMap<String, TensorInfo>,
    /// Where the tensors' bytes begin.
    pub(super) start: usize,
}

/// A tensor.
#[derive(Clone, Debug)]
pub(super) struct TensorInfo {
    pub(super) dimensions: Dimensions,
    /// Its format and its bytes, from the beginning of the file; or the name of a format that is
    /// not read.
    pub(super) data: Result<(TensorType, Range<usize>), String>,
}

impl Header {
    /// Reads the header of a file. Of the tensors' bytes only the places are computed.
    ///
    /// # Errors
    /// What is wrong with the file: another format or version, a count or length beyond a limit or
    /// beyond the file's end, a repeated name, a tensor that is not aligned or lies outside.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let mut cursor = Cursor::new(bytes, 0);
        check_version(bytes, &mut cursor)?;
        let tensors = cursor.count("tensors", MAX_TENSORS)?;
        let entries = cursor.count("entries of metadata", MAX_ENTRIES)?;
        fits(&cursor, entries, MIN_ENTRY_BYTES, "entries of metadata")?;
        let entries = parse_entries(&mut cursor, entries)?;
        let alignment = alignment(&entries)?;
        fits(&cursor, tensors, MIN_TENSOR_BYTES, "tensors")?;
        let described = (0..tensors)
            .map(|_| Description::parse(&mut cursor))
            .collect::<Result<Vec<_>, Reason>>()?;
        let start = cursor.position().next_multiple_of(alignment);
        if start > bytes.len() {
            return Err("ends within its header; download it again".into());
        }
        let mut tensors = BTreeMap::new();
        for description in described {
            let name = description.name.to_owned();
            let entry = description.entry(start, alignment, bytes.len());
            let entry = entry.map_err(|reason| format!("tensor {name} {reason}"))?;
            if tensors.insert(name.clone(), entry).is_some() {
                return Err(format!("has the tensor {name} twice"));
            }
        }
        Ok(Self {
            entries,
            tensors,
            start,
        })
    }

    /// Where the tensors begin, within the file.
    pub const fn start(&self) -> usize {
        self.start
    }

    /// The tensors in the order of their names, each with the place of its bytes where its format
    /// is read.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, Option<Range<usize>>)> {
        self.tensors.iter().map(|(name, entry)| {
            let data = entry.data.as_ref().ok();
            (name.as_str(), data.map(|(_, bytes)| bytes.clone()))
        })
    }
}

fn check_version(bytes: &[u8], cursor: &mut Cursor<'_>) -> Result<(), Reason> {
    let magic = cursor.skip(MAGIC.len())?;
    if bytes.get(magic) != Some(MAGIC) {
        return Err("is not a GGUF file".into());
    }
    let version = cursor.u32()?;
    if VERSIONS.contains(&version) {
        return Ok(());
    }
    if VERSIONS.contains(&version.swap_bytes()) {
        return Err("is a GGUF file for big-endian machines; little-endian ones are read".into());
    }
    Err(format!(
        "is a GGUF file of version {version}; versions 2 and 3 are read"
    ))
}

/// Fails where the rest of the file is too short for so many.
fn fits(cursor: &Cursor<'_>, count: usize, bytes: usize, what: &str) -> Result<(), Reason> {
    if count * bytes <= cursor.remaining() {
        return Ok(());
    }
    Err(format!(
        "states {count} {what}, and only {} bytes follow; download it again",
        cursor.remaining()
    ))
}

fn parse_entries(
    cursor: &mut Cursor<'_>,
    count: usize,
) -> Result<BTreeMap<String, MetadataValue>, Reason> {
    let mut entries = BTreeMap::new();
    for _ in 0..count {
        let key = cursor.name(MAX_KEY_BYTES)?;
        let value =
            MetadataValue::parse(cursor).map_err(|reason| format!("metadata {key}: {reason}"))?;
        if entries.insert(key.to_owned(), value).is_some() {
            return Err(format!("has the metadata {key} twice"));
        }
    }
    Ok(entries)
}

fn alignment(entries: &BTreeMap<String, MetadataValue>) -> Result<usize, Reason> {
    let alignment = match entries.get(ALIGNMENT) {
        None => DEFAULT_ALIGNMENT,
        Some(MetadataValue::Unsigned(alignment)) => *alignment,
        Some(_) => return Err(format!("metadata {ALIGNMENT} is not a whole number")),
    };
    usize::try_from(alignment)
        .ok()
        .filter(|it| it.is_power_of_two() && (8..=MAX_ALIGNMENT).contains(&alignment))
        .ok_or_else(|| {
            format!(
                "metadata {ALIGNMENT} is {alignment}; it must be a power of two from 8 to \
                 {MAX_ALIGNMENT}"
            )
        })
}

/// A tensor as the header describes it.
struct Description<'a> {
    name: &'a str,
    dimensions: Dimensions,
    format: u32,
    offset: u64,
}

impl<'a> Description<'a> {
    fn parse(cursor: &mut Cursor<'a>) -> Result<Self, Reason> {
        let name = cursor.name(MAX_NAME_BYTES)?;
        let rank = cursor.u32()?;
        let rank = usize::try_from(rank)
            .ok()
            .filter(|rank| *rank <= MAX_DIMENSIONS)
            .ok_or_else(|| {
                format!("tensor {name} has {rank} dimensions; at most {MAX_DIMENSIONS} are read")
            })?;
        let mut sizes = [1; MAX_DIMENSIONS];
        let sizes = &mut sizes[..rank];
        // The innermost dimension comes first.
        for size in sizes.iter_mut().rev() {
            *size = usize::try_from(cursor.u64()?)
                .map_err(|_| format!("tensor {name} has a dimension beyond memory"))?;
        }
        let dimensions = Dimensions::new(sizes)
            .ok_or_else(|| format!("tensor {name} has more numbers than fit into memory"))?;
        Ok(Self {
            name,
            dimensions,
            format: cursor.u32()?,
            offset: cursor.u64()?,
        })
    }

    /// Where the tensor is in a file of `length` bytes.
    fn entry(&self, start: usize, alignment: usize, length: usize) -> Result<TensorInfo, Reason> {
        let offset = usize::try_from(self.offset).ok();
        let from = offset.and_then(|offset| start.checked_add(offset));
        let outside =
            || format!("lies outside the file, which has {length} bytes: download it again");
        let from = from.filter(|from| *from <= length).ok_or_else(outside)?;
        if !from.is_multiple_of(alignment) {
            return Err(format!(
                "begins at byte {from}, not at a multiple of {alignment}"
            ));
        }
        let data = match element(self.format) {
            Err(name) => Err(name),
            Ok(element) => {
                let sizes = self.dimensions.as_slice();
                if !sizes.last().unwrap_or(&1).is_multiple_of(element.block()) {
                    return Err(format!(
                        "has the shape {sizes:?}, whose rows are no blocks of {}",
                        element.block()
                    ));
                }
                let bytes = element.bytes(self.dimensions.numbers());
                let to = bytes.and_then(|bytes| from.checked_add(bytes));
                let to = to.filter(|to| *to <= length).ok_or_else(outside)?;
                Ok((element, from..to))
            }
        };
        Ok(TensorInfo {
            dimensions: self.dimensions,
            data,
        })
    }
}

/// A format by its number in `ggml.h`, or its name where it is not read.
fn element(format: u32) -> Result<TensorType, String> {
    let name = match format {
        0 => return Ok(TensorType::F32),
        1 => return Ok(TensorType::F16),
        2 => return Ok(TensorType::Q4_0),
        8 => return Ok(TensorType::Q8_0),
        12 => return Ok(TensorType::Q4K),
        13 => return Ok(TensorType::Q5K),
        14 => return Ok(TensorType::Q6K),
        30 => return Ok(TensorType::Bf16),
        3 => "Q4_1",
        6 => "Q5_0",
        7 => "Q5_1",
        10 => "Q2_K",
        11 => "Q3_K",
        20 => "IQ4_NL",
        23 => "IQ4_XS",
        39 => "MXFP4",
        other => return Err(format!("number {other} of ggml")),
    };
    Err(name.to_owned())
}
