//! What of flite is open.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::library::{Core, VoiceLibrary};
use crate::pool::Pool;
use crate::voices::{KnownVoice, VOICES};

/// The main library's file.
const CORE: &str = "libflite.so.1";

/// flite as it lies on this machine. What was opened stays open; what was not found is looked
/// for again, so that it can be installed while the program runs.
pub(crate) struct Installation {
    /// Where the libraries lie; none means where the system's linker looks.
    directory: Option<PathBuf>,
    core: OnceLock<&'static Core>,
    pools: [OnceLock<Pool>; VOICES.len()],
    instances: usize,
}

impl Installation {
    pub(crate) fn new(directory: Option<PathBuf>, instances: usize) -> Self {
        Self {
            directory,
            core: OnceLock::new(),
            pools: Default::default(),
            instances: instances.max(1),
        }
    }

    /// The main library, or why it cannot be opened.
    pub(crate) fn core(&self) -> Result<&'static Core, String> {
        if let Some(core) = self.core.get() {
            return Ok(core);
        }
        // Two threads may open it at once: the second one's is dropped, and harms nobody.
        let core = Core::open(&self.file(CORE)).map_err(|error| reason(CORE, &error))?;
        Ok(self.core.get_or_init(|| Box::leak(Box::new(core))))
    }

    /// The instances of a voice, or why there are none.
    pub(crate) fn pool(&self, name: &str) -> Result<Option<&Pool>, String> {
        let Some(place) = VOICES.iter().position(|known| known.name == name) else {
            return Ok(None);
        };
        let (known, pool) = (&VOICES[place], &self.pools[place]);
        if let Some(pool) = pool.get() {
            return Ok(Some(pool));
        }
        let core = self.core()?;
        let library = VoiceLibrary::open(&self.file(known.file), known.register, known.registered)
            .map_err(|error| reason(known.file, &error))?;
        Ok(Some(
            pool.get_or_init(|| Pool::new(core, library, self.instances)),
        ))
    }

    /// The voices that can be opened.
    pub(crate) fn voices(&self) -> impl Iterator<Item = &'static KnownVoice> {
        VOICES
            .iter()
            .filter(|known| matches!(self.pool(known.name), Ok(Some(_))))
    }

    fn file(&self, name: &str) -> PathBuf {
        match &self.directory {
            Some(directory) => directory.join(name),
            None => Path::new(name).to_owned(),
        }
    }
}

/// Why a library could not be opened, without paths of this machine.
fn reason(file: &str, error: &libloading::Error) -> String {
    tracing::debug!(file, %error, "flite library not opened");
    format!("its library {file} is not installed or cannot be opened")
}
