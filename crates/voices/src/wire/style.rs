use std::collections::BTreeMap;

use mynah_api as wire;
use mynah_speech::{Language, Prosody, Style, StyleKey, StyleKind, StyleVariant};

use crate::{StoredStyle, StyleOrigin, VoicesError};

impl From<StoredStyle> for wire::Style {
    fn from(stored: StoredStyle) -> Self {
        Self {
            key: stored.style.key.to_string(),
            origin: match stored.origin {
                StyleOrigin::Builtin => wire::StyleOrigin::Builtin,
                StyleOrigin::Override => wire::StyleOrigin::Override,
                StyleOrigin::Workspace => wire::StyleOrigin::Workspace,
            },
            version: stored.version,
            body: body(&stored.style),
        }
    }
}

fn body(style: &Style) -> wire::StyleBody {
    wire::StyleBody {
        kind: match style.kind {
            StyleKind::Neutral => wire::StyleKind::Neutral,
            StyleKind::Emotion => wire::StyleKind::Emotion,
            StyleKind::Mode => wire::StyleKind::Mode,
        },
        labels: tagged(&style.labels),
        tags: style.tags.clone(),
        wordless: style.wordless,
        variants: style.variants.iter().map(variant).collect(),
    }
}

fn variant(variant: &StyleVariant) -> wire::StyleVariant {
    wire::StyleVariant {
        intensity: variant.intensity.as_ref().map(ToString::to_string),
        instruct: variant.instruct.clone(),
        texts: tagged(&variant.texts),
        prosody: wire::Prosody {
            rate: variant.prosody.rate(),
            pitch: variant.prosody.pitch().semitones(),
            gain: variant.prosody.gain(),
        },
    }
}

fn tagged(texts: &BTreeMap<Language, String>) -> BTreeMap<String, String> {
    let texts = texts.iter();
    texts
        .map(|(language, text)| (language.to_string(), text.clone()))
        .collect()
}

/// The style of a body. Its bounds are checked where it is kept.
///
/// # Errors
/// [`VoicesError::Field`] for a language, an intensity or a prosody that is none.
pub fn style_of(key: StyleKey, body: wire::StyleBody) -> Result<Style, VoicesError> {
    Ok(Style {
        key,
        kind: match body.kind {
            wire::StyleKind::Neutral => StyleKind::Neutral,
            wire::StyleKind::Emotion => StyleKind::Emotion,
            wire::StyleKind::Mode => StyleKind::Mode,
        },
        labels: by_language("labels", body.labels)?,
        tags: body.tags,
        wordless: body.wordless,
        variants: body
            .variants
            .into_iter()
            .map(variant_of)
            .collect::<Result<_, _>>()?,
    })
}

fn variant_of(variant: wire::StyleVariant) -> Result<StyleVariant, VoicesError> {
    let wire::Prosody { rate, pitch, gain } = variant.prosody;
    let prosody = Prosody::new(rate, pitch, gain);
    let intensity = variant.intensity.map(StyleKey::try_from).transpose();
    Ok(StyleVariant {
        intensity: intensity
            .map_err(|error| VoicesError::field("intensity", format!("is none: {error}")))?,
        instruct: variant.instruct,
        texts: by_language("texts", variant.texts)?,
        prosody: prosody
            .map_err(|error| VoicesError::field("prosody", format!("is none: {error}")))?,
    })
}

fn by_language(
    field: &'static str,
    texts: BTreeMap<String, String>,
) -> Result<BTreeMap<Language, String>, VoicesError> {
    let parsed = texts.into_iter().map(|(tag, text)| {
        let language: Result<Language, _> = tag.parse();
        let invalid = |_| VoicesError::field(field, "are by language, as BCP-47 tags");
        Ok((language.map_err(invalid)?, text))
    });
    parsed.collect()
}
