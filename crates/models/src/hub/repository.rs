//! The contents of a repository, as the hub lists them.

use serde::Deserialize;

use crate::checksum::Checksum;

use super::Selection;
use super::spec::is_commit;

/// The most parts of a file's path.
const MAX_DEPTH: usize = 4;

/// A revision of a repository: its commit and the selected files.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    pub(super) commit: String,
    pub(super) files: Vec<RemoteFile>,
}

/// A file, as far as the hub describes it.
#[derive(Clone, Debug)]
pub(super) struct RemoteFile {
    /// Its path within the repository: plain names, with slashes between.
    pub(super) path: String,
    pub(super) size: Option<u64>,
    /// The hash of its bytes, where the list has it.
    pub(super) checksum: Option<Checksum>,
}

/// The answer of `/api/models/{id}/revision/{revision}?blobs=true`.
#[derive(Deserialize)]
pub(super) struct ModelInfo {
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
    #[serde(default)]
    size: Option<u64>,
    #[serde(default, rename = "blobId")]
    blob_id: Option<String>,
    #[serde(default)]
    lfs: Option<Lfs>,
}

#[derive(Deserialize)]
struct Lfs {
    #[serde(default)]
    sha256: Option<String>,
    #[serde(default)]
    size: Option<u64>,
}

impl Repository {
    /// The selected files. A name that a file must not have is an error, not left out: a
    /// hub that sends one is not to be trusted with the rest.
    pub(super) fn new(info: ModelInfo, selection: &Selection) -> Result<Self, String> {
        if !is_commit(&info.sha) {
            return Err("the hub names no commit; is it a model hub?".into());
        }
        let mut files = Vec::new();
        for sibling in info.siblings {
            if !selection.has(&sibling.rfilename) {
                continue;
            }
            if !is_plain(&sibling.rfilename) {
                return Err(format!(
                    "the hub lists a file {:?}, which could lie outside of the model's folder; nothing was fetched",
                    sibling.rfilename
                ));
            }
            let lfs = sibling.lfs;
            files.push(RemoteFile {
                size: lfs.as_ref().and_then(|lfs| lfs.size).or(sibling.size),
                checksum: match &lfs {
                    // Of a large file, `blobId` is that of the pointer to it.
                    Some(lfs) => lfs.sha256.as_deref(),
                    None => sibling.blob_id.as_deref(),
                }
                .and_then(Checksum::from_etag),
                path: sibling.rfilename,
            });
        }
        // A repeated name would be fetched over itself.
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
        let missing = selection
            .required()
            .iter()
            .find(|path| files.iter().all(|file| file.path != **path));
        match missing {
            None => Ok(Self {
                commit: info.sha,
                files,
            }),
            Some(path) => Err(format!("has no {path}, so it is no model of this kind")),
        }
    }

    /// The bytes of all files, where the hub lists those of each.
    pub(super) fn total_bytes(&self) -> Option<u64> {
        self.files
            .iter()
            .try_fold(0_u64, |sum, file| sum.checked_add(file.size?))
    }
}

/// Whether a path stays within its folder on every system, and needs no escaping in an address.
pub(crate) fn is_plain(path: &str) -> bool {
    let parts: Vec<_> = path.split('/').collect();
    parts.len() <= MAX_DEPTH
        && parts.iter().all(|part| {
            !part.is_empty()
                && !part.starts_with('.')
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_within_the_folder_pass() {
        for plain in [
            "config.json",
            "speech_tokenizer/model.safetensors",
            "model-00001-of-00002.safetensors",
        ] {
            assert!(is_plain(plain), "{plain}");
        }
        for wrong in [
            "../config.json",
            "/etc/x.json",
            "a/../../x.json",
            "a//x.json",
            "..\\x.json",
            "C:x.json",
            ".cache/x.json",
            "a/b/c/d/e.json",
            "a%2fb.json",
            "a\0.json",
        ] {
            assert!(!is_plain(wrong), "{wrong}");
        }
    }
}
