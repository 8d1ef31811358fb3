//! Reads the parts of a model's file that are looked at, and knows where the file ends.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::FileError;

pub(super) struct Reader {
    file: BufReader<File>,
    place: u64,
    size: u64,
}

impl Reader {
    pub(super) fn open(path: &Path) -> Result<Self, FileError> {
        let failed = |error: std::io::Error| FileError::Io(error.kind());
        let file = File::open(path).map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        // A folder opens like a file, and fails only when it is read.
        if !about.is_file() {
            return Err(FileError::NotGgml);
        }
        let (file, size) = (BufReader::new(file), about.len());
        Ok(Self {
            file,
            place: 0,
            size,
        })
    }

    pub(super) fn at_end(&self) -> bool {
        self.place >= self.size
    }

    /// The next bytes; `part` says in an error what they belong to.
    pub(super) fn bytes(&mut self, count: usize, part: &str) -> Result<Vec<u8>, FileError> {
        self.advance(count as u64, part)?;
        let mut bytes = vec![0; count];
        let read = self.file.read_exact(&mut bytes);
        read.map_err(|error| FileError::Io(error.kind()))?;
        Ok(bytes)
    }

    pub(super) fn u32(&mut self, part: &str) -> Result<u32, FileError> {
        let bytes = self.bytes(4, part)?;
        Ok(bytes
            .iter()
            .rev()
            .fold(0, |all, byte| all << 8 | u32::from(*byte)))
    }

    pub(super) fn i32(&mut self, part: &str) -> Result<i32, FileError> {
        self.u32(part).map(u32::cast_signed)
    }

    /// Passes over bytes that must be there.
    pub(super) fn skip(&mut self, count: u64, part: &str) -> Result<(), FileError> {
        self.advance(count, part)?;
        let sought = self.file.seek(SeekFrom::Start(self.place));
        sought
            .map(drop)
            .map_err(|error| FileError::Io(error.kind()))
    }

    fn advance(&mut self, count: u64, part: &str) -> Result<(), FileError> {
        let place = self.place.checked_add(count);
        match place.filter(|place| *place <= self.size) {
            Some(place) => {
                self.place = place;
                Ok(())
            }
            None => Err(FileError::Short(part.to_owned())),
        }
    }
}
