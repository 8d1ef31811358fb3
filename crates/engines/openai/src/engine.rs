//! The engine.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use mynah_secret::Secret;
use mynah_speech::wait::{sleep, wait_for};
use mynah_speech::{Cancel, EngineHealth, EngineId, EngineInfo, Language, SpeechError, Translator};
use tokio::sync::oneshot;

use crate::client::{ChatClient, RequestError};
use crate::{prompt, reply};

/// Its name.
const ID: EngineId = EngineId::new("openai");
/// The longest text taken at once, in bytes.
const MAX_BYTES: usize = 64 * 1024;
/// Retries of a request that fails for a transient reason.
const MAX_RETRIES: usize = 2;
/// The delay before the first retry; each later one is longer.
const MIN_RETRY_DELAY: Duration = Duration::from_millis(500);

/// The endpoint and the model.
#[derive(Clone, Debug)]
pub struct OpenAiOptions {
    /// The address up to `/chat/completions`, such as `http://127.0.0.1:11434/v1`.
    pub url: String,
    /// The model's name there.
    pub model: String,
    /// The key, where one is wanted.
    pub key: Secret,
    /// Between which languages it may be used to translate.
    pub languages: Vec<Language>,
    /// How long one request may take.
    pub timeout: Duration,
}

/// Translation by an endpoint.
pub struct OpenAi {
    info: EngineInfo,
    options: OpenAiOptions,
    client: ChatClient,
}

impl OpenAi {
    /// The engine behind this endpoint, which is not contacted yet.
    pub fn new(options: OpenAiOptions) -> Self {
        let info = EngineInfo {
            id: ID,
            demo: false,
            about: "A language model behind an OpenAI-compatible endpoint.",
            licence: "LicenseRef-endpoint",
            packages: &[],
        };
        let client = ChatClient::new(&options.url, options.key.clone(), options.timeout);
        Self {
            info,
            options,
            client,
        }
    }

    fn missing(&self) -> Option<(&'static str, &'static str)> {
        let OpenAiOptions { url, model, .. } = &self.options;
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Some((
                "its address is no URL",
                "Set engines.openai.url, such as http://127.0.0.1:11434/v1.",
            ));
        }
        model
            .trim()
            .is_empty()
            .then_some(("no model is named", "Set engines.openai.model."))
    }

    fn supports(&self, language: &Language) -> bool {
        self.options
            .languages
            .iter()
            .any(|own| own.serves(language))
    }

    /// Sends one request in a thread of its own, so that cancellation takes effect at once.
    fn request(&self, body: &[u8], cancel: &Cancel) -> Result<Vec<u8>, TranslateError> {
        let (sender, response) = oneshot::channel();
        let (client, body) = (self.client.clone(), body.to_vec());
        let started = std::thread::Builder::new()
            .name("openai".into())
            .spawn(move || {
                // A cancelled caller no longer waits for it.
                let _ = sender.send(client.request(&body));
            });
        started.map_err(|_| RequestError::Transient("no thread is left".into(), None))?;
        let response = wait_for(response, None, cancel).map_err(|_| TranslateError::Cancelled)?;
        let crashed = || RequestError::Permanent("the request crashed".into());
        Ok(response.map_err(|_| crashed())??)
    }

    /// Repeats a request that failed for a transient reason.
    fn request_with_retries(
        &self,
        body: &[u8],
        cancel: &Cancel,
    ) -> Result<Vec<u8>, TranslateError> {
        let mut delays = ExponentialBuilder::default()
            .with_min_delay(MIN_RETRY_DELAY)
            .with_max_times(MAX_RETRIES)
            .with_jitter()
            .build();
        loop {
            let error = match self.request(body, cancel) {
                Err(TranslateError::Request(error)) => error,
                response => return response,
            };
            let RequestError::Transient(reason, retry_after) = &error else {
                return Err(error.into());
            };
            let Some(delay) = delays.next() else {
                return Err(error.into());
            };
            tracing::debug!(reason, "the request is sent again");
            sleep(retry_after.unwrap_or(delay), cancel).map_err(|_| TranslateError::Cancelled)?;
        }
    }
}

/// Why there is no translation.
enum TranslateError {
    Cancelled,
    Request(RequestError),
}

impl From<RequestError> for TranslateError {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl Translator for OpenAi {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn health(&self) -> EngineHealth {
        match self.missing() {
            None => EngineHealth::Ready {
                version: Some(self.options.model.clone()),
            },
            Some((reason, fix)) => EngineHealth::Missing {
                reason: reason.into(),
                fix: fix.into(),
            },
        }
    }

    fn pairs(&self) -> Vec<(Language, Language)> {
        if self.missing().is_some() {
            return Vec::new();
        }
        let all = &self.options.languages;
        let pairs = all
            .iter()
            .flat_map(|from| all.iter().map(move |to| (from, to)));
        pairs
            .filter(|(from, to)| from != to)
            .map(|(from, to)| (from.clone(), to.clone()))
            .collect()
    }

    fn translate(
        &self,
        text: &str,
        from: &Language,
        to: &Language,
        cancel: &Cancel,
    ) -> Result<String, SpeechError> {
        if let Some((reason, fix)) = self.missing() {
            return Err(unavailable(reason, fix));
        }
        if text.len() > MAX_BYTES {
            return Err(SpeechError::Invalid {
                param: "text",
                message: format!("a text to translate may have {MAX_BYTES} bytes at most"),
            });
        }
        if !self.supports(from) || !self.supports(to) {
            let known: Vec<_> = self
                .options
                .languages
                .iter()
                .map(Language::as_str)
                .collect();
            return Err(SpeechError::Unsupported {
                param: "language",
                message: format!(
                    "openai has no {from}→{to}; engines.openai.languages has {}",
                    known.join(", ")
                ),
            });
        }
        if !text.chars().any(char::is_alphanumeric) {
            return Ok(text.to_owned());
        }
        let body = prompt::request(&self.options.model, text, from, to).to_string();
        match self.request_with_retries(body.as_bytes(), cancel) {
            Ok(answer) => reply::translation(&answer, text).map_err(failed),
            Err(TranslateError::Cancelled) => Err(SpeechError::Cancelled),
            Err(TranslateError::Request(RequestError::Transient(reason, _))) => {
                Err(SpeechError::Busy { engine: ID, reason })
            }
            Err(TranslateError::Request(RequestError::Misconfigured(reason, fix))) => {
                Err(unavailable(reason, fix))
            }
            Err(TranslateError::Request(RequestError::Permanent(reason))) => Err(failed(reason)),
        }
    }
}

fn failed(reason: impl Into<String>) -> SpeechError {
    SpeechError::Failed {
        engine: ID,
        reason: reason.into(),
    }
}

fn unavailable(reason: &str, fix: &str) -> SpeechError {
    SpeechError::Unavailable {
        engine: ID,
        reason: reason.into(),
        fix: fix.into(),
    }
}
