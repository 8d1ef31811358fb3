//! A store of one test: a folder of its own, or a prefix of its own in the bucket of
//! `script/services`.

use std::path::{Path as FilePath, PathBuf};

use futures_util::TryStreamExt;
use mynah_bus::claim::{StorageSettings, Store};
use mynah_bus::event::StoredObject;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use tempfile::TempDir;
use url::Url;

use super::services::{Service, are_ready, setting};

pub(crate) struct TestStore {
    settings: StorageSettings,
    /// What is behind the store, without our rules.
    raw: Box<dyn ObjectStore>,
    /// The address of the bucket or folder, and of the test's own prefix in it.
    root: String,
    prefix: Path,
    folder: Option<TempDir>,
}

impl TestStore {
    pub(crate) fn folder() -> Self {
        let folder = TempDir::with_prefix("mynah bus ").unwrap();
        let path: &FilePath = &folder.path().canonicalize().unwrap();
        let url = Url::from_directory_path(path).unwrap();
        let root = url.as_str().trim_end_matches('/').to_owned();
        Self {
            settings: StorageSettings {
                url: Some(url.into()),
                ..StorageSettings::default()
            },
            raw: Box::new(LocalFileSystem::new_with_prefix(path).unwrap()),
            root,
            prefix: Path::default(),
            folder: Some(folder),
        }
    }

    /// None where this machine has no such store.
    pub(crate) fn s3() -> Option<Self> {
        if !are_ready(&[Service::Minio]) {
            return None;
        }
        let [bucket, endpoint, access_key, secret_key] = [
            "MYNAH_STORAGE__URL",
            "MYNAH_STORAGE__ENDPOINT",
            "MYNAH_STORAGE__ACCESS_KEY",
            "MYNAH_STORAGE__SECRET_KEY",
        ]
        .map(|name| setting(name).unwrap_or_else(|| panic!("{name} is not set")));
        // Reqwest has no cryptography of its own; the first store of the process brings it.
        drop(Store::new(StorageSettings::default()));
        let raw = AmazonS3Builder::new()
            .with_bucket_name(bucket.trim_start_matches("s3://").trim_end_matches('/'))
            .with_endpoint(endpoint.trim_end_matches('/'))
            .with_access_key_id(&access_key)
            .with_secret_access_key(&secret_key)
            .with_allow_http(true)
            .build()
            .unwrap();
        let own = format!("test-{}", uuid::Uuid::new_v4());
        let root = format!("{}/{own}", bucket.trim_end_matches('/'));
        Some(Self {
            settings: StorageSettings {
                url: Some(root.clone()),
                endpoint: Some(endpoint),
                access_key: access_key.into(),
                secret_key: secret_key.into(),
                ..StorageSettings::default()
            },
            raw: Box::new(raw),
            root,
            prefix: Path::from(own),
            folder: None,
        })
    }

    pub(crate) fn store(&self) -> Store {
        self.store_with(|_| ())
    }

    pub(crate) fn store_with(&self, change: impl FnOnce(&mut StorageSettings)) -> Store {
        let mut settings = self.settings.clone();
        change(&mut settings);
        Store::new(settings).unwrap()
    }

    /// An address of ours: where our objects begin, and the rest.
    pub(crate) fn split<'a>(&'a self, uri: &'a str) -> (&'a str, &'a str) {
        let key = uri.strip_prefix(&self.root).unwrap();
        (&self.root, key.strip_prefix('/').unwrap())
    }

    fn below(&self, key: &str) -> Path {
        let mut path = self.prefix.clone();
        path.extend(key.split('/'));
        path
    }

    pub(crate) async fn overwrite(&self, object: &StoredObject, bytes: Vec<u8>) {
        let (_, key) = self.split(&object.uri);
        self.raw.put(&self.below(key), bytes.into()).await.unwrap();
    }

    pub(crate) async fn put_beside(&self, key: &str) -> Path {
        let path = self.below(key);
        self.raw.put(&path, "theirs".into()).await.unwrap();
        path
    }

    pub(crate) async fn is_there(&self, path: &Path) -> bool {
        self.raw.head(path).await.is_ok()
    }

    pub(crate) async fn count(&self) -> usize {
        let all = self.raw.list(Some(&self.prefix)).try_collect::<Vec<_>>();
        all.await.unwrap().len()
    }

    /// The file of an object.
    pub(crate) fn file(&self, object: &StoredObject) -> PathBuf {
        let (_, key) = self.split(&object.uri);
        self.folder.as_ref().unwrap().path().join(key)
    }

    /// Takes the folder away.
    pub(crate) fn remove(&self) {
        std::fs::remove_dir_all(self.folder.as_ref().unwrap().path()).unwrap();
    }
}
