use super::*;

fn store() -> (tempfile::TempDir, KeyStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = KeyStore::open(folder.path().join("data/keys.json")).unwrap();
    (folder, store)
}

#[test]
fn key_is_valid_until_it_is_revoked() {
    let (_folder, store) = store();
    assert_eq!(store.find("mynah-nothing"), None);
    let (key, record) = store.add(" Ada ").unwrap();
    let (other, _) = store.add("Bob").unwrap();
    assert!(key.expose_secret().starts_with("mynah-") && key.expose_secret().len() == 6 + 43);
    assert_eq!(record.name, "Ada");
    assert_eq!(store.find(key.expose_secret()), Some(record.id));
    assert_eq!(store.find(&key.expose_secret()[..48]), None);
    assert!(matches!(store.add("Ada"), Err(KeyError::Name)));
    assert!(matches!(store.revoke("Eve"), Err(KeyError::Unknown(_))));
    store.revoke("Ada").unwrap();
    assert_eq!(store.find(key.expose_secret()), None);
    assert!(store.find(other.expose_secret()).is_some());
}

#[test]
fn file_holds_hashes_and_is_private() {
    let (_folder, store) = store();
    let (key, record) = store.add("Ada").unwrap();
    let file = std::fs::read_to_string(store.path()).unwrap();
    assert!(file.contains(&record.sha256) && !file.contains(key.expose_secret()));
    assert!(!format!("{key:?}").contains(key.expose_secret()));
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
fn changes_of_another_process_are_read() {
    let (_folder, server) = store();
    let cli = KeyStore::open(server.path()).unwrap();
    let (key, record) = cli.add("Ada").unwrap();
    assert_eq!(server.find(key.expose_secret()), None);
    assert!(server.refresh().unwrap());
    assert!(!server.refresh().unwrap());
    assert!(server.find(key.expose_secret()).is_some());
    cli.revoke(record.id.as_str()).unwrap();
    assert!(server.refresh().unwrap());
    assert_eq!(server.find(key.expose_secret()), None);
}

#[test]
fn invalid_file_is_an_error_and_keeps_the_keys() {
    let (_folder, store) = store();
    let (key, _) = store.add("Ada").unwrap();
    std::fs::write(store.path(), "{}").unwrap();
    assert!(matches!(store.refresh(), Err(KeyError::File { .. })));
    assert!(store.find(key.expose_secret()).is_some());
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
    assert_eq!(store.find(key.expose_secret()), None);
    assert!(store.find(other.expose_secret()).is_some());
    // The same content in another file is another version; in the same file it is not.
    replaced(&store, &full);
    assert!(store.refresh().unwrap());
    assert!(store.find(key.expose_secret()).is_some());
    std::fs::write(&path, &full).unwrap();
    assert!(!store.refresh().unwrap());
    std::fs::remove_file(&path).unwrap();
    assert!(store.refresh().unwrap());
    assert_eq!(store.find(other.expose_secret()), None);
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
        // The lock exists already.
        let _ = std::fs::remove_file(data.join(name));
        symlink(&victim, data.join(name)).unwrap();
        assert!(store.add("Ada").is_err(), "{name}");
        assert_eq!(std::fs::read(&victim).unwrap(), b"mine", "{name}");
        std::fs::remove_file(data.join(name)).unwrap();
    }
    // An earlier version wrote to this name.
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
fn untrusted_files_are_errors() {
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
            file.set_len(key_file::MAX_FILE_BYTES + 1).unwrap();
        }),
        ("not a regular file", |path| {
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
        assert!(store.find(key.expose_secret()).is_some(), "{reason}");
    }
}

#[test]
fn unreadable_keys_are_refused_after_five_seconds() {
    let (_folder, store) = store();
    let (key, _) = store.add("Ada").unwrap();
    let open = store.lookup(key.expose_secret()).unwrap().unwrap();
    let whole = std::fs::read_to_string(store.path()).unwrap();
    std::fs::write(store.path(), "{").unwrap();
    assert!(store.refresh().is_err());
    assert!(store.lookup(key.expose_secret()).unwrap().is_some());
    assert!(!open.revoked.is_cancelled());
    let long_ago = Instant::now().checked_sub(MAX_UNREADABLE).unwrap();
    store.state_mut().unread_since = Some(long_ago);
    // A read may hang as well: only the time counts.
    assert_eq!(
        store.lookup(key.expose_secret()).unwrap_err(),
        KeysUnavailable
    );
    assert!(store.refresh().is_err());
    assert!(open.revoked.is_cancelled());
    std::fs::write(store.path(), whole).unwrap();
    store.refresh().unwrap();
    let again = store.lookup(key.expose_secret()).unwrap().unwrap();
    assert!(!again.revoked.is_cancelled() && store.is_readable());
}

#[test]
fn revocation_cancels_the_tokens_of_that_key_alone() {
    let (_folder, server) = store();
    let cli = KeyStore::open(server.path()).unwrap();
    let (ada, _) = cli.add("Ada").unwrap();
    let (bob, _) = cli.add("Bob").unwrap();
    server.refresh().unwrap();
    let [ada, bob] = [ada, bob].map(|key| server.lookup(key.expose_secret()).unwrap().unwrap());
    cli.add("Eve").unwrap();
    server.refresh().unwrap();
    assert!(!ada.revoked.is_cancelled() && !bob.revoked.is_cancelled());
    cli.revoke("Ada").unwrap();
    server.refresh().unwrap();
    assert!(ada.revoked.is_cancelled() && !bob.revoked.is_cancelled());
}
