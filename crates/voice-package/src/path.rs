//! Paths of entries.

use unicode_normalization::UnicodeNormalization as _;

use crate::{MAX_PATH_BYTES, PackageError};

/// A path as it was stored, or what is wrong with it. One that is accepted is relative, and stays within the
/// folder that it would be unpacked to on any system.
pub(crate) fn checked(raw: &[u8]) -> Result<&str, PackageError> {
    let shown = String::from_utf8_lossy(&raw[..raw.len().min(MAX_PATH_BYTES)]);
    let refused = |rule| Err(PackageError::entry(&shown, rule));
    if raw.len() > MAX_PATH_BYTES {
        return refused("has a path of more than 200 bytes");
    }
    let Ok(path) = std::str::from_utf8(raw) else {
        return refused("has a path that is not UTF-8");
    };
    if path.chars().any(char::is_control) {
        return refused("has control characters in its path");
    }
    if path.contains(['\\', ':']) {
        return refused("has a backslash or a colon in its path");
    }
    let is_part = |part: &str| !matches!(part, "" | "." | "..");
    if !path.split('/').all(is_part) {
        return refused("has a path that is not relative, or leaves its folder");
    }
    Ok(path)
}

/// A path as file systems compare it that ignore case and normalization.
pub(crate) fn key(path: &str) -> String {
    let folded = caseless::default_case_fold_str(&path.nfc().collect::<String>());
    folded.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_that_stay_within_their_folder_are_accepted() {
        for path in [
            "voice.json",
            "prompts/1/reference.flac",
            "prompts/ä/Σ",
            "..a/b..",
        ] {
            assert!(checked(path.as_bytes()).is_ok(), "{path}");
        }
        let long = "a".repeat(MAX_PATH_BYTES + 1);
        for path in [
            "",
            "/voice.json",
            "../voice.json",
            "a/../b",
            "a//b",
            "./a",
            "a/",
            "C:/a",
            "a\\b",
            "a\0b",
            "a\nb",
            &long,
        ] {
            let error = checked(path.as_bytes()).unwrap_err();
            assert_eq!(error.code(), "package_entry_invalid", "{path:?}");
        }
        assert!(checked(&long.as_bytes()[1..]).is_ok());
        assert!(checked(&[0xff]).is_err());
    }

    #[test]
    fn paths_are_compared_by_folded_case_and_normal_form() {
        assert_eq!(key("Voice.JSON"), key("voice.json"));
        assert_eq!(key("\u{e4}"), key("a\u{308}"));
        assert_eq!(key("\u{c4}"), key("a\u{308}"));
        assert_ne!(key("a"), key("b"));
    }
}
