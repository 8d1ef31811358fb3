//! Retries of runaway chunks while none of their audio was released.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::sync::{Arc, Mutex};

use common::{FakeEngine, TestSynthesis, decoded_text, error_of, no_engines};
use mynah_speech::{Capability, SpeechError, SpeechRequest, VoiceGender};
use mynah_synthesis::{Delivery, SpeechJob, SpeechStream, Synthesis, SynthesisSettings};
use mynah_tone::{Behaviour, Fault, Script};

/// Six seconds of tones, so that audio is still buffered when the next chunk starts.
const FIRST: &str =
    "The first sentence is so long that whoever listens to it is busy for some seconds to come.";
const SECOND: &str = "The second one is what goes wrong.";

/// An engine that claims to sample.
struct SamplingEngine {
    fixture: TestSynthesis,
    requests: Arc<Mutex<Vec<SpeechRequest>>>,
}

impl SamplingEngine {
    fn new(settings: SynthesisSettings) -> Self {
        Self::that(true, settings)
    }

    fn that(samples: bool, settings: SynthesisSettings) -> Self {
        let script = Script::new();
        let engine = FakeEngine::new("dice", &[("alto", &["en"], VoiceGender::Female)])
            .with_script(script.clone())
            .with_capability(Capability {
                seed: samples,
                streaming: true,
                max_chars: 100,
                ..Capability::default()
            });
        let requests = Arc::clone(&engine.requests);
        let engines = no_engines().with_synthesizer(engine);
        let fixture = TestSynthesis {
            synthesis: Synthesis::new(engines, settings),
            script,
        };
        Self { fixture, requests }
    }

    fn speak(&self, text: &str, delivery: Delivery) -> SpeechStream {
        self.fixture.speak_job(SpeechJob {
            seed: Some(7),
            delivery,
            ..SpeechJob::new(text)
        })
    }

    /// The texts that the engine received, with their seeds.
    fn tries(&self) -> Vec<(String, Option<u64>)> {
        let requests = std::mem::take(&mut *self.requests.lock().unwrap());
        let tries = requests.into_iter();
        tries.map(|request| (request.text, request.seed)).collect()
    }

    async fn begun(&self, pieces: usize) {
        assert!(
            self.fixture
                .until(move |counts| counts.started >= pieces)
                .await
        );
    }
}

/// One chunk a sentence.
fn settings() -> SynthesisSettings {
    SynthesisSettings {
        first_chunk_chars: 95,
        chunk_chars: 95,
        ..SynthesisSettings::default()
    }
}

fn two_chunks() -> String {
    format!("{FIRST} {SECOND}")
}

/// The engine's own detector after some audio, the bound of synthesis, and a detector before any
/// audio.
fn runaways() -> [Behaviour; 3] {
    let caught = Behaviour::failing(Fault::ReportedRunaway);
    [
        caught.after_chunks(5),
        Behaviour::failing(Fault::Runaway).after_chunks(3),
        caught,
    ]
}

#[tokio::test]
async fn later_runaway_chunks_are_retried_without_audible_trace() {
    let engine = SamplingEngine::new(settings());
    let (mut first_tries, mut begun) = (None, 0);
    for behaviour in runaways() {
        engine.fixture.script.speech.once(Behaviour::default());
        engine.fixture.script.speech.once(behaviour);
        let stream = engine.speak(&two_chunks(), Delivery::Live);
        // Unread, the first chunk is buffered however slow this machine is.
        begun += 3;
        engine.begun(begun).await;
        let take = stream.collect().await.unwrap();
        assert_eq!(decoded_text(&take), two_chunks(), "{behaviour:?}");
        let tries = engine.tries();
        let texts: Vec<_> = tries.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(texts, [FIRST, SECOND, SECOND]);
        assert_eq!((tries[0].1, tries[1].1), (Some(7), Some(7)));
        assert_ne!(tries[2].1, Some(7), "another seed");
        // The same request has the same seeds.
        assert_eq!(*first_tries.get_or_insert_with(|| tries.clone()), tries);
    }
}

#[tokio::test]
async fn released_chunks_are_not_retried() {
    let engine = SamplingEngine::new(settings());
    for behaviour in &runaways()[..2] {
        engine.fixture.script.speech.once(*behaviour);
        let error = error_of(engine.speak(&two_chunks(), Delivery::Live)).await;
        assert!(ran_away(&error), "{error:?}");
        assert_eq!(engine.tries().len(), 1);
    }
    // Nor the second chunk, where the first is too short to be still buffered.
    engine.fixture.script.speech.once(Behaviour::default());
    engine.fixture.script.speech.once(runaways()[0]);
    let short = format!("Short.\n\n{SECOND}");
    let error = error_of(engine.speak(&short, Delivery::Live)).await;
    assert!(ran_away(&error), "{error:?}");
    assert_eq!(engine.tries().len(), 2);
}

#[tokio::test]
async fn unreleased_first_chunks_are_retried() {
    let engine = SamplingEngine::new(settings());
    for (behaviour, delivery) in [
        (runaways()[0], Delivery::Whole),
        (runaways()[1], Delivery::Whole),
        (runaways()[2], Delivery::Live),
    ] {
        engine.fixture.script.speech.once(behaviour);
        let take = engine.speak(&two_chunks(), delivery).collect().await;
        assert_eq!(decoded_text(&take.unwrap()), two_chunks(), "{behaviour:?}");
        assert_eq!(engine.tries().len(), 3);
    }
}

#[tokio::test]
async fn files_release_each_chunk_only_when_complete() {
    let engine = SamplingEngine::new(settings());
    let speech = &engine.fixture.script.speech;
    speech.once(Behaviour::failing(Fault::Stall).after_chunks(10));
    let stream = engine.speak(&two_chunks(), Delivery::Whole);
    let quiet = tokio::time::timeout(std::time::Duration::from_millis(300), async {
        let mut stream = stream;
        stream.next().await
    });
    assert!(
        quiet.await.is_err(),
        "a second of sound is there, and is held"
    );
    assert!(engine.fixture.until(|counts| counts.cancelled == 1).await);
    // Live, audio is released at once.
    speech.once(Behaviour::failing(Fault::Stall).after_chunks(10));
    let mut stream = engine.speak(&two_chunks(), Delivery::Live);
    assert!(stream.next().await.unwrap().is_ok());
}

#[tokio::test]
async fn retries_are_bounded() {
    for (retries, tries) in [(0, 1), (1, 2), (2, 3), (10, 11)] {
        let engine = SamplingEngine::new(SynthesisSettings {
            retries,
            ..settings()
        });
        engine.fixture.script.speech.always(runaways()[0]);
        let error = error_of(engine.speak(SECOND, Delivery::Whole)).await;
        assert!(ran_away(&error), "{error:?}");
        let mut seeds: Vec<_> = engine.tries().into_iter().map(|(_, seed)| seed).collect();
        assert_eq!(seeds.len(), tries);
        seeds.dedup();
        assert_eq!(seeds.len(), tries, "each with its own seed");
    }
}

#[tokio::test]
async fn deterministic_faults_are_not_retried() {
    let engine = SamplingEngine::new(settings());
    for fault in [
        Fault::Crash,
        Fault::Panic,
        Fault::NotANumber,
        Fault::Silence,
    ] {
        engine.fixture.script.speech.once(Behaviour::failing(fault));
        let error = error_of(engine.speak(SECOND, Delivery::Whole)).await;
        assert!(matches!(error, SpeechError::Failed { .. }), "{error:?}");
        assert_eq!(engine.tries().len(), 1, "{fault:?}");
    }
    let certain = SamplingEngine::that(false, settings());
    certain.fixture.script.speech.once(runaways()[0]);
    let error = error_of(certain.speak(SECOND, Delivery::Whole)).await;
    assert!(ran_away(&error), "{error:?}");
    assert_eq!(certain.tries().len(), 1);
}

fn ran_away(error: &SpeechError) -> bool {
    matches!(error, SpeechError::Failed { reason, .. } if reason.contains("without end"))
}
