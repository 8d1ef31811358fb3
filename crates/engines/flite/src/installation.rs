//! The libraries of flite that are open.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use mynah_speech::pool::Pool;

use crate::library::{Core, VoiceInstance, VoiceLibrary};
use crate::voices::{KnownVoice, VOICES};

/// The main library's file.
const CORE: &str = "libflite.so.1";

/// A voice whose library is open, and its instances.
pub(crate) struct OpenVoice {
    core: &'static Core,
    library: VoiceLibrary,
    pub(crate) instances: Pool<VoiceInstance>,
}

impl OpenVoice {
    /// Makes an instance; none where flite's library is not the version that this crate supports.
    pub(crate) fn new_instance(&self) -> Option<VoiceInstance> {
        VoiceInstance::new(self.core, &self.library)
    }
}

/// flite as installed on this machine. What was opened stays open; what was not found is looked
/// for again, so that it can be installed while the program runs.
pub(crate) struct Installation {
    /// Where the libraries lie; none means where the system's linker looks.
    directory: Option<PathBuf>,
    core: OnceLock<&'static Core>,
    voices: [OnceLock<OpenVoice>; VOICES.len()],
    instances: usize,
}

impl Installation {
    pub(crate) fn new(directory: Option<PathBuf>, instances: usize) -> Self {
        Self {
            directory,
            core: OnceLock::new(),
            voices: Default::default(),
            instances,
        }
    }

    /// The main library, or why it cannot be opened.
    pub(crate) fn core(&self) -> Result<&'static Core, String> {
        if let Some(core) = self.core.get() {
            return Ok(core);
        }
        // Where two threads open it at once, the second handle is dropped, which is harmless.
        let core = Core::open(&self.file(CORE)).map_err(|error| reason(CORE, &error))?;
        Ok(self.core.get_or_init(|| Box::leak(Box::new(core))))
    }

    /// A voice with its library open, or why it cannot be opened; none where it is unknown.
    pub(crate) fn voice(&self, name: &str) -> Result<Option<&OpenVoice>, String> {
        let Some(index) = VOICES.iter().position(|known| known.name == name) else {
            return Ok(None);
        };
        let (known, voice) = (&VOICES[index], &self.voices[index]);
        if let Some(voice) = voice.get() {
            return Ok(Some(voice));
        }
        let core = self.core()?;
        let library = VoiceLibrary::open(&self.file(known.file), known.register, known.registered)
            .map_err(|error| reason(known.file, &error))?;
        Ok(Some(voice.get_or_init(|| OpenVoice {
            core,
            library,
            instances: Pool::new(self.instances),
        })))
    }

    /// The voices that can be opened.
    pub(crate) fn voices(&self) -> impl Iterator<Item = &'static KnownVoice> {
        VOICES
            .iter()
            .filter(|known| matches!(self.voice(known.name), Ok(Some(_))))
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
