//! A translation to speech, in parts of half a second.

use std::sync::Arc;
use std::time::Duration;

use mynah_admission::ClientKey;
use mynah_audio::{Clip, Format, SampleRate, Tags, encode_whole};
use mynah_bus::event::{
    AudioSynthesis, Body, Event, Kind, TextTranslated, Times, VoiceRecording, now_ms,
};
use mynah_bus::identity::{self, SessionId};
use mynah_speech::{Consent, Language, LanguageChoice, Reference};
use mynah_speech_translation::{Interpreter, SessionOptions};
use mynah_synthesis::VoiceChoice;

use crate::failure::{Failure, FailureClass, ProcessError};
use crate::runner::commit_metadata::Reset;
use crate::runner::publisher::ResultPublisher;
use crate::stage::{Input, Stage, Worker};
use crate::stages::ReferenceCache;

/// The length of a part. The same whoever speaks, so that what one replica began another can
/// finish.
const PART: Duration = Duration::from_millis(500);

/// What stands for speech where a translation has nothing that can be said.
const EMPTY_SPEECH: Duration = Duration::from_millis(20);

/// The most characters of a text that stand in an event of its speech.
const SNIPPET: usize = 120;

/// Speaks.
#[derive(Clone)]
pub(crate) struct Synthesize {
    pub(crate) interpreter: Interpreter,
    pub(crate) target: Language,
    pub(crate) snippet: bool,
    pub(crate) voices: ReferenceCache,
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
        let source = LanguageChoice::Is(self.target.clone());
        let options = SessionOptions::new(source, self.target.clone());
        let speech = self
            .interpreter
            .speak_segment("a".into(), self.target.clone(), &options, 0);
        let mut speech = speech.await.map_err(|error| error.message)?;
        while speech
            .next()
            .await
            .map_err(|error| error.message)?
            .is_some()
        {}
        Ok(())
    }
}

impl Synthesize {
    async fn reference(
        &self,
        recording: &VoiceRecording,
        publisher: &ResultPublisher,
    ) -> Result<Arc<Reference>, ProcessError> {
        if let Some(reference) = self.voices.find(recording) {
            return Ok(reference);
        }
        let Some(consent) = &recording.consent else {
            let message = "speaker_consent: a recording of a voice needs its speaker's consent";
            return Err(Failure::invalid("consent_required", message).into());
        };
        let audio = publisher.fetch(&recording.audio).await?;
        let reference = Arc::new(Reference {
            audio: audio.as_ref().into(),
            x_vector_only: recording.text.is_none(),
            text: recording.text.clone(),
            consent: Consent {
                speaker: consent.speaker.clone(),
                statement: consent.statement.clone(),
                given_at: consent.given_at,
            },
        });
        self.voices.keep(recording.clone(), Arc::clone(&reference));
        Ok(reference)
    }
}

impl Worker for Synthesize {
    async fn work(
        &mut self,
        input: &Input,
        publisher: &ResultPublisher,
    ) -> Result<(), ProcessError> {
        let Body::TextTranslated(translated) = &input.event.body else {
            return Err(Failure::invalid("invalid", "not a translation").into());
        };
        let session = &input.event.session;
        if publisher.is_spoken(translated.segment.id(session)) {
            crate::metrics::skipped(Self::STAGE, "published_before");
            return Ok(());
        }
        let started_at = now_ms();
        let language: Language = translated.target_language.parse().map_err(|_| {
            Failure::invalid("invalid_language", "target_language: not a language tag")
        })?;
        let reference = match &translated.options.speaker.reference {
            Some(recording) => Some(self.reference(recording, publisher).await?),
            None => None,
        };
        let voice = translated.options.voice.clone();
        let options = SessionOptions {
            voice: voice.map_or(VoiceChoice::Best, VoiceChoice::Named),
            reference,
            ..SessionOptions::new(LanguageChoice::Is(language.clone()), language.clone())
        };
        // A replica that takes over says the same, in the same parts.
        let seed = translated.segment.id(session).as_u128() as u64;
        // Sessions take turns: which key one belongs to is not on the bus.
        let party = ClientKey::new(format!("session:{}", session.as_str()));
        let mut speech = self
            .interpreter
            .for_client(party)
            .speak_segment(translated.text.clone(), language, &options, seed)
            .await?;
        let mut parts = SpeechParts {
            session,
            translated,
            voice: speech.voice().map(str::to_owned),
            snippet: self.snippet,
            times: Times {
                received_at: Some(input.received_at),
                started_at: Some(started_at),
            },
            publisher,
            waiting: Vec::new(),
            part: 0,
        };
        while let Some(clip) = speech.next().await? {
            parts.take(clip).await?;
        }
        parts.finish().await
    }

    async fn idle(&mut self, _: &ResultPublisher) -> Result<(), ProcessError> {
        Ok(())
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
    waiting: Vec<f32>,
    part: u32,
}

impl SpeechParts<'_> {
    const RATE: SampleRate = SampleRate::HZ_24000;

    async fn take(&mut self, clip: Clip) -> Result<(), ProcessError> {
        debug_assert_eq!(clip.rate, Self::RATE, "a take is at 24 kHz");
        self.waiting.extend(clip.samples);
        let size = Self::RATE.samples_in(PART);
        // The last part is told as such, so one is held back.
        while self.waiting.len() > size {
            let rest = self.waiting.split_off(size);
            let samples = std::mem::replace(&mut self.waiting, rest);
            self.publish(samples, false).await?;
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<(), ProcessError> {
        let mut samples = std::mem::take(&mut self.waiting);
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
        let sound = self.publisher.wrap(self.session, segment, wav).await?;
        let text = &self.translated.text;
        let body = Body::AudioSynthesis(AudioSynthesis {
            segment,
            part: self.part,
            is_last,
            audio: sound,
            duration_ms,
            sample_rate: Self::RATE.hz(),
            model: self.voice.clone(),
            target_language: Some(self.translated.target_language.clone()),
            voice: self.voice.clone(),
            speaker_id: self.translated.options.speaker.id.clone(),
            snippet: self.snippet.then(|| text.chars().take(SNIPPET).collect()),
            times: self.times,
        });
        self.part += 1;
        self.publisher
            .publish(Event::new(self.session.clone(), Synthesize::STAGE, body))
            .await
    }
}
