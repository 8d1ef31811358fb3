//! The body of every error, in the shape that OpenAI's clients read, and the codes that never change.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What every failed request answers with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// The error.
    pub error: ErrorDetail,
}

/// One error, for people and for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorDetail {
    /// What is wrong and what would be right, for people.
    pub message: String,
    /// The family of the error.
    #[serde(rename = "type")]
    pub kind: ErrorType,
    /// The field at fault, where one is.
    #[schema(required)]
    pub param: Option<String>,
    /// The stable name of the error, for programs.
    pub code: ErrorCode,
}

/// Whose turn it is to do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorType {
    /// The caller: the request cannot succeed as it is.
    InvalidRequestError,
    /// The caller: a key is missing or unknown.
    AuthenticationError,
    /// The caller: this host or origin may not ask.
    PermissionError,
    /// The caller, later: a limit or the queue is full.
    RateLimitError,
    /// The operator: something is missing or broken here.
    ServerError,
}

/// Declares the codes once: name on the wire, HTTP status, family, meaning.
macro_rules! codes {
    ($($variant:ident = $wire:literal, $status:literal, $kind:ident, $about:literal;)+) => {
        /// The stable name of an error. New ones may be added; none changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        pub enum ErrorCode {
            $(#[doc = $about] #[serde(rename = $wire)] $variant,)+
        }

        impl ErrorCode {
            /// Every code there is, in the order in which the documentation lists them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $wire,)+ }
            }

            /// The HTTP status that carries it.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)+ }
            }

            /// The family it belongs to.
            pub const fn kind(self) -> ErrorType {
                match self { $(Self::$variant => ErrorType::$kind,)+ }
            }

            /// What it means, in a sentence.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => $about,)+ }
            }
        }
    };
}

codes! {
    InvalidJson = "invalid_json", 400, InvalidRequestError, "The body is not JSON, or no object.";
    InvalidMultipart = "invalid_multipart", 400, InvalidRequestError, "The body is not a well-formed multipart form.";
    MissingField = "missing_field", 400, InvalidRequestError, "A required field is missing.";
    InvalidValue = "invalid_value", 400, InvalidRequestError, "A field is malformed or out of range.";
    MarkupInvalid = "markup_invalid", 400, InvalidRequestError, "The tags in the text do not match, or are more than are allowed.";
    InvalidAudio = "invalid_audio", 400, InvalidRequestError, "The upload is not audio that can be read: truncated, contradictory or of an unknown kind.";
    AudioTooLong = "audio_too_long", 400, InvalidRequestError, "The upload holds more audio than is allowed.";
    AudioTooShort = "audio_too_short", 400, InvalidRequestError, "The recording is too short to make a voice of it.";
    NoSpeech = "no_speech", 400, InvalidRequestError, "The recording holds no speech, or hardly any.";
    AudioClipped = "audio_clipped", 400, InvalidRequestError, "Too much of the recording is clipped.";
    PackageDamaged = "package_damaged", 400, InvalidRequestError, "The package is no ZIP archive, or a damaged one.";
    PackagePickle = "package_pickle", 400, InvalidRequestError, "The package holds a Python pickle, which can run any code.";
    PackageEntryInvalid = "package_entry_invalid", 400, InvalidRequestError, "An entry of the package has a path, a kind or a method that is not allowed.";
    PackageEntryMissing = "package_entry_missing", 400, InvalidRequestError, "An entry of the package is missing.";
    PackageEntryUnexpected = "package_entry_unexpected", 400, InvalidRequestError, "The package has an entry that its manifest does not list.";
    PackageChecksumMismatch = "package_checksum_mismatch", 400, InvalidRequestError, "An entry of the package differs from what its manifest lists.";
    PackageDocumentInvalid = "package_document_invalid", 400, InvalidRequestError, "A document of the package has a missing, malformed or unknown field.";
    PackageRecordingInvalid = "package_recording_invalid", 400, InvalidRequestError, "No voice can be spoken from a recording of the package.";
    PackageVersionUnsupported = "package_version_unsupported", 400, InvalidRequestError, "The package has a version that is not read here.";
    UnknownField = "unknown_field", 400, InvalidRequestError, "A field of this name is unknown.";
    BadRequest = "bad_request", 400, InvalidRequestError, "The request is malformed outside its fields.";
    MissingApiKey = "missing_api_key", 401, AuthenticationError, "This server asks for a key and none was sent.";
    InvalidApiKey = "invalid_api_key", 401, AuthenticationError, "The key is unknown or was revoked.";
    HostNotAllowed = "host_not_allowed", 403, PermissionError, "The Host header does not name this server.";
    OriginNotAllowed = "origin_not_allowed", 403, PermissionError, "A page of another origin may not send this.";
    PullNotAllowed = "pull_not_allowed", 403, PermissionError, "This client may not have models fetched; see `models.allow_pull`.";
    NotFound = "not_found", 404, InvalidRequestError, "There is nothing at this path.";
    ModelNotFound = "model_not_found", 404, InvalidRequestError, "No model has this name.";
    VoiceNotFound = "voice_not_found", 404, InvalidRequestError, "No kept voice has this id.";
    MethodNotAllowed = "method_not_allowed", 405, InvalidRequestError, "The path does not take this method.";
    RequestTimeout = "request_timeout", 408, InvalidRequestError, "The body did not arrive in time.";
    PromptNotFound = "prompt_not_found", 404, InvalidRequestError, "No kept voice has a prompt of this id.";
    ClipNotFound = "clip_not_found", 404, InvalidRequestError, "The workspace has no clip of this id.";
    StyleNotFound = "style_not_found", 404, InvalidRequestError, "The workspace has no style of this key.";
    InUse = "in_use", 409, InvalidRequestError, "Something else needs the object.";
    TooManyPrompts = "too_many_prompts", 409, InvalidRequestError, "A voice has as many prompts as are allowed.";
    TooManyStyles = "too_many_styles", 409, InvalidRequestError, "A workspace has as many styles as are allowed.";
    TooManyTakes = "too_many_takes", 409, InvalidRequestError, "As much speech is kept as is allowed.";
    NameTaken = "name_taken", 409, InvalidRequestError, "A kept voice has this name already.";
    IdTaken = "id_taken", 409, InvalidRequestError, "A kept voice has the id of the imported one.";
    TooManyVoices = "too_many_voices", 409, InvalidRequestError, "As many voices are kept as are allowed.";
    VersionMismatch = "version_mismatch", 412, InvalidRequestError, "The object was changed since it was read.";
    TakeTooLarge = "take_too_large", 413, InvalidRequestError, "The speech has more bytes than a take that is kept may have.";
    PackageTooLarge = "package_too_large", 413, InvalidRequestError, "The package has more bytes or entries than are allowed.";
    BodyTooLarge = "body_too_large", 413, InvalidRequestError, "The body has more bytes than is allowed.";
    UnsupportedMediaType = "unsupported_media_type", 415, InvalidRequestError, "The Content-Type is not the one that this path takes.";
    Unsupported = "unsupported", 422, InvalidRequestError, "A known field asks for what this engine, model or voice cannot do.";
    ConsentRequired = "consent_required", 422, InvalidRequestError, "The consent of the speaker is missing or was revoked.";
    RateLimited = "rate_limited", 429, RateLimitError, "This key or address has used up its requests or its seconds of audio.";
    Overloaded = "overloaded", 429, RateLimitError, "The queue is full.";
    Internal = "internal_error", 500, ServerError, "Internal error; the server's log has the reason under the request id.";
    EngineFailed = "engine_failed", 500, ServerError, "The engine failed at its work.";
    EngineUnavailable = "engine_unavailable", 503, ServerError, "The engine is not installed or cannot start here.";
    StoreUnavailable = "store_unavailable", 503, ServerError, "The database or the object store is unavailable; retry later.";
    KeysUnavailable = "keys_unavailable", 503, ServerError, "The key file cannot be read, so no key is accepted; retry later.";
    ShuttingDown = "shutting_down", 503, ServerError, "The server is about to stop and takes no new work.";
}

impl ErrorCode {
    /// All codes as a table in Markdown, for the documentation.
    pub fn markdown_table() -> String {
        let mut table = String::from("| Status | `code` | Meaning |\n|---|---|---|\n");
        for code in Self::ALL {
            table += &format!(
                "| {} | `{}` | {} |\n",
                code.status(),
                code.as_str(),
                code.about()
            );
        }
        table
    }
}

impl ErrorBody {
    /// An error without a field at fault.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            error: ErrorDetail {
                message,
                kind: code.kind(),
                param: None,
                code,
            },
        }
    }

    /// The same error, blamed on a field.
    #[must_use]
    pub fn blaming(mut self, param: impl Into<String>) -> Self {
        self.error.param = Some(param.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_unique_and_has_its_wire_name() {
        let mut seen = std::collections::HashSet::new();
        for &code in ErrorCode::ALL {
            assert!(seen.insert(code.as_str()), "{code:?} twice");
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert!((400..600).contains(&code.status()), "{code:?}");
            assert!(code.about().ends_with('.'), "{code:?}");
        }
    }

    #[test]
    fn the_shape_is_that_of_openai() {
        let body = ErrorBody::new(ErrorCode::InvalidValue, "No.").blaming("speed");
        insta::assert_json_snapshot!(body, @r#"
        {
          "error": {
            "message": "No.",
            "type": "invalid_request_error",
            "param": "speed",
            "code": "invalid_value"
          }
        }
        "#);
    }
}
