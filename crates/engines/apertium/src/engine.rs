//! The engine.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mynah_speech::{Cancel, EngineHealth, EngineId, EngineInfo, Language, SpeechError, Translator};

use crate::mode::{self, Program};
use crate::pipeline::{Broken, Pipeline};
use crate::slot::{NotTaken, Slot};
use crate::{direction, stream_format};

const ID: EngineId = EngineId::new("apertium");
const FIX: &str = "Install it: apt-get install apertium apertium-eng-spa";

/// How long one line may take; the first of a direction loads its dictionaries (about 0.5 s).
const LINE_LIMIT: Duration = Duration::from_secs(20);
/// How long a caller waits for those before it.
const TURN_LIMIT: Duration = Duration::from_secs(20);

/// Translation by Apertium.
///
/// Each direction has one pipeline, started at its first text and used by one caller at a time.
/// A pipeline that died or had to be killed is replaced at the next text.
pub struct Apertium {
    info: EngineInfo,
    modes: PathBuf,
    slots: Mutex<HashMap<PathBuf, Arc<Slot>>>,
}

/// An installed direction.
struct Mode {
    source: Language,
    target: Language,
    file: PathBuf,
}

impl Apertium {
    /// Apertium with the directions of this folder, usually `/usr/share/apertium/modes`.
    /// Nothing is started yet.
    pub fn new(modes: impl AsRef<Path>) -> Self {
        let info = EngineInfo {
            id: ID,
            demo: true,
            about: "Apertium: rules and dictionaries, word by word; few languages.",
            licence: "GPL-2.0-or-later",
            packages: &["apertium", "apertium-eng-spa"],
        };
        Self {
            info,
            modes: modes.as_ref().to_owned(),
            slots: Mutex::default(),
        }
    }

    /// What is installed, in the order of names: `spa-eng` comes before `spa-eng_US`.
    fn modes(&self) -> Vec<Mode> {
        let Ok(entries) = std::fs::read_dir(&self.modes) else {
            return Vec::new();
        };
        let mut files: Vec<_> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "mode"))
            .collect();
        files.sort();
        let mode = |file: PathBuf| {
            let (source, target) = direction::of_mode(file.file_stem()?.to_str()?)?;
            Some(Mode {
                source,
                target,
                file,
            })
        };
        files.into_iter().filter_map(mode).collect()
    }

    fn mode(&self, from: &Language, to: &Language) -> Result<Mode, SpeechError> {
        let mut modes = self.modes();
        if modes.is_empty() {
            return Err(self.missing());
        }
        let serves = |mode: &Mode| mode.source.serves(from) && mode.target.serves(to);
        if let Some(place) = modes.iter().position(serves) {
            return Ok(modes.swap_remove(place));
        }
        let known: Vec<_> = modes
            .iter()
            .map(|m| format!("{}→{}", m.source, m.target))
            .collect();
        Err(SpeechError::Unsupported {
            param: "language",
            message: format!(
                "{ID} does not translate {from}→{to}; it does {}",
                known.join(", ")
            ),
        })
    }

    fn missing(&self) -> SpeechError {
        SpeechError::Unavailable {
            engine: ID,
            reason: format!("no direction is installed in {}", self.modes.display()),
            fix: FIX.into(),
        }
    }

    fn slot(&self, mode: &Mode) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(mode.file.clone()).or_default())
    }
}

impl Translator for Apertium {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn health(&self) -> EngineHealth {
        if self.modes().is_empty() {
            let reason = format!("no direction is installed in {}", self.modes.display());
            return EngineHealth::Missing {
                reason,
                fix: FIX.into(),
            };
        }
        EngineHealth::Ready { version: None }
    }

    fn pairs(&self) -> Vec<(Language, Language)> {
        self.modes()
            .into_iter()
            .map(|mode| (mode.source, mode.target))
            .collect()
    }

    fn translate(
        &self,
        text: &str,
        from: &Language,
        to: &Language,
        cancel: &Cancel,
    ) -> Result<String, SpeechError> {
        let mode = self.mode(from, to)?;
        let slot = self.slot(&mode);
        let mut turn = slot.take(TURN_LIMIT, cancel).map_err(|why| match why {
            NotTaken::Cancelled => SpeechError::Cancelled,
            NotTaken::Late => SpeechError::Busy {
                engine: ID,
                reason: format!("{from}→{to} was taken for {} s", TURN_LIMIT.as_secs()),
            },
        })?;
        let mut lines = Vec::new();
        for line in text.split('\n') {
            lines.push(if line.chars().any(char::is_alphanumeric) {
                translate_line(&mut turn.pipeline, &mode.file, line, cancel)?
            } else {
                line.to_owned()
            });
        }
        Ok(lines.join("\n"))
    }
}

/// Translates one line. Leaves `pipeline` empty when it is of no use any more.
fn translate_line(
    pipeline: &mut Option<Pipeline>,
    mode: &Path,
    line: &str,
    cancel: &Cancel,
) -> Result<String, SpeechError> {
    let question = stream_format::escape(line);
    let mut used_before = true;
    loop {
        let running = match pipeline.take() {
            Some(running) => running,
            None => {
                used_before = false;
                start(mode)?
            }
        };
        match running.ask(&question, LINE_LIMIT, cancel) {
            Ok(answer) => {
                *pipeline = Some(running);
                return Ok(stream_format::unescape(&answer));
            }
            // It may have died since the last text: a new one is owed this text.
            Err(Broken::Died) if used_before => {}
            Err(Broken::Died) => return Err(failed("one of its programs ended")),
            Err(Broken::Late) => {
                return Err(failed(&format!(
                    "no answer within {} s",
                    LINE_LIMIT.as_secs()
                )));
            }
            Err(Broken::Cancelled) => return Err(SpeechError::Cancelled),
        }
    }
}

fn start(mode: &Path) -> Result<Pipeline, SpeechError> {
    let unavailable = |reason: String| SpeechError::Unavailable {
        engine: ID,
        reason,
        fix: FIX.into(),
    };
    let text = std::fs::read_to_string(mode)
        .map_err(|error| unavailable(format!("{} can't be read: {error}", mode.display())))?;
    let programs: Vec<Program> = mode::parse(&text)
        .ok_or_else(|| unavailable(format!("{} is not a chain of programs", mode.display())))?;
    Pipeline::start(&programs)
        .map_err(|error| unavailable(format!("its programs do not start: {error}")))
}

fn failed(reason: &str) -> SpeechError {
    SpeechError::Failed {
        engine: ID,
        reason: reason.into(),
    }
}
