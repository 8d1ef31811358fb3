//! The engine.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;
use std::thread::available_parallelism;

use mynah_audio::{Clip, SampleRate, from_i16};
use mynah_speech::{
    AudioSink, Cancel, Capability, EngineHealth, EngineId, EngineInfo, FinishReason, Language,
    SpeechError, SpeechRequest, Synthesizer, Voice,
};

use crate::english::{UnsupportedChar, fold};
use crate::installation::Installation;
use crate::noise::SeededNoise;
use crate::voices::KnownVoice;

/// Its name.
pub(crate) const ID: EngineId = EngineId::new("flite");

/// What mends its absence.
const FIX: &str = "Install it: apt-get install libflite1";

/// The longest utterance, in characters. flite can be stopped only once it makes sound, and it
/// needs before that about a millisecond a character.
const MAX_CHARS: usize = 120;

/// English by CMU flite.
pub struct Flite {
    info: EngineInfo,
    installation: Installation,
}

impl Flite {
    /// flite as the system's linker finds it. Nothing is opened yet. Each voice gets as many
    /// instances as the machine has cores.
    pub fn new() -> Self {
        Self::build(None)
    }

    /// flite of this directory only.
    pub fn in_directory(directory: impl AsRef<Path>) -> Self {
        Self::build(Some(directory.as_ref()))
    }

    fn build(directory: Option<&Path>) -> Self {
        let instances = available_parallelism().map_or(2, NonZeroUsize::get);
        let info = EngineInfo {
            id: ID,
            demo: true,
            about: "CMU flite: small, fast English voices of the 2000s.",
            licence: "MIT-CMU",
            packages: &["libflite1"],
        };
        Self {
            info,
            installation: Installation::new(directory.map(Path::to_owned), instances),
        }
    }

    fn unavailable(reason: String) -> SpeechError {
        SpeechError::Unavailable {
            engine: ID,
            reason,
            fix: FIX.into(),
        }
    }
}

impl Default for Flite {
    fn default() -> Self {
        Self::new()
    }
}

impl Synthesizer for Flite {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn health(&self) -> EngineHealth {
        match self.installation.core() {
            Ok(_) if self.installation.voices().next().is_some() => {
                EngineHealth::Ready { version: None }
            }
            Ok(_) => {
                let reason = "it is installed without voices".into();
                EngineHealth::Missing {
                    reason,
                    fix: FIX.into(),
                }
            }
            Err(reason) => EngineHealth::Missing {
                reason,
                fix: FIX.into(),
            },
        }
    }

    fn capability(&self) -> Capability {
        Capability {
            streaming: true,
            max_chars: MAX_CHARS,
            ..Capability::default()
        }
    }

    fn voices(&self) -> Vec<Voice> {
        self.installation
            .voices()
            .filter_map(KnownVoice::voice)
            .collect()
    }

    fn accepts(&self, text: &str, _language: &Language) -> Result<(), SpeechError> {
        fold(text).map(drop).map_err(unsupported)
    }

    fn can_say(&self, letter: char, _language: &Language) -> bool {
        fold(letter.encode_utf8(&mut [0; 4])).is_ok()
    }

    fn speak(
        &self,
        request: &SpeechRequest,
        cancel: &Cancel,
        sink: &mut dyn AudioSink,
    ) -> Result<FinishReason, SpeechError> {
        let text = fold(&request.text).map_err(unsupported)?;
        let voice = self
            .installation
            .voice(request.voice.name())
            .map_err(Self::unavailable)?;
        let Some(voice) = voice.filter(|_| request.voice.engine() == ID.as_str()) else {
            let message = format!("flite has no voice {}", request.voice);
            return Err(SpeechError::Unsupported {
                param: "voice",
                message,
            });
        };
        let lease = voice.instances.acquire(None, cancel);
        let mut lease = lease.map_err(|_| SpeechError::Cancelled)?;
        // A panic returns the instance too: by then flite has returned, and the instance is whole.
        let instance = lease.get_or_try_make(|| {
            let unknown = || Self::unavailable("its version is not 2.2".into());
            voice.new_instance().ok_or_else(unknown)
        })?;
        let mut broken = None;
        let _noise = SeededNoise::begin();
        let done = instance.speak(&text, &mut |hz, samples| {
            if cancel.is_cancelled() {
                broken = Some(SpeechError::Cancelled);
                return ControlFlow::Break(());
            }
            let Ok(rate) = SampleRate::new(hz) else {
                broken = Some(failed("it named a sample rate that cannot be"));
                return ControlFlow::Break(());
            };
            if samples.is_empty() {
                return ControlFlow::Continue(());
            }
            let samples = samples.iter().copied().map(from_i16).collect();
            let flow = sink.accept(Clip::new(rate, samples));
            if flow.is_break() {
                broken = Some(SpeechError::Cancelled);
            }
            flow
        });
        match broken {
            Some(error) => Err(error),
            None if done => Ok(FinishReason::Stop),
            None => Err(failed("it refused the text")),
        }
    }
}

fn failed(reason: &str) -> SpeechError {
    SpeechError::Failed {
        engine: ID,
        reason: reason.into(),
    }
}

fn unsupported(UnsupportedChar(c): UnsupportedChar) -> SpeechError {
    let message = format!(
        "flite speaks English in Latin letters and cannot say '{c}'; name the text's language or \
         a voice that speaks it"
    );
    SpeechError::Unsupported {
        param: "input",
        message,
    }
}
