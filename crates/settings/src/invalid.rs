//! The error of invalid settings.

use std::fmt;

/// One thing that is wrong. Its text is a sentence: `limits.connections must be 1 to 100000`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingProblem {
    /// The setting, by its path below the settings that were checked.
    pub setting: String,
    /// What it must be. Never the value where that may be a secret.
    pub rule: String,
}

impl fmt::Display for SettingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.setting, self.rule)
    }
}

/// Everything that is wrong with settings. The operator's configuration is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct InvalidSettings(Vec<SettingProblem>);

impl InvalidSettings {
    pub(crate) const fn new(problems: Vec<SettingProblem>) -> Self {
        Self(problems)
    }

    /// One problem, found by other means than [`crate::check`].
    pub fn of(setting: impl Into<String>, rule: impl Into<String>) -> Self {
        Self(vec![SettingProblem {
            setting: setting.into(),
            rule: rule.into(),
        }])
    }

    /// All problems, in the order of the settings.
    pub fn problems(&self) -> &[SettingProblem] {
        &self.0
    }

    /// The same, with the settings named from this section.
    #[must_use]
    pub fn within(mut self, section: &str) -> Self {
        for problem in &mut self.0 {
            problem.setting = format!("{section}.{}", problem.setting);
        }
        self
    }
}
