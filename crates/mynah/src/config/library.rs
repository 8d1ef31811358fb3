//! Where voices are kept.

use garde::Validate;
use mynah_blobs::StoreUrl;
use mynah_database::DatabaseUrl;
use mynah_secret::Secret;
use mynah_settings::rule;
use mynah_voices::PackageLimits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The database of kept voices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub(crate) struct DatabaseSettings {
    /// `postgres://USER:PASSWORD@HOST/DATABASE`, or `sqlite:///FOLDER/FILE`. Default unset: the file
    /// `mynah.db` in `$XDG_DATA_HOME/mynah`.
    #[garde(custom(is_database_url))]
    pub(crate) url: Secret,
}

/// Voices that are kept.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub(crate) struct VoicesSettings {
    /// Where their recordings are: `s3://BUCKET/PREFIX`, reached as `storage` says, or
    /// `file:///FOLDER`. Default unset: the folder `blobs` in `$XDG_DATA_HOME/mynah`.
    #[garde(custom(is_store_url))]
    pub(crate) blobs: Option<String>,
    /// The most voices of one workspace. Default 10000.
    #[garde(range(min = 1, max = 1_000_000))]
    pub(crate) max: u64,
    /// Bounds of voice packages, for export and import.
    #[garde(dive)]
    pub(crate) packages: PackageSettings,
}

/// Bounds of voice packages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PackageSettings {
    /// The largest package, in bytes. Default 536870912, which is 512 MiB.
    #[garde(range(min = 1, max = 1_099_511_627_776_u64))]
    pub(crate) packed_bytes: u64,
    /// The largest sum of its entries, unpacked. Default 1073741824, which is 1 GiB.
    #[garde(range(min = 1, max = 1_099_511_627_776_u64))]
    pub(crate) unpacked_bytes: u64,
    /// The most entries. Default 1024.
    #[garde(range(min = 1, max = 65_534))]
    pub(crate) entries: usize,
    /// The largest ratio of unpacked to packed bytes, of an entry and of all. Default 100.
    #[garde(range(min = 1, max = 1_032))]
    pub(crate) ratio: u64,
}

impl Default for PackageSettings {
    fn default() -> Self {
        let PackageLimits {
            packed_bytes,
            unpacked_bytes,
            entries,
            ratio,
        } = PackageLimits::default();
        Self {
            packed_bytes,
            unpacked_bytes,
            entries,
            ratio,
        }
    }
}

impl PackageSettings {
    pub(crate) const fn limits(&self) -> PackageLimits {
        PackageLimits {
            packed_bytes: self.packed_bytes,
            unpacked_bytes: self.unpacked_bytes,
            entries: self.entries,
            ratio: self.ratio,
        }
    }
}

impl Default for VoicesSettings {
    fn default() -> Self {
        Self {
            blobs: None,
            max: 10_000,
            packages: PackageSettings::default(),
        }
    }
}

/// For a rule: an address of a database. The message never repeats it, since it may hold a password.
fn is_database_url(url: &Secret, &(): &()) -> garde::Result {
    let is_valid = url.is_empty() || url.expose().parse::<DatabaseUrl>().is_ok();
    let message = "must be sqlite:///FOLDER/FILE or postgres://USER:PASSWORD@HOST/DATABASE";
    rule(is_valid, message)(url, &())
}

/// For a rule: the address of a store names a bucket or a folder.
fn is_store_url(url: &Option<String>, &(): &()) -> garde::Result {
    let wrong = url.as_deref().and_then(|url| StoreUrl::parse(url).err());
    rule(wrong.is_none(), wrong.unwrap_or_default())(url, &())
}
