//! A server with all default models loaded: its memory, and its processor time when idle.

use std::time::Duration;

use anyhow::{Context, ensure};
use mynah_audio::encode_mono_wav;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::EngineBench;
use super::live::interpreted;
use crate::Figure;
use crate::program::Server;

const MB: f64 = 1e6;
/// How long the server is left alone before it counts as idle.
const SETTLE_TIME: Duration = Duration::from_secs(3);
const IDLE_TIME: Duration = Duration::from_secs(20);
const ENGLISH: &str = "The weather is very nice today, and we would like to walk along the river.";
const PORTUGUESE: &str = "O tempo está muito bom hoje, e nós gostaríamos de passear no parque.";

pub(super) async fn measure(bench: &EngineBench) -> anyhow::Result<Vec<Figure>> {
    let server = Server::start(&bench.program, &bench.environment())?;
    let client = reqwest::Client::new();
    server.ready(&client).await?;
    let empty = server.resident_memory()?;
    use_all_models(bench, &server, &client).await?;
    let (resident, peak) = (server.resident_memory()?, server.peak_memory()?);
    tokio::time::sleep(SETTLE_TIME).await;
    let before = server.processor_time()?;
    tokio::time::sleep(IDLE_TIME).await;
    let worked = server.processor_time()?.saturating_sub(before);
    let idle = 100.0 * worked.as_secs_f64() / IDLE_TIME.as_secs_f64();
    Ok(vec![
        Figure::new(
            "memory of a server before its first request",
            empty / MB,
            "MB",
        ),
        Figure::new(
            "memory of a server with all default models warm",
            resident / MB,
            "MB",
        )
        .with_max(900.0),
        Figure::new("memory of the same server at its peak", peak / MB, "MB"),
        Figure::new(
            "processor time of the same server, idle for 20 s",
            idle,
            "%",
        )
        .with_max(1.0),
    ])
}

/// One request to each: Kokoro, Whisper, and in sessions the detector and both directions of Bergamot.
async fn use_all_models(
    bench: &EngineBench,
    server: &Server,
    client: &reqwest::Client,
) -> anyhow::Result<()> {
    let request = json!({
        "model": "kokoro", "voice": "af_heart", "input": ENGLISH, "response_format": "wav",
    });
    let answer = client
        .post(format!("{}/v1/audio/speech", server.address))
        .json(&request)
        .send()
        .await?;
    ensure!(
        answer.status().is_success(),
        "speech is answered with {}",
        answer.status()
    );
    answer.bytes().await?;

    let english = bench.synthesized(ENGLISH, "af_heart", "en").await?;
    let portuguese = bench.synthesized(PORTUGUESE, "pf_dora", "pt").await?;
    let file = encode_mono_wav(&english.samples, english.rate)?;
    let form = Form::new()
        .text("model", "whisper-1")
        .part("file", Part::bytes(file).file_name("speech.wav"));
    let answer = client
        .post(format!("{}/v1/audio/transcriptions", server.address))
        .multipart(form)
        .send()
        .await?;
    ensure!(
        answer.status().is_success(),
        "a transcription is answered with {}",
        answer.status()
    );
    let transcription: Value = answer.json().await?;
    let text = transcription["text"].as_str().context("no text")?;
    ensure!(!text.trim().is_empty(), "nothing was recognized");

    interpreted(server, &english, "en", "pt").await?;
    interpreted(server, &portuguese, "pt", "en").await?;
    Ok(())
}
