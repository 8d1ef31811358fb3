//! The keys in a file, and the copy of them that requests are checked against.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::key_file::{self, KeyFileContent, Version};
use crate::key_snapshot::KeySnapshot;
use crate::{ActiveKey, ApiKey, KeyId, KeyRecord};

/// How long the keys as last read are valid while the file cannot be read. A key that is revoked
/// meanwhile is valid no longer than that.
const MAX_UNREADABLE: Duration = Duration::from_secs(5);

/// What can go wrong with the store of keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The machine: the file cannot be read or written, or is not a key file.
    #[error("the key file {path} cannot be used: {error}", path = path.display())]
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
    #[error("there is no key '{0}'; `mynah keys list` shows all keys")]
    Unknown(String),
    /// The machine has no source of randomness.
    #[error("the system has no source of randomness: {0}")]
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
    state: RwLock<State>,
}

#[derive(Debug)]
struct State {
    version: Version,
    keys: KeySnapshot,
    /// The time of the first attempt to read since the last success; none after a success.
    unread_since: Option<Instant>,
    /// Whether the last attempt to read failed.
    failed: bool,
}

/// The key file could not be read for so long that no key is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the keys of this server cannot be read")]
pub struct KeysUnavailable;

impl KeyStore {
    /// Opens a key file. It need not exist yet.
    ///
    /// # Errors
    /// [`KeyError::File`] if it exists and cannot be read.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, KeyError> {
        let path = path.into();
        let (version, keys) = match key_file::read(&path, None) {
            Ok(KeyFileContent::Changed(version, keys)) => (version, keys),
            Ok(KeyFileContent::Unchanged) => (Version::default(), Vec::new()),
            Err(error) => return Err(KeyError::File { path, error }),
        };
        let state = State {
            version,
            keys: KeySnapshot::new(keys),
            unread_since: None,
            failed: false,
        };
        Ok(Self {
            shared: Arc::new(Shared {
                path,
                state: RwLock::new(state),
            }),
        })
    }

    /// Creates a key with the name of its owner, and stores its hash. Only the returned value holds
    /// the key itself.
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
        let is_new = self.change(|keys| {
            let is_new = keys.iter().all(|other| other.name != name);
            if is_new {
                keys.push(record.clone());
            }
            is_new
        })?;
        if is_new {
            Ok((key, record))
        } else {
            Err(KeyError::Name)
        }
    }

    /// Removes a key, named by its id or its owner's name. Its requests and sessions end; a running
    /// server follows within two seconds.
    ///
    /// # Errors
    /// [`KeyError::Unknown`], [`KeyError::File`].
    pub fn revoke(&self, id_or_name: &str) -> Result<KeyRecord, KeyError> {
        let found = self.change(|keys| {
            let position = keys
                .iter()
                .position(|key| key.id.as_str() == id_or_name || key.name == id_or_name)?;
            Some(keys.remove(position))
        })?;
        found.ok_or_else(|| KeyError::Unknown(id_or_name.into()))
    }

    /// The records as last read.
    pub fn list(&self) -> Arc<[KeyRecord]> {
        Arc::clone(&self.state().keys.records)
    }

    /// The id of a presented key. Compares with every key, in constant time.
    pub fn find(&self, presented: &str) -> Option<KeyId> {
        let known = self.state().keys.find(presented);
        known.map(|known| known.id)
    }

    /// The key that was presented, with its revocation token; none if it is unknown.
    ///
    /// # Errors
    /// [`KeysUnavailable`] if the file could not be read for five seconds: whether a key was
    /// revoked meanwhile is not known then.
    pub fn lookup(&self, presented: &str) -> Result<Option<ActiveKey>, KeysUnavailable> {
        let state = self.state();
        if state.is_outdated(Instant::now()) {
            return Err(KeysUnavailable);
        }
        Ok(state.keys.find(presented))
    }

    /// Whether the keys as last read are still valid.
    pub fn is_available(&self) -> bool {
        !self.state().is_outdated(Instant::now())
    }

    /// Whether the last attempt to read the file succeeded.
    pub fn is_readable(&self) -> bool {
        !self.state().failed
    }

    /// Reads the file again. Returns whether it has changed. Requests of removed keys end.
    ///
    /// # Errors
    /// [`KeyError::File`]; the keys read before stay valid for five seconds, and then no key is
    /// accepted until the file can be read again.
    pub fn refresh(&self) -> Result<bool, KeyError> {
        let known = {
            let mut state = self.state_mut();
            // Before the read, which may hang.
            state.unread_since.get_or_insert_with(Instant::now);
            state.version.clone()
        };
        match key_file::read(&self.shared.path, Some(&known)) {
            Ok(found) => Ok(self.state_mut().update(found)),
            Err(error) => {
                let mut state = self.state_mut();
                state.failed = true;
                if state.is_outdated(Instant::now()) {
                    state.keys.cancel_all();
                }
                drop(state);
                Err(self.failed(error))
            }
        }
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    fn change<T>(&self, edit: impl FnOnce(&mut Vec<KeyRecord>) -> T) -> Result<T, KeyError> {
        let outcome =
            key_file::change(&self.shared.path, edit).map_err(|error| self.failed(error))?;
        self.refresh()?;
        Ok(outcome)
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        let state = &self.shared.state;
        state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        let state = &self.shared.state;
        state.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, error: io::Error) -> KeyError {
        KeyError::File {
            path: self.shared.path.clone(),
            error,
        }
    }
}

impl State {
    /// Applies what was read.
    fn update(&mut self, content: KeyFileContent) -> bool {
        (self.unread_since, self.failed) = (None, false);
        match content {
            KeyFileContent::Unchanged => {
                self.keys.renew();
                false
            }
            KeyFileContent::Changed(version, keys) => {
                self.version = version;
                self.keys.replace(keys);
                true
            }
        }
    }

    fn is_outdated(&self, now: Instant) -> bool {
        self.unread_since
            .is_some_and(|since| now.saturating_duration_since(since) >= MAX_UNREADABLE)
    }
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests;
