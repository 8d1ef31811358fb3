//! An interpreter with test engines, and audio for it.

#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use mynah_audio::{Clip, SampleRate, resample};
use mynah_speech::{Engines, LanguageChoice};
use mynah_speech_translation::{
    Interpreter, InterpreterSettings, SessionEvent, SessionEvents, SessionOptions,
};
use mynah_synthesis::{Synthesis, SynthesisSettings};
use mynah_tone::{CallScript, Counts, Script, Tone, ToneScorer, code};

/// The maximum time that a test waits.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);

/// An interpreter whose engines follow a script.
pub(crate) struct TestInterpreter {
    pub(crate) script: Script,
    pub(crate) interpreter: Interpreter,
}

impl TestInterpreter {
    pub(crate) fn new() -> Self {
        Self::with(InterpreterSettings::default())
    }

    pub(crate) fn with(settings: InterpreterSettings) -> Self {
        let script = Script::new();
        let tone = Tone::new(script.clone());
        let engines = Engines::new(|| Box::new(ToneScorer))
            .with_synthesizer(tone.clone())
            .with_recognizer(tone.clone())
            .with_translator(tone);
        let synthesis = Synthesis::new(engines.clone(), SynthesisSettings::default());
        let interpreter = Interpreter::new(engines, synthesis, settings).unwrap();
        Self {
            script,
            interpreter,
        }
    }
}

/// Sentences with a second of silence after each, at 16 kHz.
pub(crate) fn sentences(texts: &[&str]) -> Clip {
    let mut clip = Clip::silence(code::RATE, Duration::from_millis(300));
    for text in texts {
        clip.samples.extend(code::encode(text).samples);
        clip.samples
            .extend(Clip::silence(code::RATE, Duration::from_secs(1)).samples);
    }
    clip
}

pub(crate) fn english_to_spanish() -> SessionOptions {
    SessionOptions::new(
        LanguageChoice::Is("en".parse().unwrap()),
        "es".parse().unwrap(),
    )
}

/// Pushes a whole recording, ends the audio, and returns all events of the session.
pub(crate) async fn interpret(
    test: &TestInterpreter,
    options: SessionOptions,
    clip: Clip,
) -> Vec<SessionEvent> {
    let (mut input, events) = test.interpreter.session(options).await.unwrap();
    let feed = tokio::spawn(async move {
        input.push(clip).await.unwrap();
        input.close();
    });
    let events = all(events).await;
    feed.await.unwrap();
    events
}

pub(crate) async fn all(mut events: SessionEvents) -> Vec<SessionEvent> {
    let mut received = Vec::new();
    while let Some(event) = tokio::time::timeout(TIMEOUT, events.next())
        .await
        .expect("in time")
    {
        received.push(event);
    }
    received
}

/// Waits until a stage of the script has come so far.
pub(crate) async fn until(stage: &CallScript, wished: impl Fn(Counts) -> bool + Send + 'static) {
    let stage = stage.clone();
    let came = tokio::task::spawn_blocking(move || stage.wait(TIMEOUT, wished))
        .await
        .unwrap();
    assert!(came, "never happened");
}

/// One line an event, without the times of the clock on the wall.
pub(crate) fn lines(events: &[SessionEvent]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for event in events {
        let line = match event {
            SessionEvent::Opened { segment, .. } => format!("{segment} opened"),
            SessionEvent::Preview { segment, text } => format!("{segment} preview {text}"),
            SessionEvent::Recognized {
                segment,
                transcript,
                ..
            } => {
                format!("{segment} recognized {}", transcript.text)
            }
            SessionEvent::Translated { segment, text, .. } => {
                format!("{segment} translated {text}")
            }
            SessionEvent::Speech { segment, .. } => format!("{segment} speech"),
            SessionEvent::Done {
                segment,
                source,
                translation,
                ..
            } => {
                format!("{segment} done {source} = {translation}")
            }
            SessionEvent::Failed { segment, code, .. } => format!("{segment} failed {code}"),
            SessionEvent::Ended { segments, empty } => format!("ended {segments}, {empty} empty"),
        };
        if !(line.ends_with("speech") && lines.last() == Some(&line)) {
            lines.push(line);
        }
    }
    lines
}

/// The lines about one segment.
pub(crate) fn of_segment(events: &[SessionEvent], segment: u64) -> Vec<String> {
    let prefix = format!("{segment} ");
    let mut lines: Vec<_> = lines(events)
        .into_iter()
        .filter(|line| line.starts_with(&prefix))
        .collect();
    // Its clips may have come between the events of another segment.
    lines.dedup_by(|line, before| line == before && line.ends_with("speech"));
    lines
}

/// The text of a segment's speech.
pub(crate) fn speech_text(events: &[SessionEvent], wanted: u64) -> String {
    let mut samples = Vec::new();
    for event in events {
        match event {
            SessionEvent::Speech { segment, clip, .. } if *segment == wanted => {
                assert_eq!(clip.rate, SampleRate::HZ_24000);
                assert!(clip.duration() <= Duration::from_millis(500));
                samples.extend_from_slice(&clip.samples);
            }
            _ => {}
        }
    }
    let clip = Clip::new(SampleRate::HZ_24000, samples);
    code::decode(&resample(&clip, code::RATE).samples)
}
