//! The OpenAPI document, generated from the handlers and the types of `mynah-api`.

use mynah_api::realtime::{ClientEvent, ServerEvent};
use mynah_api::{ErrorBody, OnConflict, SpeechEvent, TranscriptionEvent};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{IntoResponses, Modify, OpenApi};

use crate::LimitSettings;

/// The document without its paths.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Mynah",
        description = "Text to speech, speech to text and live speech translation. The paths under `/v1` are those of OpenAI's audio API, with additions that its clients can ignore.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    components(schemas(ErrorBody, OnConflict, SpeechEvent, TranscriptionEvent, ClientEvent, ServerEvent)),
    modifiers(&Key),
    tags(
        (name = "speech", description = "Text to speech."),
        (name = "transcription", description = "Speech to text."),
        (name = "catalogue", description = "Models and voices."),
        (name = "voices", description = "Voices that are kept."),
        (name = "styles", description = "Styles of speaking."),
        (name = "installation", description = "Fetching models."),
        (name = "operation", description = "For operators."),
    ),
)]
pub(crate) struct Document;

/// The errors that every route may answer with.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "only its document is used")]
pub(crate) enum ErrorResponses {
    /// See `error.code`.
    #[response(status = "4XX")]
    Client(ErrorBody),
    /// See `error.code`.
    #[response(status = "5XX")]
    Server(ErrorBody),
}

/// The name of the security scheme.
pub(crate) const KEY: &str = "key";

struct Key;

impl Modify for Key {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "A key from `mynah keys add`. Required if other machines can reach the server.",
            ))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(KEY, SecurityScheme::Http(scheme));
    }
}

/// The whole document, as served and as in `contracts/openapi.json`.
pub fn openapi_json() -> String {
    let (_, document) = crate::router::routes(&LimitSettings::default())
        .build(Document::openapi(), |_, route| route);
    document
        .to_pretty_json()
        .unwrap_or_else(|_| unreachable!("the document has string keys alone"))
        + "\n"
}
