//! Where a store is.

use std::path::PathBuf;

use object_store::path::Path;
use url::Url;

use crate::address;

/// A bucket with the prefix of its keys, or a folder.
pub enum StoreUrl<'a> {
    /// `s3://BUCKET/PREFIX`.
    Bucket {
        /// The bucket's name.
        name: &'a str,
        /// Before every key; empty by default.
        prefix: Path,
    },
    /// `file:///FOLDER`.
    Folder(PathBuf),
}

impl<'a> StoreUrl<'a> {
    /// Reads it, or returns what it must be. The message never repeats the address.
    pub fn parse(url: &'a str) -> Result<Self, &'static str> {
        match url.split_once("://") {
            Some(("s3", rest)) => {
                let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
                if !address::is_bucket(name) {
                    return Err("must name a bucket of 3 to 63 letters, digits, dots and hyphens");
                }
                let prefix = match prefix.trim_end_matches('/') {
                    "" => Path::default(),
                    prefix => address::key(prefix).map_err(|_| "has an impossible prefix")?,
                };
                Ok(Self::Bucket { name, prefix })
            }
            Some(("file", _)) => {
                let parsed = Url::parse(url).map_err(|_| NO_FOLDER)?;
                parsed
                    .to_file_path()
                    .map(Self::Folder)
                    .map_err(|()| NO_FOLDER)
            }
            _ => Err("must begin with s3:// or file://"),
        }
    }
}

pub(crate) const NO_FOLDER: &str = "must be file:/// and the path of a folder";
