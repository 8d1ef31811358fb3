//! How a requested style is spoken: by a recording in it, by an instruction, or by prosody.

use std::fmt;
use std::sync::Arc;

use mynah_audio::Speed;
use mynah_speech::{
    DEFAULT_WORKSPACE, KeptVoice, Language, Prosody, Reference, SpeechError, Style, StyleIndex,
    StyleKey, StyleKind, StyleName, StyleRef, Voice,
};

use crate::resolve::quoted;

/// The most styles that an error names.
const MAX_NAMED_STYLES: usize = 24;

/// How a style was realized. Displayed as in the header `mynah-style`: `sad/medium; by=prompt;
/// asked=sad/intense`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RealizedStyle {
    /// The style that was asked for.
    pub asked: StyleRef,
    /// The style that is spoken: another intensity where no recording has the one that was asked for.
    pub spoken: StyleRef,
    /// By what.
    pub by: StyleMeans,
}

/// What a style is realized by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StyleMeans {
    /// A recording of the voice in this style.
    Prompt,
    /// An instruction to the engine.
    Instruct,
    /// A change of tempo, pitch and level of the finished audio.
    Prosody,
    /// Nothing: the voice speaks without a style by itself.
    Nothing,
}

impl StyleMeans {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Instruct => "instruct",
            Self::Prosody => "prosody",
            Self::Nothing => "nothing",
        }
    }
}

impl fmt::Display for RealizedStyle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; by={}", self.spoken, self.by.as_str())?;
        match self.asked == self.spoken {
            true => Ok(()),
            false => write!(f, "; asked={}", self.asked),
        }
    }
}

/// What a style changes of the speech; by default nothing, without one.
#[derive(Default)]
pub(crate) struct Realization {
    pub(crate) style: Option<RealizedStyle>,
    /// The recording to speak from, in place of the anchor.
    pub(crate) reference: Option<Arc<Reference>>,
    /// What is added to the instructions.
    instruct: Option<String>,
    pub(crate) prosody: Prosody,
}

impl Realization {
    /// Finds the style, and the best means that the voice has for it. `strict` refuses all but a recording in just
    /// this style and an instruction.
    pub(crate) fn new(
        name: &StyleName,
        strict: bool,
        styles: Option<&dyn StyleIndex>,
        voice: &Voice,
        kept: Option<&KeptVoice>,
        language: &Language,
    ) -> Result<Self, SpeechError> {
        let style = find(name, styles)?;
        let variant = style.variant(name);
        let variant = variant.map_err(|error| SpeechError::invalid("style", error.to_string()))?;
        let asked = style.name_of(variant);
        let realized = |spoken: &StyleRef, by| RealizedStyle {
            asked: asked.clone(),
            spoken: spoken.clone(),
            by,
        };
        let prompt = kept.and_then(|kept| nearest_prompt(&style, &asked, kept, language));
        if let Some((spoken, reference)) = prompt.filter(|(spoken, _)| !strict || *spoken == asked)
        {
            return Ok(Self {
                style: Some(realized(&spoken, StyleMeans::Prompt)),
                reference: Some(reference),
                ..Self::default()
            });
        }
        let (by, instruct, prosody) = if voice.takes_instructions() {
            let instruct = variant.instruct.clone();
            (StyleMeans::Instruct, Some(instruct), Prosody::NEUTRAL)
        } else if style.kind == StyleKind::Neutral {
            (StyleMeans::Nothing, None, Prosody::NEUTRAL)
        } else if strict {
            return Err(not_exactly(&asked, voice, kept));
        } else {
            (StyleMeans::Prosody, None, variant.prosody)
        };
        Ok(Self {
            style: Some(realized(&asked, by)),
            reference: None,
            instruct,
            prosody,
        })
    }

    /// The instructions of a request, or the description of its voice, and those of the style.
    pub(crate) fn instructions(&self, own: Option<String>) -> Option<String> {
        match (own, self.instruct.clone()) {
            (Some(own), Some(style)) => {
                let own = own.trim_end().trim_end_matches(['.', ',', ';']);
                Some(format!("{own}. {style}"))
            }
            (own, style) => own.or(style),
        }
    }

    /// The speed of a request at the tempo of the style.
    pub(crate) fn speed(&self, own: Speed) -> Result<Speed, SpeechError> {
        let rate = self.prosody.rate();
        Speed::try_from(own.factor() * rate).map_err(|_| {
            let message = format!(
                "the style changes the speed of this voice by a factor of {rate}, and both together must \
                 be {} to {}",
                Speed::MIN,
                Speed::MAX
            );
            SpeechError::invalid("style", message)
        })
    }
}

fn find(name: &StyleName, styles: Option<&dyn StyleIndex>) -> Result<Arc<Style>, SpeechError> {
    let found = styles.and_then(|styles| styles.style(DEFAULT_WORKSPACE, name.key()));
    found.ok_or_else(|| {
        let all = styles.map(|styles| styles.styles(DEFAULT_WORKSPACE));
        let keys: Vec<_> = all
            .iter()
            .flatten()
            .filter(|style| name.fits(style.kind))
            .map(|style| style.key.as_str())
            .collect();
        let message = format!(
            "there is no style {}; there are: {}",
            name.key(),
            some(&keys)
        );
        SpeechError::invalid("style", message)
    })
}

/// The recording of the nearest intensity: of several one in the language of the text, and the weaker
/// intensity. Without a style the anchor is one, where it is a recording.
fn nearest_prompt(
    style: &Style,
    asked: &StyleRef,
    kept: &KeptVoice,
    language: &Language,
) -> Option<(StyleRef, Arc<Reference>)> {
    let prompts = kept
        .prompts
        .iter()
        .filter(|prompt| prompt.style.key == style.key);
    let ranked = prompts.filter_map(|prompt| {
        let distance = style.distance(prompt.style.intensity.as_ref(), asked.intensity.as_ref())?;
        let other_language = !prompt
            .language
            .as_ref()
            .is_some_and(|own| own.is_same_language(language));
        let strength = style.distance(prompt.style.intensity.as_ref(), first_intensity(style))?;
        Some(((distance, strength, other_language), prompt))
    });
    let nearest = ranked.min_by_key(|(rank, _)| *rank);
    match nearest {
        Some((_, prompt)) => Some((prompt.style.clone(), Arc::clone(&prompt.reference))),
        None if style.kind == StyleKind::Neutral => {
            let anchor = kept.anchor.recording()?;
            Some((asked.clone(), Arc::clone(anchor)))
        }
        None => None,
    }
}

fn first_intensity(style: &Style) -> Option<&StyleKey> {
    style.variants.first()?.intensity.as_ref()
}

fn not_exactly(asked: &StyleRef, voice: &Voice, kept: Option<&KeptVoice>) -> SpeechError {
    let name = kept.map_or_else(|| voice.id.to_string(), |kept| quoted(&kept.name));
    let own = kept.map(|kept| {
        let mut own: Vec<_> = kept
            .prompts
            .iter()
            .map(|prompt| prompt.style.to_string())
            .collect();
        own.sort_unstable();
        own.dedup();
        own
    });
    let means = match own.filter(|own| !own.is_empty()) {
        Some(own) => format!("it has recordings in: {}", some(&own)),
        None => "it has no recording in a style and follows no instructions".into(),
    };
    SpeechError::Unsupported {
        param: "style",
        message: format!(
            "the voice {name} cannot speak exactly {asked}; {means}; or leave out `style_strict`"
        ),
    }
}

/// The first of some names.
fn some(names: &[impl AsRef<str>]) -> String {
    let first = names.iter().take(MAX_NAMED_STYLES).map(AsRef::as_ref);
    let mut list = first.collect::<Vec<_>>().join(", ");
    if names.len() > MAX_NAMED_STYLES {
        list.push_str(", …");
    }
    list
}
