//! Full queues and used-up shares: 429, and when to come again.

use futures_util::future::{Either, select};
use mynah_tone::Behaviour;
use serde_json::json;

use crate::support::{Engine, TestServer, error, for_every_engine, until};

for_every_engine!(places_are_held_by_those_who_do_not_read_and_free_when_they_leave);

async fn places_are_held_by_those_who_do_not_read_and_free_when_they_leave(engine: Engine) {
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

// What follows holds the engine back, or is refused before any engine hears of it.

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_says_when_to_come_again_and_takes_the_next_when_free() {
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
async fn requests_beyond_the_rate_are_refused_and_keys_count_apart() {
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
    // What anybody may ask counts for nobody.
    assert_eq!(server.get("/livez").send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn sound_is_charged_when_it_is_made_and_when_it_is_heard() {
    let server = TestServer::build().with(|it| {
        it.settings.limits.audio_seconds_per_hour = 3600;
        it.settings.limits.audio_burst_seconds = 1;
    });
    let server = server.start().await;
    // Some five seconds of sound, let in because nothing was used yet.
    let file = server
        .spoken(
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
async fn uploads_have_places_of_their_own() {
    let server = TestServer::build().with(|it| {
        it.settings.limits.uploads_running = 1;
        it.settings.limits.uploads_waiting = 0;
    });
    let server = server.start().await;
    let file = server.spoken("Good morning.", "wav").await;
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
