//! The settings of synthesis.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::Duration;

use garde::Validate;
use mynah_audio::Pauses;
use mynah_speech::{VoiceGender, VoiceId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of synthesis: concurrency, chunk lengths, aliases of voices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct SynthesisSettings {
    /// Chunks of text that are synthesized at the same time. 0 means one per processor core.
    /// Default 0.
    pub running: usize,
    /// Requests that may wait beyond those running; one more is refused with 429. Default 64.
    pub waiting: usize,
    /// The longest first chunk of a text, in characters: the shorter, the earlier audio starts. 1
    /// to 1000, default 40.
    #[garde(range(min = 1, max = 1000))]
    pub first_chunk_chars: usize,
    /// The longest later chunk, in characters, within the engine's own bound. 1 to 1000, default
    /// 300.
    #[garde(range(min = 1, max = 1000))]
    pub chunk_chars: usize,
    /// Unread audio, in seconds, at which synthesis waits for a slow reader. A request may hold
    /// this much, and one chunk more, in memory (96 kB a second). 1 to 3600, default 30.
    #[garde(range(min = 1, max = 3600))]
    pub ahead_seconds: u64,
    /// Milliseconds without progress after which an engine counts as stalled. 10 to 3600000,
    /// default 30000.
    #[garde(range(min = 10, max = 3_600_000))]
    pub stall_ms: u64,
    /// The longest audio of a chunk of text, in seconds a character, in addition to ten seconds for
    /// the chunk; more counts as a runaway. 0.1 to 60, default 1.5.
    #[garde(range(min = 0.1, max = 60.0))]
    pub runaway_seconds_per_char: f64,
    /// Retries of a chunk of text that was a runaway, each with another seed. A chunk is retried
    /// only while none of its audio was released, and only on engines that sample; the first chunk
    /// of a live stream is released at once. 0 to 10, default 2.
    #[garde(range(max = 10))]
    pub retries: u32,
    /// Pauses between chunks.
    pub pauses: Pauses,
    /// The engine for requests that name neither an engine nor a voice by its full id, also for
    /// aliases. Unset, it is the best one that is installed. Default unset.
    pub engine: Option<String>,
    /// Aliases of voices, such as OpenAI's names. For English an alias is the voice that it names;
    /// for other languages the best voice, of the same gender where there is one. Default: OpenAI's
    /// thirteen names, shared between flite's `slt` and `rms`.
    pub aliases: BTreeMap<String, AliasSettings>,
}

/// The voice of an alias.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AliasSettings {
    /// The voice for English, by its full id, such as `flite/slt`.
    #[schemars(with = "String")]
    pub english: VoiceId,
    /// The preferred gender for other languages.
    #[schemars(with = "Option<Gender>")]
    #[serde(default)]
    pub gender: Option<VoiceGender>,
}

/// The shape of [`VoiceGender`] in the schema of the settings.
#[derive(JsonSchema)]
#[schemars(rename = "VoiceGender", rename_all = "snake_case")]
#[allow(dead_code, reason = "only its schema is used")]
enum Gender {
    /// Female.
    Female,
    /// Male.
    Male,
}

/// OpenAI's names of voices, and their usual gender.
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
    /// The number of chunks that are synthesized at the same time, at least one.
    pub fn max_running(&self) -> usize {
        match self.running {
            0 => available_parallelism().map_or(2, NonZeroUsize::get),
            some => some,
        }
    }

    /// The stall timeout of an engine.
    pub(crate) fn stall(&self) -> Duration {
        Duration::from_millis(self.stall_ms)
    }
}
