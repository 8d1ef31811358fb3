//! Twenty sentences, spoken by flite and recognized back: word errors a voice.

use anyhow::Context;
use mynah_audio::{Clip, resample};
use mynah_speech::Language;
use mynah_synthesis::SpeechJob;

use crate::speech_set::recognized_whole;
use crate::words::WordErrors;
use crate::{Bench, Figure, sentences};

const VOICES: [&str; 3] = ["flite/slt", "flite/rms", "flite/awb"];
/// The threshold of the mean of the voices, in percent.
const MAX_MEAN_PERCENT: f64 = 6.0;

pub(crate) async fn measure(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for voice in VOICES {
        let mut errors = WordErrors::default();
        for sentence in sentences() {
            let clip = synthesized(bench, sentence, voice).await?;
            errors.add(sentence, &recognized(bench, clip).await?);
        }
        figures.push(Figure::new(
            format!("word errors, {voice}"),
            errors.percent(),
            "%",
        ));
    }
    let mean = figures.iter().map(|figure| figure.value).sum::<f64>() / VOICES.len() as f64;
    figures
        .push(Figure::new("word errors, mean of the voices", mean, "%").with_max(MAX_MEAN_PERCENT));
    Ok(figures)
}

/// A text as audio.
pub(crate) async fn synthesized(bench: &Bench, text: &str, voice: &str) -> anyhow::Result<Clip> {
    let plan = bench
        .synthesis
        .plan(SpeechJob::new(text).with_voice(voice))?;
    let permit = bench.synthesis.admit()?;
    Ok(bench.synthesis.speak(plan, permit).collect().await?)
}

/// The final text of one whole clip, without a detector.
pub(crate) async fn recognized(bench: &Bench, clip: Clip) -> anyhow::Result<String> {
    let (engine, language) = bench
        .engines
        .recognizer_for(&Language::english())
        .context("nothing here recognizes English")?;
    let engine = engine.clone();
    let recognize = move || recognized_whole(&*engine, &language, &resample(&clip, engine.rate()));
    tokio::task::spawn_blocking(recognize).await?
}
