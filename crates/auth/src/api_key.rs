//! An API key, and the record that is kept of it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mynah_secret::Secret;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// The prefix of every key, by which scanners find leaked ones.
const PREFIX: &str = "mynah-";

/// A key as its owner holds it: `mynah-` and 256 random bits. Only its hash is stored.
#[derive(Debug)]
pub struct ApiKey(Secret);

impl ApiKey {
    /// A new key.
    ///
    /// # Errors
    /// The system has no source of randomness.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        let key = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
        Ok(Self(key.into()))
    }

    /// The key itself, to be shown to its owner once.
    pub fn expose_secret(&self) -> &str {
        self.0.expose()
    }
}

/// The id of a key: it appears in listings and logs and grants nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(String);

impl KeyId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The record that is kept of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRecord {
    /// The id: the first 12 hexadecimal digits of the hash.
    pub id: KeyId,
    /// The name of its owner.
    pub name: String,
    /// The SHA-256 of the key, in hexadecimal. A slow hash would add nothing: 256 random bits
    /// cannot be guessed.
    pub sha256: String,
    /// When it was created, in seconds since 1970, UTC.
    pub created: u64,
}

impl KeyRecord {
    pub(crate) fn new(key: &ApiKey, name: &str, created: u64) -> Self {
        let sha256 = hash(key.expose_secret());
        let id = KeyId(sha256.chars().take(12).collect());
        Self {
            id,
            name: name.into(),
            sha256,
            created,
        }
    }

    /// Whether a presented key's hash is this one. Takes the same time either way.
    pub(crate) fn matches(&self, presented: &str) -> Choice {
        self.sha256.as_bytes().ct_eq(presented.as_bytes())
    }
}

/// The SHA-256 of a key, in hexadecimal.
pub(crate) fn hash(key: &str) -> String {
    Sha256::digest(key.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
