//! The list of kept voices.

use axum::Json;
use axum::extract::{RawQuery, State};
use mynah_api::{ErrorBody, KeptVoiceList, VoiceOrigin};
use mynah_speech::{DEFAULT_WORKSPACE as WORKSPACE, Language};
use mynah_voices::VoiceQuery;

use super::query::{pairs, unknown};
use crate::error::ApiError;
use crate::state::AppState;

/// How many voices a list has, unless the request says.
const DEFAULT_LIMIT: usize = 50;
/// The most voices that a list has.
const MAX_LIMIT: usize = 200;

/// Which voices to list.
#[derive(Debug, Default)]
struct ListParams {
    q: Option<String>,
    origin: Option<VoiceOrigin>,
    tags: Vec<String>,
    language: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

impl ListParams {
    /// The names of the parameters.
    const NAMES: [&str; 6] = ["q", "origin", "tag", "language", "limit", "cursor"];

    fn parse(query: Option<&str>) -> Result<Self, ApiError> {
        let mut params = Self::default();
        for (name, value) in pairs(query) {
            match name.as_str() {
                "q" => params.q = Some(value),
                "tag" => params.tags.push(value),
                "language" => params.language = Some(value),
                "cursor" => params.cursor = Some(value),
                "origin" => {
                    let origin = serde_json::from_value(value.into());
                    let message = "`origin` must be recording, description or speaker";
                    let origin = origin.map_err(|_| ApiError::invalid("origin", message));
                    params.origin = Some(origin?);
                }
                // One that is no number is none of those that are allowed.
                "limit" => params.limit = Some(value.parse().unwrap_or(0)),
                other => return Err(unknown(other, &Self::NAMES)),
            }
        }
        Ok(params)
    }

    fn query(self) -> Result<VoiceQuery, ApiError> {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            let message = format!("`limit` must be 1 to {MAX_LIMIT}");
            return Err(ApiError::invalid("limit", message));
        }
        let language = self.language.map(|tag| {
            tag.parse::<Language>()
                .map_err(|error| ApiError::invalid("language", error.to_string()))
        });
        Ok(VoiceQuery {
            text: self.q,
            origin: self.origin.map(Into::into),
            tags: self.tags,
            language: language.transpose()?,
            cursor: self.cursor,
            limit,
        })
    }
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
        ("language" = Option<String>, Query, description = "A language that it speaks, as a BCP-47 tag."),
        ("limit" = Option<usize>, Query, description = "At most so many, 1 to 200. Default 50."),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the part before."),
    ),
    responses(
        (status = 200, description = "The voices.", body = KeptVoiceList),
        (status = "4XX", description = "See `error.code`.", body = ErrorBody),
        (status = "5XX", description = "See `error.code`.", body = ErrorBody),
    ),
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<KeptVoiceList>, ApiError> {
    let params = ListParams::parse(query.as_deref())?;
    let list = state.library.list(WORKSPACE, &params.query()?).await?;
    Ok(Json(KeptVoiceList {
        items: list.items.into_iter().map(Into::into).collect(),
        next_cursor: list.next_cursor,
        total: list.total,
    }))
}
