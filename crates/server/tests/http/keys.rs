//! Keys during requests: revoked, unreadable, guessed; and their shares of slots.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::future::select_all;
use mynah_auth::{ApiKey, KeyStore};
use mynah_tone::Behaviour;
use serde_json::json;

use crate::support::{Raw, SOON, TestServer, error, events, until};

/// A text of two pieces.
const TWO_PIECES: &str = "A first sentence, not too short. And a second one, for good measure.";

/// A server that needs keys, with one for Ada and one for Bob.
async fn server(change: impl FnOnce(&mut crate::support::Builder)) -> (TestServer, ApiKey, ApiKey) {
    let server = TestServer::build().with(|it| {
        it.settings.require_keys = true;
        change(it);
    });
    let server = server.start().await;
    let (ada, _) = server.keys.add("Ada").unwrap();
    let (bob, _) = server.keys.add("Bob").unwrap();
    (server, ada, bob)
}

/// Revokes Ada's key as another process does.
fn revoke(server: &TestServer) {
    let cli = KeyStore::open(server.keys.path()).unwrap();
    cli.revoke("Ada").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_ends_its_event_stream_with_an_error() {
    let (server, ada, _) = server(|_| ()).await;
    server.script.speech.once(Behaviour::default());
    server.script.speech.always(Behaviour::held());
    let change = json!({
        "input": TWO_PIECES, "response_format": "pcm", "stream_format": "sse",
    });
    let speech = server.speech(&change).bearer_auth(ada.expose_secret());
    let response = speech.send().await.unwrap();
    assert_eq!(response.status(), 200);
    until(&server.script.speech, |counts| counts.started == 2).await;
    revoke(&server);
    let stream = tokio::time::timeout(SOON, response.text()).await;
    let events = events(&stream.expect("the stream ends").unwrap());
    let last = events.last().unwrap();
    assert_eq!(last.name, "speech.audio.error");
    assert_eq!(last.data["error"]["code"], "invalid_api_key");
    until(&server.script.speech, |counts| counts.cancelled == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_breaks_its_audio_stream() {
    let (server, ada, _) = server(|_| ()).await;
    server.script.speech.once(Behaviour::default());
    server.script.speech.always(Behaviour::held());
    let change = json!({"input": TWO_PIECES, "response_format": "pcm"});
    let speech = server.speech(&change).bearer_auth(ada.expose_secret());
    let mut stream = speech.send().await.unwrap().bytes_stream();
    assert!(stream.next().await.unwrap().is_ok());
    until(&server.script.speech, |counts| counts.started == 2).await;
    revoke(&server);
    let broken = async {
        while let Some(part) = stream.next().await {
            if part.is_err() {
                return true;
            }
        }
        false
    };
    let broken = tokio::time::timeout(SOON, broken).await;
    assert!(broken.expect("the stream ends"), "half a file looks whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked_key_frees_the_slot_of_an_unread_response() {
    let (server, ada, bob) = server(|it| {
        it.synthesis.running = 1;
        it.synthesis.waiting = 0;
        it.settings.limits.stall_seconds = 3_600;
    })
    .await;
    let body = json!({
        "input": TestServer::long_text(), "model": "tts-1", "voice": "alloy",
        "response_format": "pcm",
    });
    let body = body.to_string();
    let mut raw = Raw::connect_narrowly(server.address).await;
    raw.send(format!(
        "POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Authorization: Bearer {}\r\nContent-Length: {}\r\n\r\n{body}",
        ada.expose_secret(),
        body.len(),
    ))
    .await;
    assert!(raw.head().await.starts_with("HTTP/1.1 200"));
    let word = async || {
        let speech = server.speech(&json!({})).bearer_auth(bob.expose_secret());
        speech.send().await.unwrap().status()
    };
    assert_eq!(word().await, 429);
    revoke(&server);
    let served = async { while word().await != 200 {} };
    let served = tokio::time::timeout(SOON, served).await;
    served.expect("the place of a revoked key is free");
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked_key_ends_waiting_and_arriving_requests() {
    let (server, ada, _) = server(|it| it.synthesis.running = 1).await;
    // One at work and one in the queue.
    server.script.speech.always(Behaviour::held());
    let ask = || {
        let speech = server.speech(&json!({})).bearer_auth(ada.expose_secret());
        tokio::spawn(speech.send())
    };
    let (at_work, queued) = (ask(), ask());
    until(&server.script.speech, |counts| counts.started == 1).await;
    // A request whose body is arriving.
    let mut arriving = Raw::connect(server.address).await;
    arriving
        .send(format!(
            "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: localhost\r\n\
             Authorization: Bearer {}\r\nContent-Length: 1000\r\n\
             Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n",
            ada.expose_secret(),
        ))
        .await;
    revoke(&server);
    for request in [at_work, queued] {
        let response = tokio::time::timeout(SOON, request).await;
        let response = response.expect("it ends").unwrap().unwrap();
        let (status, error) = error(response).await;
        assert_eq!((status, &error["code"]), (401, &json!("invalid_api_key")));
    }
    let head = tokio::time::timeout(SOON, arriving.head()).await;
    let head = head.expect("the upload ends");
    assert!(head.starts_with("HTTP/1.1 401"), "{head}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_ends_its_transcription() {
    let (server, ada, bob) = server(|_| ()).await;
    let spoken = server.speech(&json!({"input": "Good morning.", "response_format": "wav"}));
    let file = spoken
        .bearer_auth(bob.expose_secret())
        .send()
        .await
        .unwrap();
    let file = file.bytes().await.unwrap();
    server.script.recognition.always(Behaviour::held());
    let upload = server.upload("/v1/audio/transcriptions", file.into(), &[]);
    let upload = tokio::spawn(upload.bearer_auth(ada.expose_secret()).send());
    until(&server.script.recognition, |counts| counts.started == 1).await;
    revoke(&server);
    let response = tokio::time::timeout(SOON, upload).await;
    let response = response.expect("it ends").unwrap().unwrap();
    assert_eq!(response.status(), 401);
    until(&server.script.recognition, |counts| counts.cancelled == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_key_file_is_reported_and_then_keys_are_refused() {
    // It is asked again and again.
    let (server, ada, _) = server(|it| it.settings.limits.requests_per_minute = 0).await;
    let ready = async || {
        let response = server.get("/readyz").send().await.unwrap();
        let status = response.status().as_u16();
        let state = response.json::<serde_json::Value>().await.unwrap();
        (status, state["state"].clone())
    };
    let models = async || {
        let models = server.get("/v1/models").bearer_auth(ada.expose_secret());
        models.send().await.unwrap()
    };
    assert_eq!(ready().await.0, 200);
    let whole = std::fs::read(server.keys.path()).unwrap();
    let damaged = Instant::now();
    std::fs::write(server.keys.path(), &whole[..whole.len() / 2]).unwrap();
    let reported = async { while ready().await != (503, json!("keys_unreadable")) {} };
    tokio::time::timeout(SOON, reported)
        .await
        .expect("reported");
    // The keys read before are valid for a while, and then none is.
    let refused = async {
        loop {
            let response = models().await;
            if response.status() == 503 {
                return response;
            }
            assert_eq!(response.status(), 200);
        }
    };
    let refused = tokio::time::timeout(SOON, refused).await.expect("refused");
    assert!(damaged.elapsed() >= Duration::from_secs(4));
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(error(refused).await.1["code"], "keys_unavailable");
    std::fs::write(server.keys.path(), whole).unwrap();
    let again = async { while models().await.status() != 200 || ready().await.0 != 200 {} };
    tokio::time::timeout(SOON, again)
        .await
        .expect("it recovers");
}

/// A request on its way.
type Asked = tokio::task::JoinHandle<reqwest::Result<reqwest::Response>>;

fn ask(server: &TestServer, key: &ApiKey) -> Asked {
    let speech = server.speech(&json!({})).bearer_auth(key.expose_secret());
    tokio::spawn(speech.send())
}

/// Acquires all slots that a key may have: one more is refused.
async fn take_all(server: &TestServer, key: &ApiKey, places: usize) -> Vec<Asked> {
    server.script.speech.always(Behaviour::held());
    let asked = (0..=places).map(|_| ask(server, key));
    let refused = tokio::time::timeout(SOON, select_all(asked)).await;
    let (refused, _, held) = refused.expect("one more is refused");
    assert_eq!(refused.unwrap().unwrap().status(), 429);
    held
}

#[tokio::test(flavor = "multi_thread")]
async fn key_leaves_slots_for_others_and_relay_uses_all() {
    for (exempt, places, expected) in [(false, 2, 200), (true, 4, 429)] {
        let (server, ada, bob) = server(|it| {
            it.synthesis.running = 1;
            it.synthesis.waiting = 3;
            if exempt {
                it.settings.limits.keys_without_share = vec!["Ada".into()];
            }
        })
        .await;
        let held = take_all(&server, &ada, places).await;
        let other = ask(&server, &bob);
        if exempt {
            assert_eq!(other.await.unwrap().unwrap().status(), expected);
            server.script.speech.release(usize::MAX);
        } else {
            server.script.speech.release(usize::MAX);
            assert_eq!(other.await.unwrap().unwrap().status(), expected);
        }
        for held in held {
            assert_eq!(held.await.unwrap().unwrap().status(), 200);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn short_request_is_served_before_the_rest_of_another_key() {
    let (server, ada, bob) = server(|it| {
        it.synthesis.running = 1;
        it.synthesis.waiting = 15;
    })
    .await;
    let long = take_all(&server, &ada, 8).await;
    let mut short = ask(&server, &bob);
    // A piece at a time, until the other key's was one of them: it is not the last of nine.
    let mut pieces = 0;
    let response = loop {
        let wait = tokio::time::timeout(Duration::from_millis(300), &mut short).await;
        match wait {
            Ok(response) => break response,
            Err(_) => server.script.speech.release(1),
        }
        pieces += 1;
        until(&server.script.speech, move |counts| {
            counts.finished >= pieces
        })
        .await;
    };
    assert_eq!(response.unwrap().unwrap().status(), 200);
    assert!(pieces <= 4, "it waited for {pieces} pieces");
    server.script.speech.release(usize::MAX);
    for long in long {
        assert_eq!(long.await.unwrap().unwrap().status(), 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_served_while_another_key_fills_its_share() {
    let (server, ada, bob) = server(|it| {
        it.settings.limits.uploads_running = 2;
        it.settings.limits.uploads_waiting = 2;
    })
    .await;
    let spoken = server.speech(&json!({"input": "Good morning.", "response_format": "wav"}));
    let file = spoken
        .bearer_auth(bob.expose_secret())
        .send()
        .await
        .unwrap();
    let file = file.bytes().await.unwrap();
    let upload = |key: &ApiKey| {
        let upload = server.upload("/v1/audio/transcriptions", file.to_vec(), &[]);
        tokio::spawn(upload.bearer_auth(key.expose_secret()).send())
    };
    server.script.recognition.once(Behaviour::held());
    // One runs, one waits although a slot is free, and one too many.
    let ada = [(); 3].map(|()| upload(&ada));
    let (refused, _, held) = select_all(ada).await;
    assert_eq!(refused.unwrap().unwrap().status(), 429);
    until(&server.script.recognition, |counts| counts.started == 1).await;
    let response = tokio::time::timeout(SOON, upload(&bob)).await;
    let response = response.expect("it is served meanwhile").unwrap().unwrap();
    assert_eq!(response.status(), 200);
    server.script.recognition.release(1);
    for held in held {
        assert_eq!(held.await.unwrap().unwrap().status(), 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_hosts_or_origins_and_foreign_targets_are_refused() {
    let server = TestServer::start().await;
    let body = json!({"input": "Hi.", "model": "tts-1", "voice": "alloy"}).to_string();
    let post = format!(
        "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    for (target, heads, status) in [
        ("/", "Host: localhost\r\n", 200),
        ("/", "Host: localhost\r\nHost: localhost\r\n", 400),
        ("/", "Host: localhost\r\nHost: evil.example\r\n", 400),
        ("/", "Host: evil.example\r\nHost: localhost\r\n", 400),
        ("/", "Host: localhost, evil.example\r\n", 403),
        ("/", "Host: [::1\r\n", 403),
        ("/", "Host: localhost.:80\r\n", 200),
        ("http://evil.example/", "Host: localhost\r\n", 403),
        ("http://localhost/", "Host: evil.example\r\n", 403),
        ("http://localhost/", "Host: localhost\r\n", 200),
        ("http://evil.example/", "", 403),
        ("/", "", 403),
        (
            "/",
            "Host: localhost\r\nOrigin: http://localhost\r\nOrigin: https://evil.example\r\n",
            403,
        ),
        (
            "/",
            "Host: localhost\r\nOrigin: http://localhost\r\nOrigin: http://localhost\r\n",
            403,
        ),
        ("/", "Host: localhost\r\nOrigin: null\r\n", 403),
        (
            "/",
            "Host: localhost\r\nOrigin: http://localhost:5173\r\n",
            200,
        ),
    ] {
        let mut raw = Raw::connect(server.address).await;
        let path = if target == "/" {
            ""
        } else {
            target.trim_end_matches('/')
        };
        raw.send(format!(
            "POST {path}/v1/audio/speech HTTP/1.1\r\nConnection: close\r\n{heads}{post}"
        ))
        .await;
        let answer = raw.head().await;
        let expected = format!("HTTP/1.1 {status}");
        assert!(
            answer.starts_with(&expected),
            "{target} {heads:?}: {answer}"
        );
    }
    // Not even what only reads may come with two.
    let mut raw = Raw::connect(server.address).await;
    raw.send(
        "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n\
         Origin: http://localhost\r\n\r\n",
    )
    .await;
    assert!(raw.head().await.starts_with("HTTP/1.1 403"));
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_of_parts_are_limited_before_their_end() {
    let server = TestServer::start().await;
    let file = server.synthesized("Good morning.", "wav").await;
    let long = |bytes: usize| "x".repeat(bytes);
    let form = |name: &str| {
        let mut form = format!(
            "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n\
             --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
        )
        .into_bytes();
        form.extend(&file);
        form.extend(b"\r\n--b--\r\n");
        form
    };
    let post = |body: Vec<u8>| {
        let request = server.client.post(server.url("/v1/audio/transcriptions"));
        let request = request.header("content-type", "multipart/form-data; boundary=b");
        request.body(body).send()
    };
    for (name, status) in [
        ("a.wav".to_owned(), 200),
        (long(15_000), 200),
        (long(17_000), 400),
    ] {
        let response = post(form(&name)).await.unwrap();
        assert_eq!(response.status(), status, "{} bytes", name.len());
    }
    // One that never ends, and one that never begins: an answer comes while both are sent.
    for begin in ["--b\r\nContent-Disposition: form-data; name=\"", "--a"] {
        let mut raw = Raw::connect(server.address).await;
        raw.send(format!(
            "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: localhost\r\n\
             Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 20000000\r\n\r\n\
             {begin}{}",
            long(100_000)
        ))
        .await;
        let head = tokio::time::timeout(SOON, raw.head()).await;
        let head = head.expect("an answer before all of it is there");
        assert!(head.starts_with("HTTP/1.1 400"), "{head}");
    }
}
