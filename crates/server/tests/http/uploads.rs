//! Uploads that arrive, wait and are worked on: what each of them holds, and how long.

use std::sync::Arc;
use std::time::Duration;

use mynah_tone::{Behaviour, Fault};
use reqwest::Response;
use serde_json::json;

use crate::support::{Raw, SOON, TestServer, error, until};

/// What a body of which only the beginning comes is sent to.
struct Trickle {
    path: &'static str,
    kind: &'static str,
    begins: String,
}

/// Every route that takes a body which may be large, and every way in which it may be sent.
fn trickles() -> Vec<Trickle> {
    let multipart = "multipart/form-data; boundary=b";
    let part = |name: &str| {
        let head = format!("Content-Disposition: form-data; name=\"{name}\"; filename=\"a.wav\"");
        format!("--b\r\n{head}\r\n\r\n{}", "x".repeat(4_000))
    };
    // More than a text has: reference audio.
    let json = format!("{{\"ref_audio\": \"{}", "x".repeat(5_000));
    [
        ("/v1/audio/transcriptions", multipart, part("file")),
        ("/v1/audio/translations", multipart, part("file")),
        ("/v1/audio/speech", multipart, part("ref_audio")),
        ("/v1/audio/speech", "application/json", json),
    ]
    .map(|(path, kind, begins)| Trickle { path, kind, begins })
    .into()
}

impl Trickle {
    /// Sends the beginning of a body, and waits until the server takes it in.
    async fn begin(&self, server: &TestServer) -> Raw {
        let mut raw = Raw::connect(server.address).await;
        let Self { path, kind, begins } = self;
        raw.send(format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n\
             Expect: 100-continue\r\nContent-Length: 500000\r\n\r\n"
        ))
        .await;
        // The server sends 100 Continue, so the handler reads the body.
        assert!(raw.head().await.starts_with("HTTP/1.1 100"));
        raw.send(begins).await;
        raw
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_bodies_hold_no_upload_slot() {
    for trickle in trickles() {
        let server = TestServer::build().with(|it| {
            it.settings.limits.uploads_running = 1;
            it.settings.limits.uploads_waiting = 1;
            it.settings.limits.body_bytes = 2_048;
        });
        let server = server.start().await;
        let file = server.synthesized("Good morning.", "wav").await;
        let mut held = Vec::new();
        for _ in 0..8 {
            held.push(trickle.begin(&server).await);
        }
        let upload = server.upload("/v1/audio/transcriptions", file, &[]);
        let status = upload.send().await.unwrap().status();
        assert_eq!(status, 200, "{} {}", trickle.path, trickle.kind);
    }
}

/// The seconds in `Retry-After`.
fn wait(response: &Response) -> u64 {
    let wait = response.headers()["retry-after"].to_str().unwrap();
    wait.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn arriving_bytes_are_limited_by_client_and_in_total() {
    // As much as one upload may have, and little more for all.
    const UPLOAD: usize = 300_000;
    let largest = UPLOAD + (256 << 10);
    for trickle in trickles() {
        let server = TestServer::build().with(|it| {
            let limits = &mut it.settings.limits;
            limits.upload_bytes = UPLOAD;
            limits.reference_bytes = UPLOAD / 2;
            limits.body_bytes = 150_000;
            limits.arriving_bytes_per_caller = largest;
            limits.arriving_bytes = largest + 10_000;
            limits.body_seconds = 60;
        });
        let server = server.start().await;
        let [ada, bob] = ["Ada", "Bob"].map(|name| server.keys.add(name).unwrap().0);
        let file = server.synthesized("Good morning.", "wav").await;
        assert!((33_000..90_000).contains(&file.len()), "{}", file.len());
        // From the address itself: as much as a caller may have, but for little.
        let mut held = Vec::new();
        while held.len() * 140_000 + 140_000 < largest - 20_000 {
            let mut raw = trickle.begin(&server).await;
            raw.send("x".repeat(140_000 - trickle.begins.len())).await;
            held.push(raw);
        }
        // The server has read what was sent when one more is refused.
        let upload = |key: Option<&str>| {
            let upload = server.upload("/v1/audio/transcriptions", file.clone(), &[]);
            match key {
                Some(key) => upload.bearer_auth(key),
                None => upload,
            }
        };
        let big = vec![0; UPLOAD];
        let refused = async {
            loop {
                let body = server.upload("/v1/audio/transcriptions", big.clone(), &[]);
                let response = body.send().await.unwrap();
                if response.status() == 429 {
                    return response;
                }
            }
        };
        let response = tokio::time::timeout(SOON, refused).await.expect("refused");
        let wait = wait(&response);
        assert!(
            (30..=60).contains(&wait),
            "when the first body must be there: {wait}"
        );
        let (status, error) = error(response).await;
        assert_eq!((status, &error["code"]), (429, &json!("overloaded")));
        // Other keys have the rest.
        let response = upload(Some(ada.expose_secret())).send().await.unwrap();
        assert_eq!(response.status(), 200, "{}", trickle.path);
        // Until the total is used: what is held and the largest upload exceed it.
        let body = server.upload("/v1/audio/transcriptions", vec![0; UPLOAD], &[]);
        let refused = body.bearer_auth(bob.expose_secret()).send().await.unwrap();
        assert_eq!(refused.status(), 429, "{}", trickle.path);
        // What was held comes back.
        drop(held);
        let served = async { while upload(None).send().await.unwrap().status() != 200 {} };
        tokio::time::timeout(SOON, served).await.expect("served");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnected_upload_holds_its_slot_until_work_ends() {
    let server = TestServer::build().with(|it| {
        it.settings.limits.uploads_running = 1;
        it.settings.limits.uploads_waiting = 0;
    });
    let server = Arc::new(server.start().await);
    let file = server.synthesized("Good morning.", "wav").await;
    for (path, stage) in [
        ("/v1/audio/transcriptions", &server.script.recognition),
        ("/v1/audio/translations", &server.script.translation),
    ] {
        // An engine that does not look whether it was cancelled.
        let fault = Fault::IgnoresCancel(Duration::from_secs(2));
        stage.once(Behaviour::failing(fault));
        let before = stage.counts();
        let fields = [("language", "es")];
        // The tasks of the last upload may hold its slot for a moment after its response.
        let (uploader, sent) = (Arc::clone(&server), file.clone());
        let first = tokio::spawn(async move {
            loop {
                let request = uploader.upload(path, sent.clone(), &fields);
                let response = request.send().await;
                if response.is_ok_and(|response| response.status() != 429) {
                    return;
                }
            }
        });
        until(stage, move |counts| counts.started > before.started).await;
        // As long as the thread works no other upload is let in, and then one is.
        let upload = || {
            server
                .upload("/v1/audio/transcriptions", file.clone(), &[])
                .send()
        };
        assert_eq!(upload().await.unwrap().status(), 429);
        first.abort();
        let mut refusals = 0;
        loop {
            // A refusal may close the connection while the body is still being sent.
            let Ok(response) = upload().await else {
                continue;
            };
            let is_at_work = stage.counts().in_progress() > 0;
            match response.status().as_u16() {
                429 => refusals += 1,
                200 => {
                    assert!(!is_at_work, "{path}: let in while the work went on");
                    break;
                }
                status => panic!("{path}: {status}"),
            }
        }
        assert!(refusals > 0, "{path}");
    }
}
