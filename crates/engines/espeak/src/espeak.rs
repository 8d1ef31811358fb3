//! The engine.

use std::io;
use std::path::{Path, PathBuf};

use mynah_audio::Clip;
use mynah_speech::espeak_ng::without_commands;
use mynah_speech::text::is_written_in;
use mynah_speech::wait::wait_for;
use mynah_speech::{
    AudioSink, Cancel, Capability, EngineHealth, EngineId, EngineInfo, FinishReason, Language,
    SpeechError, SpeechRequest, Synthesizer, Voice,
};
use tokio::sync::mpsc::Receiver;

use crate::child::ChildProcess;
use crate::listing::parse;
use crate::query::Query;

/// Its name.
pub(crate) const ID: EngineId = EngineId::new("espeak");

/// What mends its absence.
const FIX: &str = "Install it: apt-get install espeak-ng";

/// The longest utterance taken well, in characters.
const MAX_CHARS: usize = 1_000;

/// The longest utterance taken at all, in bytes: a pipe holds 64 KiB.
const MAX_BYTES: usize = 32_768;

/// Many languages by espeak-ng.
pub struct Espeak {
    info: EngineInfo,
    program: PathBuf,
    version: Query<String>,
    voices: Query<Vec<Voice>>,
}

impl Espeak {
    /// espeak-ng as the system finds it. Nothing is run yet.
    pub fn new() -> Self {
        Self::with_program("espeak-ng")
    }

    /// espeak-ng by this name, or at this place.
    pub fn with_program(program: impl AsRef<Path>) -> Self {
        let info = EngineInfo {
            id: ID,
            demo: true,
            about: "eSpeak NG: robotic, fast voices in more than a hundred languages.",
            licence: "GPL-3.0-or-later",
            packages: &["espeak-ng"],
        };
        let program = program.as_ref().to_owned();
        Self {
            info,
            program,
            version: Query::new("--version", parse_version),
            voices: Query::new("--voices", |table| {
                Some(parse(table)).filter(|voices| !voices.is_empty())
            }),
        }
    }

    fn known_voices(&self) -> &[Voice] {
        self.voices.get(&self.program).map_or(&[], Vec::as_slice)
    }
}

/// The number in `eSpeak NG text-to-speech: 1.51  Data at: …`.
fn parse_version(printed: &str) -> Option<String> {
    let version = printed.split_once(':')?.1.split_whitespace().next()?;
    Some(version.to_owned())
}

impl Default for Espeak {
    fn default() -> Self {
        Self::new()
    }
}

impl Synthesizer for Espeak {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn health(&self) -> EngineHealth {
        match self.version.get(&self.program) {
            Some(version) => EngineHealth::Ready {
                version: Some(version.to_owned()),
            },
            None => EngineHealth::Missing {
                reason: "its program espeak-ng is not installed or does not run".into(),
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
        self.known_voices().to_vec()
    }

    fn can_say(&self, letter: char, language: &Language) -> bool {
        // It would name the script of each foreign letter: "Chinese letter".
        is_written_in(letter, language)
    }

    fn speak(
        &self,
        request: &SpeechRequest,
        cancel: &Cancel,
        sink: &mut dyn AudioSink,
    ) -> Result<FinishReason, SpeechError> {
        if let EngineHealth::Missing { reason, fix } = self.health() {
            return Err(SpeechError::Unavailable {
                engine: ID,
                reason,
                fix,
            });
        }
        // Only names from the program's own table become its arguments.
        if !self
            .known_voices()
            .iter()
            .any(|voice| voice.id == request.voice)
        {
            let message = format!("espeak has no voice {}", request.voice);
            return Err(SpeechError::Unsupported {
                param: "voice",
                message,
            });
        }
        let text = without_commands(&request.text);
        if text.len() > MAX_BYTES {
            let message = format!("espeak takes {MAX_BYTES} bytes of text at once");
            return Err(SpeechError::Unsupported {
                param: "input",
                message,
            });
        }
        let (_process, output) = ChildProcess::start(&self.program, request.voice.name(), &text)
            .map_err(|error| failed(format!("it did not start: {}", error.kind())))?;
        let clips = forward_audio(output.clips, cancel, sink)?;
        let status = wait_for(output.status, None, cancel)
            .map_err(|_| SpeechError::Cancelled)?
            .unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
            .map_err(|error| failed(format!("its exit status is unknown: {}", error.kind())))?;
        if !status.success() {
            return Err(failed(format!("it ended with {status}")));
        }
        if clips == 0 {
            return Err(failed("it made no sound".into()));
        }
        Ok(FinishReason::Stop)
    }
}

/// Forwards sound until it ends. Returns the number of clips.
fn forward_audio(
    mut sound: Receiver<io::Result<Clip>>,
    cancel: &Cancel,
    sink: &mut dyn AudioSink,
) -> Result<usize, SpeechError> {
    let mut clips = 0;
    loop {
        match wait_for(sound.recv(), None, cancel) {
            Ok(Some(Ok(clip))) => {
                clips += 1;
                if sink.accept(clip).is_break() {
                    return Err(SpeechError::Cancelled);
                }
            }
            Ok(Some(Err(error))) => return Err(failed(format!("its sound broke off: {error}"))),
            Ok(None) => return Ok(clips),
            Err(_) => return Err(SpeechError::Cancelled),
        }
    }
}

fn failed(reason: String) -> SpeechError {
    SpeechError::Failed { engine: ID, reason }
}
