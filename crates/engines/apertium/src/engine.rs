//! The engine.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mynah_speech::{Cancel, EngineHealth, EngineId, EngineInfo, Language, SpeechError, Translator};

use crate::direction::{Direction, DirectionError};
use crate::format::{decode, encode, paragraphs};
use crate::mode::{Mode, modes};

/// Its name.
const ID: EngineId = EngineId::new("apertium");

/// What mends its absence.
const FIX: &str = "Install it: apt-get install apertium apertium-eng-spa";

/// The longest text taken at once, in bytes.
const MAX_BYTES: usize = 256 * 1024;

/// How long a caller waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For the pipeline, before the call fails with `Busy`. Default: 30 s.
    pub wait: Duration,
    /// For the answer to one paragraph, before the programs are killed and restarted. The
    /// first answer includes their start, about half a second. Default: 20 s.
    pub timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wait: Duration::from_secs(30),
            timeout: Duration::from_secs(20),
        }
    }
}

/// Translation by Apertium.
pub struct Apertium {
    info: EngineInfo,
    /// Where the `.mode` files lie.
    folder: PathBuf,
    limits: Limits,
    /// One for each mode's file, as they come to be needed.
    directions: Mutex<HashMap<PathBuf, Arc<Direction>>>,
}

impl Apertium {
    /// The engine with the directions in `modes`. Nothing is started yet.
    pub fn new(modes: impl AsRef<Path>) -> Self {
        let info = EngineInfo {
            id: ID,
            demo: true,
            about: "Apertium: translation by rules and dictionaries, as separate programs.",
            licence: "GPL-2.0-or-later",
            packages: &["apertium", "apertium-eng-spa"],
        };
        let folder = modes.as_ref().to_owned();
        Self {
            info,
            folder,
            limits: Limits::default(),
            directions: Mutex::default(),
        }
    }

    /// The engine with these limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    fn missing(&self) -> Option<&'static str> {
        if modes(&self.folder).is_empty() {
            return Some("no direction is installed");
        }
        (!on_path("lt-proc")).then_some("its programs are not installed")
    }

    /// The direction of the mode for exactly these languages, or else one that serves.
    fn direction(&self, from: &Language, to: &Language) -> Option<Arc<Direction>> {
        let modes = modes(&self.folder);
        let exact = modes
            .iter()
            .find(|mode| mode.from == *from && mode.to == *to);
        let serves = |mode: &&Mode| mode.from.serves(from) && mode.to.serves(to);
        let mode = exact.or_else(|| modes.iter().find(serves))?;
        let mut directions = self
            .directions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Direction::new(mode.file.clone()));
        Some(Arc::clone(
            directions.entry(mode.file.clone()).or_insert_with(new),
        ))
    }
}

impl Translator for Apertium {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn health(&self) -> EngineHealth {
        match self.missing() {
            None => EngineHealth::Ready { version: None },
            Some(reason) => EngineHealth::Missing {
                reason: reason.into(),
                fix: FIX.into(),
            },
        }
    }

    fn pairs(&self) -> Vec<(Language, Language)> {
        if self.missing().is_some() {
            return Vec::new();
        }
        modes(&self.folder)
            .into_iter()
            .map(|mode| (mode.from, mode.to))
            .collect()
    }

    fn translate(
        &self,
        text: &str,
        from: &Language,
        to: &Language,
        cancel: &Cancel,
    ) -> Result<String, SpeechError> {
        if let Some(reason) = self.missing() {
            return Err(unavailable(reason.into()));
        }
        if text.len() > MAX_BYTES {
            let message = format!("a text to translate may have {MAX_BYTES} bytes at most");
            return Err(SpeechError::Invalid {
                param: "text",
                message,
            });
        }
        let Some(direction) = self.direction(from, to) else {
            let pairs = self.pairs();
            let known: Vec<String> = pairs.iter().map(|(a, b)| format!("{a}→{b}")).collect();
            let message = format!("apertium has no {from}→{to}; it has {}", known.join(", "));
            return Err(SpeechError::Unsupported {
                param: "language",
                message,
            });
        };
        let mut translated = String::with_capacity(text.len());
        for (paragraph, gap) in paragraphs(text) {
            if paragraph.chars().any(char::is_alphanumeric) {
                let Limits { wait, timeout } = self.limits;
                let answer = direction
                    .translate(&encode(paragraph), wait, timeout, cancel)
                    .map_err(|error| self.error(error))?;
                translated.push_str(&decode(&answer));
            } else {
                translated.extend(
                    paragraph
                        .chars()
                        .filter(|c| !c.is_control() || c.is_whitespace()),
                );
            }
            translated.push_str(gap);
        }
        Ok(translated)
    }
}

impl Apertium {
    fn error(&self, error: DirectionError) -> SpeechError {
        let Limits { wait, timeout } = self.limits;
        match error {
            DirectionError::Cancelled => SpeechError::Cancelled,
            DirectionError::Busy => SpeechError::Busy {
                engine: ID,
                reason: format!("its turn did not come within {} s", wait.as_secs_f32()),
            },
            DirectionError::TimedOut => SpeechError::Failed {
                engine: ID,
                reason: format!("no answer within {} s", timeout.as_secs_f32()),
            },
            DirectionError::Crashed => SpeechError::Failed {
                engine: ID,
                reason: "a program crashed".into(),
            },
            DirectionError::NotStarted(reason) => unavailable(reason),
        }
    }
}

fn unavailable(reason: String) -> SpeechError {
    SpeechError::Unavailable {
        engine: ID,
        reason,
        fix: FIX.into(),
    }
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
