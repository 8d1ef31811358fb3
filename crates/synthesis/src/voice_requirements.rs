//! What a job must contain for each kind of voice.

use mynah_speech::{SpeechError, Voice, VoiceKind};

use crate::SpeechJob;
use crate::resolve::{VoiceResolver, list};

/// Checks that a job has what its kind of voice needs, and nothing else.
pub(crate) fn check(
    job: &SpeechJob,
    voice: &Voice,
    resolver: &VoiceResolver<'_>,
) -> Result<(), SpeechError> {
    let id = &voice.id;
    if let Some(requested) = job.kind.filter(|requested| *requested != voice.kind) {
        let message = format!(
            "voice {id} is {}, which is `task_type` {}; {}",
            kind_description(voice.kind),
            task_type(voice.kind),
            alternatives(resolver, requested)
        );
        return Err(SpeechError::invalid("task_type", message));
    }
    match (voice.kind, &job.reference) {
        (VoiceKind::Cloned, None) => {
            let message = format!(
                "voice {id} is that of a recording, and none was sent; send `ref_audio` (on the \
                 command line --ref-audio), or take another voice"
            );
            Err(SpeechError::invalid("ref_audio", message))
        }
        (VoiceKind::Cloned, Some(reference))
            if reference.transcript().is_none() && !reference.x_vector_only =>
        {
            let message = "the recording needs its text: send `ref_text` (--ref-text), its transcript; \
                           or set `x_vector_only_mode` (--x-vector-only), which needs no text \
                           and is less close to the voice";
            Err(SpeechError::invalid("ref_text", message))
        }
        (VoiceKind::Preset | VoiceKind::Designed, Some(_)) => Err(SpeechError::Unsupported {
            param: "ref_audio",
            message: format!(
                "voice {id} is not made of a recording; {}",
                alternatives(resolver, VoiceKind::Cloned)
            ),
        }),
        (VoiceKind::Designed, None) if instructions(job).is_none() => {
            let message = format!(
                "voice {id} is made of its description, and there is none; send `instructions` \
                 (--instruct) that say who speaks, such as \"a calm old man\""
            );
            Err(SpeechError::invalid("instructions", message))
        }
        (VoiceKind::Cloned, Some(_)) | (VoiceKind::Preset | VoiceKind::Designed, None) => Ok(()),
    }
}

/// The error for a kind of voice that no engine has.
pub(crate) fn no_voice_of_kind(kind: VoiceKind, resolver: &VoiceResolver<'_>) -> SpeechError {
    let param = match kind {
        VoiceKind::Cloned => "ref_audio",
        VoiceKind::Designed => "task_type",
        VoiceKind::Preset => "voice",
    };
    SpeechError::Unsupported {
        param,
        message: format!(
            "the requested engines have no voice that is {}; {}",
            kind_description(kind),
            alternatives(resolver, kind)
        ),
    }
}

/// The instructions of a job, unless they are blank.
pub(crate) fn instructions(job: &SpeechJob) -> Option<&str> {
    job.instruct
        .as_deref()
        .filter(|instruct| !instruct.trim().is_empty())
}

/// A description of a kind of voice.
const fn kind_description(kind: VoiceKind) -> &'static str {
    match kind {
        VoiceKind::Preset => "ready-made",
        VoiceKind::Designed => "made of a description",
        VoiceKind::Cloned => "made of a recording",
    }
}

/// The `task_type` of a kind of voice in the API.
const fn task_type(kind: VoiceKind) -> &'static str {
    match kind {
        VoiceKind::Preset => "CustomVoice",
        VoiceKind::Designed => "VoiceDesign",
        VoiceKind::Cloned => "Base",
    }
}

/// The available voices of a kind.
fn alternatives(resolver: &VoiceResolver<'_>, kind: VoiceKind) -> String {
    let mut voices = resolver.voices();
    voices.retain(|voice| voice.kind == kind);
    let description = kind_description(kind);
    if voices.is_empty() {
        format!("no voice here is {description}")
    } else {
        format!("use one that is {description}: {}", list(&voices))
    }
}
