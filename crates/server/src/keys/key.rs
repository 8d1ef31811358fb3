//! A key, and what is kept of it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// What every key begins with, so that a leaked one is recognized as ours.
const PREFIX: &str = "mynah-";

/// A key as its owner holds it: `mynah-` and 256 random bits. Only its hash is ever stored.
pub struct ApiKey(String);

impl ApiKey {
    /// A new key.
    ///
    /// # Errors
    /// The system has no source of randomness.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// The key itself, to be shown to its owner once.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

/// The public name of a key: it appears in listings and logs and opens nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(String);

impl KeyId {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What is kept of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRecord {
    /// Its public name: the first 12 hexadecimal digits of the hash.
    pub id: KeyId,
    /// What its owner is called.
    pub name: String,
    /// The SHA-256 of the key, in hexadecimal. A slow hash would add nothing: 256 random bits
    /// cannot be guessed.
    pub sha256: String,
    /// When it was made, in seconds since 1970, UTC.
    pub created: u64,
}

impl KeyRecord {
    pub(super) fn new(key: &ApiKey, name: &str, created: u64) -> Self {
        let sha256 = hash(key.reveal());
        let id = KeyId(sha256.chars().take(12).collect());
        Self {
            id,
            name: name.into(),
            sha256,
            created,
        }
    }

    /// Whether a presented key's hash is this one. Takes the same time either way.
    pub(super) fn matches(&self, presented: &str) -> Choice {
        self.sha256.as_bytes().ct_eq(presented.as_bytes())
    }
}

/// The SHA-256 of a key, in hexadecimal.
pub(super) fn hash(key: &str) -> String {
    Sha256::digest(key.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
