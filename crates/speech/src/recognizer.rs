//! Audio in, text out.

use mynah_audio::SampleRate;

use crate::{Cancel, EngineHealth, EngineInfo, Language, LanguageChoice, SpeechError};

/// How one segment of speech is to be recognized.
#[derive(Clone, Debug, PartialEq)]
pub struct RecognitionOptions {
    /// What is spoken, one of [`Recognizer::languages`]; `Auto` only where the engine
    /// [detects](Recognizer::detects) it.
    pub language: LanguageChoice,
    /// Whether previews are requested. They cost a second decode.
    pub preview: bool,
    /// What tunes an engine that [takes hints](Recognizer::takes_hints).
    pub hints: RecognitionHints,
}

/// Hints for the final text of a segment. An engine that does not take them ignores them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecognitionHints {
    /// Text that could stand before the audio: names and terms in the wanted spelling.
    pub prompt: Option<String>,
    /// The sampling temperature, 0…1. At 0 the likeliest text is taken, and the engine raises the
    /// temperature by itself where that text is bad.
    pub temperature: f32,
}

impl RecognitionHints {
    /// The names of the hints that are set, as in OpenAI's API.
    pub fn names(&self) -> Vec<&'static str> {
        let prompt = self.prompt.as_ref().map(|_| "prompt");
        let temperature = (self.temperature > 0.0).then_some("temperature");
        prompt.into_iter().chain(temperature).collect()
    }
}

/// A word and where it stands in the segment.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// The word as recognized.
    pub text: String,
    /// Its start, in milliseconds from the segment's first sample.
    pub start_ms: u64,
    /// Its end, in milliseconds from the segment's first sample.
    pub end_ms: u64,
    /// The engine's own confidence, 0…1, where it has one.
    pub confidence: Option<f32>,
}

/// The final text of a segment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    /// The text, with case and punctuation (restored by rules where the engine gives none).
    /// Empty where there are no words.
    pub text: String,
    /// Its words, where the engine gives their times; otherwise empty.
    pub words: Vec<Word>,
    /// What was spoken, where the engine found that out. Always there after `Auto`, but in a text
    /// that is empty.
    pub language: Option<Language>,
}

impl Transcript {
    /// The mean confidence of the words that have one, 0 to 1; none where no word has.
    pub fn mean_confidence(&self) -> Option<f32> {
        let known = self.words.iter().filter_map(|word| word.confidence);
        let (sum, count) = known.fold((0.0, 0_u32), |(sum, count), own| (sum + own, count + 1));
        (count > 0).then(|| sum / count as f32)
    }
}

/// An engine that listens.
pub trait Recognizer: Send + Sync {
    /// What it is.
    fn info(&self) -> &EngineInfo;

    /// Whether it can run here now.
    fn health(&self) -> EngineHealth;

    /// What it understands. Empty where it cannot run.
    fn languages(&self) -> Vec<Language>;

    /// Whether it finds out by itself which of its languages is spoken.
    fn detects(&self) -> bool {
        false
    }

    /// Whether [`RecognitionHints`] have an effect.
    fn takes_hints(&self) -> bool {
        false
    }

    /// The rate at which it listens.
    fn rate(&self) -> SampleRate;

    /// Begins a segment. Does not wait for a decoder: that is done by the calls that decode.
    ///
    /// # Errors
    /// `Unsupported` for a language that it lacks, or for `Auto` where it does not detect, `Unavailable` where it is not installed.
    fn open(&self, options: &RecognitionOptions) -> Result<Box<dyn RecognizerStream>, SpeechError>;
}

/// One segment being recognized.
///
/// The final is one decode of the whole segment with its own statistics, so the same samples
/// give the same text whatever was decoded before. A preview is revisable: each replaces the last.
pub trait RecognizerStream: Send {
    /// Takes the next samples, mono at [`Recognizer::rate`]. Returns a preview of all audio so
    /// far when it changed; never one unless [`RecognitionOptions::preview`] was set.
    ///
    /// # Errors
    /// `Failed` when the engine breaks.
    fn push(&mut self, samples: &[f32]) -> Result<Option<String>, SpeechError>;

    /// Ends the segment and decodes it whole. Blocking.
    ///
    /// # Errors
    /// `Failed` when the engine breaks, `Cancelled` after the token.
    fn finish(self: Box<Self>, cancel: &Cancel) -> Result<Transcript, SpeechError>;
}
