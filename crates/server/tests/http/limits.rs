//! Full queues and used-up shares: 429 and Retry-After.

use futures_util::future::{Either, select};
use mynah_tone::Behaviour;
use serde_json::{Value, json};

use crate::support::{Engine, TestServer, error, for_every_engine, until};
use crate::transcription;

for_every_engine!(unread_responses_hold_slots_until_disconnect);

async fn unread_responses_hold_slots_until_disconnect(engine: Engine) {
    let server = TestServer::build_of(engine).narrow(1).start().await;
    let long = json!({"input": TestServer::long_text(), "response_format": "pcm"});
    let first = server.speech(&long).send().await.unwrap();
    let second = server.speech(&long).send().await.unwrap();
    for response in [&first, &second] {
        assert_eq!(response.status(), 200);
    }
    let response = server.speech(&json!({})).send().await.unwrap();
    let wait = response.headers()["retry-after"].to_str().unwrap();
    assert!(wait.parse::<u64>().is_ok_and(|it| it >= 1), "{wait}");
    let (status, error) = error(response).await;
    assert_eq!((status, error["code"].as_str()), (429, Some("overloaded")));
    drop(first);
    server.served_at_last().await;
    drop(second);
    server.served_at_last().await;
}

// The following tests block the engine, or are refused before any engine is called.

#[tokio::test(flavor = "multi_thread")]
async fn full_queue_sends_retry_after_and_recovers() {
    let server = TestServer::build().with(|it| {
        it.synthesis.running = 1;
        it.synthesis.waiting = 1;
    });
    let server = server.start().await;
    server.script.speech.always(Behaviour::held());
    let first = tokio::spawn(server.speech(&json!({})).send());
    until(&server.script.speech, |counts| counts.started == 1).await;
    // Of the next two one waits, and the other is the first to have an answer.
    let [one, other] = [(); 2].map(|()| Box::pin(server.speech(&json!({})).send()));
    let (response, waiting) = match select(one, other).await {
        Either::Left((response, other)) | Either::Right((response, other)) => {
            (response.unwrap(), other)
        }
    };
    let wait: u64 = response.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    let (status, error) = error(response).await;
    assert_eq!((status, error["code"].as_str()), (429, Some("overloaded")));
    server.script.speech.release(2);
    assert_eq!(first.await.unwrap().unwrap().status(), 200);
    assert_eq!(waiting.await.unwrap().status(), 200);
    server.script.speech.always(Behaviour::default());
    assert_eq!(
        server.speech(&json!({})).send().await.unwrap().status(),
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rate_limit_refuses_and_counts_keys_separately() {
    let server = TestServer::build().with(|it| {
        it.settings.limits.requests_per_minute = 1;
        it.settings.limits.request_burst = 2;
    });
    let server = server.start().await;
    let (key, _) = server.keys.add("Ada").unwrap();
    for status in [200, 200, 429] {
        let response = server.get("/v1/models").send().await.unwrap();
        assert_eq!(response.status(), status);
        if status == 429 {
            let wait: u64 = response.headers()["retry-after"]
                .to_str()
                .unwrap()
                .parse()
                .unwrap();
            assert!((50..=60).contains(&wait), "{wait}");
            assert_eq!(error(response).await.1["code"], "rate_limited");
        }
    }
    let with_key = server
        .get("/v1/models")
        .bearer_auth(key.expose_secret())
        .send()
        .await
        .unwrap();
    assert_eq!(with_key.status(), 200);
    // Open routes do not count.
    assert_eq!(server.get("/livez").send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn synthesized_and_recognized_audio_is_charged() {
    let server = TestServer::build().with(|it| {
        it.settings.limits.audio_seconds_per_hour = 3600;
        it.settings.limits.audio_burst_seconds = 1;
    });
    let server = server.start().await;
    // Some five seconds of audio, accepted because nothing was used yet.
    let file = server
        .synthesized(
            "Spoken at length, so that it takes some seconds of sound, and more.",
            "wav",
        )
        .await;
    let speech = server.speech(&json!({})).send().await.unwrap();
    let upload = server
        .upload("/v1/audio/transcriptions", file, &[])
        .send()
        .await
        .unwrap();
    for response in [speech, upload] {
        let wait: u64 = response.headers()["retry-after"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!((1..=6).contains(&wait), "{wait}");
        let (status, error) = error(response).await;
        assert_eq!(
            (status, error["code"].as_str()),
            (429, Some("rate_limited"))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_have_their_own_limit() {
    let server = TestServer::build().with(|it| {
        it.settings.limits.uploads_running = 1;
        it.settings.limits.uploads_waiting = 0;
    });
    let server = server.start().await;
    let file = server.synthesized("Good morning.", "wav").await;
    let upload = || {
        server
            .upload("/v1/audio/transcriptions", file.clone(), &[])
            .send()
    };
    server.script.recognition.once(Behaviour::held());
    let first = tokio::spawn(upload());
    until(&server.script.recognition, |counts| counts.started == 1).await;
    let response = upload().await.unwrap();
    assert!(response.headers().contains_key("retry-after"));
    assert_eq!(error(response).await.0, 429);
    server.script.recognition.release(1);
    assert_eq!(first.await.unwrap().unwrap().status(), 200);
    assert_eq!(upload().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn audio_beyond_the_decoding_memory_is_refused() {
    let server = TestServer::build().with(|it| it.settings.limits.decode_bytes = 64 << 20);
    let server = server.start().await;
    let file = transcription::recording(&server).await;
    let response = server
        .upload(transcription::PATH, file, &[])
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 400);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["error"]["code"], "audio_too_long", "{body}");
}
