//! The keys that open this server.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::file::{self, Found, Version};
use super::known::KnownKeys;
use super::{ApiKey, KeyId, KeyRecord, KnownKey};

/// How long the keys as last read are valid while the file cannot be read. A key that is revoked
/// meanwhile opens no longer than that.
const MAX_UNREADABLE: Duration = Duration::from_secs(5);

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
    state: RwLock<State>,
}

#[derive(Debug)]
struct State {
    version: Version,
    keys: KnownKeys,
    /// Since when it is not known whether the keys are still those of the file; none where they
    /// were read.
    unread_since: Option<Instant>,
    /// Whether the last attempt to read failed.
    failed: bool,
}

/// The file of keys could not be read for so long that none is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the keys of this server cannot be read")]
pub struct KeysUnavailable;

impl KeyStore {
    /// Opens a file of keys. It need not exist yet.
    ///
    /// # Errors
    /// [`KeyError::File`] where it exists and cannot be read.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, KeyError> {
        let path = path.into();
        let (version, keys) = match file::read(&path, None) {
            Ok(Found::Other(version, keys)) => (version, keys),
            Ok(Found::Same) => (Version::default(), Vec::new()),
            Err(error) => return Err(KeyError::File { path, error }),
        };
        let state = State {
            version,
            keys: KnownKeys::new(keys),
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

    /// Forgets a key, named by its id or its owner's name. What it has open ends; a running server
    /// follows within two seconds.
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
        Arc::clone(&self.state().keys.records)
    }

    /// Whose key this is. Compares with every key there is, in constant time.
    pub fn find(&self, presented: &str) -> Option<KeyId> {
        let known = self.state().keys.find(presented);
        known.map(|known| known.id)
    }

    /// The key that was presented, with the signal that it was revoked; none where it is unknown.
    ///
    /// # Errors
    /// [`KeysUnavailable`] where the file could not be read for five seconds: whether a key was
    /// revoked meanwhile is not known then.
    pub fn lookup(&self, presented: &str) -> Result<Option<KnownKey>, KeysUnavailable> {
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

    /// Whether the file could be read when it was looked at last.
    pub fn is_readable(&self) -> bool {
        !self.state().failed
    }

    /// Reads the file again. Returns whether it had changed. What was opened by keys that are gone
    /// ends.
    ///
    /// # Errors
    /// [`KeyError::File`]; the keys read before stay valid for five seconds, and then nothing is
    /// opened by any, until the file can be read again.
    pub fn refresh(&self) -> Result<bool, KeyError> {
        let known = {
            let mut state = self.state_mut();
            // From now on: reading may hang.
            state.unread_since.get_or_insert_with(Instant::now);
            state.version.clone()
        };
        match file::read(&self.shared.path, Some(&known)) {
            Ok(found) => Ok(self.state_mut().take(found)),
            Err(error) => {
                let mut state = self.state_mut();
                state.failed = true;
                if state.is_outdated(Instant::now()) {
                    state.keys.withdraw();
                }
                drop(state);
                Err(self.failed(error))
            }
        }
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    fn change<T>(&self, act: impl FnOnce(&mut Vec<KeyRecord>) -> T) -> Result<T, KeyError> {
        let outcome = file::change(&self.shared.path, act).map_err(|error| self.failed(error))?;
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
    /// Takes over what was read.
    fn take(&mut self, found: Found) -> bool {
        (self.unread_since, self.failed) = (None, false);
        match found {
            Found::Same => {
                self.keys.renew();
                false
            }
            Found::Other(version, keys) => {
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

    /// Puts a file in place by renaming it, as a program does that replaces one.
    fn replaced(store: &KeyStore, content: &str) {
        let draft = store.path().with_extension("draft");
        std::fs::write(&draft, content).unwrap();
        std::fs::rename(draft, store.path()).unwrap();
    }

    #[test]
    fn changes_are_seen_by_inode_and_content() {
        let (_folder, store) = store();
        let (key, _) = store.add("Ada").unwrap();
        let (other, _) = store.add("Bob").unwrap();
        let path = store.path().to_owned();
        let full = std::fs::read_to_string(&path).unwrap();
        let before = std::fs::metadata(&path).unwrap();
        let records = store.list();
        // The same size and the same time: one key's hash in the place of the other's.
        let swapped = full
            .replace(&records[0].sha256, &"0".repeat(64))
            .replace(records[0].id.as_str(), &"0".repeat(12));
        assert_eq!(swapped.len(), full.len());
        std::fs::write(&path, &swapped).unwrap();
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(before.modified().unwrap()).unwrap();
        assert!(store.refresh().unwrap());
        assert_eq!(store.find(key.reveal()), None);
        assert!(store.find(other.reveal()).is_some());
        // The same content in another file is another version; in the same file it is not.
        replaced(&store, &full);
        assert!(store.refresh().unwrap());
        assert!(store.find(key.reveal()).is_some());
        std::fs::write(&path, &full).unwrap();
        assert!(!store.refresh().unwrap());
        std::fs::remove_file(&path).unwrap();
        assert!(store.refresh().unwrap());
        assert_eq!(store.find(other.reveal()), None);
    }

    #[test]
    fn keys_are_never_written_through_a_link() {
        use std::os::unix::fs::symlink;
        let (folder, store) = store();
        let victim = folder.path().join("victim");
        std::fs::write(&victim, "mine").unwrap();
        let data = store.path().parent().unwrap().to_owned();
        std::fs::create_dir_all(&data).unwrap();
        for name in ["keys.json", "keys.json.lock"] {
            // The lock lies there already.
            let _ = std::fs::remove_file(data.join(name));
            symlink(&victim, data.join(name)).unwrap();
            assert!(store.add("Ada").is_err(), "{name}");
            assert_eq!(std::fs::read(&victim).unwrap(), b"mine", "{name}");
            std::fs::remove_file(data.join(name)).unwrap();
        }
        // The name that an earlier version wrote to is no name any more.
        symlink(&victim, data.join("keys.json.new")).unwrap();
        store.add("Ada").unwrap();
        assert_eq!(std::fs::read(&victim).unwrap(), b"mine");
    }

    #[test]
    fn file_and_folder_are_private_and_drafts_are_removed() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, store) = store();
        let data = store.path().parent().unwrap().to_owned();
        std::fs::create_dir_all(&data).unwrap();
        std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::write(data.join(".keys-left.new"), "left by a crash").unwrap();
        store.add("Ada").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&data), mode(store.path())), (0o700, 0o600));
        let mut names: Vec<_> = std::fs::read_dir(&data)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["keys.json", "keys.json.lock"]);
    }

    #[test]
    fn files_that_are_not_trusted_are_errors() {
        use std::os::unix::fs::PermissionsExt;
        type Damage = fn(&Path);
        let damages: [(&str, Damage); 7] = [
            ("damaged", |path| std::fs::write(path, "").unwrap()),
            ("damaged", |path| std::fs::write(path, "{}").unwrap()),
            ("damaged", |path| {
                let whole = std::fs::read(path).unwrap();
                std::fs::write(path, &whole[..whole.len() / 2]).unwrap();
            }),
            ("other users may write", |path| {
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666)).unwrap();
            }),
            ("16 MiB", |path| {
                let file = std::fs::File::options().write(true).open(path).unwrap();
                file.set_len(file::MAX_FILE_BYTES + 1).unwrap();
            }),
            ("no regular file", |path| {
                std::fs::remove_file(path).unwrap();
                std::fs::create_dir(path).unwrap();
            }),
            ("another user", |path| {
                // Where the test may give a file away.
                let other = Some(rustix::process::geteuid().as_raw() + 1_000);
                if std::os::unix::fs::chown(path, other, None).is_err() {
                    let link = path.with_extension("link");
                    std::fs::rename(path, &link).unwrap();
                    std::fs::create_dir(path).unwrap();
                }
            }),
        ];
        for (reason, damage) in damages {
            let (_folder, store) = store();
            let (key, _) = store.add("Ada").unwrap();
            damage(store.path());
            let error = store.refresh().unwrap_err().to_string();
            let same = error.contains(reason) || reason == "another user";
            assert!(same, "{reason}: {error}");
            assert!(!store.is_readable() && store.is_available(), "{reason}");
            assert!(store.find(key.reveal()).is_some(), "{reason}");
        }
    }

    #[test]
    fn keys_that_cannot_be_read_open_nothing_after_five_seconds() {
        let (_folder, store) = store();
        let (key, _) = store.add("Ada").unwrap();
        let open = store.lookup(key.reveal()).unwrap().unwrap();
        let whole = std::fs::read_to_string(store.path()).unwrap();
        std::fs::write(store.path(), "{").unwrap();
        assert!(store.refresh().is_err());
        assert!(store.lookup(key.reveal()).unwrap().is_some());
        assert!(!open.revoked.is_cancelled());
        let long_ago = Instant::now().checked_sub(MAX_UNREADABLE).unwrap();
        store.state_mut().unread_since = Some(long_ago);
        // Reading may hang as well: the time alone decides.
        assert_eq!(store.lookup(key.reveal()).unwrap_err(), KeysUnavailable);
        assert!(store.refresh().is_err());
        assert!(open.revoked.is_cancelled());
        std::fs::write(store.path(), whole).unwrap();
        store.refresh().unwrap();
        let again = store.lookup(key.reveal()).unwrap().unwrap();
        assert!(!again.revoked.is_cancelled() && store.is_readable());
    }

    #[test]
    fn revoking_signals_what_is_open_and_nothing_else() {
        let (_folder, server) = store();
        let cli = KeyStore::open(server.path()).unwrap();
        let (ada, _) = cli.add("Ada").unwrap();
        let (bob, _) = cli.add("Bob").unwrap();
        server.refresh().unwrap();
        let [ada, bob] = [ada, bob].map(|key| server.lookup(key.reveal()).unwrap().unwrap());
        cli.add("Eve").unwrap();
        server.refresh().unwrap();
        assert!(!ada.revoked.is_cancelled() && !bob.revoked.is_cancelled());
        cli.revoke("Ada").unwrap();
        server.refresh().unwrap();
        assert!(ada.revoked.is_cancelled() && !bob.revoked.is_cancelled());
    }
}
