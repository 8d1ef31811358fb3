//! Thirty seconds with four spoken sentences and pauses: how many segments?

use std::time::Duration;

use mynah_audio::Clip;

use crate::interpret::transcribed;
use crate::round_trip::synthesized;
use crate::{Bench, Figure, sentences};

pub(crate) async fn measure(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let clip = four_sentences(bench).await?;
    let segments = transcribed(bench, clip).await?;
    Ok(vec![
        Figure::new("segments of four sentences", segments as f64, "").with_expected(4.0),
    ])
}

/// Four sentences, each followed by a pause, in thirty seconds.
pub(crate) async fn four_sentences(bench: &Bench) -> anyhow::Result<Clip> {
    let mut whole: Option<Clip> = None;
    for sentence in sentences().take(4) {
        let clip = synthesized(bench, sentence, "flite/slt").await?;
        let rate = clip.rate;
        let whole = whole.get_or_insert_with(|| Clip::silence(rate, Duration::from_secs(1)));
        whole.samples.extend(clip.samples);
        whole.samples.resize(
            whole.samples.len() + rate.samples_in(Duration::from_secs(3)),
            0.0,
        );
    }
    let mut whole = whole.ok_or_else(|| anyhow::anyhow!("no sentences"))?;
    let thirty = whole.rate.samples_in(Duration::from_secs(30));
    whole.samples.resize(thirty.max(whole.samples.len()), 0.0);
    Ok(whole)
}
