//! A ZIP archive whose entries are checked before one of them is read.

use std::collections::{HashMap, HashSet};
use std::io::{Read, Seek, SeekFrom};

use sha2::{Digest as _, Sha256};
use zip::{CompressionMethod, ZipArchive};

use crate::limits::MIN_RATIO_BYTES;
use crate::{PackageError, PackageLimits, path};

/// The end of central directory record without a comment (APPNOTE 4.3.16).
const END_RECORD_BYTES: usize = 22;
const END_RECORD_SIGNATURE: [u8; 4] = *b"PK\x05\x06";
/// The signature of an archive's first entry.
const LOCAL_HEADER_SIGNATURE: [u8; 4] = *b"PK\x03\x04";
/// The most bytes of an entry in the directory: its header, its path and some extra fields.
const MAX_HEADER_BYTES: u64 = 1024;
/// How every pickle of a later protocol than 1 begins.
const PICKLE_OPCODE: u8 = 0x80;
/// File name extensions of pickles.
const PICKLE_EXTENSIONS: [&str; 5] = [".pkl", ".pickle", ".pt", ".pth", ".prompt"];

/// An archive and its checked entries.
pub(crate) struct Archive<R> {
    zip: ZipArchive<R>,
    entries: HashMap<String, usize>,
    /// The paths of entries that are folders.
    folders: Vec<String>,
}

impl<R: Read + Seek> Archive<R> {
    /// Opens an archive, and checks all that is said about its entries.
    pub(crate) fn open(mut reader: R, limits: &PackageLimits) -> Result<Self, PackageError> {
        let bytes = reader.seek(SeekFrom::End(0))?;
        check("bytes", bytes, limits.packed_bytes)?;
        check_first_bytes(&mut reader)?;
        check_end_record(&mut reader, bytes, limits)?;
        let mut zip = ZipArchive::new(reader)?;
        check("entries", zip.len() as u64, limits.entries as u64)?;
        if zip.has_duplicate_names() {
            return Err(PackageError::Damaged(
                "two entries have one path".to_owned(),
            ));
        }
        let (mut entries, mut keys) = (HashMap::new(), HashSet::new());
        let (mut folders, mut unpacked) = (Vec::new(), 0_u64);
        for index in 0..zip.len() {
            let entry = zip.by_index_raw(index)?;
            let raw = entry.name_raw();
            let path = path::checked(raw.strip_suffix(b"/").unwrap_or(raw))?;
            check_pickle(path)?;
            if let Some(rule) = refusal(&entry) {
                return Err(PackageError::entry(path, rule));
            }
            if !keys.insert(path::key(path)) {
                let rule = "has the same path as another one where case is ignored";
                return Err(PackageError::entry(path, rule));
            }
            if entry.is_dir() {
                folders.push(path.to_owned());
                continue;
            }
            check_ratio(entry.size(), entry.compressed_size(), limits)?;
            unpacked = unpacked.saturating_add(entry.size());
            check("bytes unpacked", unpacked, limits.unpacked_bytes)?;
            entries.insert(path.to_owned(), index);
        }
        check_ratio(unpacked, bytes, limits)?;
        // The headers of the entries themselves, which other readers use, say the same.
        zip.validate_header_consistency()?;
        Ok(Self {
            zip,
            entries,
            folders,
        })
    }

    /// The path of the first entry.
    pub(crate) fn first_path(&self) -> Option<&str> {
        self.entries
            .iter()
            .find_map(|(path, index)| (*index == 0).then_some(path.as_str()))
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    pub(crate) fn folders(&self) -> &[String] {
        &self.folders
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.entries.contains_key(path)
    }

    /// The unpacked bytes of an entry, at most so many.
    pub(crate) fn read(&mut self, path: &str, max_bytes: u64) -> Result<Vec<u8>, PackageError> {
        let mut bytes = Vec::new();
        self.unpack(path, max_bytes, |part| bytes.extend_from_slice(part))?;
        Ok(bytes)
    }

    /// The unpacked length and the SHA-256 of an entry of at most so many bytes.
    pub(crate) fn digest(
        &mut self,
        path: &str,
        max_bytes: u64,
    ) -> Result<(u64, String), PackageError> {
        let mut hash = Sha256::new();
        let mut length: u64 = 0;
        self.unpack(path, max_bytes, |part| {
            hash.update(part);
            length += part.len() as u64;
        })?;
        Ok((length, hex(&hash.finalize())))
    }

    /// Unpacks an entry part by part; its CRC-32 is checked at its end.
    fn unpack(
        &mut self,
        path: &str,
        max_bytes: u64,
        mut take: impl FnMut(&[u8]),
    ) -> Result<(), PackageError> {
        let missing = || PackageError::Missing(path.to_owned());
        let index = *self.entries.get(path).ok_or_else(missing)?;
        let mut entry = self.zip.by_index(index)?;
        // What follows the stated length is not read: a header that understates it is an error below.
        let stated = entry.size();
        check("bytes in one entry", stated, max_bytes)?;
        let mut buffer = [0; 16 << 10];
        let mut length: u64 = 0;
        loop {
            let read = entry.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            length += read as u64;
            if length > stated {
                break;
            }
            take(&buffer[..read]);
        }
        if length != stated {
            let rule = "does not have the length that its header states";
            return Err(PackageError::entry(path, rule));
        }
        Ok(())
    }
}

/// Why an entry is refused by what is said about it.
fn refusal<R: Read>(entry: &zip::read::ZipFile<'_, R>) -> Option<&'static str> {
    if entry.encrypted() {
        return Some("is encrypted");
    }
    if entry.is_symlink() {
        return Some("is a symbolic link");
    }
    if entry.is_dir() && entry.size() > 0 || !entry.is_dir() && !entry.is_file() {
        return Some("is no file");
    }
    if entry
        .extra_data()
        .is_some_and(|extra| has_other_path(&extra))
    {
        return Some("has a second path");
    }
    let method = entry.compression();
    if !matches!(
        method,
        CompressionMethod::Stored | CompressionMethod::Deflated
    ) {
        return Some("is compressed by another method than Deflate");
    }
    None
}

/// Whether an entry has another path for readers that know the field for it (APPNOTE 4.6.9).
fn has_other_path(extra: &[u8]) -> bool {
    const UNICODE_PATH: [u8; 2] = 0x7075_u16.to_le_bytes();
    let mut left = extra;
    while let [first, second, low, high, rest @ ..] = left {
        if [*first, *second] == UNICODE_PATH {
            return true;
        }
        let size = usize::from(u16::from_le_bytes([*low, *high]));
        left = rest.get(size..).unwrap_or_default();
    }
    false
}

fn check(unit: &'static str, value: u64, limit: u64) -> Result<(), PackageError> {
    match value <= limit {
        true => Ok(()),
        false => Err(PackageError::Limit { limit, unit }),
    }
}

fn check_ratio(unpacked: u64, packed: u64, limits: &PackageLimits) -> Result<(), PackageError> {
    if unpacked <= MIN_RATIO_BYTES {
        return Ok(());
    }
    let unit = "bytes for each byte that is packed";
    match unpacked <= packed.saturating_mul(limits.ratio) {
        true => Ok(()),
        false => Err(PackageError::Limit {
            limit: limits.ratio,
            unit,
        }),
    }
}

/// Names the files that are mistaken for packages.
fn check_first_bytes(reader: &mut (impl Read + Seek)) -> Result<(), PackageError> {
    let mut first = [0; 4];
    reader.rewind()?;
    let read = reader.read(&mut first)?;
    match first {
        LOCAL_HEADER_SIGNATURE if read == first.len() => Ok(()),
        [PICKLE_OPCODE, 2..=5, ..] => Err(PackageError::Pickle("the file".to_owned())),
        _ => Err(PackageError::Damaged("it begins with no entry".to_owned())),
    }
}

fn check_pickle(path: &str) -> Result<(), PackageError> {
    let lower = path.to_ascii_lowercase();
    match PICKLE_EXTENSIONS.iter().any(|own| lower.ends_with(own)) {
        true => Err(PackageError::Pickle(format!("entry {path:?}"))),
        false => Ok(()),
    }
}

/// Checks the number of entries before the directory is read, which takes memory for each. The end record must
/// be the last bytes, without a comment, and end the directory that it describes, so that no reader takes
/// another record for it.
fn check_end_record(
    reader: &mut (impl Read + Seek),
    bytes: u64,
    limits: &PackageLimits,
) -> Result<(), PackageError> {
    let damaged = |reason: &str| Err(PackageError::Damaged(reason.to_owned()));
    let Some(start) = bytes.checked_sub(END_RECORD_BYTES as u64) else {
        return damaged("it is too short");
    };
    let mut record = [0; END_RECORD_BYTES];
    reader.seek(SeekFrom::Start(start))?;
    reader.read_exact(&mut record)?;
    let short = |at: usize| u16::from_le_bytes([record[at], record[at + 1]]);
    let long = |at: usize| u64::from(short(at)) | u64::from(short(at + 2)) << 16;
    let (disk, disk_of_directory, on_disk, entries) = (short(4), short(6), short(8), short(10));
    let (size, offset, comment) = (long(12), long(16), short(20));
    if record[..4] != END_RECORD_SIGNATURE || comment != 0 {
        return damaged("it does not end with its directory");
    }
    if entries == u16::MAX || size.max(offset) == u64::from(u32::MAX) {
        return damaged("it is a ZIP64 archive");
    }
    if (disk, disk_of_directory) != (0, 0) || on_disk != entries || offset + size != start {
        return damaged("its end record is not that of its directory");
    }
    check("entries", entries.into(), limits.entries as u64)?;
    check(
        "bytes of directory",
        size,
        u64::from(entries) * MAX_HEADER_BYTES,
    )
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
