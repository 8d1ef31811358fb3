//! Where objects lie: keys, and the addresses that stand in events.

use object_store::path::{Path, PathPart};

use super::StoreError;
use crate::digest;

/// The maximum length of a part of a key that is written as it is.
const PART_MAX: usize = 128;
/// Digits of a SHA-256 in hex.
const DIGEST: usize = 64;

/// A part of a key: the name itself where every store and file system takes it, else its digest.
/// No name can become more than one part.
pub(super) fn part(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let fits = (1..=PART_MAX).contains(&name.len()) && !name.starts_with('.');
    if fits && name.chars().all(plain) {
        name.to_owned()
    } else {
        format!("~{}", digest::hex(name.as_bytes()))
    }
}

/// Whether a key below the prefix has the shape `session/segment/stage/sha256`.
pub(super) fn is_own_key(prefix: &Path, key: &Path) -> bool {
    let Some(rest) = key.prefix_match(prefix) else {
        return false;
    };
    let parts: Vec<PathPart<'_>> = rest.collect();
    let [_, _, _, last] = parts.as_slice() else {
        return false;
    };
    is_digest(last.as_ref())
}

pub(super) fn is_digest(text: &str) -> bool {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == DIGEST && text.bytes().all(hex)
}

/// An address in parts: the prefix before the key, and the key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Address<'a> {
    /// `s3://bucket/key`.
    Bucket(&'a str, Path),
    /// `file:///…`, as it is.
    File(&'a str),
}

pub(super) fn parse(uri: &str) -> Result<Address<'_>, StoreError> {
    match uri.split_once("://") {
        Some(("s3", rest)) => {
            let (bucket, named) = rest
                .split_once('/')
                .ok_or(StoreError::Address("has no key"))?;
            if !is_bucket(bucket) {
                return Err(StoreError::Address("has no bucket"));
            }
            Ok(Address::Bucket(bucket, key(named)?))
        }
        Some(("file", _)) => Ok(Address::File(uri)),
        _ => Err(StoreError::Address("must begin with s3:// or file://")),
    }
}

/// The key of an address: no part is empty or leads to a parent.
pub(super) fn key(text: &str) -> Result<Path, StoreError> {
    let impossible = StoreError::Address("holds an impossible key");
    if text.is_empty() || text.starts_with('/') || text.ends_with('/') {
        return Err(impossible);
    }
    let odd = |c: char| c.is_control() || matches!(c, '\\' | '?' | '#');
    match Path::parse(text) {
        Ok(path) if path.as_ref() == text && !text.contains(odd) => Ok(path),
        _ => Err(impossible),
    }
}

/// Whether it can be a bucket's name. Nothing of it could be mistaken for another part of a URL.
pub(super) fn is_bucket(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    (3..=63).contains(&name.len()) && name.chars().all(fits) && !name.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_one_part_of_a_key() {
        assert_eq!(part("5b0f6a1c-1111"), "5b0f6a1c-1111");
        for odd in [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "ä",
            "a b",
            "~x",
            &"x".repeat(129),
            "a%2Fb",
            "a\\b",
        ] {
            let part = part(odd);
            assert!(
                part.starts_with('~') && part.len() == DIGEST + 1,
                "{odd}: {part}"
            );
            assert!(key(&part).is_ok());
        }
        assert_ne!(part("a/b"), part("a b"));
    }

    #[test]
    fn an_address_is_a_bucket_and_a_key_below_it() {
        let whole = parse("s3://mynah/a/b.wav").unwrap();
        assert_eq!(whole, Address::Bucket("mynah", Path::from("a/b.wav")));
        for bad in [
            "s3://mynah",
            "s3://mynah/",
            "s3://mynah/a/",
            "s3://mynah//a",
            "s3://mynah/a//b",
            "s3://mynah/../a",
            "s3://mynah/a/../b",
            "s3://mynah/./a",
            "s3://mynah/a\nb",
            "s3://mynah/a?X-Amz-Signature=0",
            "s3://mynah/a#b",
            "s3://u:p@mynah/a",
            "s3:///a",
            "s3://a..b/a",
            "https://mynah/a",
            "gs://mynah/a",
            "S3://mynah/a",
            "mynah/a",
            "",
        ] {
            let error = parse(bad).unwrap_err();
            assert!(matches!(error, StoreError::Address(_)), "{bad}");
        }
    }

    #[test]
    fn only_keys_of_the_defined_shape_are_own() {
        let digest = "0".repeat(DIGEST);
        let prefix = Path::from("p");
        let is_own = |key: &str| is_own_key(&prefix, &Path::from(key));
        assert!(is_own(&format!("p/s/g/vad/{digest}")));
        for other in ["p/s/g/vad/x", "p/s", "q/s/g/vad/0"] {
            assert!(!is_own(other), "{other}");
        }
        assert!(!is_own(&format!("p/s/vad/{digest}")));
        assert!(!is_own(&format!("q/s/g/vad/{digest}")));
        assert!(!is_own(&format!("p/s/g/vad/{}", "A".repeat(DIGEST))));
    }
}
