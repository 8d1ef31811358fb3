//! The style of a request.

use crate::{Style, StyleKey, StyleKind, StyleRef, StyleVariant};

/// A style as a request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StyleName {
    /// An emotion.
    Emotion {
        /// Which.
        key: StyleKey,
        /// How strong; its weakest intensity where none is named.
        intensity: Option<StyleKey>,
    },
    /// A mode.
    Mode(StyleKey),
}

impl StyleName {
    /// The key of the style.
    pub const fn key(&self) -> &StyleKey {
        match self {
            Self::Emotion { key, .. } | Self::Mode(key) => key,
        }
    }

    /// Whether it names this style. An emotion without an intensity names all of them; a stored emotion
    /// always has one, a mode none.
    pub fn names(&self, style: &StyleRef) -> bool {
        let kind = match self {
            Self::Emotion { intensity, .. } => {
                style.intensity.is_some() && (intensity.is_none() || *intensity == style.intensity)
            }
            Self::Mode(_) => style.intensity.is_none(),
        };
        kind && *self.key() == style.key
    }

    /// Whether a style of this kind has such a name. Speech without a style goes by either.
    pub const fn fits(&self, kind: StyleKind) -> bool {
        matches!(
            (self, kind),
            (_, StyleKind::Neutral)
                | (Self::Emotion { .. }, StyleKind::Emotion)
                | (Self::Mode(_), StyleKind::Mode)
        )
    }
}

/// A name that does not fit the style of its key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StyleMismatch {
    /// An emotion was named as a mode, or a mode as an emotion.
    #[error("`{key}` is no {named}; send it as `{field}`")]
    Kind {
        /// The style.
        key: StyleKey,
        /// As what it was named.
        named: &'static str,
        /// The field that names styles of its kind.
        field: &'static str,
    },
    /// It has no such intensity.
    #[error("`{key}` has {}", intensities(.own))]
    Intensity {
        /// The style.
        key: StyleKey,
        /// Its intensities, the weakest first.
        own: Vec<StyleKey>,
    },
}

fn intensities(own: &[StyleKey]) -> String {
    let own: Vec<_> = own.iter().map(StyleKey::as_str).collect();
    match own.is_empty() {
        true => "no intensities".into(),
        false => format!("the intensities {}", own.join(", ")),
    }
}

impl Style {
    /// The variant of a name.
    ///
    /// # Errors
    /// [`StyleMismatch`] for a name that does not fit this style.
    pub fn variant(&self, name: &StyleName) -> Result<&StyleVariant, StyleMismatch> {
        let (named, intensity) = match name {
            StyleName::Emotion { intensity, .. } => ("emotion", intensity.as_ref()),
            StyleName::Mode(_) => ("mode", None),
        };
        if !name.fits(self.kind) {
            return Err(StyleMismatch::Kind {
                key: self.key.clone(),
                named,
                field: match self.kind {
                    StyleKind::Emotion => "emotion",
                    StyleKind::Neutral | StyleKind::Mode => "mode",
                },
            });
        }
        let found = match intensity {
            None => self.variants.first(),
            Some(_) => self
                .variants
                .iter()
                .find(|own| own.intensity.as_ref() == intensity),
        };
        found.ok_or_else(|| StyleMismatch::Intensity {
            key: self.key.clone(),
            own: self
                .variants
                .iter()
                .filter_map(|own| own.intensity.clone())
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::Prosody;

    fn key(key: &str) -> StyleKey {
        key.parse().unwrap()
    }

    fn style(kind: StyleKind, intensities: &[&str]) -> Style {
        let variant = |intensity: Option<StyleKey>| StyleVariant {
            intensity,
            instruct: String::new(),
            texts: BTreeMap::new(),
            prosody: Prosody::NEUTRAL,
        };
        Style {
            key: key("own"),
            kind,
            labels: BTreeMap::new(),
            tags: Vec::new(),
            wordless: false,
            variants: match kind {
                StyleKind::Emotion => intensities
                    .iter()
                    .map(|own| variant(Some(key(own))))
                    .collect(),
                StyleKind::Neutral | StyleKind::Mode => vec![variant(None)],
            },
        }
    }

    fn emotion(intensity: Option<&str>) -> StyleName {
        StyleName::Emotion {
            key: key("own"),
            intensity: intensity.map(key),
        }
    }

    #[test]
    fn an_emotion_without_an_intensity_is_its_weakest() {
        let style = style(StyleKind::Emotion, &["low", "high"]);
        let of = |intensity| {
            style
                .variant(&emotion(intensity))
                .map(|own| own.intensity.clone())
        };
        assert_eq!(of(None), Ok(Some(key("low"))));
        assert_eq!(of(Some("high")), Ok(Some(key("high"))));
        let error = of(Some("medium")).unwrap_err();
        assert_eq!(error.to_string(), "`own` has the intensities low, high");
    }

    #[test]
    fn a_name_of_another_kind_is_an_error_that_names_the_field() {
        let mode = StyleName::Mode(key("own"));
        let error = style(StyleKind::Emotion, &["low"])
            .variant(&mode)
            .unwrap_err();
        assert_eq!(error.to_string(), "`own` is no mode; send it as `emotion`");
        let error = style(StyleKind::Mode, &[])
            .variant(&emotion(None))
            .unwrap_err();
        assert_eq!(error.to_string(), "`own` is no emotion; send it as `mode`");
        let neutral = style(StyleKind::Neutral, &[]);
        assert!(neutral.variant(&mode).is_ok() && neutral.variant(&emotion(None)).is_ok());
        let error = neutral.variant(&emotion(Some("high"))).unwrap_err();
        assert_eq!(error.to_string(), "`own` has no intensities");
    }
}
