//! A WAV stream whose sizes are not known when it begins.

use std::io::{self, ErrorKind, Read};

use mynah_audio::SampleRate;

/// The most bytes before the samples; espeak-ng writes 44.
const MAX_HEADER: u32 = 4096;

/// Reads up to the first sample of a mono 16-bit PCM stream. The sizes of RIFF and `data` are
/// placeholders in a stream and are not looked at: samples go on to the end.
pub(crate) fn read_header(stream: &mut impl Read) -> io::Result<SampleRate> {
    let mut riff = [0; 12];
    stream.read_exact(&mut riff)?;
    if &riff[..4] != b"RIFF" || &riff[8..] != b"WAVE" {
        return Err(wrong("no RIFF header"));
    }
    let mut rate = None;
    loop {
        let mut head = [0; 8];
        stream.read_exact(&mut head)?;
        let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        match &head[..4] {
            b"data" => return rate.ok_or_else(|| wrong("data before format")),
            _ if size > MAX_HEADER => return Err(wrong("a chunk too long")),
            b"fmt " if size >= 16 => {
                let mut format = vec![0; size as usize];
                stream.read_exact(&mut format)?;
                rate = Some(mono_16_bit(&format)?);
            }
            // Chunks are padded to even lengths.
            _ => io::copy(
                &mut stream.take(u64::from(size + (size & 1))),
                &mut io::sink(),
            )
            .map(drop)?,
        }
    }
}

fn mono_16_bit(format: &[u8]) -> io::Result<SampleRate> {
    let word = |at: usize| u16::from_le_bytes([format[at], format[at + 1]]);
    if (word(0), word(2), word(14)) != (1, 1, 16) {
        return Err(wrong("not mono 16-bit PCM"));
    }
    let hz = u32::from(word(4)) | u32::from(word(6)) << 16;
    SampleRate::new(hz).map_err(|_| wrong("a rate that cannot be"))
}

fn wrong(what: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(parts: &[&[u8]]) -> Vec<u8> {
        parts.concat()
    }

    const FORMAT: &[u8] = b"fmt \x10\0\0\0\x01\0\x01\0\x22\x56\0\0\x44\xac\0\0\x02\0\x10\0";

    #[test]
    fn a_stream_is_read_up_to_its_samples() {
        let bytes = header(&[
            b"RIFF\x24\xf0\xff\x7fWAVE",
            b"LIST\x03\0\0\0abc\0",
            FORMAT,
            b"data\x00\xf0\xff\x7f",
            b"\x01\x02",
        ]);
        let mut stream = &bytes[..];
        assert_eq!(read_header(&mut stream).unwrap().hz(), 22_050);
        assert_eq!(stream, b"\x01\x02");
    }

    #[test]
    fn other_streams_are_refused() {
        let stereo = b"fmt \x10\0\0\0\x01\0\x02\0\x22\x56\0\0\x44\xac\0\0\x02\0\x10\0";
        for bytes in [
            header(&[]),
            header(&[b"RIFX\0\0\0\0WAVE"]),
            header(&[b"RIFF\0\0\0\0WAVE", b"data\0\0\0\0"]),
            header(&[b"RIFF\0\0\0\0WAVE", stereo, b"data\0\0\0\0"]),
            header(&[
                b"RIFF\0\0\0\0WAVE",
                b"fmt \x04\0\0\0\x01\0\x01\0",
                b"data\0\0\0\0",
            ]),
            header(&[b"RIFF\0\0\0\0WAVE", b"LIST\xff\xff\xff\xff"]),
            header(&[b"RIFF\0\0\0\0WAVE", FORMAT]),
        ] {
            assert!(read_header(&mut &bytes[..]).is_err(), "{bytes:?}");
        }
    }
}
