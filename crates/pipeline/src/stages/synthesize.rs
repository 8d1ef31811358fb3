//! Synthesis over the bus: a translation to speech, in parts of half a second.

use std::sync::Arc;
use std::time::Duration;

use mynah_audio::{Clip, DecodeLimits, Format, SampleRate, Tags, decode, encode_whole};
use mynah_bus::event::{AudioSynthesis, Body, Event, Kind, TextTranslated, Times, VoiceRecording};
use mynah_bus::identity::{self, SessionId};
use mynah_speech::{Consent, ConsentBasis, Language, Provenance, Reference};
use mynah_speech_translation::{Interpreter, SpeechOptions, synthesize};
use mynah_synthesis::{Delivery, VoiceChoice};

use super::{ReferenceCache, for_session};
use crate::failure::{Failure, FailureClass, ProcessError};
use crate::metrics;
use crate::runner::commit_metadata::Reset;
use crate::runner::publisher::ResultPublisher;
use crate::stage::{Stage, StageInput, Worker};

/// The length of a part. The same for every engine, so that one replica can finish what another
/// began.
const PART: Duration = Duration::from_millis(500);

/// The silence that is published for a text without words.
const EMPTY_SPEECH: Duration = Duration::from_millis(20);

/// The maximum number of characters of a text in an event of its speech.
const MAX_SNIPPET_CHARS: usize = 120;

/// The maximum length of reference audio that is decoded. Engines accept less.
const MAX_REFERENCE: Duration = Duration::from_secs(600);

/// The synthesis stage.
#[derive(Clone)]
pub(crate) struct Synthesize {
    pub(crate) interpreter: Interpreter,
    pub(crate) target: Language,
    pub(crate) snippet: bool,
    pub(crate) references: ReferenceCache,
}

impl Stage for Synthesize {
    const STAGE: identity::Stage = identity::Stage::Synthesize;
    const INPUT: Kind = Kind::TextTranslated;
    const OUTPUTS: &'static [Kind] = &[Kind::AudioSynthesis, Kind::SessionStatus];
    const STATEFUL: bool = false;
    type Worker = Self;

    fn worker(&self, _: &SessionId, _: Option<Reset>) -> Self {
        self.clone()
    }

    async fn warm(&self) -> Result<(), String> {
        let options = options(VoiceChoice::Best, None, 0);
        let speech = synthesize(&self.interpreter, "a".into(), &self.target, &options);
        let mut speech = speech.await.map_err(|error| error.message)?;
        let mut next = async || speech.next().await.map_err(|error| error.message);
        while next().await?.is_some() {}
        Ok(())
    }
}

fn options(voice: VoiceChoice, reference: Option<Arc<Reference>>, seed: u64) -> SpeechOptions {
    SpeechOptions {
        voice,
        reference,
        delivery: Delivery::Live,
        seed: Some(seed),
    }
}

impl Synthesize {
    /// The reference audio of a record. It is decoded once, under a decoding mark: a file that
    /// crashes the decoder must not crash the next replica. A replayed dead letter is decoded again.
    async fn reference(
        &self,
        recording: &VoiceRecording,
        input: &StageInput,
        publisher: &ResultPublisher,
    ) -> Result<Arc<Reference>, ProcessError> {
        if !input.replayed && self.references.is_rejected(recording) {
            return Err(Failure::crashed_while_decoding().into());
        }
        if let Some(reference) = self.references.find(recording) {
            return Ok(reference);
        }
        let Some(consent) = &recording.consent else {
            let message = "speaker_consent: a recording of a voice needs its speaker's consent";
            return Err(Failure::invalid("consent_required", message).into());
        };
        let audio = publisher.fetch(&recording.audio).await?;
        let mark = publisher.begin_decoding(input.offset).await?;
        let (bytes, permit) = (audio.clone(), mark.permit());
        let decoded = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let limits = DecodeLimits {
                max_duration: MAX_REFERENCE,
                ..DecodeLimits::default()
            };
            decode(&bytes, &limits).err()
        });
        // Only a crash matters here: the engine reports audio that it cannot use.
        let unusable = match decoded.await {
            Ok(unusable) => unusable,
            Err(error) if error.is_panic() => {
                mark.end();
                self.references.reject(recording.clone());
                return Err(Failure::crashed_while_decoding().into());
            }
            Err(_) => return Err(ProcessError::PartitionLost),
        };
        mark.end();
        if let Some(error) = unusable {
            tracing::debug!(%error, "reference audio cannot be decoded");
        }
        let reference = Arc::new(Reference {
            audio: audio.as_ref().into(),
            x_vector_only: recording.text.is_none(),
            text: recording.text.clone(),
            provenance: Provenance::Person(Consent {
                speaker: consent.speaker.clone(),
                statement: consent.statement.clone(),
                basis: ConsentBasis::Permission,
                given_at: consent.given_at,
            }),
        });
        self.references
            .insert(recording.clone(), Arc::clone(&reference));
        Ok(reference)
    }
}

impl Worker for Synthesize {
    async fn work(
        &mut self,
        input: &StageInput,
        publisher: &ResultPublisher,
    ) -> Result<(), ProcessError> {
        let Body::TextTranslated(translated) = &input.event.body else {
            return Err(Failure::invalid("invalid", "not a translation").into());
        };
        let session = &input.event.session;
        let segment = translated.segment.id(session);
        if publisher.is_synthesized(segment) {
            metrics::skipped(Self::STAGE, "published_before");
            return Ok(());
        }
        let times = input.begin();
        let language: Language = translated.target_language.parse().map_err(|_| {
            Failure::invalid("invalid_language", "target_language: not a language tag")
        })?;
        let reference = match &translated.options.speaker.reference {
            Some(recording) => Some(self.reference(recording, input, publisher).await?),
            None => None,
        };
        let voice = translated.options.voice.clone();
        let voice = voice.map_or(VoiceChoice::Best, VoiceChoice::Named);
        // A replica that takes over makes the same speech, in the same parts.
        let options = options(voice, reference, segment.as_u128() as u64);
        let interpreter = for_session(&self.interpreter, session);
        let text = translated.text.clone();
        let mut speech = synthesize(&interpreter, text, &language, &options).await?;
        let mut parts = SpeechParts {
            session,
            translated,
            voice: speech.voice().map(str::to_owned),
            snippet: self.snippet,
            times,
            publisher,
            pending: Vec::new(),
            part: 0,
        };
        while let Some(clip) = speech.next().await? {
            parts.push(clip).await?;
        }
        parts.finish().await
    }

    fn crashed_while_decoding(&mut self, input: &StageInput) -> bool {
        let Body::TextTranslated(translated) = &input.event.body else {
            return false;
        };
        let recording = translated.options.speaker.reference.clone();
        recording.map(|own| self.references.reject(own)).is_some()
    }
}

/// Cuts the speech of a segment into parts and publishes them.
struct SpeechParts<'a> {
    session: &'a SessionId,
    translated: &'a TextTranslated,
    voice: Option<String>,
    snippet: bool,
    times: Times,
    publisher: &'a ResultPublisher,
    pending: Vec<f32>,
    part: u32,
}

impl SpeechParts<'_> {
    const RATE: SampleRate = SampleRate::HZ_24000;

    async fn push(&mut self, clip: Clip) -> Result<(), ProcessError> {
        debug_assert_eq!(clip.rate, Self::RATE, "speech is at 24 kHz");
        self.pending.extend(clip.samples);
        let size = Self::RATE.samples_in(PART);
        // The last part is flagged, so one is held back.
        while self.pending.len() > size {
            let rest = self.pending.split_off(size);
            let samples = std::mem::replace(&mut self.pending, rest);
            self.publish(samples, false).await?;
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<(), ProcessError> {
        let mut samples = std::mem::take(&mut self.pending);
        if samples.is_empty() {
            samples = vec![0.0; Self::RATE.samples_in(EMPTY_SPEECH)];
        }
        self.publish(samples, true).await
    }

    async fn publish(&mut self, samples: Vec<f32>, is_last: bool) -> Result<(), ProcessError> {
        let clip = Clip::new(Self::RATE, samples);
        let duration_ms = (clip.duration().as_millis() as u64).max(1);
        let mut tags = Tags::new();
        if let Some((engine, _)) = self.voice.as_deref().and_then(|own| own.split_once('/')) {
            tags = tags
                .engine(engine)
                .voice(self.voice.as_deref().unwrap_or_default());
        }
        let wav = encode_whole(&clip, Format::Wav, &tags).map_err(|error| Failure {
            class: FailureClass::Internal,
            code: "synthesis_failed".into(),
            message: error.to_string(),
        })?;
        let segment = self.translated.segment;
        let audio = self.publisher.store(self.session, segment, wav).await?;
        let text = &self.translated.text;
        let body = Body::AudioSynthesis(AudioSynthesis {
            segment,
            part: self.part,
            is_last,
            audio,
            duration_ms,
            sample_rate: Self::RATE.hz(),
            model: self.voice.clone(),
            target_language: Some(self.translated.target_language.clone()),
            voice: self.voice.clone(),
            speaker_id: self.translated.options.speaker.id.clone(),
            snippet: self
                .snippet
                .then(|| text.chars().take(MAX_SNIPPET_CHARS).collect()),
            times: self.times,
        });
        self.part += 1;
        self.publisher
            .publish(Event::new(self.session.clone(), Synthesize::STAGE, body))
            .await
    }
}
