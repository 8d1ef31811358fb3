//! Authenticators of test gateways.

use std::net::SocketAddr;

use mynah_auth::{AuthSettings, Authenticator, KeyStore};
use sha2::{Digest as _, Sha256};

const ADDRESS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);

/// No key is required, and there are no limits.
pub(crate) fn no_keys() -> Authenticator {
    let keys = KeyStore::open("/nonexistent/keys.json").unwrap();
    Authenticator::new(keys, ADDRESS, AuthSettings::default())
}

/// Keys that the test chooses, whose names are the keys themselves. Only these are accepted.
pub(crate) fn with_keys(keys: &[&str], settings: AuthSettings) -> TestKeys {
    let folder = tempfile::tempdir().unwrap();
    let records: Vec<_> = keys
        .iter()
        .map(|key| {
            let sha256: String = Sha256::digest(key.as_bytes())
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            serde_json::json!({
                "id": &sha256[..12], "name": key, "sha256": sha256, "created": 0,
            })
        })
        .collect();
    let path = folder.path().join("keys.json");
    let file = serde_json::json!({"keys": records}).to_string();
    std::fs::write(&path, file).unwrap();
    let store = KeyStore::open(path).unwrap();
    let settings = AuthSettings {
        require_keys: true,
        ..settings
    };
    TestKeys {
        authenticator: Authenticator::new(store, ADDRESS, settings),
        _folder: folder,
    }
}

/// An authenticator and its key file.
pub(crate) struct TestKeys {
    pub(crate) authenticator: Authenticator,
    _folder: tempfile::TempDir,
}

impl TestKeys {
    /// Revokes a key by its name.
    pub(crate) fn revoke(&self, key: &str) {
        self.authenticator.keys().revoke(key).unwrap();
    }
}
