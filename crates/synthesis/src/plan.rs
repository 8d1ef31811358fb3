//! A validated job.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use mynah_audio::{SampleRate, Speed};
use mynah_speech::text::{Boundary, Document, TextChunk, TextChunkLimits, detect_language};
use mynah_speech::{
    EngineId, KeptVoice, Language, Prosody, Reference, SpeechError, Synthesizer, Voice, VoiceKind,
};

use crate::resolve::{ResolvedVoice, VoiceResolver, list};
use crate::style::Realization;
use crate::{Delivery, RealizedStyle, SpeechJob, SynthesisSettings, voice_requirements};

/// The rate of every take.
pub(crate) const RATE: SampleRate = SampleRate::HZ_24000;

/// Length of the text that language detection reads, in bytes: 2000 characters of any script.
const MAX_DETECTION_BYTES: usize = 8_000;

/// A validated job: voice and language are resolved, the text is split into chunks.
#[derive(Clone)]
pub struct Plan {
    pub(crate) engine: Arc<dyn Synthesizer>,
    pub(crate) voice: Voice,
    pub(crate) language: Language,
    pub(crate) chunks: Vec<PlannedChunk>,
    chars: usize,
    skipped: Vec<Range<usize>>,
    /// With the tempo of the prosody.
    pub(crate) speed: Speed,
    pub(crate) prosody: Prosody,
    style: Option<RealizedStyle>,
    pub(crate) instruct: Option<String>,
    pub(crate) reference: Option<Arc<Reference>>,
    /// The kept voice whose reference that is.
    pub(crate) kept: Option<KeptVoice>,
    pub(crate) seed: Option<u64>,
    pub(crate) delivery: Delivery,
    /// Whether the engine samples, so that another seed gives other audio.
    pub(crate) samples: bool,
    ignored: Vec<&'static str>,
}

/// A chunk of the text, ready for the engine.
#[derive(Clone)]
pub(crate) struct PlannedChunk {
    /// The normalized text; empty where there are no words.
    pub(crate) words: String,
    /// How many characters of the text it covers.
    pub(crate) chars: usize,
    pub(crate) ends: Boundary,
    /// The pause from the text after it.
    pub(crate) pause: Option<Duration>,
}

impl PlannedChunk {
    fn new(chunk: TextChunk, text: &str) -> Self {
        Self {
            chars: text[chunk.range].chars().count(),
            words: chunk.spoken,
            ends: chunk.ends,
            pause: chunk.pause,
        }
    }
}

impl Plan {
    pub(crate) fn new(
        mut job: SpeechJob,
        resolver: &VoiceResolver<'_>,
        settings: &SynthesisSettings,
    ) -> Result<Self, SpeechError> {
        let mut document = parse_text(&job)?;
        let ResolvedVoice {
            engine,
            voice,
            language,
            by_alias,
            by_name,
            kept,
        } = resolver.resolve(&job, &document.prose(MAX_DETECTION_BYTES))?;
        if let Some(kept) = &kept {
            job.reference = Some(Arc::clone(&kept.reference));
            // To a client it is a voice like any other, which needs nothing else.
            job.kind = job.kind.filter(|kind| *kind != VoiceKind::Preset);
            job.speed = job.speed.or_else(|| Speed::try_from(kept.speed).ok());
        }
        let realization = match job.style.take() {
            Some(style) => {
                Realization::new(&style, resolver.styles, &voice, kept.as_ref(), &language)?
            }
            None => Realization::default(),
        };
        job.reference = realization.reference.clone().or(job.reference);
        voice_requirements::check(&job, &voice, resolver)?;
        let skipped = if by_name {
            engine.accepts(&document.plain(), &language)?;
            Vec::new()
        } else {
            skip_unsupported_words(&mut document, engine.as_ref(), &language)?
        };
        let capability = engine.capability();
        let mut ignored = Vec::new();

        let mut instruct = voice_requirements::instructions(&job).map(str::to_owned);
        if instruct.is_some() && !voice.takes_instructions() {
            if !by_alias {
                return Err(cannot_be_instructed(resolver, &voice));
            }
            instruct = None;
            ignored.push("instructions");
        }
        let instruct = realization.instructions(instruct);
        let mut seed = job.seed;
        if seed.is_some() && !capability.seed {
            // An engine that does not sample is repeatable anyway.
            seed = None;
            ignored.push("seed");
        }

        let reference = job.reference;
        if let Some(reference) = &reference
            && kept.is_none()
            && reference.text.is_some()
            && reference.transcript().is_none()
        {
            ignored.push("ref_text");
        }

        let max_chars = settings.chunk_chars.min(capability.max_chars);
        let limits = TextChunkLimits {
            first_chars: settings.first_chunk_chars.min(max_chars),
            max_chars,
        };
        let chunks: Vec<_> = document
            .chunks(&language, &limits)
            .into_iter()
            .map(|chunk| PlannedChunk::new(chunk, &job.text))
            .collect();
        let SpeechJob {
            speed, delivery, ..
        } = job;
        Ok(Self {
            engine,
            voice,
            language,
            chars: chunks.iter().map(|chunk| chunk.chars).sum(),
            chunks,
            skipped,
            speed: realization.speed(speed.unwrap_or_default())?,
            prosody: realization.prosody,
            style: realization.style,
            instruct,
            reference,
            kept,
            seed,
            delivery,
            samples: capability.seed,
            ignored,
        })
    }

    /// The engine.
    pub fn engine(&self) -> EngineId {
        self.engine.info().id
    }

    /// The voice of the engine.
    pub const fn voice(&self) -> &Voice {
        &self.voice
    }

    /// The kept voice that the engine's voice speaks with, if it is one.
    pub const fn kept(&self) -> Option<&KeptVoice> {
        self.kept.as_ref()
    }

    /// The name of the voice in an answer: the id of a kept voice, else that of the engine's.
    pub fn voice_id(&self) -> String {
        match &self.kept {
            Some(kept) => kept.id.clone(),
            None => self.voice.id.to_string(),
        }
    }

    /// The style that was asked for, and how it is realized.
    pub const fn style(&self) -> Option<&RealizedStyle> {
        self.style.as_ref()
    }

    /// The language.
    pub const fn language(&self) -> &Language {
        &self.language
    }

    /// The rate of the clips: 24 kHz.
    pub const fn rate(&self) -> SampleRate {
        RATE
    }

    /// How many characters the text has.
    pub const fn chars(&self) -> usize {
        self.chars
    }

    /// Byte ranges of words that the voice does not support and skips. Only where no voice was
    /// named by its own name.
    pub fn skipped(&self) -> &[Range<usize>] {
        &self.skipped
    }

    /// Whether there are words or pauses.
    pub(crate) fn has_words(&self) -> bool {
        let is_audible = |chunk: &PlannedChunk| !chunk.words.is_empty() || chunk.pause.is_some();
        self.chunks.iter().any(is_audible)
    }

    /// Parameters without effect, by their names in the API.
    pub fn ignored(&self) -> &[&'static str] {
        &self.ignored
    }
}

impl fmt::Debug for Plan {
    /// Without the text, which must not reach logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("voice", &self.voice.id)
            .field("language", &self.language)
            .field("chunks", &self.chunks.len())
            .finish_non_exhaustive()
    }
}

/// Parses the text of a job.
fn parse_text(job: &SpeechJob) -> Result<Document, SpeechError> {
    let guess = match job.language.named() {
        Some(language) => language.clone(),
        None => detect_language(&job.text).unwrap_or_else(Language::english),
    };
    let document = Document::read(&job.text, job.markup, &guess)
        .map_err(|error| SpeechError::invalid("input", error.to_string()))?;
    if document.is_blank() {
        return Err(SpeechError::invalid(
            "input",
            "the text is empty; send what is to be spoken",
        ));
    }
    Ok(document)
}

/// Skips words that the engine does not support, where the request does not name the voice.
fn skip_unsupported_words(
    document: &mut Document,
    engine: &dyn Synthesizer,
    language: &Language,
) -> Result<Vec<Range<usize>>, SpeechError> {
    let had_words = document.has_words();
    let whole = document.plain();
    let skipped = document.skip(|character| engine.can_say(character, language));
    if had_words && !document.has_words() {
        engine.accepts(&whole, language)?;
        return Err(SpeechError::Unsupported {
            param: "input",
            message: format!(
                "no word of the text can be spoken in {language}; name its language, or a voice \
                 that speaks it"
            ),
        });
    }
    Ok(skipped)
}

fn cannot_be_instructed(resolver: &VoiceResolver<'_>, voice: &Voice) -> SpeechError {
    let mut can = resolver.voices();
    can.retain(Voice::takes_instructions);
    let id = &voice.id;
    let message = if can.is_empty() {
        format!("voice {id} follows no instructions, and no other voice here does")
    } else {
        format!(
            "voice {id} follows no instructions; these do: {}",
            list(&can)
        )
    };
    SpeechError::Unsupported {
        param: "instructions",
        message,
    }
}
