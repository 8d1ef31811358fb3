//! The engine.

use std::sync::Arc;
use std::time::Duration;

use mynah_speech::text::{PieceLimits, pieces};
use mynah_speech::{Cancel, EngineHealth, EngineInfo, Language, SpeechError, Translator};

use crate::answer::translation;
use crate::call::{Calls, Retry};
use crate::client::Client;
use crate::key::Key;
use crate::prompt::{Request, instruction};
use crate::refusal::{ID, failed, of_answer};

/// The longest text taken at once, in bytes.
const MAX_BYTES: usize = 256 * 1024;
/// The longest part of a text in one question, in characters: longer answers wander.
const MAX_CHARS: usize = 4_000;

/// Which endpoint is asked, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// What `/chat/completions` comes behind: `http://127.0.0.1:11434/v1`.
    pub url: String,
    /// The model's name there.
    pub model: String,
    /// The endpoint's key; many on one's own machine have none.
    pub key: Option<Key>,
    /// The languages offered, each into every other. A model doesn't say what it knows.
    pub languages: Vec<Language>,
    /// For one whole answer. Default: 60 s.
    pub timeout: Duration,
    /// Tries after one that failed in passing: too many requests, a broken server, no answer in
    /// time. Default: 2.
    pub retries: u32,
    /// The longest wait before another try, in `Retry-After` too. Default: 10 s.
    pub longest_wait: Duration,
    /// Questions that may be out at once, those that nobody waits for any more among them.
    /// Default: 16.
    pub concurrency: usize,
}

impl Options {
    /// An endpoint and its model, without a key and with no languages yet.
    pub fn new(url: impl Into<String>, model: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            model: model.into(),
            key: None,
            languages: Vec::new(),
            timeout: Duration::from_secs(60),
            retries: 2,
            longest_wait: Duration::from_secs(10),
            concurrency: 16,
        }
    }
}

/// Translation by a language model behind an endpoint.
pub struct OpenAi {
    info: EngineInfo,
    options: Options,
    calls: Calls,
}

impl OpenAi {
    /// The engine. Nothing is asked yet.
    pub fn new(options: Options) -> Self {
        let client = Client::new(&options.url, options.key.clone(), options.timeout);
        let info = EngineInfo {
            id: ID,
            demo: false,
            about: "A language model behind an OpenAI-compatible endpoint. Texts are sent there.",
            licence: "MIT OR Apache-2.0",
            packages: &[],
        };
        let calls = Calls::new(client, options.concurrency);
        Self {
            info,
            options,
            calls,
        }
    }

    fn missing(&self) -> Option<(&'static str, &'static str)> {
        let Options {
            url,
            model,
            languages,
            ..
        } = &self.options;
        if !(url.starts_with("http://") || url.starts_with("https://")) {
            return Some((
                "its endpoint is no address",
                "Set engines.openai_url to one such as http://127.0.0.1:11434/v1",
            ));
        }
        if model.trim().is_empty() {
            return Some((
                "no model is chosen",
                "Set engines.openai_model to a model's name at the endpoint",
            ));
        }
        if languages.len() < 2 {
            return Some((
                "it has no two languages",
                "Set engines.openai_languages to two or more",
            ));
        }
        None
    }

    fn knows(&self, from: &Language, to: &Language) -> bool {
        let known = |wanted: &Language| self.options.languages.iter().any(|l| l.serves(wanted));
        from.primary() != to.primary() && known(from) && known(to)
    }

    /// One part of a text, without the white space around it.
    fn part(&self, ask: &str, text: &str, cancel: &Cancel) -> Result<String, SpeechError> {
        let request = Request::new(&self.options.model, ask, text);
        let body = serde_json::to_vec(&request).map_err(|_| failed("a question of no form"))?;
        let retry = Retry {
            times: self.options.retries,
            longest_wait: self.options.longest_wait,
        };
        let answer = self.calls.ask(&Arc::from(body), retry, cancel)?;
        translation(&answer, text).map_err(of_answer)
    }
}

impl Translator for OpenAi {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    /// Whether it is set up. The endpoint is not asked: that may cost money.
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
        let languages = &self.options.languages;
        let mut pairs = Vec::new();
        for from in languages {
            let others = languages.iter().filter(|to| to.primary() != from.primary());
            pairs.extend(others.map(|to| (from.clone(), to.clone())));
        }
        pairs
    }

    fn translate(
        &self,
        text: &str,
        from: &Language,
        to: &Language,
        cancel: &Cancel,
    ) -> Result<String, SpeechError> {
        if let Some((reason, fix)) = self.missing() {
            return Err(crate::refusal::unavailable(reason, fix));
        }
        if text.len() > MAX_BYTES {
            return Err(SpeechError::Invalid {
                param: "text",
                message: format!("a text to translate may have {MAX_BYTES} bytes at most"),
            });
        }
        if !self.knows(from, to) {
            let known: Vec<_> = self
                .options
                .languages
                .iter()
                .map(Language::as_str)
                .collect();
            return Err(SpeechError::Unsupported {
                param: "language",
                message: format!(
                    "openai is not set up for {from}→{to}; it translates between {}",
                    known.join(", ")
                ),
            });
        }
        let ask = instruction(from, to);
        let limits = PieceLimits {
            first_chars: MAX_CHARS,
            max_chars: MAX_CHARS,
        };
        let mut translated = String::with_capacity(text.len());
        for piece in pieces(text, from, &limits) {
            if cancel.is_cancelled() {
                return Err(SpeechError::Cancelled);
            }
            let piece = &text[piece.range];
            let inner = piece.trim();
            if inner.chars().any(char::is_alphanumeric) {
                let (before, after) = around(piece, inner);
                translated.push_str(before);
                translated.push_str(&self.part(&ask, inner, cancel)?);
                translated.push_str(after);
            } else {
                // Nothing to translate, which a model would talk about.
                translated.push_str(piece);
            }
        }
        Ok(translated)
    }
}

/// The white space before and after the inner part of a piece.
fn around<'a>(piece: &'a str, inner: &str) -> (&'a str, &'a str) {
    let before = piece.len() - piece.trim_start().len();
    (&piece[..before], &piece[before + inner.len()..])
}
