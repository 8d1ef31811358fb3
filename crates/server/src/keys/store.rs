//! The keys that open this server.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use subtle::{Choice, ConditionallySelectable};

use super::file::{self, Stamp};
use super::key::hash;
use super::{ApiKey, KeyId, KeyRecord};

/// What can go wrong with the store of keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The machine: the file cannot be read or written, or is not a file of keys.
    #[error("the file of keys {path} cannot be used: {error}", path = path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The operator: a key needs a name of 1 to 64 characters that no other key has.
    #[error("a key needs a name of 1 to 64 characters that no other key has")]
    Name,
    /// The operator: there is no such key.
    #[error("there is no key '{0}'; `mynah keys list` shows those there are")]
    Unknown(String),
    /// The machine has no source of randomness.
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

/// The keys in a file, and the copy of them that requests are checked against.
///
/// Cheap to clone; clones share the copy. Reading and writing block.
#[derive(Clone, Debug)]
pub struct KeyStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    loaded: RwLock<Loaded>,
}

#[derive(Debug)]
struct Loaded {
    stamp: Stamp,
    keys: Arc<[KeyRecord]>,
}

impl KeyStore {
    /// Opens a file of keys. It need not exist yet.
    ///
    /// # Errors
    /// [`KeyError::File`] where it exists and cannot be read.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, KeyError> {
        let path = path.into();
        let loaded = load(&path)?;
        Ok(Self {
            shared: Arc::new(Shared {
                path,
                loaded: RwLock::new(loaded),
            }),
        })
    }

    /// Makes a key for somebody, and keeps its hash. The key itself is in the answer and nowhere
    /// else.
    ///
    /// # Errors
    /// All but [`KeyError::Unknown`].
    pub fn add(&self, name: &str) -> Result<(ApiKey, KeyRecord), KeyError> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
            return Err(KeyError::Name);
        }
        let key = ApiKey::random()?;
        let record = KeyRecord::new(&key, name, now());
        let fresh = self.change(|keys| {
            let fresh = keys.iter().all(|other| other.name != name);
            if fresh {
                keys.push(record.clone());
            }
            fresh
        })?;
        if fresh {
            Ok((key, record))
        } else {
            Err(KeyError::Name)
        }
    }

    /// Forgets a key, named by its id or its owner's name. A running server follows within a second.
    ///
    /// # Errors
    /// [`KeyError::Unknown`], [`KeyError::File`].
    pub fn revoke(&self, id_or_name: &str) -> Result<KeyRecord, KeyError> {
        let found = self.change(|keys| {
            let place = keys
                .iter()
                .position(|key| key.id.as_str() == id_or_name || key.name == id_or_name)?;
            Some(keys.remove(place))
        })?;
        found.ok_or_else(|| KeyError::Unknown(id_or_name.into()))
    }

    /// The records as last read.
    pub fn list(&self) -> Arc<[KeyRecord]> {
        let loaded = self
            .shared
            .loaded
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&loaded.keys)
    }

    /// Whose key this is. Compares with every key there is, in constant time.
    pub fn find(&self, presented: &str) -> Option<KeyId> {
        let presented = hash(presented);
        let keys = self.list();
        let mut found = 0_u64;
        for (place, key) in (1..).zip(keys.iter()) {
            let same: Choice = key.matches(&presented);
            found.conditional_assign(&place, same);
        }
        let place = usize::try_from(found).ok()?.checked_sub(1)?;
        keys.get(place).map(|key| key.id.clone())
    }

    /// Reads the file again if it changed. Returns whether it had.
    ///
    /// # Errors
    /// [`KeyError::File`]; the keys read before stay.
    pub fn refresh(&self) -> Result<bool, KeyError> {
        let stamp = file::stamp(&self.shared.path).map_err(|error| self.failed(error))?;
        if stamp
            == self
                .shared
                .loaded
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .stamp
        {
            return Ok(false);
        }
        self.replace(load(&self.shared.path)?);
        Ok(true)
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    fn change<T>(&self, act: impl FnOnce(&mut Vec<KeyRecord>) -> T) -> Result<T, KeyError> {
        let outcome = file::change(&self.shared.path, act).map_err(|error| self.failed(error))?;
        self.replace(load(&self.shared.path)?);
        Ok(outcome)
    }

    fn replace(&self, loaded: Loaded) {
        *self
            .shared
            .loaded
            .write()
            .unwrap_or_else(PoisonError::into_inner) = loaded;
    }

    fn failed(&self, error: io::Error) -> KeyError {
        KeyError::File {
            path: self.shared.path.clone(),
            error,
        }
    }
}

fn load(path: &Path) -> Result<Loaded, KeyError> {
    // The stamp first: a change in between is then seen by the next refresh.
    file::stamp(path)
        .and_then(|stamp| {
            Ok(Loaded {
                stamp,
                keys: file::read(path)?.into(),
            })
        })
        .map_err(|error| KeyError::File {
            path: path.into(),
            error,
        })
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, KeyStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = KeyStore::open(folder.path().join("data/keys.json")).unwrap();
        (folder, store)
    }

    #[test]
    fn a_key_opens_until_it_is_revoked() {
        let (_folder, store) = store();
        assert_eq!(store.find("mynah-nothing"), None);
        let (key, record) = store.add(" Ada ").unwrap();
        let (other, _) = store.add("Bob").unwrap();
        assert!(key.reveal().starts_with("mynah-") && key.reveal().len() == 6 + 43);
        assert_eq!(record.name, "Ada");
        assert_eq!(store.find(key.reveal()), Some(record.id));
        assert_eq!(store.find(&key.reveal()[..48]), None);
        assert!(matches!(store.add("Ada"), Err(KeyError::Name)));
        assert!(matches!(store.revoke("Eve"), Err(KeyError::Unknown(_))));
        store.revoke("Ada").unwrap();
        assert_eq!(store.find(key.reveal()), None);
        assert!(store.find(other.reveal()).is_some());
    }

    #[test]
    fn the_file_holds_hashes_and_is_private() {
        let (_folder, store) = store();
        let (key, record) = store.add("Ada").unwrap();
        let file = std::fs::read_to_string(store.path()).unwrap();
        assert!(file.contains(&record.sha256) && !file.contains(key.reveal()));
        assert!(!format!("{key:?}").contains(key.reveal()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(store.path())
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn another_process_adds_and_revokes() {
        let (_folder, server) = store();
        let cli = KeyStore::open(server.path()).unwrap();
        let (key, record) = cli.add("Ada").unwrap();
        assert_eq!(server.find(key.reveal()), None);
        assert!(server.refresh().unwrap());
        assert!(!server.refresh().unwrap());
        assert!(server.find(key.reveal()).is_some());
        cli.revoke(record.id.as_str()).unwrap();
        assert!(server.refresh().unwrap());
        assert_eq!(server.find(key.reveal()), None);
    }

    #[test]
    fn a_file_that_is_no_file_of_keys_is_an_error_and_keeps_the_old_keys() {
        let (_folder, store) = store();
        let (key, _) = store.add("Ada").unwrap();
        std::fs::write(store.path(), "{}").unwrap();
        assert!(matches!(store.refresh(), Err(KeyError::File { .. })));
        assert!(store.find(key.reveal()).is_some());
        assert!(KeyStore::open(store.path()).is_err());
    }
}
