//! Lists of prompts.

use axum::Json;
use axum::extract::{RawQuery, State};
use mynah_api::KeptPromptList;
use mynah_speech::DEFAULT_WORKSPACE as WORKSPACE;
use mynah_voices::{PromptQuery, VoiceKey};
use utoipa::IntoParams;

use super::key;
use super::query::set_style;
use crate::error::ApiError;
use crate::openapi::ErrorResponses;
use crate::resource::{Page, language, pairs, unknown};
use crate::state::AppState;
use crate::styles::style_key;

/// The parameters of a list of prompts, for the document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(
    dead_code,
    reason = "only its document is used; the query is parsed by name"
)]
pub(crate) struct PromptParams {
    /// Words in the transcript or a tag, in any case and without accents; all must be there.
    q: Option<String>,
    /// Recordings in this emotion.
    emotion: Option<String>,
    /// Recordings of this intensity.
    intensity: Option<String>,
    /// Recordings in this mode.
    mode: Option<String>,
    /// A tag that it has; may come several times.
    tag: Option<String>,
    /// The language of the recording, as a BCP-47 tag.
    language: Option<String>,
    /// At most so many, 1 to 200. Default 50.
    limit: Option<usize>,
    /// The `next_cursor` of the part before.
    cursor: Option<String>,
}

/// List the recordings of all kept voices, the earliest first.
#[utoipa::path(
    get,
    path = "/api/v1/prompts",
    operation_id = "listPrompts",
    tag = "voices",
    security((), ("key" = [])),
    params(("voice" = Option<String>, Query, description = "The id of a voice."), PromptParams),
    responses(
        (status = 200, description = "The prompts.", body = KeptPromptList),
        ErrorResponses,
    ),
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<KeptPromptList>, ApiError> {
    answer(&state, query.as_deref(), None).await
}

/// The list of a query; of a voice where the path names one.
pub(super) async fn answer(
    state: &AppState,
    query: Option<&str>,
    voice: Option<VoiceKey>,
) -> Result<Json<KeptPromptList>, ApiError> {
    let query = parse(query, voice)?;
    let list = state.library.prompts(WORKSPACE, &query).await?;
    Ok(Json(KeptPromptList {
        items: list.items.into_iter().map(Into::into).collect(),
        next_cursor: list.next_cursor.map(Into::into),
        total: list.total,
    }))
}

fn parse(query: Option<&str>, voice: Option<VoiceKey>) -> Result<PromptQuery, ApiError> {
    const NAMES: [&str; 9] = [
        "voice",
        "q",
        "emotion",
        "intensity",
        "mode",
        "tag",
        "language",
        "limit",
        "cursor",
    ];
    let in_path = voice.is_some();
    let mut wanted = PromptQuery {
        voice,
        ..PromptQuery::default()
    };
    let mut page = Page::default();
    for (name, value) in pairs(query) {
        match name.as_str() {
            "q" => wanted.text = Some(value),
            "voice" if !in_path => wanted.voice = Some(key(&value)?),
            "emotion" | "mode" => set_style(&mut wanted.style, &name, &value)?,
            "intensity" => wanted.intensity = Some(style_key("intensity", &value)?),
            "tag" => wanted.tags.push(value),
            "language" => wanted.language = Some(language("language", &value)?),
            _ if page.take(&name, &value) => {}
            other => return Err(unknown(other, &NAMES[usize::from(in_path)..])),
        }
    }
    wanted.limit = page.limit()?;
    let cursor = page.cursor.map(|cursor| {
        let message = "`cursor` is not that of a list";
        cursor
            .parse()
            .map_err(|_| ApiError::invalid("cursor", message))
    });
    wanted.cursor = cursor.transpose()?;
    Ok(wanted)
}
