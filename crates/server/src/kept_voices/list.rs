//! The list of kept voices.

use axum::Json;
use axum::extract::{RawQuery, State};
use mynah_api::{KeptVoiceList, VoiceOrigin};
use mynah_speech::DEFAULT_WORKSPACE as WORKSPACE;
use mynah_voices::VoiceQuery;

use super::query::set_style;
use crate::error::ApiError;
use crate::openapi::ErrorResponses;
use crate::resource::{Page, language, pairs, unknown};
use crate::state::AppState;

/// The names of the parameters.
const NAMES: [&str; 9] = [
    "q", "origin", "tag", "emotion", "mode", "language", "engine", "limit", "cursor",
];

fn parse(query: Option<&str>) -> Result<VoiceQuery, ApiError> {
    let mut wanted = VoiceQuery::default();
    let mut page = Page::default();
    for (name, value) in pairs(query) {
        match name.as_str() {
            "q" => wanted.text = Some(value),
            "tag" => wanted.tags.push(value),
            "emotion" | "mode" => set_style(&mut wanted.style, &name, &value)?,
            "language" => wanted.language = Some(language("language", &value)?),
            "engine" => wanted.engine = Some(value.to_ascii_lowercase()),
            "origin" => {
                let origin = serde_json::from_value::<VoiceOrigin>(value.into());
                let message = "`origin` must be recording, description or speaker";
                let origin = origin.map_err(|_| ApiError::invalid("origin", message))?;
                wanted.origin = Some(origin.into());
            }
            _ if page.take(&name, &value) => {}
            other => return Err(unknown(other, &NAMES)),
        }
    }
    wanted.limit = page.limit()?;
    wanted.cursor = page.cursor;
    Ok(wanted)
}

/// List the kept voices, by their names.
#[utoipa::path(
    get,
    path = "/api/v1/voices",
    operation_id = "listKeptVoices",
    tag = "voices",
    security((), ("key" = [])),
    params(
        ("q" = Option<String>, Query, description = "Words in the name, the description or a tag, in any case and without accents; all must be there."),
        ("origin" = Option<VoiceOrigin>, Query, description = "What the voice was made of."),
        ("tag" = Option<String>, Query, description = "A tag that it has."),
        ("emotion" = Option<String>, Query, description = "An emotion that it has a recording in."),
        ("mode" = Option<String>, Query, description = "A mode that it has a recording in."),
        ("language" = Option<String>, Query, description = "A language that it speaks, as a BCP-47 tag."),
        ("engine" = Option<String>, Query, description = "An engine that can speak with it, such as `qwen3`."),
        ("limit" = Option<usize>, Query, description = "At most so many, 1 to 200. Default 50."),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the part before."),
    ),
    responses(
        (status = 200, description = "The voices.", body = KeptVoiceList),
        ErrorResponses,
    ),
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<KeptVoiceList>, ApiError> {
    let list = state
        .library
        .list(WORKSPACE, &parse(query.as_deref())?)
        .await?;
    Ok(Json(KeptVoiceList {
        items: list.items.into_iter().map(Into::into).collect(),
        next_cursor: list.next_cursor,
        total: list.total,
    }))
}
