//! The bytes of a file as the demultiplexing library reads them.

use std::io::{Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use symphonia::core::io::MediaSource;

/// A file in memory that remembers whether its end was reached: the library's error for that
/// is the same as for a packet that contradicts itself.
pub(super) struct Source<'a> {
    bytes: Cursor<&'a [u8]>,
    ended: Ended,
}

/// Whether the latest read found nothing left.
#[derive(Clone, Default)]
pub(super) struct Ended(Arc<AtomicBool>);

impl Ended {
    pub(super) fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl<'a> Source<'a> {
    pub(super) fn new(bytes: &'a [u8], ended: Ended) -> Self {
        Self {
            bytes: Cursor::new(bytes),
            ended,
        }
    }
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.bytes.read(buffer)?;
        self.ended
            .0
            .store(read == 0 && !buffer.is_empty(), Ordering::Relaxed);
        Ok(read)
    }
}

impl Seek for Source<'_> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.ended.0.store(false, Ordering::Relaxed);
        self.bytes.seek(to)
    }
}

impl MediaSource for Source<'_> {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.bytes.get_ref().len() as u64)
    }
}
