//! Recordings to text.

mod harness;

use harness::{TestInterpreter, sentences, until};
use mynah_audio::{Clip, SampleRate, resample};
use mynah_speech::{LanguageChoice, SpeechError};
use mynah_speech_translation::InterpreterSettings;
use mynah_tone::{Behaviour, Fault};

#[tokio::test]
async fn segments_are_in_order_with_their_ranges() {
    let test = TestInterpreter::new();
    let texts = ["one", "two", "three", "four"];
    test.script.recognition.once(Behaviour::held());
    let clip = resample(&sentences(&texts), SampleRate::new(44_100).unwrap());
    let length = clip.duration().as_millis() as u64;
    let mut transcription = test
        .interpreter
        .transcribe(clip, LanguageChoice::Auto)
        .await
        .unwrap();
    assert_eq!(transcription.language().unwrap().as_str(), "en");
    until(&test.script.recognition, |counts| counts.finished > 0).await;
    test.script.recognition.release(1);

    let mut before = 0;
    for (index, text) in texts.iter().enumerate() {
        let segment = transcription.next().await.unwrap().unwrap();
        assert_eq!(
            (segment.index, segment.transcript.text.as_str()),
            (index as u64, *text)
        );
        assert!(before <= segment.start_ms && segment.start_ms < segment.end_ms);
        assert!(segment.end_ms <= length);
        before = segment.end_ms;
    }
    assert!(transcription.next().await.is_none());
    assert_eq!(test.script.recognition.counts().max_concurrent, 2);
}

#[tokio::test]
async fn a_recording_without_speech_has_no_segments() {
    let test = TestInterpreter::new();
    for clip in [
        Clip::empty(SampleRate::HZ_16000),
        Clip::new(SampleRate::HZ_48000, vec![0.0; 480_000]),
    ] {
        let mut transcription = test
            .interpreter
            .transcribe(clip, LanguageChoice::Auto)
            .await
            .unwrap();
        assert!(transcription.next().await.is_none());
    }
}

#[tokio::test]
async fn an_error_ends_the_transcription() {
    // One segment after the other, so that the order meets the first one.
    let test = TestInterpreter::with(InterpreterSettings {
        concurrent_segments: 1,
        ..InterpreterSettings::default()
    });
    test.script
        .recognition
        .once(Behaviour::failing(Fault::Crash));
    let clip = sentences(&["one", "two", "three"]);
    let mut transcription = test
        .interpreter
        .transcribe(clip, LanguageChoice::Auto)
        .await
        .unwrap();
    assert!(matches!(
        transcription.next().await,
        Some(Err(SpeechError::Failed { .. }))
    ));
    assert!(transcription.next().await.is_none());
}

#[tokio::test]
async fn dropping_it_stops_the_engine() {
    let test = TestInterpreter::new();
    test.script.recognition.always(Behaviour::held());
    let clip = sentences(&["one", "two"]);
    let transcription = test
        .interpreter
        .transcribe(clip, LanguageChoice::Auto)
        .await
        .unwrap();
    until(&test.script.recognition, |counts| counts.started == 2).await;
    drop(transcription);
    until(&test.script.recognition, |counts| counts.cancelled == 2).await;
}

#[tokio::test]
async fn a_text_is_translated_by_itself() {
    let test = TestInterpreter::new();
    let language = |tag: &str| tag.parse().unwrap();
    let translate = |to: &str| {
        let (test, to) = (&test, language(to));
        async move {
            test.interpreter
                .translate("Hello.", &language("en"), &to)
                .await
        }
    };
    let spanish = translate("es").await.unwrap();
    assert_eq!(spanish.text, "es: Hello.");
    assert_eq!((spanish.translators.len(), spanish.via), (1, None));
    let english = translate("en-US").await.unwrap();
    assert_eq!(english.text, "Hello.");
    assert_eq!(english.translators, []);
    assert!(matches!(
        translate("de").await,
        Err(SpeechError::Unsupported { .. })
    ));
    test.script
        .translation
        .once(Behaviour::failing(Fault::Silence));
    assert!(matches!(
        translate("es").await,
        Err(SpeechError::Failed { .. })
    ));
}
