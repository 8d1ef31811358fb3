//! The list of voices: those that are kept, and those of the engines.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use mynah_api::{ErrorBody, Gender, KeptVoiceInfo, VoiceInfo, VoiceKind, VoiceList, VoiceOrigin};
use mynah_speech::{
    EngineInfo, Engines, KeptVoice, Provenance, StyledPrompt, Voice, VoiceAnchor, VoiceGender,
    VoiceId,
};

use crate::blocking::blocking;
use crate::catalogue::tags;
use crate::error::ApiError;
use crate::state::AppState;

/// List all voices of ready engines.
#[utoipa::path(
    get,
    path = "/v1/audio/voices",
    operation_id = "listVoices",
    tag = "catalogue",
    security((), ("key" = [])),
    responses(
        (status = 200, description = "The voices, the engines in their order of preference.", body = VoiceList),
        (status = "4XX", description = "See `error.code`.", body = ErrorBody),
    ),
)]
pub(crate) async fn voices(State(state): State<AppState>) -> Result<Response, ApiError> {
    let body = blocking(move || state.voice_list.current(&state)).await??;
    let json = HeaderValue::from_static("application/json");
    Ok(([(CONTENT_TYPE, json)], body).into_response())
}

/// The list as it was last sent. Ten thousand voices are megabytes, and clients ask for them again and again.
#[derive(Clone, Default)]
pub(crate) struct VoiceListCache(Arc<Mutex<Option<CachedList>>>);

struct CachedList {
    /// The change of the kept voices that it is of.
    revision: i64,
    of_engines: Vec<VoiceInfo>,
    speakers: KeptVoiceSpeakers,
    body: Bytes,
}

impl VoiceListCache {
    /// The list as JSON, made anew where the kept voices or the engines' have changed. Blocking.
    fn current(&self, state: &AppState) -> Result<Bytes, ApiError> {
        // Before the voices: a change in between is found again at the next request.
        let revision = state.library.revision();
        let of_engines = state.synthesis.voices().into_iter();
        let of_engines: Vec<_> = of_engines
            .map(|voice| info(&state.engines, voice))
            .collect();
        let speakers = KeptVoiceSpeakers::new(&state.engines);
        // Others wait here rather than make the same list.
        let mut cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = &*cached
            && (own.revision, &own.of_engines, &own.speakers) == (revision, &of_engines, &speakers)
        {
            return Ok(own.body.clone());
        }
        let kept = state.synthesis.kept_voices().into_iter();
        let kept = kept.filter_map(|voice| speakers.info(voice));
        let list = VoiceList {
            voices: kept.chain(of_engines.iter().cloned()).collect(),
        };
        let body: Bytes = serde_json::to_vec(&list)
            .map_err(ApiError::internal)?
            .into();
        *cached = Some(CachedList {
            revision,
            of_engines,
            speakers,
            body: body.clone(),
        });
        Ok(body)
    }
}

fn info(engines: &Engines, voice: Voice) -> VoiceInfo {
    let engine = voice.id.engine().to_owned();
    let demo = engines
        .synthesizer(&engine)
        .is_some_and(|engine| engine.info().demo);
    let instructions = voice.takes_instructions();
    VoiceInfo {
        id: voice.id.to_string(),
        name: voice.name,
        engine,
        languages: tags(&voice.languages),
        demo,
        instructions,
        kind: match voice.kind {
            mynah_speech::VoiceKind::Preset => VoiceKind::Preset,
            mynah_speech::VoiceKind::Designed => VoiceKind::Designed,
            mynah_speech::VoiceKind::Cloned => VoiceKind::Cloned,
        },
        gender: voice.gender.map(gender),
        kept: None,
    }
}

/// Which engine speaks with which kept voice. Engines are asked once for a list of any length.
#[derive(PartialEq)]
struct KeptVoiceSpeakers {
    cloning: Option<(EngineInfo, Voice)>,
    presets: HashMap<VoiceId, (EngineInfo, Voice)>,
}

impl KeptVoiceSpeakers {
    fn new(engines: &Engines) -> Self {
        let cloning = engines.cloning_synthesizer();
        let presets = engines.synthesizers().iter().flat_map(|engine| {
            let voices = engine.voices().into_iter();
            voices.map(|voice| (voice.id.clone(), (engine.info().clone(), voice)))
        });
        Self {
            cloning: cloning.map(|(engine, voice)| (engine.info().clone(), voice)),
            presets: presets.collect(),
        }
    }

    /// A kept voice, where an engine speaks with it. To a client it is a preset, since a request brings
    /// nothing else.
    fn info(&self, voice: KeptVoice) -> Option<VoiceInfo> {
        let (engine, spoken_by) = match &voice.anchor {
            VoiceAnchor::Recording(_) => self.cloning.as_ref()?,
            VoiceAnchor::Preset(id) => self.presets.get(id)?,
        };
        let languages = match voice.languages.is_empty() {
            true => tags(&spoken_by.languages),
            false => tags(&voice.languages),
        };
        Some(VoiceInfo {
            id: voice.id,
            name: voice.name,
            engine: engine.id.to_string(),
            languages,
            demo: engine.demo,
            instructions: spoken_by.takes_instructions(),
            kind: VoiceKind::Preset,
            gender: spoken_by.gender.map(gender),
            kept: Some(KeptVoiceInfo {
                origin: origin(&voice.anchor),
                styles: styles(&voice.prompts),
                tags: voice.tags,
            }),
        })
    }
}

fn origin(anchor: &VoiceAnchor) -> VoiceOrigin {
    match anchor {
        VoiceAnchor::Preset(_) => VoiceOrigin::Speaker,
        VoiceAnchor::Recording(reference) => match reference.provenance {
            Provenance::Person(_) => VoiceOrigin::Recording,
            Provenance::Synthetic => VoiceOrigin::Description,
        },
    }
}

/// The styles of recordings, each once.
fn styles(prompts: &[StyledPrompt]) -> Vec<String> {
    let styles = prompts.iter().map(|prompt| prompt.style.to_string());
    styles.collect::<BTreeSet<_>>().into_iter().collect()
}

const fn gender(gender: VoiceGender) -> Gender {
    match gender {
        VoiceGender::Female => Gender::Female,
        VoiceGender::Male => Gender::Male,
    }
}
