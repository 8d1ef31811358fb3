//! Where objects lie: keys, and the addresses that stand in events.

use object_store::path::Path;

use crate::{BlobError, digest};

/// The maximum length of a part of a key that is written as it is.
const PART_MAX: usize = 128;
/// Digits of a SHA-256 in hex.
const DIGEST_CHARS: usize = 64;

/// A part of a key: the name itself where every store and file system takes it, else its digest.
/// No name can become more than one part.
pub fn part(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let fits = (1..=PART_MAX).contains(&name.len()) && !name.starts_with('.');
    if fits && name.chars().all(plain) {
        name.to_owned()
    } else {
        format!("~{}", digest::hex(name.as_bytes()))
    }
}

/// Whether a text is a SHA-256 in hex, in lower case.
pub fn is_digest(text: &str) -> bool {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == DIGEST_CHARS && text.bytes().all(hex)
}

/// An address in parts: the prefix before the key, and the key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Address<'a> {
    /// `s3://bucket/key`.
    Bucket(&'a str, Path),
    /// `file:///…`, as it is.
    File(&'a str),
}

pub(crate) fn parse(uri: &str) -> Result<Address<'_>, BlobError> {
    match uri.split_once("://") {
        Some(("s3", rest)) => {
            let (bucket, named) = rest
                .split_once('/')
                .ok_or(BlobError::Address("has no key"))?;
            if !is_bucket(bucket) {
                return Err(BlobError::Address("has no bucket"));
            }
            Ok(Address::Bucket(bucket, key(named)?))
        }
        Some(("file", _)) => Ok(Address::File(uri)),
        _ => Err(BlobError::Address("must begin with s3:// or file://")),
    }
}

/// The key of an address: no part is empty or leads to a parent.
pub(crate) fn key(text: &str) -> Result<Path, BlobError> {
    let impossible = BlobError::Address("holds an impossible key");
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
pub fn is_bucket(name: &str) -> bool {
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
                part.starts_with('~') && part.len() == DIGEST_CHARS + 1,
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
            assert!(matches!(error, BlobError::Address(_)), "{bad}");
        }
    }
}
