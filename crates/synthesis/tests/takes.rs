//! From a text to audio.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{FakeEngine, TestSynthesis, decoded_text, no_engines};
use mynah_audio::{Clip, Pauses};
use mynah_speech::text::{Boundary, Document, Markup, TextChunkLimits, verbalize};
use mynah_speech::{Consent, Language, LanguageChoice, Reference, VoiceGender, VoiceKind};
use mynah_synthesis::{SpeechJob, Synthesis, SynthesisSettings};
use mynah_tone::Behaviour;

#[tokio::test]
async fn audio_contains_the_whole_text() {
    let fixture = TestSynthesis::new(SynthesisSettings::default());
    for text in [
        "Hello.",
        "Good morning. The train leaves at ten,\nand it is late.\n\nA new paragraph!",
        "¿Qué tal? Muy bien, gracias.",
    ] {
        let take = fixture.speak(text).collect().await.unwrap();
        assert_eq!(take.rate.hz(), 24_000);
        assert_eq!(
            decoded_text(&take),
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        );
    }
}

/// Sentences of some chunks each.
fn long_text() -> String {
    (0..60)
        .map(|number| format!("Sentence number {number} walks, slowly and with care, to its end. "))
        .collect()
}

/// Its normalized form: numbers are words.
fn spoken_text(text: &str) -> String {
    verbalize(text.trim(), &Language::english()).into_owned()
}

#[tokio::test]
async fn long_texts_are_one_continuous_stream() {
    let settings = SynthesisSettings::default();
    let fixture = TestSynthesis::new(settings.clone());
    let text = long_text();
    let mut stream = fixture.speak(&text);
    let mut take = Clip::empty(mynah_audio::SampleRate::HZ_24000);
    while let Some(clip) = stream.next().await {
        let clip = clip.unwrap();
        assert!(!clip.is_empty());
        take.samples.extend(clip.samples);
    }
    assert_eq!(decoded_text(&take), spoken_text(&text));
    assert_eq!(
        stream.timings().audio.as_millis(),
        take.duration().as_millis()
    );
    let progress = stream.progress();
    assert_eq!(
        (progress.done_chars, progress.total_chars),
        (text.len(), text.len())
    );

    // Its length is that of its chunks and of the pauses between them.
    let limits = TextChunkLimits {
        first_chars: settings.first_chunk_chars,
        max_chars: settings.chunk_chars,
    };
    let english = Language::english();
    let document = Document::read(&text, Markup::Read, &english).unwrap();
    let parts = document.chunks(&english, &limits);
    let sound: Duration = parts
        .iter()
        .map(|part| Duration::from_millis(60) * part.spoken.len() as u32)
        .sum();
    let pause = |boundary| match boundary {
        Boundary::Cut => settings.pauses.cut(),
        Boundary::Clause => settings.pauses.clause(),
        Boundary::Sentence => settings.pauses.sentence(),
        Boundary::Paragraph => settings.pauses.paragraph(),
    };
    let pauses: Duration = parts[..parts.len() - 1]
        .iter()
        .map(|part| pause(part.ends))
        .sum();
    let edges = Duration::from_millis(10) * parts.len() as u32;
    let difference = take.duration().abs_diff(sound + pauses);
    assert!(
        difference <= edges,
        "{} pieces: off by {difference:?}",
        parts.len()
    );

    // No silence is longer than the longest pause.
    let mut silent = 0;
    let longest = take.samples.iter().fold(0, |longest: usize, sample| {
        silent = if sample.abs() < 0.001 { silent + 1 } else { 0 };
        longest.max(silent)
    });
    let max = take
        .rate
        .samples_in(Pauses::default().sentence() + Duration::from_millis(50));
    assert!(longest <= max, "{longest} samples of silence");
}

#[tokio::test]
async fn speed_changes_the_length() {
    let fixture = TestSynthesis::new(SynthesisSettings::default());
    let normal = fixture
        .speak("A sentence of some length.")
        .collect()
        .await
        .unwrap();
    for (speed, factor) in [("2", 0.5), ("0.5", 2.0), ("4", 0.25), ("0.25", 4.0)] {
        let job = SpeechJob {
            speed: Some(speed.parse().unwrap()),
            ..SpeechJob::new("A sentence of some length.").with_voice("alto")
        };
        let take = fixture.speak_job(job).collect().await.unwrap();
        let ratio = take.duration().as_secs_f64() / normal.duration().as_secs_f64();
        assert!(
            (ratio / factor - 1.0).abs() < 0.01,
            "speed {speed}: {ratio}"
        );
    }
}

#[tokio::test]
async fn audio_arrives_while_later_chunks_are_synthesized() {
    let fixture = TestSynthesis::new(SynthesisSettings::default());
    fixture.script.speech.once(Behaviour::default());
    fixture.script.speech.always(Behaviour::held());
    let mut stream = fixture.speak("This comes first. This is held until it is wanted.");
    let first = stream.next().await.unwrap().unwrap();
    assert!(!first.is_empty());
    assert!(stream.timings().first_audio.is_some());
    assert!(fixture.until(|counts| counts.started == 2).await);
    fixture.script.speech.release(usize::MAX);
    let rest = stream.collect().await.unwrap();
    assert!(rest.duration() > Duration::from_secs(1));
}

#[tokio::test]
async fn slow_readers_throttle_the_engine_and_lose_nothing() {
    let fixture = TestSynthesis::new(SynthesisSettings {
        ahead_seconds: 5,
        ..SynthesisSettings::default()
    });
    let text = long_text();
    let stream = fixture.speak(&text);
    assert!(fixture.until(|counts| counts.finished >= 1).await);
    // Five seconds and one chunk are produced quickly; the sixty sentences are more than 200
    // seconds.
    let overrun = fixture
        .within(Duration::from_millis(300), |counts| counts.started > 8)
        .await;
    assert!(!overrun, "{:?}", fixture.script.speech.counts());
    assert!(stream.timings().audio < Duration::from_secs(60));
    assert_eq!(
        decoded_text(&stream.collect().await.unwrap()),
        spoken_text(&text)
    );
}

#[tokio::test]
async fn timings_separate_engine_and_queue() {
    let fixture = TestSynthesis::new(SynthesisSettings {
        running: 1,
        ..SynthesisSettings::default()
    });
    fixture
        .script
        .speech
        .always(Behaviour::with_latency(Duration::from_millis(80)));
    let (mut one, mut two) = (fixture.speak("One."), fixture.speak("Two."));
    while one.next().await.is_some() {}
    while two.next().await.is_some() {}
    for stream in [&one, &two] {
        let timings = stream.timings();
        println!("{timings:?}");
        assert!(timings.engine >= Duration::from_millis(80));
        assert!(timings.first_audio.unwrap() >= timings.queue + Duration::from_millis(80));
    }
    assert!(two.timings().queue >= Duration::from_millis(40));
}

#[tokio::test]
async fn chunks_without_words_are_skipped() {
    let fixture = TestSynthesis::new(SynthesisSettings::default());
    let job = SpeechJob {
        language: LanguageChoice::Is(Language::english()),
        ..SpeechJob::new("***\n\nReal words.\n\n— … —\n\nMore words.\n\n!!!").with_voice("alto")
    };
    let take = fixture.speak_job(job).collect().await.unwrap();
    assert_eq!(decoded_text(&take), "Real words. More words.");
}

#[tokio::test]
async fn every_chunk_has_the_same_reference() {
    let mimic = FakeEngine::new("mimic", &[("clone", &["en"], VoiceGender::Female)])
        .with_kind(VoiceKind::Cloned);
    let requests = Arc::clone(&mimic.requests);
    let synthesis = Synthesis::new(
        no_engines().with_synthesizer(mimic),
        SynthesisSettings::default(),
    );
    let reference = Arc::new(Reference {
        audio: b"sound".as_slice().into(),
        text: None,
        x_vector_only: true,
        provenance: Consent::now("Ana", "I agree.").unwrap().into(),
    });
    let job = SpeechJob {
        reference: Some(Arc::clone(&reference)),
        ..SpeechJob::new("One sentence that is said. Another one follows it.\n\nAnd a third.")
    };
    // A cloned voice cannot be warmed up without a reference.
    synthesis.warm();
    assert_eq!(requests.lock().unwrap().len(), 0);
    let plan = synthesis.plan(job).unwrap();
    assert!(!format!("{plan:?}").contains("sound"));
    let permit = synthesis.admit().unwrap();
    synthesis.speak(plan, permit).collect().await.unwrap();
    let requests = requests.lock().unwrap();
    assert!(requests.len() > 1);
    for request in &*requests {
        let same = request.reference.as_ref().unwrap();
        assert!(Arc::ptr_eq(same, &reference), "{request:?}");
    }
}
