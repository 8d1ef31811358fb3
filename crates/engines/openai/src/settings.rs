//! What an operator can set.

use std::time::Duration;

use garde::Validate;
use mynah_secret::Secret;
use mynah_speech::Language;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::OpenAiOptions;

/// A language model behind an OpenAI-compatible endpoint, which translates. The recognized text is
/// sent there.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct OpenAiSettings {
    /// The address of the endpoint up to `/chat/completions`, such as `http://127.0.0.1:11434/v1`.
    /// Unset, none is used.
    pub url: Option<String>,
    /// The model's name at the endpoint.
    pub model: String,
    /// The API key, where the endpoint requires one.
    pub key: Secret,
    /// The languages between which it translates, as BCP-47 tags.
    #[schemars(with = "Vec<String>")]
    pub languages: Vec<Language>,
    /// The time for one response, in seconds.
    #[garde(range(min = 1, max = 600))]
    pub timeout_seconds: u32,
}

impl Default for OpenAiSettings {
    fn default() -> Self {
        Self {
            url: None,
            model: String::new(),
            key: Secret::default(),
            languages: ["de", "en", "es", "fr", "it", "ja", "ko", "pt", "ru", "zh"]
                .iter()
                .filter_map(|tag| tag.parse().ok())
                .collect(),
            timeout_seconds: 30,
        }
    }
}

impl OpenAiSettings {
    /// The endpoint, where one is set.
    pub fn options(&self) -> Option<OpenAiOptions> {
        Some(OpenAiOptions {
            url: self.url.clone()?,
            model: self.model.clone(),
            key: self.key.clone(),
            languages: self.languages.clone(),
            timeout: Duration::from_secs(self.timeout_seconds.into()),
        })
    }
}
