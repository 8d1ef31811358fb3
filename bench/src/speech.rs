//! A warm server's first sound: `/v1/audio/speech`, pcm, twenty words, flite's female voice.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, ensure};
use futures_util::StreamExt;
use serde_json::json;

use crate::figure::percentile;
use crate::program::Server;
use crate::{Bench, Figure};

const TWENTY_WORDS: &str = "The old man walked slowly along the river and thought about the long \
    letter that his mother wrote him yesterday.";
/// −50 dBFS as a 16-bit sample: quieter ones do not count as the beginning.
const AUDIBLE_THRESHOLD: i32 = 104;

pub(crate) async fn measure(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let mut times = first_audible_times(&bench.program, &[], "flite/slt", bench.rounds).await?;
    Ok(vec![
        Figure::new(
            "first audible sample, median",
            percentile(&mut times, 0.5),
            "ms",
        ),
        Figure::new(
            "first audible sample, p95",
            percentile(&mut times, 0.95),
            "ms",
        )
        .with_max(60.0),
    ])
}

/// Milliseconds from each request to its first audible sample, of a server with these settings in its
/// environment that has answered some requests before.
pub(crate) async fn first_audible_times(
    program: &Path,
    settings: &[(&str, &str)],
    voice: &str,
    rounds: usize,
) -> anyhow::Result<Vec<f64>> {
    let server = Server::start(program, settings)?;
    let client = reqwest::Client::new();
    server.ready(&client).await?;
    for _ in 0..3 {
        first_audible(&client, &server.address, voice).await?;
    }
    let mut times = Vec::new();
    for _ in 0..rounds {
        times.push(first_audible(&client, &server.address, voice).await?);
    }
    Ok(times)
}

/// Milliseconds from the request to the first audible sample. Reads the rest too, so that
/// one request is over before the next begins.
async fn first_audible(
    client: &reqwest::Client,
    address: &str,
    voice: &str,
) -> anyhow::Result<f64> {
    let body =
        json!({"model": "tts-1", "voice": voice, "input": TWENTY_WORDS, "response_format": "pcm"});
    let began = Instant::now();
    let answer = client
        .post(format!("{address}/v1/audio/speech"))
        .json(&body)
        .send()
        .await?;
    ensure!(
        answer.status().is_success(),
        "the server says {}",
        answer.status()
    );
    let mut chunks = answer.bytes_stream();
    let (mut first, mut odd) = (None, None);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        if first.is_none() && audible(&chunk, &mut odd) {
            first = Some(began.elapsed().as_secs_f64() * 1000.0);
        }
    }
    first.context("the answer is silent")
}

/// Whether a chunk holds an audible sample; a byte left over waits in `odd` for the next chunk.
fn audible(chunk: &[u8], odd: &mut Option<u8>) -> bool {
    let bytes: Vec<u8> = odd
        .take()
        .into_iter()
        .chain(chunk.iter().copied())
        .collect();
    let samples = bytes.chunks_exact(2);
    *odd = samples.remainder().first().copied();
    samples
        .map(|pair| i32::from(i16::from_le_bytes([pair[0], pair[1]])))
        .any(|s| s.abs() > AUDIBLE_THRESHOLD)
}
