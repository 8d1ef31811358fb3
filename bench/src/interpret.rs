//! A recording interpreted end to end, without previews: how long a second of it takes.

use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use mynah_audio::Clip;
use mynah_speech::{Language, LanguageChoice};
use mynah_speech_translation::{SessionEvent, SessionOptions};

use crate::round_trip::synthesized;
use crate::{Bench, Figure, sentences};

pub(crate) async fn measure(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let clip = recording(bench).await?;
    // Engines load their models at first use; that is the start of a process, not of a recording.
    interpret(bench, clip.clone()).await?;
    let seconds = clip.duration().as_secs_f64();
    let began = Instant::now();
    let segments = interpret(bench, clip).await?;
    let factor = began.elapsed().as_secs_f64() / seconds;
    Ok(vec![
        Figure::new("recording", seconds, "s"),
        Figure::new("segments", segments as f64, ""),
        Figure::new("real-time factor", factor, "").with_max(0.3),
    ])
}

/// All sentences by flite, with short pauses.
async fn recording(bench: &Bench) -> anyhow::Result<Clip> {
    let mut whole: Option<Clip> = None;
    for sentence in sentences() {
        let clip = synthesized(bench, sentence, "flite/slt").await?;
        let pause = clip.rate.samples_in(Duration::from_millis(700));
        let whole = whole.get_or_insert_with(|| Clip::empty(clip.rate));
        whole.samples.extend(clip.samples);
        whole.samples.resize(whole.samples.len() + pause, 0.0);
    }
    whole.ok_or_else(|| anyhow::anyhow!("no sentences"))
}

/// Interprets into Spanish speech; how many segments were done.
async fn interpret(bench: &Bench, clip: Clip) -> anyhow::Result<usize> {
    let spanish: Language = "es".parse()?;
    let options = SessionOptions::new(LanguageChoice::Is(Language::english()), spanish);
    let (mut input, mut events) = bench.interpreter.session(options).await?;
    let feeding = tokio::spawn(async move {
        if input.push(clip).await.is_ok() {
            input.close();
        }
    });
    let mut done = 0;
    while let Some(event) = events.next().await {
        match event {
            SessionEvent::Done { .. } => done += 1,
            SessionEvent::Failed { message, .. } => bail!("a segment failed: {message}"),
            _ => {}
        }
    }
    feeding.await?;
    ensure!(done > 0, "no segment was interpreted");
    Ok(done)
}

/// How many segments of a clip hold words.
pub(crate) async fn transcribed(bench: &Bench, clip: Clip) -> anyhow::Result<usize> {
    let english = LanguageChoice::Is(Language::english());
    let mut transcription = bench.interpreter.transcribe(clip, english).await?;
    let mut segments = 0;
    while let Some(segment) = transcription.next().await {
        segment?;
        segments += 1;
    }
    Ok(segments)
}
