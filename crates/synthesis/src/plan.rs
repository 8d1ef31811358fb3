//! A job that was found good.

use std::fmt;
use std::sync::Arc;

use mynah_audio::{SampleRate, Speed};
use mynah_speech::text::{Piece, PieceLimits, pieces};
use mynah_speech::{EngineId, Language, Reference, SpeechError, Synthesizer, Voice};

use crate::resolve::{Resolved, Resolver, list};
use crate::{Delivery, SpeechJob, SynthesisSettings, source};

/// The rate of every take.
pub(crate) const RATE: SampleRate = SampleRate::HZ_24000;

/// A job that can be spoken: voice and language are found, the text is cut.
#[derive(Clone)]
pub struct Plan {
    pub(crate) engine: Arc<dyn Synthesizer>,
    pub(crate) voice: Voice,
    pub(crate) language: Language,
    pub(crate) text: String,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) speed: Speed,
    pub(crate) instruct: Option<String>,
    pub(crate) reference: Option<Arc<Reference>>,
    pub(crate) seed: Option<u64>,
    pub(crate) delivery: Delivery,
    /// Whether another seed says it otherwise.
    pub(crate) samples: bool,
    ignored: Vec<&'static str>,
}

impl Plan {
    pub(crate) fn new(
        job: SpeechJob,
        resolver: &Resolver<'_>,
        settings: &SynthesisSettings,
    ) -> Result<Self, SpeechError> {
        if !job.text.chars().any(char::is_alphanumeric) {
            let message = "there is nothing to say: the text has no letter and no digit".into();
            return Err(SpeechError::Invalid {
                param: "input",
                message,
            });
        }
        let Resolved {
            engine,
            voice,
            language,
            by_alias,
        } = resolver.resolve(&job)?;
        source::check(&job, &voice, resolver)?;
        engine.accepts(&job.text, &language)?;
        let capability = engine.capability();
        let mut ignored = Vec::new();

        let mut instruct = source::instructions(&job).map(str::to_owned);
        if instruct.is_some() && !voice.takes_instructions() {
            if !by_alias {
                return Err(cannot_be_instructed(resolver, &voice));
            }
            instruct = None;
            ignored.push("instructions");
        }
        let mut seed = job.seed;
        if seed.is_some() && !capability.seed {
            // An engine that does not sample repeats itself anyway.
            seed = None;
            ignored.push("seed");
        }

        let reference = job.reference;
        if let Some(reference) = &reference
            && reference.text.is_some()
            && reference.transcript().is_none()
        {
            ignored.push("ref_text");
        }

        let longest = settings.piece_chars.min(capability.max_chars).max(1);
        let limits = PieceLimits {
            first_chars: settings.first_piece_chars.clamp(1, longest),
            max_chars: longest,
        };
        let pieces = pieces(&job.text, &language, &limits);
        let SpeechJob {
            text,
            speed,
            delivery,
            ..
        } = job;
        Ok(Self {
            engine,
            voice,
            language,
            text,
            pieces,
            speed,
            instruct,
            reference,
            seed,
            delivery,
            samples: capability.seed,
            ignored,
        })
    }

    /// Which engine speaks.
    pub fn engine(&self) -> EngineId {
        self.engine.info().id
    }

    /// Which voice speaks.
    pub const fn voice(&self) -> &Voice {
        &self.voice
    }

    /// In which language.
    pub const fn language(&self) -> &Language {
        &self.language
    }

    /// The rate of the clips: 24 kHz.
    pub const fn rate(&self) -> SampleRate {
        RATE
    }

    /// How many characters are spoken.
    pub fn chars(&self) -> usize {
        self.text.chars().count()
    }

    /// The parameters that change nothing here, by their names in the API.
    pub fn ignored(&self) -> &[&'static str] {
        &self.ignored
    }
}

impl fmt::Debug for Plan {
    /// Without the text, which belongs to its owner.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("voice", &self.voice.id)
            .field("language", &self.language)
            .field("pieces", &self.pieces.len())
            .finish_non_exhaustive()
    }
}

fn cannot_be_instructed(resolver: &Resolver<'_>, voice: &Voice) -> SpeechError {
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
