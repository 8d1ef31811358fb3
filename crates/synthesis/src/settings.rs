//! What an operator can set.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::Duration;

use mynah_audio::Pauses;
use mynah_speech::{VoiceGender, VoiceId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What [`SynthesisSettings::retries`] may be. An engine that runs away so often will not stop.
const MAX_RETRIES: u32 = 10;

/// How speech is made: how much at once, how long texts are cut, which names stand for voices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SynthesisSettings {
    /// Pieces of text that engines speak at the same time. 0 means one per processor core.
    /// Default 0.
    pub running: usize,
    /// Requests that may wait beyond those running; one more is refused with 429. Default 64.
    pub waiting: usize,
    /// The longest first piece of a text, in characters: the shorter, the sooner sound starts.
    /// 1 to 1000, default 40.
    #[schemars(range(min = 1, max = 1000))]
    pub first_chunk_chars: usize,
    /// The longest of the later pieces, in characters, where the engine takes that much.
    /// 1 to 1000, default 300.
    #[schemars(range(min = 1, max = 1000))]
    pub chunk_chars: usize,
    /// Sound made ahead of a listener who reads slowly, in seconds, before the engine waits.
    /// A request may hold this much, and one piece more, in memory (96 kB a second).
    /// 1 to 3600, default 30.
    #[schemars(range(min = 1, max = 3600))]
    pub ahead_seconds: u64,
    /// Milliseconds that an engine may stay silent in the middle of its work before it counts as
    /// stalled. 10 to 3600000, default 30000.
    #[schemars(range(min = 10, max = 3_600_000))]
    pub stall_ms: u64,
    /// The longest speech that a piece of text may become, in seconds a character, on top of
    /// ten seconds for the piece; more counts as runaway. 0.1 to 60, default 1.5.
    #[schemars(range(min = 0.1, max = 60.0))]
    pub runaway_seconds_per_char: f64,
    /// How often a piece of text is begun again, with another seed, whose speech ran away without
    /// end before any of it was let go: by engines that sample, and for all pieces but the first
    /// of a take that somebody listens to as it is made. 0 to 10, default 2.
    #[schemars(range(max = 10))]
    pub retries: u32,
    /// How long to wait between pieces.
    pub pauses: Pauses,
    /// The engine that speaks where neither an engine nor a voice by its full id is asked for, also
    /// under aliases. Unset, it is the best that is there. Default unset.
    pub engine: Option<String>,
    /// Names that stand for voices, such as OpenAI's. For English they stand for the voice they
    /// name; for other languages for the best voice there is, of the same gender where there
    /// is one. Default: OpenAI's thirteen names, shared between flite's `slt` and `rms`.
    pub aliases: BTreeMap<String, AliasSettings>,
}

/// What an alias stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AliasSettings {
    /// The voice that speaks English under this name, by its full id, such as `flite/slt`.
    #[schemars(with = "String")]
    pub english: VoiceId,
    /// How the voice should sound where another language has several.
    #[schemars(with = "Option<Gender>")]
    #[serde(default)]
    pub gender: Option<VoiceGender>,
}

/// The shape of [`VoiceGender`] in the schema of the settings.
#[derive(JsonSchema)]
#[schemars(rename = "VoiceGender", rename_all = "snake_case")]
#[allow(dead_code, reason = "only its schema is used")]
enum Gender {
    /// Like a woman.
    Female,
    /// Like a man.
    Male,
}

/// OpenAI's names for its voices, and how each is commonly heard.
const OPENAI_NAMES: [(&str, VoiceGender); 13] = [
    ("alloy", VoiceGender::Female),
    ("ash", VoiceGender::Male),
    ("ballad", VoiceGender::Male),
    ("cedar", VoiceGender::Male),
    ("coral", VoiceGender::Female),
    ("echo", VoiceGender::Male),
    ("fable", VoiceGender::Female),
    ("marin", VoiceGender::Female),
    ("nova", VoiceGender::Female),
    ("onyx", VoiceGender::Male),
    ("sage", VoiceGender::Female),
    ("shimmer", VoiceGender::Female),
    ("verse", VoiceGender::Male),
];

impl Default for SynthesisSettings {
    fn default() -> Self {
        let aliases = OPENAI_NAMES.iter().filter_map(|&(name, gender)| {
            let voice = match gender {
                VoiceGender::Female => "slt",
                VoiceGender::Male => "rms",
            };
            let english = VoiceId::new("flite", voice).ok()?;
            Some((
                name.to_owned(),
                AliasSettings {
                    english,
                    gender: Some(gender),
                },
            ))
        });
        Self {
            running: 0,
            waiting: 64,
            first_chunk_chars: 40,
            chunk_chars: 300,
            ahead_seconds: 30,
            stall_ms: 30_000,
            runaway_seconds_per_char: 1.5,
            retries: 2,
            pauses: Pauses::default(),
            engine: None,
            aliases: aliases.collect(),
        }
    }
}

impl SynthesisSettings {
    /// The number of pieces spoken at the same time, at least one.
    pub fn max_running(&self) -> usize {
        match self.running {
            0 => available_parallelism().map_or(2, NonZeroUsize::get),
            some => some,
        }
    }

    /// How often a piece may be begun again.
    pub(crate) fn max_retries(&self) -> u32 {
        self.retries.min(MAX_RETRIES)
    }

    /// How long an engine may stay silent.
    pub(crate) fn stall(&self) -> Duration {
        Duration::from_millis(self.stall_ms.max(10))
    }
}
