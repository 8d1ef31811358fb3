//! What a cue may be.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much a subtitle holds, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SubtitleSettings {
    /// Characters in a line of a subtitle, at most; those of Chinese, Japanese and Korean, which
    /// are twice as wide, count as two. 10 to 200, default 42.
    pub max_line_width: u16,
    /// Lines of a subtitle, at most. 1 to 4, default 2.
    pub max_line_count: u16,
    /// Seconds that a subtitle is shown, at most. 1 to 60, default 7.
    pub max_cue_seconds: u16,
}

/// A value out of its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{setting} must be {min} to {max}")]
pub struct InvalidSubtitles {
    /// The value, by its name.
    pub setting: &'static str,
    /// The least that it may be.
    pub min: u16,
    /// The most that it may be.
    pub max: u16,
}

impl Default for SubtitleSettings {
    fn default() -> Self {
        Self {
            max_line_width: 42,
            max_line_count: 2,
            max_cue_seconds: 7,
        }
    }
}

impl SubtitleSettings {
    /// Checks every range.
    ///
    /// # Errors
    /// The first value that lies outside its range.
    pub fn validate(&self) -> Result<(), InvalidSubtitles> {
        for (setting, value, min, max) in [
            ("max_line_width", self.max_line_width, 10, 200),
            ("max_line_count", self.max_line_count, 1, 4),
            ("max_cue_seconds", self.max_cue_seconds, 1, 60),
        ] {
            if !(min..=max).contains(&value) {
                return Err(InvalidSubtitles { setting, min, max });
            }
        }
        Ok(())
    }

    pub(super) fn max_cue_ms(&self) -> u64 {
        u64::from(self.max_cue_seconds) * 1_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_has_its_ends() {
        type Value = fn(&mut SubtitleSettings) -> &mut u16;
        let values: [(&str, Value, u16, u16); 3] = [
            ("max_line_width", |it| &mut it.max_line_width, 10, 200),
            ("max_line_count", |it| &mut it.max_line_count, 1, 4),
            ("max_cue_seconds", |it| &mut it.max_cue_seconds, 1, 60),
        ];
        for (setting, value, min, max) in values {
            for (number, valid) in [(min - 1, false), (min, true), (max, true), (max + 1, false)] {
                let mut settings = SubtitleSettings::default();
                *value(&mut settings) = number;
                let expected = if valid {
                    Ok(())
                } else {
                    Err(InvalidSubtitles { setting, min, max })
                };
                assert_eq!(settings.validate(), expected);
            }
        }
    }
}
