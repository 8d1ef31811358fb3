//! A synthesis request.

use std::convert::Infallible;
use std::str::FromStr;
use std::sync::Arc;

use mynah_audio::Speed;
use mynah_speech::text::Markup;
use mynah_speech::{LanguageChoice, Reference, StyleName, VoiceKind};

/// A text to synthesize, with its options.
#[derive(Clone, Debug, PartialEq)]
pub struct SpeechJob {
    /// The text, of any length.
    pub text: String,
    /// Whether the text is plain or has markup.
    pub markup: Markup,
    /// The voice.
    pub voice: VoiceChoice,
    /// The language.
    pub language: LanguageChoice,
    /// The engine, by name; None means the best one that supports the request.
    pub engine: Option<String>,
    /// The speed, without a change of pitch; None means that of a kept voice, else normal.
    pub speed: Option<Speed>,
    /// The required kind of voice; None accepts that of the named voice. Without a voice, None
    /// selects a cloned one where there is a reference, else a preset one.
    pub kind: Option<VoiceKind>,
    /// Instructions on style, or the description of a designed voice. Only some voices support
    /// them.
    pub instruct: Option<String>,
    /// Whether tags in the text switch the voice (`[voice:NAME]…[/voice]`) and the style
    /// (`[style:sad/intense]…[/style]`); None means as the settings say. Never where `markup` is text.
    pub tags: Option<bool>,
    /// The style to speak in.
    pub style: Option<StyleName>,
    /// Whether a style is an error if neither a recording in just this style nor an instruction can do it.
    pub style_strict: bool,
    /// The reference recording, for cloned voices only.
    pub reference: Option<Arc<Reference>>,
    /// Makes sampled speech repeatable. Engines that do not sample are repeatable without it.
    pub seed: Option<u64>,
    /// When its audio is needed.
    pub delivery: Delivery,
}

impl SpeechJob {
    /// This text by the best voice, in its detected language, at normal speed.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            markup: Markup::default(),
            voice: VoiceChoice::Best,
            language: LanguageChoice::Auto,
            engine: None,
            speed: None,
            kind: None,
            instruct: None,
            tags: None,
            style: None,
            style_strict: false,
            reference: None,
            seed: None,
            delivery: Delivery::default(),
        }
    }

    /// The same with this voice.
    #[must_use]
    pub fn with_voice(mut self, name: impl Into<String>) -> Self {
        self.voice = VoiceChoice::Named(name.into());
        self
    }
}

/// When the audio of a job is needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// As soon as possible, for playback.
    #[default]
    Live,
    /// Complete, as a file. So each chunk, the first one too, may be held until it is complete.
    Whole,
}

/// A named voice, or the best one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum VoiceChoice {
    /// The best voice for the language, of the job's kind.
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
