//! The hashes of files' bytes.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The hash of a file's bytes, as the hub has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Checksum {
    /// Of a large file: SHA-256 of its bytes.
    Sha256(String),
    /// Of a small one: git's own hash, SHA-1 of a header with its length and its bytes.
    Git(String),
}

impl Checksum {
    /// The hash in an `ETag` or `X-Linked-Etag`; none where it is another kind of tag.
    pub(crate) fn from_etag(etag: &str) -> Option<Self> {
        let hash = etag
            .trim()
            .trim_start_matches("W/")
            .trim_matches('"')
            .to_lowercase();
        if !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        match hash.len() {
            64 => Some(Self::Sha256(hash)),
            40 => Some(Self::Git(hash)),
            _ => None,
        }
    }

    /// The name of a blob with it: the hash in hexadecimal.
    pub(crate) fn blob_name(&self) -> &str {
        match self {
            Self::Sha256(hash) | Self::Git(hash) => hash,
        }
    }

    /// The SHA-256 of a file.
    pub(crate) fn of_file(path: &Path) -> std::io::Result<Self> {
        digest::<Sha256>(path, &[]).map(Self::Sha256)
    }

    /// Whether the file has it.
    pub(crate) fn matches(&self, path: &Path) -> std::io::Result<bool> {
        match self {
            Self::Sha256(wanted) => Ok(digest::<Sha256>(path, &[])? == *wanted),
            Self::Git(wanted) => {
                let header = format!("blob {}\0", std::fs::metadata(path)?.len());
                Ok(digest::<Sha1>(path, header.as_bytes())? == *wanted)
            }
        }
    }
}

/// The SHA-256 of a file, in hexadecimal.
pub(crate) fn sha256(path: &Path) -> std::io::Result<String> {
    digest::<Sha256>(path, &[])
}

fn digest<D: Digest>(path: &Path, header: &[u8]) -> std::io::Result<String> {
    let mut hasher = D::new_with_prefix(header);
    let mut file = File::open(path)?;
    let mut block = vec![0; 1 << 16];
    loop {
        match file.read(&mut block)? {
            0 => break,
            read => hasher.update(&block[..read]),
        }
    }
    let hash = hasher.finalize();
    Ok(hash.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_hash_are_distinguished_and_checked() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "hello\n").expect("written");
        for etag in [
            "\"ce013625030ba8dba906f756967f9e9ca394464a\"",
            "\"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03\"",
        ] {
            let right = Checksum::from_etag(etag).expect("a hash");
            assert!(right.matches(file.path()).expect("read"), "{etag}");
            let wrong = Checksum::from_etag(&etag.replace("\"5", "\"6").replace("\"c", "\"d"));
            assert!(!wrong.expect("a hash").matches(file.path()).expect("read"));
        }
        for none in [
            "\"abc\"",
            "",
            "W/\"xyz\"",
            "\"d41d8cd98f00b204e9800998ecf8427e-2\"",
        ] {
            assert_eq!(Checksum::from_etag(none), None, "{none}");
        }
    }
}
