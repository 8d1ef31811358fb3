//! JSON bodies as clients send them.

use std::borrow::Cow;

use serde_json::Value;

/// Reads a JSON body. A byte order mark before it and lone surrogates in its strings, as in a text
/// that was cut at a UTF-16 unit, are dropped.
///
/// # Errors
/// It is not JSON.
pub(crate) fn read(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    serde_json::from_slice(&without_lone_surrogates(bytes))
}

/// A JSON text without escapes of lone surrogates such as `\ud83d`, and without their encoding in
/// three bytes.
fn without_lone_surrogates(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut kept = Vec::new();
    let mut copied = 0;
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let (length, lone) = match rest {
            [b'\\', b'u', ..] => match (unit(rest), rest.get(6..).and_then(unit)) {
                (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (12, false),
                (Some(0xD800..=0xDFFF), _) => (6, true),
                _ => (2, false),
            },
            [b'\\', _, ..] => (2, false),
            [0xED, 0xA0..=0xBF, 0x80..=0xBF, ..] => (3, true),
            _ => (1, false),
        };
        if lone {
            kept.extend_from_slice(&bytes[copied..at]);
            copied = at + length;
        }
        at += length;
    }
    if copied == 0 {
        return Cow::Borrowed(bytes);
    }
    kept.extend_from_slice(&bytes[copied..]);
    Cow::Owned(kept)
}

/// The UTF-16 unit of an escape `\uXXXX` that a text begins with.
fn unit(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    let digits = std::str::from_utf8(digits).ok()?;
    let hexadecimal = digits.bytes().all(|b| b.is_ascii_hexdigit());
    hexadecimal.then(|| u32::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_are_dropped() {
        for (json, text) in [
            (&br#""Hi \ud83d there""#[..], "Hi  there"),
            (br#""\uDE00 Hi""#, " Hi"),
            (br#""Hi \ud83d\ude00""#, "Hi \u{1F600}"),
            (br#""\ud83d\ud83d\ude00\ude00""#, "\u{1F600}"),
            (br#""\\ud83d""#, "\\ud83d"),
            (br#""\\\ud83d""#, "\\"),
            (br#""\u00e9\n""#, "\u{E9}\n"),
            (b"\"a\xED\xA0\xBDb\"", "ab"),
            (b"\xEF\xBB\xBF\"a\"", "a"),
            (b"\"\xED\x95\x9C\"", "\u{D55C}"),
        ] {
            assert_eq!(read(json).unwrap(), text, "{}", json.escape_ascii());
        }
    }

    #[test]
    fn invalid_json_stays_invalid() {
        for json in [
            &b""[..],
            br#""\u12"#,
            br#""\ud83"#,
            b"{\"a\":",
            b"\"\\",
            b"\"\xED\"",
            b"\"\xff\"",
        ] {
            assert!(read(json).is_err(), "{}", json.escape_ascii());
        }
    }
}
