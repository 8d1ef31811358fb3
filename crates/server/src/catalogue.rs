//! The list of models.

use axum::Json;
use axum::extract::{Path, State};
use mynah_api::{ErrorBody, LanguagePair, ListObject, Model, ModelKind, ModelList, ModelObject};
use mynah_speech::{EngineInfo, Engines, Language};

use crate::ServerSettings;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::state::AppState;

/// List everything that can be named as `model`.
#[utoipa::path(
    get,
    path = "/v1/models",
    operation_id = "listModels",
    tag = "catalogue",
    security((), ("key" = [])),
    responses(
        (status = 200, description = "Engines first, then aliases.", body = ModelList),
        (status = "4XX", description = "See `error.code`.", body = ErrorBody),
    ),
)]
pub(crate) async fn models(State(state): State<AppState>) -> Result<Json<ModelList>, ApiError> {
    let data = all(state).await?;
    Ok(Json(ModelList {
        object: ListObject::List,
        data,
    }))
}

/// Retrieve a model.
#[utoipa::path(
    get,
    path = "/v1/models/{model}",
    operation_id = "retrieveModel",
    tag = "catalogue",
    security((), ("key" = [])),
    params(("model" = String, Path, description = "The name of the model.")),
    responses(
        (status = 200, description = "The model.", body = Model),
        (status = "4XX", description = "See `error.code`.", body = ErrorBody),
    ),
)]
pub(crate) async fn model(
    State(state): State<AppState>,
    Path(name): Path<String>,
) -> Result<Json<Model>, ApiError> {
    let all = all(state).await?;
    let known = all
        .iter()
        .map(|model| model.id.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    let found = all
        .into_iter()
        .find(|model| model.id.eq_ignore_ascii_case(&name));
    found.map(Json).ok_or(ApiError::Model(known))
}

async fn all(state: AppState) -> Result<Vec<Model>, ApiError> {
    blocking(move || {
        let mut models = engines(&state.engines);
        models.extend(aliases(&state.settings, &models));
        models
    })
    .await
}

/// The engines as models.
fn engines(engines: &Engines) -> Vec<Model> {
    let synthesizers = engines.synthesizers().iter().map(|engine| {
        let mut languages: Vec<_> = engine
            .voices()
            .iter()
            .flat_map(|voice| tags(&voice.languages))
            .collect();
        languages.sort_unstable();
        languages.dedup();
        let ready = engine.health().is_ready();
        Model {
            languages,
            ..engine_model(ModelKind::Speech, engine.info(), ready)
        }
    });
    let recognizers = engines.recognizers().iter().map(|engine| {
        let ready = engine.health().is_ready();
        let languages = tags(&engine.languages());
        Model {
            languages,
            ..engine_model(ModelKind::Transcription, engine.info(), ready)
        }
    });
    let translators = engines.translators().iter().map(|engine| {
        let pair = |(from, to): (Language, Language)| LanguagePair {
            from: from.to_string(),
            to: to.to_string(),
        };
        let pairs = engine.pairs().into_iter().map(pair).collect();
        let ready = engine.health().is_ready();
        Model {
            pairs,
            ..engine_model(ModelKind::Translation, engine.info(), ready)
        }
    });
    synthesizers.chain(recognizers).chain(translators).collect()
}

/// The names for which the server selects the engine.
fn aliases(settings: &ServerSettings, engines: &[Model]) -> Vec<Model> {
    let ready = |kind| {
        engines
            .iter()
            .any(|model| model.kind == kind && model.ready)
    };
    // An alias that selects among demo engines alone is a demo.
    let demo = |kind| {
        engines
            .iter()
            .filter(|model| model.kind == kind)
            .all(|model| model.demo)
    };
    let demos = demo(ModelKind::Speech) || demo(ModelKind::Transcription);
    let speech = ready(ModelKind::Speech);
    let transcription = ready(ModelKind::Transcription);
    let interpreting = speech && transcription && ready(ModelKind::Translation);
    [
        (
            &settings.speech_models,
            ModelKind::Speech,
            speech,
            demo(ModelKind::Speech),
        ),
        (
            &settings.transcription_models,
            ModelKind::Transcription,
            transcription,
            demo(ModelKind::Transcription),
        ),
        (
            &settings.interpreting_models,
            ModelKind::Interpreting,
            interpreting,
            demos,
        ),
    ]
    .into_iter()
    .flat_map(|(names, kind, ready, demo)| {
        names.iter().map(move |name| Model {
            id: name.clone(),
            alias: true,
            demo,
            ..bare(kind, ready)
        })
    })
    .collect()
}

fn engine_model(kind: ModelKind, engine: &EngineInfo, ready: bool) -> Model {
    let id = engine.id.to_string();
    Model {
        id: id.clone(),
        engine: Some(id),
        demo: engine.demo,
        ..bare(kind, ready)
    }
}

fn bare(kind: ModelKind, ready: bool) -> Model {
    Model {
        id: String::new(),
        object: ModelObject::Model,
        created: 0,
        owned_by: "mynah".into(),
        kind,
        alias: false,
        engine: None,
        demo: false,
        ready,
        languages: Vec::new(),
        pairs: Vec::new(),
    }
}

pub(crate) fn tags(languages: &[Language]) -> Vec<String> {
    languages.iter().map(ToString::to_string).collect()
}
