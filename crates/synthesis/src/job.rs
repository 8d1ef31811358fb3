//! What a caller asks for.

use std::convert::Infallible;
use std::str::FromStr;
use std::sync::Arc;

use mynah_audio::Speed;
use mynah_speech::text::Markup;
use mynah_speech::{LanguageChoice, Reference, VoiceKind};

/// A text to be spoken, as a caller put it.
#[derive(Clone, Debug, PartialEq)]
pub struct SpeechJob {
    /// The text, of any length.
    pub text: String,
    /// Whether marks in the text mean something.
    pub markup: Markup,
    /// Whose voice.
    pub voice: VoiceChoice,
    /// In which language.
    pub language: LanguageChoice,
    /// By which engine, by name; none means the best that can do it.
    pub engine: Option<String>,
    /// How fast, without a change of pitch.
    pub speed: Speed,
    /// Which kind of voice is meant; none leaves it to the voice. Without a voice it is what is
    /// looked for: none means a cloned one where there is a reference, else one that an engine
    /// brings.
    pub kind: Option<VoiceKind>,
    /// How to say it, in words, or for a designed voice who says it. Only some voices follow it.
    pub instruct: Option<String>,
    /// The recording whose voice speaks, for a cloned voice and for no other.
    pub reference: Option<Arc<Reference>>,
    /// Makes sampled speech repeatable. Engines that do not sample are repeatable without it.
    pub seed: Option<u64>,
    /// When its sound is wanted.
    pub delivery: Delivery,
}

impl SpeechJob {
    /// This text by the best voice, in the language it is found to be in, at normal speed.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            markup: Markup::default(),
            voice: VoiceChoice::Best,
            language: LanguageChoice::Auto,
            engine: None,
            speed: Speed::default(),
            kind: None,
            instruct: None,
            reference: None,
            seed: None,
            delivery: Delivery::default(),
        }
    }

    /// The same, by this voice.
    #[must_use]
    pub fn with_voice(mut self, name: impl Into<String>) -> Self {
        self.voice = VoiceChoice::Named(name.into());
        self
    }
}

/// When the sound of a job is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// As soon as it is made: somebody listens.
    #[default]
    Live,
    /// Whole, as a file: nobody hears its beginning before its end is there. So a piece may wait
    /// until all of it is good, the first one too.
    Whole,
}

/// A voice, or the wish for the best.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum VoiceChoice {
    /// The best voice for the language, of the kind that the job asks for.
    #[default]
    Best,
    /// A voice's full id (`flite/slt`), its bare name where that is unique (`slt`), or an alias
    /// from the settings (`alloy`).
    Named(String),
}

impl FromStr for VoiceChoice {
    type Err = Infallible;

    fn from_str(name: &str) -> Result<Self, Infallible> {
        Ok(Self::Named(name.to_owned()))
    }
}
