//! Between what a client has configured and what stands in events.

use bytes::Bytes;
use mynah_api::limits::NAME_BYTES;
use mynah_bus::event::{AudioPayload, ClientOptions, ConsentRecord, Speaker, VoiceRecording};
use mynah_bus::identity::SessionId;
use mynah_bus::limits::MAX_INLINE_REFERENCE_BYTES;
use mynah_speech::{Consent, ConsentBasis, Provenance, Reference, ReferenceAudio};
use mynah_speech_translation::SessionOptions;
use mynah_synthesis::VoiceChoice;

use crate::fault::Fault;
use mynah_bus_session::{ObjectStore, ObjectStoreError};

/// What stands in every chunk from now on.
pub(super) async fn stage_options(
    session: &SessionId,
    options: &SessionOptions,
    object_store: &dyn ObjectStore,
) -> Result<ClientOptions, Fault> {
    if let VoiceChoice::Named(name) = &options.voice
        && name.len() > NAME_BYTES
    {
        let message = format!("no voice has a name of more than {NAME_BYTES} bytes");
        let fault = Fault::client("unsupported_voice", message);
        return Err(fault.blaming("session.audio.output.voice"));
    }
    let reference = match &options.reference {
        None => None,
        Some(reference) => Some(recording(session, reference, object_store).await?),
    };
    Ok(ClientOptions {
        source: Some(options.source.to_string()),
        target: Some(options.target.to_string()),
        voice: match &options.voice {
            VoiceChoice::Named(name) => Some(name.clone()),
            VoiceChoice::Best => None,
        },
        speaker: Speaker {
            id: None,
            reference,
        },
    })
}

async fn recording(
    session: &SessionId,
    reference: &Reference,
    object_store: &dyn ObjectStore,
) -> Result<VoiceRecording, Fault> {
    let ReferenceAudio::Upload(file) = &reference.audio else {
        // A session names a kept voice; its clip is never sent.
        let message = "something broke here; the server's log says what";
        return Err(Fault::server("internal_error", message));
    };
    let bytes = Bytes::copy_from_slice(file);
    let audio = object_store
        .sound(session, bytes, MAX_INLINE_REFERENCE_BYTES)
        .await
        .map_err(|error| {
            let message = match &error {
                ObjectStoreError::TooLarge { limit, .. } => format!(
                    "\"audio\" is larger than {limit} bytes, and this gateway has no object store; \
                     send a shorter or compressed recording"
                ),
                ObjectStoreError::Unavailable => {
                    "the object store can't be reached; try again a little later".into()
                }
                ObjectStoreError::Refused(_) => "the object store refuses the recording".into(),
            };
            Fault::client("unsupported_speaker_reference", message)
                .blaming("session.speaker_reference")
        })?;
    Ok(VoiceRecording {
        audio,
        text: reference.text.clone(),
        consent: reference.provenance.consent().map(|consent| ConsentRecord {
            speaker: consent.speaker.clone(),
            statement: consent.statement.clone(),
            given_at: consent.given_at,
        }),
    })
}

/// Applies the options of a session that is resumed. What can't be read is left as it is.
pub(super) async fn restore(
    options: &mut SessionOptions,
    stage: &ClientOptions,
    object_store: &dyn ObjectStore,
) {
    if let Some(source) = stage.source.as_deref().and_then(|tag| tag.parse().ok()) {
        options.source = source;
    }
    if let Some(target) = stage.target.as_deref().and_then(|tag| tag.parse().ok()) {
        options.target = target;
    }
    options.voice = stage
        .voice
        .clone()
        .map_or(VoiceChoice::Best, VoiceChoice::Named);
    options.reference = match &stage.speaker.reference {
        Some(recording) => reference(recording, object_store).await.map(Into::into),
        None => None,
    };
}

async fn reference(
    recording: &VoiceRecording,
    object_store: &dyn ObjectStore,
) -> Option<Reference> {
    let consent = recording.consent.as_ref()?;
    let audio = match &recording.audio {
        AudioPayload::Inline(bytes) => bytes.clone(),
        stored @ AudioPayload::Stored(_) => object_store.fetch(stored).await.ok()?,
    };
    Some(Reference {
        audio: audio.as_ref().into(),
        x_vector_only: recording.text.is_none(),
        text: recording.text.clone(),
        provenance: Provenance::Person(Consent {
            speaker: consent.speaker.clone(),
            statement: consent.statement.clone(),
            basis: ConsentBasis::Permission,
            given_at: consent.given_at,
        }),
    })
}
