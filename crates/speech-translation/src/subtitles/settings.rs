//! What a cue may be.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much a subtitle holds, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct SubtitleSettings {
    /// Characters in a line of a subtitle, at most; those of Chinese, Japanese and Korean, which are
    /// twice as wide, count as two. Default 42.
    #[garde(range(min = 10, max = 200))]
    pub max_line_width: u16,
    /// Lines of a subtitle, at most. Default 2.
    #[garde(range(min = 1, max = 4))]
    pub max_line_count: u16,
    /// Seconds that a subtitle is shown, at most. Default 7.
    #[garde(range(min = 1, max = 60))]
    pub max_cue_seconds: u16,
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
    pub(super) fn max_cue_ms(&self) -> u64 {
        u64::from(self.max_cue_seconds) * 1_000
    }
}

#[cfg(test)]
mod tests {
    use mynah_settings::{InvalidSettings, check};

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
                    Err(InvalidSettings::of(
                        setting,
                        format!("must be {min} to {max}"),
                    ))
                };
                assert_eq!(check(&settings), expected);
            }
        }
    }
}
