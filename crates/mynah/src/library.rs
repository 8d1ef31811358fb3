//! The library of kept voices, as the settings say.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;

use anyhow::Context as _;
use mynah_blobs::{Backend, Blobs};
use mynah_database::{Database, DatabaseUrl};
use mynah_speech::Engines;
use mynah_voices::{Library, LibraryOptions};
use url::Url;

use crate::config::Config;
use crate::exit::CliError;
use crate::paths;

/// The largest object: 64 MiB, far more than a minute of sound.
const MAX_BLOB_BYTES: u64 = 64 << 20;

/// Opens the library, creating it where there is none.
pub(crate) async fn open(config: &Config, engines: Engines) -> anyhow::Result<Library> {
    mynah_http_client::tls::prepare();
    let database = Database::open(&database_url(config)?).await?;
    let folder;
    let url = match &config.voices.blobs {
        Some(url) => url.as_str(),
        None => {
            let path = paths::blobs_folder()?;
            // Recordings of people: for their owner alone.
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&path)
                .with_context(|| format!("{} can't be made", path.display()))?;
            folder = Url::from_directory_path(&path).map_err(|()| {
                CliError::bad_input(format!("{} is no folder for recordings", path.display()))
            })?;
            folder.as_str()
        }
    };
    let backend = Backend::open(url, &config.storage.s3()?, &[])
        .map_err(|error| CliError::bad_input(format!("voices.{error}")))?;
    let options = LibraryOptions {
        max_voices: config.voices.max,
        packages: config.voices.packages.limits(),
    };
    let blobs = Blobs::new(backend, MAX_BLOB_BYTES);
    Ok(Library::open(database, blobs, engines, options).await?)
}

/// Opens the library where there is one: no command but those that write voices creates it.
pub(crate) async fn open_existing(
    config: &Config,
    engines: Engines,
) -> anyhow::Result<Option<Library>> {
    let exists = match database_url(config)?.file() {
        Some(file) => file.exists(),
        None => true,
    };
    match exists {
        true => open(config, engines).await.map(Some),
        false => Ok(None),
    }
}

fn database_url(config: &Config) -> Result<DatabaseUrl, CliError> {
    let url = &config.database.url;
    if url.is_empty() {
        return Ok(DatabaseUrl::Sqlite(paths::database_file()?));
    }
    let parsed = url.expose().parse();
    parsed.map_err(|error: mynah_database::DatabaseError| CliError::bad_input(error.to_string()))
}
