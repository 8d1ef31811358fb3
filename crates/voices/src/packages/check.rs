//! From the documents of a package to a voice, or what is wrong with them.

use mynah_audio::{DecodeLimits, SampleRate, decode};
use mynah_blobs::BlobId;
use mynah_speech::recording::{MAX_FILE_SECONDS, Recording};
use mynah_speech::{Consent, ConsentBasis, Engines, Language};
use mynah_voice_package::{
    ConsentDocument, PackageError, PromptDocument, VoiceDocument, prompt_path, recording_path,
};
use serde::de::DeserializeOwned;

use crate::encoded_prompt::checked_transcript;
use crate::library::now_ms;
use crate::new_voice::{check_characters, check_tags, is_longer};
use crate::{
    Clip, ClipId, ConsentId, ConsentRecord, NewVoice, Origin, Prompt, PromptId, PromptSource,
    VoiceKey, VoiceName, VoicesError,
};

/// The longest instruction of a prompt, in characters.
const MAX_INSTRUCT_CHARS: usize = 4096;

/// What is said about a voice in its package.
pub(super) struct CheckedVoice {
    pub(super) id: Option<VoiceKey>,
    pub(super) voice: NewVoice,
    pub(super) origin: Origin,
    pub(super) speaker: Option<String>,
    pub(super) consent: Option<ConsentRecord>,
    pub(super) created_at: i64,
}

/// A prompt, with the consent that came with its recording.
pub(super) struct CheckedPrompt {
    pub(super) prompt: Prompt,
    pub(super) consent: Option<ConsentRecord>,
}

/// Checks what is said about a voice, for a key that imports it.
pub(super) fn voice(
    own: &VoiceDocument,
    consent: Option<&ConsentDocument>,
    by: Option<&str>,
) -> Result<CheckedVoice, VoicesError> {
    let path = VoiceDocument::PATH;
    let wrong = |reason: String| PackageError::document(path, reason);
    let origin: Origin = word(path, "origin", &own.origin)?;
    let id = own.id.parse();
    let id = id.map_err(|error| wrong(format!("`id` {error}")))?;
    let name = VoiceName::new(&own.name);
    let name = name.map_err(|error| wrong(format!("`name`: {error}")))?;
    let languages = own.languages.iter().map(|tag| language(path, tag));
    let voice = NewVoice {
        description: own.description.clone(),
        languages: languages.collect::<Result<_, _>>()?,
        tags: own.tags.clone(),
        speed: own.speed,
        ..NewVoice::named(name)
    };
    voice.check().map_err(|error| wrong(error.to_string()))?;
    let consent = consent.map(|own| record(ConsentDocument::PATH, own, by));
    let consent = consent.transpose()?;
    let rule = match origin {
        Origin::Recording if own.speaker.is_some() => "a voice of a recording has no `speaker`",
        Origin::Recording if own.prompts == 0 => "a voice of a recording has a prompt",
        Origin::Description if own.speaker.is_some() => "a voice of a description has no `speaker`",
        Origin::Description if own.prompts == 0 => "a voice of a description has a prompt",
        Origin::Speaker if own.speaker.is_none() => "`speaker` is missing",
        Origin::Speaker if own.prompts > 0 => "another name of an engine's voice has no prompts",
        Origin::Description | Origin::Speaker if consent.is_some() => {
            "only a voice of a recording has a consent"
        }
        _ => {
            return Ok(CheckedVoice {
                id: Some(id),
                voice,
                origin,
                speaker: own.speaker.clone(),
                consent,
                created_at: time(path, own.created_at)?,
            });
        }
    };
    Err(wrong(rule.to_owned()).into())
}

/// Checks a prompt, counted from 0, and its recording.
pub(super) fn prompt(
    index: usize,
    own: &PromptDocument,
    origin: Origin,
    flac: &[u8],
    engines: &Engines,
    by: Option<&str>,
) -> Result<CheckedPrompt, VoicesError> {
    let path = prompt_path(index);
    let wrong = |reason: String| PackageError::document(&path, reason);
    let style = own.style.as_deref().map(|style| {
        let parsed = style.parse();
        parsed.map_err(|error| wrong(format!("`style` {style:?}: {error}")))
    });
    let source: PromptSource = word(&path, "source", &own.source)?;
    let checks = [
        check_tags(&own.tags),
        check_characters("instruct", own.instruct.as_deref().unwrap_or_default()),
    ];
    for check in checks {
        check.map_err(|error| wrong(error.to_string()))?;
    }
    let transcript = checked_transcript("transcript", own.transcript.as_deref());
    let transcript = transcript.map_err(|error| wrong(error.to_string()))?;
    let instruct_is_long = own
        .instruct
        .as_deref()
        .is_some_and(|own| is_longer(own, MAX_INSTRUCT_CHARS));
    let rule = if transcript.is_none() && !own.x_vector_only {
        "without a `transcript` only the x-vector is taken from the recording"
    } else if origin == Origin::Description && source == PromptSource::Recorded {
        "a voice of a description has no recordings of people"
    } else if origin != Origin::Recording && own.consent.is_some() {
        "only a voice of a recording has consents"
    } else if instruct_is_long {
        "`instruct` has at most 4096 characters"
    } else {
        ""
    };
    if !rule.is_empty() {
        return Err(wrong(rule.to_owned()).into());
    }
    let language = own.language.as_deref().map(|tag| language(&path, tag));
    let consent = own.consent.as_ref().map(|own| record(&path, own, by));
    let (clip, quality) = clip(index, flac, engines)?;
    Ok(CheckedPrompt {
        prompt: Prompt {
            id: PromptId::fresh(),
            style: style.transpose()?,
            tags: own.tags.clone(),
            transcript,
            x_vector_only: own.x_vector_only,
            language: language.transpose()?,
            source,
            instruct: own.instruct.clone(),
            seed: own.seed,
            clip,
            quality,
            anchor: own.anchor,
            created_at: time(&path, own.created_at)?,
        },
        consent: consent.transpose()?,
    })
}

/// Checks a recording, and measures it anew.
fn clip(
    index: usize,
    flac: &[u8],
    engines: &Engines,
) -> Result<(Clip, mynah_speech::recording::QualityReport), VoicesError> {
    let wrong = |reason: String| PackageError::Recording {
        path: recording_path(index),
        reason,
    };
    let limits = DecodeLimits {
        max_duration: std::time::Duration::from_secs(MAX_FILE_SECONDS),
        ..DecodeLimits::default()
    };
    let decoded = decode(flac, &limits).map_err(|error| wrong(error.to_string()))?;
    let is_kept_format = decoded.container == "flac"
        && decoded.channels == 1
        && decoded.clip.rate == SampleRate::HZ_24000;
    if !is_kept_format {
        return Err(wrong("it is not mono FLAC at 24 kHz".to_owned()).into());
    }
    let quality = Recording::measure(&decoded.clip, &mut *engines.scorer());
    let quality = quality.map_err(|error| wrong(error.to_string()))?;
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let clip = Clip {
        id: ClipId::fresh(),
        blob: BlobId::of(flac),
        bytes: number(flac.len()),
        samples: number(decoded.clip.samples.len()),
    };
    Ok((clip, quality))
}

/// A consent as it is kept: given when the package says, brought by the key that imports it.
fn record(
    path: &str,
    own: &ConsentDocument,
    by: Option<&str>,
) -> Result<ConsentRecord, VoicesError> {
    let wrong = |reason: String| PackageError::document(path, reason);
    let consent = Consent::now(&own.speaker, &own.statement);
    let mut consent = consent.map_err(|error| wrong(error.to_string()))?;
    let basis = ConsentBasis::named(&own.basis);
    consent.basis = basis.ok_or_else(|| wrong(format!("there is no `basis` {:?}", own.basis)))?;
    Ok(ConsentRecord {
        id: ConsentId::fresh(),
        given_at: time(path, own.given_at)?,
        ..ConsentRecord::new(consent, by)
    })
}

/// A time that is not in the future, by more than clocks of two machines differ.
fn time(path: &str, ms: i64) -> Result<i64, PackageError> {
    const TOLERANCE_MS: i64 = 86_400_000;
    match (0..=now_ms().saturating_add(TOLERANCE_MS)).contains(&ms) {
        true => Ok(ms),
        false => Err(PackageError::document(
            path,
            format!("{ms} is no time of the past"),
        )),
    }
}

fn language(path: &str, tag: &str) -> Result<Language, PackageError> {
    let parsed = tag.parse();
    parsed.map_err(|_| PackageError::document(path, format!("{tag:?} is no language")))
}

fn word<T: DeserializeOwned>(path: &str, field: &str, text: &str) -> Result<T, PackageError> {
    let parsed = serde_json::from_value(text.into());
    parsed.map_err(|_| PackageError::document(path, format!("there is no `{field}` {text:?}")))
}
