//! A part of a plan: text that one voice speaks in one style.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use mynah_audio::Speed;
use mynah_speech::text::{Boundary, Document, TextChunk, TextChunkLimits};
use mynah_speech::{
    EngineId, KeptVoice, Language, Prosody, Provenance, Reference, SpeechError, Synthesizer, Voice,
    VoiceKind,
};

use crate::resolve::{ResolvedVoice, VoiceResolver, list};
use crate::style::Realization;
use crate::{RealizedStyle, SpeechJob, SynthesisSettings, voice_requirements};

/// Text that one voice speaks in one style: voice and language are resolved, the text is split into chunks.
#[derive(Clone)]
pub(crate) struct PlanPart {
    pub(crate) engine: Arc<dyn Synthesizer>,
    pub(crate) voice: Voice,
    pub(crate) language: Language,
    pub(crate) chunks: Vec<PlannedChunk>,
    /// With the tempo of the prosody.
    pub(crate) speed: Speed,
    pub(crate) prosody: Prosody,
    pub(crate) style: Option<RealizedStyle>,
    pub(crate) instruct: Option<String>,
    pub(crate) reference: Option<Arc<Reference>>,
    /// The kept voice whose reference that is.
    pub(crate) kept: Option<KeptVoice>,
    pub(crate) seed: Option<u64>,
    /// Whether the engine samples, so that another seed gives other audio.
    pub(crate) samples: bool,
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

/// What of the text and the job has no effect.
#[derive(Clone, Default)]
pub(crate) struct Ignored {
    /// Byte ranges of the text that are skipped.
    pub(crate) skipped: Vec<Range<usize>>,
    /// Parameters, by their names in the API.
    params: Vec<&'static str>,
    /// Those that have an effect on another part.
    used: Vec<&'static str>,
}

impl Ignored {
    /// Counts that a parameter has an effect on a part, or none.
    pub(crate) fn count(&mut self, param: &'static str, is_used: bool) {
        let list = match is_used {
            true => &mut self.used,
            false => &mut self.params,
        };
        if !list.contains(&param) {
            list.push(param);
        }
    }

    /// The parameters that have no effect on any part.
    pub(crate) fn params(&self) -> Vec<&'static str> {
        let params = self.params.iter().copied();
        params.filter(|param| !self.used.contains(param)).collect()
    }
}

/// The text of a part.
pub(crate) struct PartText<'a> {
    pub(crate) text: &'a str,
    /// Where it begins in the text of the job, in bytes.
    pub(crate) start: usize,
    pub(crate) document: Document,
    /// What its language is detected by.
    pub(crate) prose: &'a str,
    /// Whether nothing is spoken before.
    pub(crate) first: bool,
}

impl PlanPart {
    /// Plans a part of a job, whose own text is not read.
    pub(crate) fn new(
        mut job: SpeechJob,
        part: PartText<'_>,
        resolver: &VoiceResolver<'_>,
        settings: &SynthesisSettings,
        ignored: &mut Ignored,
    ) -> Result<Self, SpeechError> {
        let PartText {
            text,
            start,
            mut document,
            prose,
            first,
        } = part;
        let ResolvedVoice {
            engine,
            voice,
            language,
            by_alias,
            by_name,
            kept,
        } = resolver.resolve(&job, prose)?;
        if let Some(kept) = &kept {
            job.reference = kept.anchor.recording().cloned();
            // To a client it is a voice like any other, which needs nothing else.
            job.kind = job.kind.filter(|kind| *kind != VoiceKind::Preset);
            job.speed = job.speed.or_else(|| Speed::try_from(kept.speed).ok());
        }
        let realization = match job.style.take() {
            Some(style) => {
                let strict = job.style_strict;
                Realization::new(
                    &style,
                    strict,
                    resolver.styles,
                    &voice,
                    kept.as_ref(),
                    &language,
                )?
            }
            None => Realization::default(),
        };
        job.reference = realization.reference.clone().or(job.reference);
        voice_requirements::check(&job, &voice, resolver)?;
        if by_name {
            engine.accepts(&document.plain(), &language)?;
        } else {
            let skipped = skip_unsupported_words(&mut document, engine.as_ref(), &language)?;
            let skipped = skipped.into_iter();
            ignored
                .skipped
                .extend(skipped.map(|own| own.start + start..own.end + start));
        }
        let capability = engine.capability();

        let mut instruct = voice_requirements::instructions(&job).map(str::to_owned);
        if instruct.is_some() {
            if !voice.takes_instructions() {
                if !by_alias {
                    return Err(cannot_be_instructed(resolver, &voice));
                }
                instruct = None;
            }
            ignored.count("instructions", instruct.is_some());
        }
        let instruct = realization.instructions(instruct);
        let mut seed = job.seed;
        if seed.is_some() {
            // An engine that does not sample is repeatable anyway.
            seed = seed.filter(|_| capability.seed);
            ignored.count("seed", seed.is_some());
        }

        let reference = job.reference;
        if let Some(reference) = &reference
            && kept.is_none()
            && reference.text.is_some()
        {
            ignored.count("ref_text", reference.transcript().is_some());
        }

        let max_chars = settings.chunk_chars.min(capability.max_chars);
        let limits = TextChunkLimits {
            first_chars: match first {
                true => settings.first_chunk_chars.min(max_chars),
                false => max_chars,
            },
            max_chars,
        };
        let chunks = document.chunks(&language, &limits).into_iter();
        Ok(Self {
            engine,
            voice,
            language,
            chunks: chunks.map(|chunk| PlannedChunk::new(chunk, text)).collect(),
            speed: realization.speed(job.speed.unwrap_or_default())?,
            prosody: realization.prosody,
            style: realization.style,
            instruct,
            reference,
            kept,
            seed,
            samples: capability.seed,
        })
    }

    /// The engine.
    pub(crate) fn engine(&self) -> EngineId {
        self.engine.info().id
    }

    /// The name of the voice in an answer: the id of a kept voice, else that of the engine's.
    pub(crate) fn voice_id(&self) -> String {
        match &self.kept {
            Some(kept) => kept.id.clone(),
            None => self.voice.id.to_string(),
        }
    }

    /// Whether the voice is that of a person, by a recording.
    pub(crate) fn is_of_person(&self) -> bool {
        let reference = self.reference.as_ref();
        self.voice.of_person || reference.is_some_and(|own| own.provenance != Provenance::Synthetic)
    }

    /// How many characters its text has.
    pub(crate) fn chars(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.chars).sum()
    }

    /// Whether there are words or pauses.
    pub(crate) fn has_words(&self) -> bool {
        let is_audible = |chunk: &PlannedChunk| !chunk.words.is_empty() || chunk.pause.is_some();
        self.chunks.iter().any(is_audible)
    }
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
