//! A library of one test, on each pair of a database and an object store that this machine has.

use std::f32::consts::TAU;
use std::sync::Arc;

use mynah_audio::{Clip, Format, SampleRate, Tags, encode_whole};
use mynah_blobs::{AwsCredential, Backend, Blobs, S3Options};
use mynah_database::sqlx::{self, Connection as _};
use mynah_database::{Database, DatabaseUrl, Pool, with_pool};
use mynah_speech::{Consent, Engines};
use mynah_voices::{Library, LibraryOptions, NewVoice, RecordedPrompt, StoredVoice, VoiceName};
use tempfile::TempDir;
use url::Url;

use crate::loud::Loud;
use crate::services::{Service, are_ready, setting};

pub(crate) const WORKSPACE: &str = "default";

/// Where the voices of one test are.
pub(crate) struct Stores {
    pub(crate) database: DatabaseUrl,
    blobs: (String, S3Options),
    engines: Engines,
    _folder: TempDir,
    _postgres: Option<TestDatabase>,
}

impl Stores {
    /// SQLite and a folder.
    pub(crate) fn local() -> Self {
        let folder = TempDir::with_prefix("mynah voices ").unwrap();
        let blobs = Url::from_directory_path(folder.path().join("blobs")).unwrap();
        Self {
            database: DatabaseUrl::Sqlite(folder.path().join("mynah.db")),
            blobs: (blobs.into(), S3Options::default()),
            engines: engines(),
            _folder: folder,
            _postgres: None,
        }
    }

    /// A new database of Postgres and a new prefix of the bucket; none where this machine has no
    /// services.
    async fn remote() -> Option<Self> {
        if !are_ready(&[Service::Postgres, Service::Minio]) {
            return None;
        }
        mynah_http_client::tls::prepare();
        let [url, bucket, endpoint, access_key, secret_key] = [
            "MYNAH_TEST_POSTGRES",
            "MYNAH_STORAGE__URL",
            "MYNAH_STORAGE__ENDPOINT",
            "MYNAH_STORAGE__ACCESS_KEY",
            "MYNAH_STORAGE__SECRET_KEY",
        ]
        .map(|name| setting(name).unwrap_or_else(|| panic!("{name} is not set")));
        let created = TestDatabase::create(url.parse().unwrap()).await;
        let options = S3Options {
            endpoint: Some(Url::parse(&endpoint).unwrap()),
            credentials: Some(Arc::new(AwsCredential {
                key_id: access_key,
                secret_key,
                token: None,
            })),
            ..S3Options::default()
        };
        Some(Self {
            database: created.url().as_str().parse().unwrap(),
            blobs: (
                format!("{}/{}", bucket.trim_end_matches('/'), created.name),
                options,
            ),
            engines: engines(),
            _folder: TempDir::new().unwrap(),
            _postgres: Some(created),
        })
    }

    /// Each pair that this machine has.
    pub(crate) async fn all() -> Vec<Self> {
        let mut all = vec![Self::local()];
        all.extend(Self::remote().await);
        all
    }

    /// The same with these engines.
    pub(crate) fn with_engines(self, engines: Engines) -> Self {
        Self { engines, ..self }
    }

    /// A library of one process. Several share the stores.
    pub(crate) async fn library(&self) -> Library {
        self.limited(LibraryOptions::default()).await
    }

    pub(crate) async fn limited(&self, options: LibraryOptions) -> Library {
        let database = Database::open(&self.database).await.unwrap();
        let engines = self.engines.clone();
        Library::open(database, self.store(), engines, options)
            .await
            .unwrap()
    }

    /// The whole store.
    fn store(&self) -> Blobs {
        let (url, options) = &self.blobs;
        Blobs::new(Backend::open(url, options, &[]).unwrap(), 64 << 20)
    }

    /// The objects of the library in the store.
    pub(crate) async fn blobs(&self) -> Blobs {
        let database = Database::open(&self.database).await.unwrap();
        let id: String = with_pool!(database, pool => {
            let id = sqlx::query_scalar("SELECT library_id FROM voices_revision");
            id.fetch_one(pool).await.unwrap()
        });
        self.store().within(&id)
    }

    /// Runs a statement as another program would.
    pub(crate) async fn execute(&self, statement: &'static str) {
        let database = Database::open(&self.database).await.unwrap();
        match database.pool() {
            Pool::Sqlite(pool) => drop(sqlx::query(statement).execute(pool).await.unwrap()),
            Pool::Postgres(pool) => drop(sqlx::query(statement).execute(pool).await.unwrap()),
        }
    }
}

/// A database of Postgres that one test has for itself.
struct TestDatabase {
    admin: Url,
    name: String,
}

impl TestDatabase {
    async fn create(admin: Url) -> Self {
        let name = format!("voices_{}", uuid::Uuid::now_v7().simple());
        let created = Self { admin, name };
        created.execute("CREATE DATABASE", "").await.unwrap();
        created
    }

    fn url(&self) -> Url {
        let mut url = self.admin.clone();
        url.set_path(&self.name);
        url
    }

    async fn execute(&self, command: &str, options: &str) -> Result<(), sqlx::Error> {
        let mut admin = sqlx::PgConnection::connect(self.admin.as_str()).await?;
        let statement = format!("{command} {} {options}", self.name);
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .execute(&mut admin)
            .await?;
        Ok(())
    }
}

/// The server keeps what a test leaves, 300 files a database, and reads all of them when it starts
/// after a kill.
impl Drop for TestDatabase {
    fn drop(&mut self) {
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                if let Err(err) = runtime.block_on(self.execute("DROP DATABASE", "WITH (FORCE)")) {
                    eprintln!("{} stays: {err}", self.name);
                }
            });
        });
    }
}

pub(crate) fn engines() -> Engines {
    Engines::new(|| Box::new(Loud))
}

/// A tone of so many seconds, at 24 kHz.
pub(crate) fn samples(seconds: f32, hz: f32) -> Vec<f32> {
    let rate = SampleRate::HZ_24000.hz() as f32;
    let step = hz * TAU / rate;
    let samples = (0..(seconds * rate) as usize).map(|at| 0.5 * (at as f32 * step).sin());
    samples.collect()
}

/// A file with a tone of so many seconds.
pub(crate) fn tone(seconds: f32, hz: f32) -> Vec<u8> {
    encode_whole(
        &Clip::new(SampleRate::HZ_24000, samples(seconds, hz)),
        Format::Wav,
        &Tags::new(),
    )
    .unwrap()
}

pub(crate) fn recorded(transcript: Option<&str>) -> RecordedPrompt {
    RecordedPrompt {
        audio: tone(4.0, 220.0).into(),
        transcript: transcript.map(str::to_owned),
        x_vector_only: false,
        language: None,
    }
}

pub(crate) fn consent() -> Consent {
    Consent::now("Ana Lima", "I agree.").unwrap()
}

pub(crate) fn named(name: &str) -> NewVoice {
    NewVoice::named(VoiceName::new(name).unwrap())
}

/// A voice of this name.
pub(crate) async fn create(library: &Library, name: &str) -> StoredVoice {
    let recorded = recorded(Some("A tone."));
    library
        .create(WORKSPACE, named(name), recorded, consent(), None, ())
        .await
        .unwrap()
}
