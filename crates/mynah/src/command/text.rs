//! A text that a command works on: an argument, a file or standard input, in whatever encoding.

use std::io::Read;
use std::path::Path;

use anyhow::Context;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::exit::CliError;
use crate::output::print::note;

/// The longest text that is read from a file or from stdin, in bytes: a long novel.
const MAX_TEXT_BYTES: usize = 8 << 20;

/// How much of a file without a byte order mark is looked at for the zero bytes of UTF-16.
const UTF_16_SAMPLE_BYTES: usize = 4096;

/// The text that an argument stands for: `-` is standard input, the name of an existing file is
/// that file, anything else is the text itself.
pub(crate) fn of_argument(argument: &str) -> anyhow::Result<String> {
    let bytes = if argument == "-" {
        read(std::io::stdin().lock(), MAX_TEXT_BYTES)
            .context("the text could not be read from stdin")?
    } else if Path::new(argument).is_file() {
        let file =
            std::fs::File::open(argument).with_context(|| format!("{argument} can't be opened"))?;
        read(file, MAX_TEXT_BYTES).with_context(|| format!("{argument} could not be read"))?
    } else {
        return Ok(argument.to_owned());
    };
    if bytes.len() > MAX_TEXT_BYTES {
        return Err(CliError::bad_input(format!(
            "the text is longer than {} MB; speak it in parts",
            MAX_TEXT_BYTES >> 20
        ))
        .into());
    }
    decoded(&bytes, if argument == "-" { "stdin" } else { argument })
}

/// At most one byte more than `max_bytes`.
fn read(source: impl Read, max_bytes: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(max_bytes as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of bytes from a file. Anything but UTF-8 is a guess, so standard error says which.
///
/// # Errors
/// Bytes that are no text in any encoding.
pub(crate) fn decoded(bytes: &[u8], name: &str) -> anyhow::Result<String> {
    let (text, encoding) = decode(bytes).ok_or_else(|| {
        CliError::bad_input(format!(
            "{name} is not text: neither UTF-8, UTF-16 nor an older encoding"
        ))
    })?;
    if encoding != UTF_8 {
        note!("note: {name} is read as {}", encoding.name());
    }
    Ok(text)
}

/// The text and its encoding: as a byte order mark says, else UTF-16 where zero bytes stand where
/// they do in it, else UTF-8 where it is that, else the likeliest of the older encodings.
fn decode(bytes: &[u8]) -> Option<(String, &'static Encoding)> {
    let (encoding, mark) = match Encoding::for_bom(bytes) {
        Some(found) => found,
        // Zero bytes are rare in UTF-8, where they are allowed, and many in UTF-16.
        None => match utf_16(bytes) {
            Some(encoding) => (encoding, 0),
            None if std::str::from_utf8(bytes).is_ok() => (UTF_8, 0),
            None => (older(bytes), 0),
        },
    };
    let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes[mark..])?;
    // Control characters that no text has separate audio, pictures and programs from text.
    let is_text = !text.chars().any(|c| {
        c.is_control()
            && !c.is_whitespace()
            && !matches!(c, '\u{1a}' | '\u{1b}' | '\u{8}' | '\u{7f}')
    });
    (is_text || encoding == UTF_8).then(|| (text.into_owned(), encoding))
}

/// UTF-16 without a byte order mark: one half of its units is zero in all Latin text, in line ends
/// and spaces of any.
fn utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(UTF_16_SAMPLE_BYTES)];
    let zeros = |place: usize| {
        sample
            .iter()
            .skip(place)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let (first, second) = (zeros(0), zeros(1));
    match (first, second) {
        _ if !bytes.len().is_multiple_of(2) => None,
        (0, 1..) => Some(UTF_16LE),
        (1.., 0) => Some(UTF_16BE),
        _ => None,
    }
}

/// The likeliest encoding that is neither UTF-8 nor UTF-16.
fn older(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Deny)
}

#[cfg(test)]
mod tests {
    use encoding_rs::{
        BIG5, EUC_JP, EUC_KR, GBK, ISO_8859_2, KOI8_R, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252,
        WINDOWS_1253,
    };

    use super::*;

    const FRENCH: &str = "Élève de l'école, où êtes-vous allé cet été ? Ça a été très agréable.";
    const RUSSIAN: &str = "Съешь же ещё этих мягких французских булок, да выпей чаю.";
    const JAPANESE: &str = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。";
    const CHINESE: &str = "人之初，性本善。性相近，习相远。苟不教，性乃迁。";
    const TAIWANESE: &str = "人之初，性本善。性相近，習相遠。苟不教，性乃遷。";
    const KOREAN: &str = "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.";
    const GREEK: &str = "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια.";
    const POLISH: &str = "Zażółć gęślą jaźń. Wszyscy ludzie rodzą się wolni i równi w godności.";

    #[test]
    fn older_encodings_are_detected() {
        for (text, encoding) in [
            (FRENCH, WINDOWS_1252),
            (RUSSIAN, WINDOWS_1251),
            (RUSSIAN, KOI8_R),
            (JAPANESE, SHIFT_JIS),
            (JAPANESE, EUC_JP),
            (CHINESE, GBK),
            (TAIWANESE, BIG5),
            (KOREAN, EUC_KR),
            (GREEK, WINDOWS_1253),
            (POLISH, ISO_8859_2),
        ] {
            let (bytes, _, lossy) = encoding.encode(text);
            assert!(!lossy, "{}", encoding.name());
            let found = decode(&bytes).map(|(text, _)| text);
            assert_eq!(found.as_deref(), Some(text), "{}", encoding.name());
        }
    }

    fn utf_16_bytes(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn unicode_is_read_with_and_without_a_mark() {
        for text in ["Hello.\n", FRENCH, RUSSIAN, JAPANESE, "", "😀 Hi"] {
            assert_eq!(decode(text.as_bytes()), Some((text.into(), UTF_8)));
            let marked = format!("\u{feff}{text}");
            assert_eq!(decode(marked.as_bytes()), Some((text.into(), UTF_8)));
            for (unit, encoding) in [
                (u16::to_le_bytes as fn(u16) -> [u8; 2], UTF_16LE),
                (u16::to_be_bytes, UTF_16BE),
            ] {
                let found = decode(&utf_16_bytes(&marked, unit));
                assert_eq!(found, Some((text.into(), encoding)), "{text}");
            }
        }
        // Without a mark, where anything of it is Latin.
        for text in ["Hi.", FRENCH, RUSSIAN, "日本語 text\n"] {
            let found = decode(&utf_16_bytes(text, u16::to_le_bytes));
            assert_eq!(found, Some((text.into(), UTF_16LE)));
            let found = decode(&utf_16_bytes(text, u16::to_be_bytes));
            assert_eq!(found, Some((text.into(), UTF_16BE)));
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\x01\0\x08\x06";
        let program = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0\x01\0\0\0\xf0\xff";
        let sound = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0";
        for bytes in [&picture[..], program, sound] {
            assert_eq!(decode(bytes), None, "{bytes:?}");
        }
    }
}
