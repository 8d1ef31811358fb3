//! Many at once: each is served or refused, and none is lost.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use mynah_tone::Behaviour;
use serde_json::json;

use crate::support::{Engine, TestServer, for_every_engine};

for_every_engine!(
    five_hundred_requests_are_served_or_refused,
    eight_concurrent_streams_equal_single_ones,
);

async fn eight_concurrent_streams_equal_single_ones(engine: Engine) {
    let server = TestServer::build_of(engine).with(|it| {
        it.synthesis.running = 8;
        it.frames = 20;
    });
    let server = server.start().await;
    let speak = async |seed: usize| {
        let change = json!({
            "input": &"One, two, three, four, five, six, seven, eight."[..5 + 6 * seed],
            "response_format": "pcm", "seed": seed,
        });
        let response = server.speech(&change).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.bytes().await.unwrap()
    };
    let mut alone = Vec::new();
    for seed in 0..8 {
        alone.push(speak(seed).await);
    }
    let together = join_all((0..8).map(speak)).await;
    assert!(alone == together);
    let different = |(a, b): (usize, usize)| alone[a] != alone[b];
    assert!((1..8).map(|seed| (seed - 1, seed)).all(different));
}

async fn five_hundred_requests_are_served_or_refused(engine: Engine) {
    let server = TestServer::of(engine).await;
    server
        .script
        .speech
        .always(Behaviour::with_latency(Duration::from_millis(20)));
    let change = json!({"input": "Hi.", "response_format": "pcm"});
    let all = join_all((0..500).map(|_| async {
        let response = server.speech(&change).send().await.unwrap();
        let status = response.status().as_u16();
        let has_retry_after = response.headers().contains_key("retry-after");
        let bytes = response.bytes().await.unwrap();
        assert_eq!(status == 429, has_retry_after);
        assert!(!bytes.is_empty());
        status
    }));
    let mut counts = BTreeMap::new();
    for status in all.await {
        *counts.entry(status).or_insert(0) += 1;
    }
    println!("{counts:?}");
    assert_eq!(counts.values().sum::<i32>(), 500);
    assert!(
        counts.keys().all(|status| [200, 429].contains(status)),
        "{counts:?}"
    );
    // Every slot of the queue was used: some running, 64 waiting.
    let served = counts[&200] as usize;
    assert!(served >= server.max_running() + 64, "{counts:?}");
    if let Some(frames) = server.frames() {
        assert_eq!(frames, 7 * served as u64);
    } else {
        let spoken = server.script.speech.counts();
        assert_eq!(spoken.finished, served);
        assert!(spoken.max_concurrent <= server.max_running());
    }
}
