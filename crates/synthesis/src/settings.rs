//! The settings of synthesis.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::Duration;

use garde::Validate;
use mynah_audio::Pauses;
use mynah_settings::is_number;
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
    /// The longest first chunk of a text, in characters: the shorter, the earlier audio starts.
    /// Default 40.
    #[garde(range(min = 1, max = 1000))]
    pub first_chunk_chars: usize,
    /// The longest later chunk, in characters, within the engine's own bound. Default 300.
    #[garde(range(min = 1, max = 1000))]
    pub chunk_chars: usize,
    /// Unread audio, in seconds, at which synthesis waits for a slow reader. A request may hold
    /// this much, and one chunk more, in memory (96 kB a second). Default 30.
    #[garde(range(min = 1, max = 3600))]
    pub ahead_seconds: u64,
    /// Milliseconds without progress after which an engine counts as stalled. Default
    /// 30000.
    #[garde(range(min = 10, max = 3_600_000))]
    pub stall_ms: u64,
    /// The longest audio of a chunk of text, in seconds a character, in addition to ten seconds for
    /// the chunk; more counts as a runaway. Default 1.5.
    #[garde(range(min = 0.1, max = 60.0), custom(is_number))]
    pub runaway_seconds_per_char: f64,
    /// Retries of a chunk of text that was a runaway, each with another seed. A chunk is retried
    /// only while none of its audio was released, and only on engines that sample; the first chunk
    /// of a live stream is released at once. Default 2.
    #[garde(range(max = 10))]
    pub retries: u32,
    /// Pauses between chunks.
    #[garde(dive)]
    pub pauses: Pauses,
    /// The engine for requests that name neither an engine nor a voice by its full id, also for
    /// aliases. Unset, it is the best one that is installed. Default unset.
    pub engine: Option<String>,
    /// Engines that synthesize, in order of preference, such as `["flite", "kokoro"]`; those that are
    /// not listed follow in their default order. Default empty.
    pub prefer: Vec<String>,
    /// Whether tags in a text switch voice and style (`[voice:NAME]…[/voice]`, `[style:sad]…[/style]`) where a
    /// request does not say: false, since programs send text that others wrote. Default false.
    pub markup: bool,
    /// Aliases of voices, such as OpenAI's names. Of an alias's voices that speak the language, the
    /// one of the preferred engine is used; where none speaks it, the best voice for the language, of
    /// the alias's gender where there is one. Default: OpenAI's thirteen names, each with a voice of
    /// Qwen3-TTS, of Kokoro and of flite.
    pub aliases: BTreeMap<String, AliasSettings>,
}

/// The voice of an alias.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AliasSettings {
    /// Its voices by their full ids, such as `kokoro/af_heart`: one of each engine that has one.
    #[schemars(with = "Vec<String>")]
    pub voices: Vec<VoiceId>,
    /// The preferred gender where none of its voices speaks the language.
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

/// OpenAI's names of voices, their usual gender, and a voice of Kokoro for each: `alloy`, which most
/// clients send, is its best one.
const OPENAI_NAMES: [(&str, VoiceGender, &str); 13] = [
    ("alloy", VoiceGender::Female, "af_heart"),
    ("ash", VoiceGender::Male, "am_michael"),
    ("ballad", VoiceGender::Male, "bm_george"),
    ("cedar", VoiceGender::Male, "am_puck"),
    ("coral", VoiceGender::Female, "af_bella"),
    ("echo", VoiceGender::Male, "am_echo"),
    ("fable", VoiceGender::Female, "bf_emma"),
    ("marin", VoiceGender::Female, "af_aoede"),
    ("nova", VoiceGender::Female, "af_nova"),
    ("onyx", VoiceGender::Male, "am_onyx"),
    ("sage", VoiceGender::Female, "af_sarah"),
    ("shimmer", VoiceGender::Female, "af_nicole"),
    ("verse", VoiceGender::Male, "am_fenrir"),
];

impl Default for SynthesisSettings {
    fn default() -> Self {
        let aliases = OPENAI_NAMES.iter().map(|&(name, gender, kokoro)| {
            let (qwen3, flite) = match gender {
                VoiceGender::Female => ("vivian", "slt"),
                VoiceGender::Male => ("ryan", "rms"),
            };
            let voices = [("qwen3", qwen3), ("kokoro", kokoro), ("flite", flite)];
            let voices = voices.map(|(engine, voice)| VoiceId::new(engine, voice));
            let alias = AliasSettings {
                voices: voices.into_iter().flatten().collect(),
                gender: Some(gender),
            };
            (name.to_owned(), alias)
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
            prefer: Vec::new(),
            markup: false,
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
