//! What went wrong at an endpoint, as the domain's errors. None holds what the endpoint wrote, its
//! address, the key or the text.

use std::time::Duration;

use mynah_speech::{EngineId, SpeechError};

use crate::answer::NoTranslation;

/// The engine's name.
pub(crate) const ID: EngineId = EngineId::new("openai");

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Another try may go through, and not before so long, where the endpoint said so.
    Passing {
        reason: String,
        wait: Option<Duration>,
    },
    /// None will.
    Lasting(SpeechError),
}

impl Trouble {
    pub(crate) fn passing(reason: impl Into<String>) -> Self {
        Self::Passing {
            reason: reason.into(),
            wait: None,
        }
    }
}

/// The error of an answer with this status.
pub(crate) fn of_status(status: u16, retry_after: Option<Duration>) -> Trouble {
    let passing = |reason: &str| Trouble::Passing {
        reason: format!("the endpoint {reason} (status {status})"),
        wait: retry_after,
    };
    let lasting = Trouble::Lasting;
    match status {
        401 | 403 => lasting(unavailable(
            "the endpoint refused the key",
            "Set engines.openai_key to a key that may use the model",
        )),
        404 => lasting(unavailable(
            "the endpoint or its model was not found",
            "Check engines.openai_url, which usually ends with /v1, and engines.openai_model",
        )),
        300..=399 => lasting(unavailable(
            "the endpoint sends its callers elsewhere, which is not followed",
            "Set engines.openai_url to the last address",
        )),
        408 => passing("took too long"),
        429 => passing("has too much to do, or the account's limit is reached"),
        500..=599 => passing("broke"),
        400 | 413 | 422 => lasting(SpeechError::Invalid {
            param: "text",
            message: format!(
                "the translating endpoint does not take this text (status {status}): send a \
                 shorter one, or see whether the model takes temperature and max_tokens"
            ),
        }),
        _ => lasting(failed(format!(
            "the endpoint answered with status {status}"
        ))),
    }
}

/// The error of an answer that came and is no translation.
pub(crate) fn of_answer(not: NoTranslation) -> SpeechError {
    failed(match not {
        NoTranslation::Malformed => "the endpoint's answer is no chat completion",
        NoTranslation::Empty => "the model answered with nothing",
        NoTranslation::CutOff => "the model's answer reached its limit and lacks its end",
        NoTranslation::Refused => "the model would not translate this text",
        NoTranslation::Unfinished => "the model's answer is not a finished text",
    })
}

pub(crate) fn failed(reason: impl Into<String>) -> SpeechError {
    SpeechError::Failed {
        engine: ID,
        reason: reason.into(),
    }
}

pub(crate) fn busy(reason: impl Into<String>) -> SpeechError {
    SpeechError::Busy {
        engine: ID,
        reason: reason.into(),
    }
}

pub(crate) fn unavailable(reason: &str, fix: &str) -> SpeechError {
    SpeechError::Unavailable {
        engine: ID,
        reason: reason.into(),
        fix: fix.into(),
    }
}
