//! The server under load: its own time a request, and what becomes of more than it can serve.
//!
//! The test engine works 200 ms and then has all its audio. What a request takes beyond that and
//! beyond its wait for an engine is the server's own.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::json;

use crate::figure::percentile;
use crate::program::Server;
use crate::{Bench, Figure};

const WORK_MS: f64 = 200.0;
const MIB: f64 = 1_048_576.0;
/// Requests in flight where every one is served.
const SERVED_CONCURRENCY: usize = 50;
const REQUESTS_PER_CALLER: usize = 20;
/// Requests in flight where some must be refused.
const OVERLOAD_CONCURRENCY: usize = 500;

pub(crate) async fn measure(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let work = WORK_MS.to_string();
    let settings = [
        ("MYNAH_ENGINES__TONE__ENABLED", "true"),
        ("MYNAH_ENGINES__TONE__LATENCY_MS", work.as_str()),
        ("MYNAH_SYNTHESIS__RUNNING", "50"),
        ("MYNAH_SYNTHESIS__WAITING", "50"),
    ];
    let server = Server::start(&bench.program, &settings)?;
    let client = reqwest::Client::new();
    server.ready(&client).await?;
    all_at_once(&client, &server, SERVED_CONCURRENCY).await?;
    let quiet = server.peak_memory()?;

    let mut own = Vec::new();
    for answer in callers(&client, &server).await? {
        ensure!(
            answer.status == 200,
            "a request was answered with {}",
            answer.status
        );
        own.push(answer.wall_ms - answer.queue_ms - WORK_MS);
    }
    let answers = all_at_once(&client, &server, OVERLOAD_CONCURRENCY).await?;
    let count = |status: u16| {
        answers
            .iter()
            .filter(|answer| answer.status == status)
            .count()
    };
    let (served, refused) = (count(200), count(429));
    ensure!(
        answers
            .iter()
            .all(|answer| answer.status != 429 || answer.retry_after.is_some()),
        "a refusal without Retry-After"
    );
    let lost = OVERLOAD_CONCURRENCY - served - refused;
    let grown = (server.peak_memory()? - quiet) / MIB;
    Ok(vec![
        Figure::new(
            format!("own time, {SERVED_CONCURRENCY} in flight, median"),
            percentile(&mut own, 0.5),
            "ms",
        ),
        Figure::new(
            format!("own time, {SERVED_CONCURRENCY} in flight, p99"),
            percentile(&mut own, 0.99),
            "ms",
        )
        .with_max(5.0),
        Figure::new(
            format!("served of {OVERLOAD_CONCURRENCY}"),
            served as f64,
            "",
        ),
        Figure::new(
            format!("refused with 429 of {OVERLOAD_CONCURRENCY}"),
            refused as f64,
            "",
        ),
        Figure::new(format!("lost of {OVERLOAD_CONCURRENCY}"), lost as f64, "").with_expected(0.0),
        Figure::new("memory at rest", quiet / MIB, "MiB"),
        Figure::new(
            format!("memory more at {OVERLOAD_CONCURRENCY}"),
            grown,
            "MiB",
        ),
    ])
}

struct Answer {
    status: u16,
    wall_ms: f64,
    queue_ms: f64,
    retry_after: Option<u64>,
}

/// [`SERVED_CONCURRENCY`] callers, each asking again as soon as it has its answer. They begin one after the
/// other within the time of one request: callers that all begin at the same moment would measure
/// how fifty share two cores, not what one costs.
async fn callers(client: &reqwest::Client, server: &Server) -> anyhow::Result<Vec<Answer>> {
    let apart = Duration::from_secs_f64(WORK_MS / 1000.0 / SERVED_CONCURRENCY as f64);
    let mut beginning = tokio::time::interval(apart);
    let mut tasks = Vec::new();
    for _ in 0..SERVED_CONCURRENCY {
        beginning.tick().await;
        let (client, address) = (client.clone(), server.address.clone());
        tasks.push(tokio::spawn(async move {
            let mut answers = Vec::new();
            for _ in 0..REQUESTS_PER_CALLER {
                answers.push(one(client.clone(), address.clone()).await?);
            }
            anyhow::Ok(answers)
        }));
    }
    let mut answers = Vec::new();
    for task in tasks {
        answers.extend(task.await??);
    }
    Ok(answers)
}

/// Sends so many requests at the same time and waits for every answer's end.
async fn all_at_once(
    client: &reqwest::Client,
    server: &Server,
    requests: usize,
) -> anyhow::Result<Vec<Answer>> {
    let tasks: Vec<_> = (0..requests)
        .map(|_| tokio::spawn(one(client.clone(), server.address.clone())))
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await??);
    }
    Ok(answers)
}

async fn one(client: reqwest::Client, address: String) -> anyhow::Result<Answer> {
    let body =
        json!({"model": "tone", "voice": "tone/alto", "input": "Hi.", "response_format": "pcm"});
    let began = Instant::now();
    let answer = client
        .post(format!("{address}/v1/audio/speech"))
        .json(&body)
        .send()
        .await?;
    let status = answer.status().as_u16();
    let header = |name: &str| {
        answer
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let retry_after = header("retry-after").and_then(|seconds| seconds.parse().ok());
    let queue_ms = header("server-timing")
        .map(queue)
        .transpose()?
        .unwrap_or(0.0);
    answer.bytes().await?;
    Ok(Answer {
        status,
        wall_ms: began.elapsed().as_secs_f64() * 1000.0,
        queue_ms,
        retry_after,
    })
}

/// The `queue` metric of a `Server-Timing` header, in milliseconds.
fn queue(header: &str) -> anyhow::Result<f64> {
    let metrics: HashMap<_, _> = header
        .split(',')
        .filter_map(|metric| metric.trim().split_once(";dur="))
        .collect();
    Ok(metrics.get("queue").context("no queue time")?.parse()?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_queue_is_found_among_other_timings() {
        assert_eq!(super::queue("queue;dur=1.5, first;dur=20").ok(), Some(1.5));
        assert!(super::queue("first;dur=20").is_err());
    }
}
