//! A recording has the same segments whether it is transcribed or interpreted.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod harness;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use harness::{all, english_to_spanish, sentences};
use mynah_audio::{Clip, SampleRate, resample};
use mynah_speech::{
    Cancel, EngineHealth, EngineId, EngineInfo, Engines, Language, LanguageChoice,
    RecognitionOptions, Recognizer, RecognizerStream, SpeechError, Transcript,
};
use mynah_speech_translation::{
    Interpreter, InterpreterSettings, SessionEvent, SessionOptions, session_audio,
};
use mynah_synthesis::{Synthesis, SynthesisSettings};
use mynah_tone::{Script, Tone, ToneScorer};

static INFO: EngineInfo = EngineInfo {
    id: EngineId::new("fingerprint"),
    demo: true,
    about: "Has a different text for different samples.",
    licence: "MIT",
    packages: &[],
};

/// A recognizer whose text is a hash of the samples of the segment.
struct Fingerprint;

struct Segment(Vec<f32>);

impl Recognizer for Fingerprint {
    fn info(&self) -> &EngineInfo {
        &INFO
    }

    fn health(&self) -> EngineHealth {
        EngineHealth::Ready { version: None }
    }

    fn languages(&self) -> Vec<Language> {
        vec![Language::english()]
    }

    fn rate(&self) -> SampleRate {
        SampleRate::HZ_16000
    }

    fn open(&self, _: &RecognitionOptions) -> Result<Box<dyn RecognizerStream>, SpeechError> {
        Ok(Box::new(Segment(Vec::new())))
    }
}

impl RecognizerStream for Segment {
    fn push(&mut self, samples: &[f32]) -> Result<Option<String>, SpeechError> {
        self.0.extend_from_slice(samples);
        Ok(None)
    }

    fn finish(self: Box<Self>, _: &Cancel) -> Result<Transcript, SpeechError> {
        let mut hasher = DefaultHasher::new();
        for sample in &self.0 {
            sample.to_bits().hash(&mut hasher);
        }
        Ok(Transcript {
            text: format!("{} samples {:x}", self.0.len(), hasher.finish()),
            ..Transcript::default()
        })
    }
}

fn interpreter() -> Interpreter {
    let tone = Tone::new(Script::new());
    let engines = Engines::new(|| Box::new(ToneScorer))
        .with_synthesizer(tone.clone())
        .with_recognizer(Fingerprint)
        .with_translator(tone);
    let synthesis = Synthesis::new(engines.clone(), SynthesisSettings::default());
    Interpreter::new(engines, synthesis, InterpreterSettings::default()).unwrap()
}

/// The range of every segment and a hash of its samples.
type Segments = Vec<(u64, u64, String)>;

async fn transcribed(interpreter: &Interpreter, clip: Clip) -> Segments {
    let mut transcription = interpreter
        .transcribe(clip, LanguageChoice::Auto)
        .await
        .unwrap();
    let mut segments = Vec::new();
    while let Some(segment) = transcription.next().await {
        let segment = segment.unwrap();
        segments.push((segment.start_ms, segment.end_ms, segment.transcript.text));
    }
    segments
}

async fn interpreted(interpreter: &Interpreter, clip: &Clip) -> Segments {
    let options = SessionOptions {
        speak: false,
        ..english_to_spanish()
    };
    let (mut input, events) = interpreter.session(options).await.unwrap();
    let audio = session_audio(clip);
    let feed = tokio::spawn(async move {
        input.push(audio).await.unwrap();
        input.close();
    });
    let recognized = |event| match event {
        SessionEvent::Recognized {
            start_ms,
            end_ms,
            transcript,
            ..
        } => Some((start_ms, end_ms, transcript.text)),
        _ => None,
    };
    let segments = all(events)
        .await
        .into_iter()
        .filter_map(recognized)
        .collect();
    feed.await.unwrap();
    segments
}

#[tokio::test]
async fn transcription_and_interpretation_use_the_same_samples() {
    let interpreter = interpreter();
    let speech = sentences(&["one two three", "four", "five six"]);
    for hz in [8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000] {
        let mut clip = resample(&speech, SampleRate::new(hz).unwrap());
        // Between the values that 16 bits have.
        for sample in &mut clip.samples {
            *sample *= 0.817;
        }
        let expected = interpreted(&interpreter, &clip).await;
        assert_eq!(expected.len(), 3, "{hz} Hz");
        assert_eq!(transcribed(&interpreter, clip).await, expected, "{hz} Hz");
    }
}
