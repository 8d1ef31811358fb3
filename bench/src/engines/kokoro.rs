//! Everyday sentences by Kokoro, recognized by Whisper base: word errors a language.

use std::sync::Arc;

use mynah_audio::resample;
use mynah_speech::Language;

use crate::Figure;
use crate::engines::{EngineBench, everyday};
use crate::speech_set::{comparable, recognized_whole};
use crate::words::WordErrors;

/// A language, its voice, its name, and the most word errors in percent.
const VOICES: [(&str, &str, &str, f64); 5] = [
    ("en", "af_heart", "English", 3.0),
    ("es", "ef_dora", "Spanish", 4.0),
    ("fr", "ff_siwis", "French", 3.0),
    ("pt", "pf_dora", "Portuguese", 3.0),
    ("it", "if_sara", "Italian", 12.0),
];

pub(super) async fn measure(bench: &EngineBench) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (tag, voice, name, most) in VOICES {
        let language: Language = tag.parse()?;
        let (mut errors, mut sentences) = (WordErrors::default(), 0);
        for sentence in everyday(tag)?.take(bench.limit) {
            let clip = bench.synthesized(sentence, voice, tag).await?;
            let (engine, own) = (Arc::clone(&bench.base), language.clone());
            let recognize =
                move || recognized_whole(&*engine, &own, &resample(&clip, engine.rate()));
            let text = tokio::task::spawn_blocking(recognize).await??;
            errors.add(
                &comparable(sentence, &language),
                &comparable(&text, &language),
            );
            sentences += 1;
        }
        let name = format!("word errors, Kokoro ({voice}), {name}, {sentences} sentences");
        figures.push(Figure::new(name, errors.percent(), "%").with_max(most));
    }
    Ok(figures)
}
