//! A recording or a take to speak from, until it is kept as a prompt.

use bytes::Bytes;
use mynah_audio::Tags;
use mynah_blobs::{BlobId, Blobs};
use mynah_speech::{Language, Reference, StyleRef};

use crate::encoded_clip::EncodedClip;
use crate::library::Library;
use crate::new_voice::{check_characters, is_longer};
use crate::{Clip, ClipId, Prompt, PromptId, PromptSource, Take, VoicesError};

/// A recording to make a voice of, or to add to one.
#[derive(Clone)]
pub struct RecordedPrompt {
    /// The file, in any format that `mynah-audio` decodes.
    pub audio: Bytes,
    /// Its words.
    pub transcript: Option<String>,
    /// Whether only the speaker's x-vector is taken from it, which needs no transcript.
    pub x_vector_only: bool,
    /// Its language.
    pub language: Option<Language>,
}

/// A recording or a take that was measured and encoded, with its words.
pub(crate) struct EncodedPrompt {
    clip: EncodedClip,
    transcript: Option<String>,
    x_vector_only: bool,
    language: Option<Language>,
    source: PromptSource,
    instruct: Option<String>,
    seed: Option<u64>,
}

impl Library {
    /// Measures and encodes a recording; one without a transcript is transcribed, where a recognizer that is
    /// no demo is ready. `held` is dropped once the recording is decoded.
    pub(crate) async fn encode_recording(
        &self,
        recorded: RecordedPrompt,
        held: impl Send + 'static,
    ) -> Result<EncodedPrompt, VoicesError> {
        let transcript = checked_transcript("ref_text", recorded.transcript.as_deref())?;
        let transcribe = transcript.is_none() && !recorded.x_vector_only;
        let (audio, language) = (recorded.audio, recorded.language.clone());
        let mut clip = self
            .encode(audio, transcribe, language, Tags::of_recording(), held)
            .await?;
        let transcript = transcript.or_else(|| clip.transcript.take());
        Ok(EncodedPrompt {
            x_vector_only: recorded.x_vector_only || transcript.is_none(),
            language: recorded.language,
            transcript,
            clip,
            source: PromptSource::Recorded,
            instruct: None,
            seed: None,
        })
    }

    /// Measures a take as a recording is measured, and encodes it without the silence at its ends. What
    /// was spoken is its transcript.
    pub(crate) async fn encode_take(
        &self,
        take: &Take,
        held: impl Send + 'static,
    ) -> Result<EncodedPrompt, VoicesError> {
        let details = &take.details;
        let transcript = checked_transcript("clip", Some(&details.spoken))?;
        let tags = Tags::new()
            .engine(details.voice.engine())
            .voice(&details.voice.to_string());
        let audio = self.clip_audio(&take.clip).await?;
        let clip = self.encode(audio, false, None, tags, held).await?;
        Ok(EncodedPrompt {
            clip,
            x_vector_only: transcript.is_none(),
            transcript,
            language: Some(details.language.clone()),
            source: PromptSource::Generated,
            instruct: details.instructions.clone(),
            seed: details.seed,
        })
    }
}

impl EncodedPrompt {
    /// Stores the object of the clip; its rows are to be inserted in the same transaction, which holds the
    /// lock that a clean-up of objects needs.
    pub(crate) async fn store(
        &self,
        blobs: &Blobs,
        style: Option<StyleRef>,
        tags: Vec<String>,
        anchor: bool,
        now: i64,
    ) -> Result<Prompt, VoicesError> {
        blobs.put(self.flac()).await?;
        Ok(Prompt {
            style,
            tags,
            anchor,
            ..self.prompt(now)
        })
    }

    /// The file of the clip.
    pub(crate) fn flac(&self) -> Bytes {
        self.clip.flac.clone()
    }

    /// The prompt, as the anchor of a voice.
    pub(crate) fn prompt(&self, now: i64) -> Prompt {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        Prompt {
            id: PromptId::fresh(),
            style: None,
            tags: Vec::new(),
            transcript: self.transcript.clone(),
            x_vector_only: self.x_vector_only,
            language: self.language.clone(),
            source: self.source,
            instruct: self.instruct.clone(),
            seed: self.seed,
            clip: Clip {
                id: ClipId::fresh(),
                blob: BlobId::of(&self.clip.flac),
                bytes: number(self.clip.flac.len()),
                samples: number(self.clip.samples),
            },
            quality: self.clip.quality,
            anchor: true,
            created_at: now,
        }
    }
}

/// A transcript as it is kept, or what is wrong with it, by the name of its field. None where there are no
/// words.
pub(crate) fn checked_transcript(
    field: &'static str,
    text: Option<&str>,
) -> Result<Option<String>, VoicesError> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    let max = Reference::MAX_TEXT_CHARS;
    if text.is_some_and(|text| is_longer(text, max)) {
        let rule = format!("has at most {max} characters");
        return Err(VoicesError::field(field, rule));
    }
    check_characters(field, text.unwrap_or_default())?;
    Ok(text.map(str::to_owned))
}
