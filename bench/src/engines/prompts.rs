//! People's speech recognized by Whisper base: word errors.

use crate::engines::EngineBench;
use crate::{Figure, SpeechSet};

/// A folder of recordings, its language, what it is, and the most word errors in percent.
const SETS: [(&str, &str, &str, Option<f64>); 7] = [
    ("en", "en", "prompts, English", Some(6.0)),
    ("es", "es", "prompts, Spanish", Some(21.0)),
    ("fr", "fr", "prompts, French", Some(18.0)),
    ("it", "it", "prompts, Italian", Some(13.0)),
    ("ru", "ru", "prompts, Russian", Some(19.0)),
    ("book", "en", "read book", Some(4.0)),
    // Short names of cards alone are harder for Whisper than for a recognizer of isolated words.
    ("cards", "en", "playing cards", None),
];

pub(super) async fn measure(bench: &EngineBench) -> anyhow::Result<Vec<Figure>> {
    let bench = bench.clone();
    tokio::task::spawn_blocking(move || SETS.iter().map(|set| of_set(&bench, *set)).collect())
        .await?
}

fn of_set(
    bench: &EngineBench,
    (folder, language, name, most): (&str, &str, &str, Option<f64>),
) -> anyhow::Result<Figure> {
    let mut set = SpeechSet::read(&bench.speech.join(folder), language.parse()?)?;
    set.clips.truncate(bench.limit);
    let score = set.score(&*bench.base, |_, _| {})?;
    let name = format!(
        "word errors, {name}, {} clips, {} words",
        set.clips.len(),
        score.words()
    );
    let figure = Figure::new(name, score.word_error_rate(), "%");
    Ok(match most {
        Some(most) => figure.with_max(most),
        None => figure,
    })
}
