//! How rotary positions are spread.

use serde::Deserialize;

use super::check::{CheckResult, ensure};

/// `talker_config.rope_scaling`.
///
/// The sections state which of three position streams (time, height, width) feeds which frequency.
/// In speech the three are always equal, so this is plain rotary position and only checked.
#[derive(Clone, Debug, Deserialize)]
pub struct RopeScaling {
    /// `default`: frequencies are not stretched.
    #[serde(default = "plain")]
    pub rope_type: String,
    /// Frequencies per stream; together half of a head.
    #[serde(default)]
    pub mrope_section: Vec<usize>,
}

fn plain() -> String {
    "default".into()
}

impl RopeScaling {
    pub(super) fn check(&self, head_dim: usize) -> CheckResult {
        ensure(self.rope_type == "default", || {
            format!(
                "talker_config.rope_scaling.rope_type is {:?}; the engine computes \"default\"",
                self.rope_type
            )
        })?;
        let together = self
            .mrope_section
            .iter()
            .try_fold(0_usize, |sum, section| sum.checked_add(*section));
        ensure(
            self.mrope_section.is_empty() || together == Some(head_dim / 2),
            || {
                format!(
                    "talker_config.rope_scaling.mrope_section is {:?}; together they must be {}, half of head_dim",
                    self.mrope_section,
                    head_dim / 2
                )
            },
        )
    }
}
