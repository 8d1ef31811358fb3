//! A validated job.

mod part;
mod tags;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use mynah_audio::{SampleRate, Tags};
use mynah_speech::text::{Document, Markup, detect_language, normalize_control_chars};
use mynah_speech::{EngineId, KeptVoice, Language, Reference, SpeechError, TakeDetails, Voice};

use crate::resolve::VoiceResolver;
use crate::{Delivery, RealizedStyle, SpeechJob, SynthesisSettings};

use part::{Ignored, PartText};
pub(crate) use part::{PlanPart, PlannedChunk};

/// The rate of every take.
pub(crate) const RATE: SampleRate = SampleRate::HZ_24000;

/// Length of the text that language detection reads, in bytes: 2000 characters of any script.
const MAX_DETECTION_BYTES: usize = 8_000;

/// A validated job: voice and language are resolved, the text is split into chunks. Where tags in the text switch
/// the voice or the style, each part has its own.
#[derive(Clone)]
pub struct Plan {
    /// At least one.
    pub(crate) parts: Vec<PlanPart>,
    pub(crate) delivery: Delivery,
    ignored: Ignored,
    /// The text without its tags, where they are read.
    untagged: Option<String>,
}

impl Plan {
    pub(crate) fn new(
        mut job: SpeechJob,
        resolver: &VoiceResolver<'_>,
        settings: &SynthesisSettings,
    ) -> Result<Self, SpeechError> {
        let text = std::mem::take(&mut job.text);
        let document = read_document(&text, &job)?;
        if document.is_blank() {
            return Err(empty());
        }
        let prose = document.prose(MAX_DETECTION_BYTES);
        let reads_tags = job.markup == Markup::Read && job.tags.unwrap_or(settings.markup);
        let mut plan = Self {
            parts: Vec::new(),
            delivery: job.delivery,
            ignored: Ignored::default(),
            untagged: None,
        };
        if reads_tags {
            plan.add_spans(&text, &job, &prose, resolver, settings)?;
        } else {
            let part = PartText {
                text: &text,
                start: 0,
                document,
                prose: &prose,
                first: true,
            };
            let ignored = &mut plan.ignored;
            let strict = job.style_strict;
            let part = PlanPart::new(job, part, resolver, settings, ignored)?;
            plan.parts.push(part);
            plan.count_style_strict(strict);
        }
        Ok(plan)
    }

    fn count_style_strict(&mut self, strict: bool) {
        let is_used = !strict || self.parts.iter().any(|part| part.style.is_some());
        self.ignored.count("style_strict", is_used);
    }

    /// The engine, of several the first.
    pub fn engine(&self) -> EngineId {
        self.first().engine()
    }

    /// All engines, in the order of the text, each once.
    pub fn engines(&self) -> Vec<EngineId> {
        distinct(self.parts.iter().map(PlanPart::engine))
    }

    /// The voice of the engine, of several the first.
    pub fn voice(&self) -> &Voice {
        &self.first().voice
    }

    /// The name of the voice in an answer: the id of a kept voice, else that of the engine's. Of several voices
    /// the first.
    pub fn voice_id(&self) -> String {
        self.first().voice_id()
    }

    /// The names of all voices, in the order of the text, each once.
    pub fn voice_ids(&self) -> Vec<String> {
        distinct(self.parts.iter().map(PlanPart::voice_id))
    }

    /// The kept voices that speak, each once.
    pub(crate) fn kept_voices(&self) -> Vec<&KeptVoice> {
        let mut found: Vec<&KeptVoice> = Vec::new();
        for kept in self.parts.iter().filter_map(|part| part.kept.as_ref()) {
            if !found.iter().any(|own| own.id == kept.id) {
                found.push(kept);
            }
        }
        found
    }

    /// The styles that were asked for and how they are realized, in the order of the text, each once.
    pub fn styles(&self) -> Vec<&RealizedStyle> {
        distinct(self.parts.iter().filter_map(|part| part.style.as_ref()))
    }

    /// The recording that it is spoken from, of several voices the first.
    pub fn reference(&self) -> Option<&Arc<Reference>> {
        self.first().reference.as_ref()
    }

    /// The tags of a file of it: that it is synthetic, its engines and its voices.
    pub fn tags(&self) -> Tags {
        let engines: Vec<_> = self.engines().iter().map(ToString::to_string).collect();
        let tags = Tags::new().engine(&engines.join("+"));
        let voices = self.voice_ids();
        voices.iter().fold(tags, |tags, voice| tags.voice(voice))
    }

    /// What the speech of this text is made with. `text` is that of the job.
    ///
    /// # Errors
    /// `Unsupported` where several voices speak.
    pub fn take_details(&self, text: String) -> Result<TakeDetails, SpeechError> {
        let first = self.first();
        if self.voice_ids().len() > 1 {
            return Err(SpeechError::Unsupported {
                param: "keep",
                message:
                    "speech that is kept has one voice; leave out `keep`, or the tags that name \
                          others"
                        .into(),
            });
        }
        let agreed = |of: fn(&PlanPart) -> Option<String>| {
            let own = of(first);
            own.filter(|own| self.parts.iter().all(|part| of(part).as_ref() == Some(own)))
        };
        let style = agreed(|part| part.style.as_ref().map(|style| style.spoken.to_string()));
        let chunks = self.parts.iter().flat_map(|part| &part.chunks);
        let words = chunks.map(|chunk| chunk.words.as_str());
        let words: Vec<_> = words.filter(|words| !words.is_empty()).collect();
        Ok(TakeDetails {
            text: normalize_control_chars(&self.untagged.clone().unwrap_or(text)),
            spoken: words.join(" "),
            voice: first.voice.id.clone(),
            kept_voice: first.kept.as_ref().map(|kept| kept.id.clone()),
            of_person: self.parts.iter().any(PlanPart::is_of_person),
            language: first.language.clone(),
            style: style.and_then(|style| style.parse().ok()),
            instructions: agreed(|part| part.instruct.clone()),
            seed: first.seed,
        })
    }

    /// The same with a seed, where an engine samples and the request has none: so that the same speech can be
    /// made again.
    ///
    /// # Errors
    /// `Failed` where the system has no random numbers.
    pub fn with_seed(mut self) -> Result<Self, SpeechError> {
        let random = getrandom::u32().map_err(|error| SpeechError::Failed {
            engine: self.engine(),
            reason: error.to_string(),
        })?;
        for part in self.parts.iter_mut().filter(|part| part.samples) {
            part.seed.get_or_insert(random.into());
        }
        Ok(self)
    }

    /// The language, of several the first.
    pub fn language(&self) -> &Language {
        &self.first().language
    }

    /// The rate of the clips: 24 kHz.
    pub const fn rate(&self) -> SampleRate {
        RATE
    }

    /// How many characters the text has, without tags and the blanks between them.
    pub fn chars(&self) -> usize {
        self.parts.iter().map(PlanPart::chars).sum()
    }

    /// Byte ranges of words that a voice does not support and skips. Only where it was not named by its own
    /// name.
    pub fn skipped(&self) -> &[Range<usize>] {
        &self.ignored.skipped
    }

    /// Whether there are words or pauses.
    pub(crate) fn has_words(&self) -> bool {
        self.parts.iter().any(PlanPart::has_words)
    }

    /// Parameters without effect, by their names in the API.
    pub fn ignored(&self) -> Vec<&'static str> {
        self.ignored.params()
    }

    pub(crate) fn first(&self) -> &PlanPart {
        &self.parts[0]
    }
}

impl fmt::Debug for Plan {
    /// Without the text, which must not reach logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chunks: usize = self.parts.iter().map(|part| part.chunks.len()).sum();
        f.debug_struct("Plan")
            .field("voices", &self.voice_ids())
            .field("language", self.language())
            .field("chunks", &chunks)
            .finish_non_exhaustive()
    }
}

/// Each value once, at its first place.
fn distinct<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut found = Vec::new();
    for value in values {
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found
}

/// Parses a text of a job, or a part of it.
fn read_document(text: &str, job: &SpeechJob) -> Result<Document, SpeechError> {
    let guess = match job.language.named() {
        Some(language) => language.clone(),
        None => detect_language(text).unwrap_or_else(Language::english),
    };
    Document::read(text, job.markup, &guess)
        .map_err(|error| SpeechError::invalid("input", error.to_string()))
}

fn empty() -> SpeechError {
    SpeechError::invalid("input", "the text is empty; send what is to be spoken")
}
