//! Many at once: each is served or refused, and none is lost.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use mynah_tone::Behaviour;
use serde_json::json;

use crate::support::TestServer;

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_at_once_are_served_or_refused_and_none_is_lost() {
    let server = TestServer::start().await;
    server
        .script
        .speech
        .always(Behaviour::working(Duration::from_millis(20)));
    let change = json!({"input": "Hi.", "response_format": "pcm"});
    let all = join_all((0..500).map(|_| async {
        let response = server.speech(&change).send().await.unwrap();
        let status = response.status().as_u16();
        let told = response.headers().contains_key("retry-after");
        let bytes = response.bytes().await.unwrap();
        assert_eq!(status == 429, told);
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
    // Every place in the queue was used: two at work, 64 waiting.
    assert!(counts[&200] >= 66, "{counts:?}");
    let spoken = server.script.speech.counts();
    assert_eq!(spoken.finished, counts[&200] as usize);
    assert!(spoken.most_at_once <= 2);
}
