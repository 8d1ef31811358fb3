//! What a model is called.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::ModelError;

use super::repository::is_plain;

/// The revision that is meant where none is named.
const MAIN: &str = "main";

/// The longest path of a file accepted, in bytes.
const MAX_FILE_BYTES: usize = 255;

/// The longest owner, name or revision accepted, in bytes.
const MAX_PART_BYTES: usize = 96;

/// Where a model comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelSpec {
    /// A folder or file on this machine.
    Local(PathBuf),
    /// A repository of a hub, or one of its files.
    Hub(HubId),
}

/// The ending of a model that is one file.
const FILE_ENDING: &str = ".gguf";

/// A repository of a hub, which of its revisions, and which of its files where it is one alone:
/// `owner/name`, `owner/name@revision`, `owner/name:file` or `owner/name@revision:file`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HubId {
    owner: String,
    name: String,
    revision: Option<String>,
    file: Option<String>,
}

impl HubId {
    pub(super) fn new(owner: &str, name: &str, revision: Option<&str>) -> Option<Self> {
        let plain = |part: &str| {
            (1..=MAX_PART_BYTES).contains(&part.len())
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
                && !part.starts_with(['.', '-'])
                // It separates owner from name in the cache, and hubs allow it in neither.
                && !part.contains("--")
                && !part.contains("..")
        };
        let valid = plain(owner)
            && plain(name)
            && revision.is_none_or(|revision| {
                revision.len() <= MAX_PART_BYTES && revision.split('/').all(plain)
            });
        valid.then(|| Self {
            owner: owner.to_owned(),
            name: name.to_owned(),
            revision: revision.map(str::to_owned),
            file: None,
        })
    }

    /// One file of the repository; None where a file must not have this path.
    fn with_file(self, file: &str) -> Option<Self> {
        (file.len() <= MAX_FILE_BYTES && is_plain(file)).then(|| Self {
            file: Some(file.to_owned()),
            ..self
        })
    }

    /// `owner/name`.
    pub fn repository(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// The branch, tag or commit.
    pub fn revision(&self) -> &str {
        self.revision.as_deref().unwrap_or(MAIN)
    }

    /// The same, where one is named.
    pub(super) fn named_revision(&self) -> Option<&str> {
        self.revision.as_deref()
    }

    /// The file, where one alone is meant.
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// Whether the revision is a commit, which never moves.
    pub fn is_commit(&self) -> bool {
        is_commit(self.revision())
    }

    /// The name of its folder in the cache.
    pub(super) fn cache_folder(&self) -> String {
        format!("models--{}--{}", self.owner, self.name)
    }
}

/// Whether this is a whole commit's hash.
pub(super) fn is_commit(revision: &str) -> bool {
    revision.len() == 40
        && revision
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

impl fmt::Display for HubId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)?;
        if let Some(revision) = &self.revision {
            write!(f, "@{revision}")?;
        }
        match &self.file {
            Some(file) => write!(f, ":{file}"),
            None => Ok(()),
        }
    }
}

impl FromStr for HubId {
    type Err = ModelError;

    fn from_str(id: &str) -> Result<Self, ModelError> {
        let (repository, file) = match id.split_once(':') {
            Some((repository, file)) => (repository, Some(file)),
            None => (id, None),
        };
        let (repository, revision) = match repository.split_once('@') {
            Some((repository, revision)) => (repository, Some(revision)),
            None => (repository, None),
        };
        repository
            .split_once('/')
            .and_then(|(owner, name)| Self::new(owner, name, revision))
            .and_then(|id| match file {
                Some(file) => id.with_file(file),
                None => Some(id),
            })
            .ok_or_else(|| {
                let shown: String = id.chars().take(MAX_PART_BYTES).collect();
                ModelError::invalid(
                    "model",
                    format!(
                        "{shown:?} is neither a folder or file on this machine nor a hub's name; write a path, or owner/name, with @revision for one of its revisions and :file for one of its files"
                    ),
                )
            })
    }
}

impl FromStr for ModelSpec {
    type Err = ModelError;

    /// A folder or file that is there is what is meant, even where a hub could have the name.
    fn from_str(spec: &str) -> Result<Self, ModelError> {
        if Path::new(spec).exists() {
            return Ok(Self::Local(spec.into()));
        }
        // The path of a file that is not there must not be asked of a hub as a repository.
        if spec.ends_with(FILE_ENDING) && !spec.contains(':') {
            return Err(ModelError::invalid(
                "model",
                format!(
                    "{spec:?} is no file on this machine; a file of a hub's repository is written \
                     owner/name:file{FILE_ENDING}"
                ),
            ));
        }
        spec.parse().map(Self::Hub)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parsed_and_none_leaves_the_cache() {
        let id: HubId = "Qwen/Qwen3-TTS-12Hz-0.6B-Base".parse().expect("an id");
        assert_eq!(id.repository(), "Qwen/Qwen3-TTS-12Hz-0.6B-Base");
        assert_eq!((id.revision(), id.is_commit()), ("main", false));
        assert_eq!(id.cache_folder(), "models--Qwen--Qwen3-TTS-12Hz-0.6B-Base");
        let id: HubId = "a/b@refs/pr/1".parse().expect("an id");
        assert_eq!(id.revision(), "refs/pr/1");
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let id: HubId = format!("a/b@{commit}").parse().expect("an id");
        assert!(id.is_commit());
        let id: HubId = "a/b:talker-Q8_0.gguf".parse().expect("an id");
        assert_eq!(id.file(), Some("talker-Q8_0.gguf"));
        assert_eq!((id.repository().as_str(), id.revision()), ("a/b", "main"));
        for file in ["a/b@v1:sub/x.gguf", "a/b:x.gguf"] {
            let id: HubId = file.parse().expect("an id");
            assert_eq!(id.to_string(), file);
        }
        let missing = "models/missing.gguf"
            .parse::<ModelSpec>()
            .expect_err("no file");
        assert!(
            missing.to_string().contains("owner/name:file.gguf"),
            "{missing}"
        );
        for wrong in [
            "a/b:",
            "a/b:../x.gguf",
            "a/b:/x.gguf",
            "a/b:x:y.gguf",
            "a/b@:x.gguf",
            "",
            "a",
            "a/",
            "/b",
            "a/b/c",
            "a/b@",
            "../b",
            "a/..",
            "a/b@../c",
            "a/b@/c",
            "a/b@c//d",
            "a b/c",
            "a\\b/c",
            "a--b/c",
            ".a/b",
            "./missing",
            "/missing",
            "https://a/b",
        ] {
            let error = wrong.parse::<HubId>().expect_err(wrong);
            assert!(
                matches!(error, ModelError::Invalid { param: "model", .. }),
                "{wrong}: {error}"
            );
        }
    }
}
