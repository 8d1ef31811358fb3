//! A sentence spoken into the WebSocket at the speed of speech: how soon after its last sample is
//! the first audio of its translation there? The detector's hang-over is included.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use mynah_audio::from_i16;
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};
use tokio_tungstenite::tungstenite::Message;

use crate::figure::percentile;
use crate::program::Server;
use crate::round_trip::synthesized;
use crate::{Bench, Figure, sentences};

/// What a microphone hands over at once.
const FRAME: Duration = Duration::from_millis(20);
/// Quieter than −50 dBFS is the end of the speech, not its last sample.
const AUDIBLE_THRESHOLD: f32 = 0.003_162;
/// Sentences measured, one session each.
const SESSIONS: usize = 5;
/// How long a translation may take before the measurement gives up.
const TIMEOUT: Duration = Duration::from_secs(20);

pub(crate) async fn measure(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let server = Server::start(&bench.program, &[])?;
    server.ready(&reqwest::Client::new()).await?;
    let mut figures = Vec::new();
    for (name, preview) in [
        ("live first audio", false),
        ("live first audio with previews", true),
    ] {
        let mut times = Vec::new();
        // The first take opens the engines and is not counted.
        for sentence in sentences().take(SESSIONS + 1) {
            times.push(one(bench, &server, sentence, preview).await?);
        }
        times.remove(0);
        let median = Figure::new(format!("{name}, median"), percentile(&mut times, 0.5), "ms");
        let worst = Figure::new(
            format!("{name}, worst of {SESSIONS}"),
            percentile(&mut times, 1.0),
            "ms",
        );
        figures.push(median);
        figures.push(if preview {
            worst
        } else {
            worst.with_max(1000.0)
        });
    }
    Ok(figures)
}

/// Milliseconds from the last audible sample of a sentence to the first audio of its translation.
async fn one(bench: &Bench, server: &Server, sentence: &str, preview: bool) -> anyhow::Result<f64> {
    let mut clip = synthesized(bench, sentence, "flite/slt").await?;
    let end = clip
        .samples
        .iter()
        .rposition(|s| s.abs() > AUDIBLE_THRESHOLD)
        .context("a silent sentence")?;
    clip.samples.truncate(end + 1);
    let pcm: Vec<u8> = clip
        .samples
        .iter()
        .flat_map(|s| ((s * 32_767.0) as i16).to_le_bytes())
        .collect();

    let address = server.address.replacen("http", "ws", 1)
        + "/v1/realtime/translations?model=gpt-realtime-translate";
    let (socket, _) = tokio_tungstenite::connect_async(address).await?;
    let (mut to_server, mut from_server) = socket.split();
    let mut input = json!({"language": "en"});
    if preview {
        input["preview"] = json!(true);
    }
    let update = json!({
        "type": "session.update",
        "session": {"audio": {"input": input, "output": {"language": "es"}}},
    });
    to_server.send(Message::text(update.to_string())).await?;
    let (said, mut spoken_at) = tokio::sync::oneshot::channel();
    let speaking = tokio::spawn(async move {
        let mut pace = interval(FRAME);
        pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let frame = clip.rate.samples_in(FRAME) * 2;
        let mut said = Some(said);
        // The microphone stays open: silence follows the sentence until the session ends.
        let silence = vec![0; frame];
        let mut frames = pcm.chunks(frame);
        loop {
            pace.tick().await;
            let chunk = match frames.next() {
                Some(chunk) => chunk,
                None => {
                    if let Some(said) = said.take() {
                        let _ = said.send(Instant::now());
                    }
                    &silence
                }
            };
            let event = json!({"type": "session.input_audio_buffer.append", "audio": STANDARD.encode(chunk)});
            if to_server
                .send(Message::text(event.to_string()))
                .await
                .is_err()
            {
                return;
            }
        }
    });
    let first = tokio::time::timeout(TIMEOUT, first_audible(&mut from_server)).await;
    speaking.abort();
    let first = first.context("no translation arrived")??;
    let said = spoken_at
        .try_recv()
        .context("the translation came before the sentence's end")?;
    Ok(first.duration_since(said).as_secs_f64() * 1000.0)
}

/// When the first audible audio came.
async fn first_audible(
    events: &mut (impl StreamExt<Item = Result<Message, tokio_tungstenite::tungstenite::Error>> + Unpin),
) -> anyhow::Result<Instant> {
    while let Some(message) = events.next().await {
        let Message::Text(text) = message? else {
            continue;
        };
        let event: Value = serde_json::from_str(&text)?;
        match event["type"].as_str() {
            Some("session.output_audio.delta") => {
                let arrived = Instant::now();
                let sound = STANDARD.decode(event["delta"].as_str().context("a delta is text")?)?;
                let loud =
                    |pair: &[u8; 2]| from_i16(i16::from_le_bytes(*pair)).abs() > AUDIBLE_THRESHOLD;
                if sound.as_chunks().0.iter().any(loud) {
                    return Ok(arrived);
                }
            }
            Some("error" | "session.segment.failed") => bail!("the server says {event}"),
            _ => {}
        }
    }
    bail!("the connection closed before any audio arrived")
}
