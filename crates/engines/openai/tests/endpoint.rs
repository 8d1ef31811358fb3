//! Against an endpoint that really answers over HTTP, well and badly.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use mynah_openai::{OpenAi, OpenAiOptions};
use mynah_secret::Secret;
use mynah_speech::{Cancel, SpeechError, Translator};
use serde_json::{Value, json};

type Answer = Box<dyn FnOnce() -> Response + Send>;

/// A server that answers in turn, and keeps what it was asked.
#[derive(Clone, Default)]
struct Server {
    answers: Arc<Mutex<Vec<Answer>>>,
    asked: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
}

impl Server {
    fn with(answers: Vec<Answer>) -> Self {
        let server = Self::default();
        server
            .answers
            .lock()
            .unwrap()
            .extend(answers.into_iter().rev());
        server
    }

    /// Its address.
    fn start(&self) -> String {
        let own = self.clone();
        let (told, address) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let answer = move |headers: HeaderMap, body: Bytes| async move {
                    let body = serde_json::from_slice(&body).unwrap();
                    own.asked.lock().unwrap().push((headers, body));
                    let answer = own.answers.lock().unwrap().pop();
                    answer.map_or_else(|| StatusCode::IM_A_TEAPOT.into_response(), |own| own())
                };
                let router = Router::new().route("/v1/chat/completions", post(answer));
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                told.send(listener.local_addr().unwrap()).unwrap();
                axum::serve(listener, router).await.unwrap();
            });
        });
        format!("http://{}/v1/", address.recv().unwrap())
    }
}

fn reply(content: &str) -> Answer {
    let body = json!({"choices": [{"message": {"role": "assistant", "content": content}, "finish_reason": "stop"}]});
    Box::new(move || Json(body).into_response())
}

fn status(code: u16) -> Answer {
    Box::new(move || {
        (
            StatusCode::from_u16(code).unwrap(),
            "a secret of the server",
        )
            .into_response()
    })
}

fn engine(url: String) -> OpenAi {
    OpenAi::new(OpenAiOptions {
        url,
        model: "small".into(),
        key: Secret::from("sk-very-secret".to_owned()),
        languages: ["en", "es", "de"].map(|tag| tag.parse().unwrap()).to_vec(),
        timeout: Duration::from_secs(5),
    })
}

fn translate(engine: &OpenAi, text: &str) -> Result<String, SpeechError> {
    let (from, to) = ("en-GB".parse().unwrap(), "es".parse().unwrap());
    engine.translate(text, &from, &to, &Cancel::new())
}

#[test]
fn a_sentence_is_asked_for_and_comes_back() {
    let server = Server::with(vec![reply("\"Buenos días.\"")]);
    let engine = engine(server.start());
    assert_eq!(translate(&engine, "Good morning.").unwrap(), "Buenos días.");
    let asked = server.asked.lock().unwrap();
    let (headers, body) = &asked[0];
    assert_eq!(headers[header::AUTHORIZATION], "Bearer sk-very-secret");
    assert_eq!(body["model"], "small");
    assert_eq!(body["temperature"], 0);
    assert_eq!(body["messages"][1]["content"], "Good morning.");
    let system = body["messages"][0]["content"].as_str().unwrap();
    assert!(system.contains("English (en-GB) into Spanish"), "{system}");
}

#[test]
fn what_passes_is_tried_again_and_what_lasts_is_not() {
    for (answers, calls, expected) in [
        (vec![status(503), reply("Hola")], 2, "Hola"),
        (vec![status(429), status(500), reply("Hola")], 3, "Hola"),
        (
            vec![status(429), status(429), status(429), reply("Hola")],
            3,
            "openai is busy: it answers 429",
        ),
        (
            vec![status(400), reply("Hola")],
            1,
            "openai failed: it answers 400",
        ),
        (
            vec![status(401)],
            1,
            "openai cannot run here: it does not take the key. Set engines.openai.key.",
        ),
        (
            vec![status(404)],
            1,
            "openai cannot run here: it knows no such path or model. Set engines.openai.url (with /v1) and engines.openai.model.",
        ),
        (
            vec![reply(" ")],
            1,
            "openai failed: the translation is empty",
        ),
    ] {
        let server = Server::with(answers);
        let engine = engine(server.start());
        let told = translate(&engine, "Hello").unwrap_or_else(|error| error.to_string());
        assert_eq!(told, expected);
        assert_eq!(server.asked.lock().unwrap().len(), calls, "{expected}");
    }
}

#[test]
fn a_pause_requested_by_the_server_is_made() {
    let busy: Answer =
        Box::new(|| (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "1")]).into_response());
    let server = Server::with(vec![busy, reply("Hola")]);
    let engine = engine(server.start());
    let began = Instant::now();
    assert_eq!(translate(&engine, "Hello").unwrap(), "Hola");
    assert!(began.elapsed() >= Duration::from_secs(1));
}

#[test]
fn who_gives_up_does_not_wait() {
    // Answers when the test is over.
    let (over, waits) = std::sync::mpsc::channel::<()>();
    let slow: Answer = Box::new(move || {
        let _ = waits.recv();
        StatusCode::OK.into_response()
    });
    let server = Server::with(vec![slow]);
    let engine = engine(server.start());
    let cancel = Cancel::new();
    let own = cancel.clone();
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| {
            let (from, to) = ("en".parse().unwrap(), "es".parse().unwrap());
            engine.translate("Hello", &from, &to, &own)
        });
        while server.asked.lock().unwrap().is_empty() {
            std::thread::yield_now();
        }
        cancel.cancel();
        assert_eq!(asked.join().unwrap(), Err(SpeechError::Cancelled));
    });
    drop(over);
}

#[test]
fn nothing_is_asked_for_what_is_not_to_be_translated() {
    let server = Server::default();
    let engine = engine(server.start());
    assert_eq!(translate(&engine, "…!").unwrap(), "…!");
    let long = translate(&engine, &"a ".repeat(40_000))
        .unwrap_err()
        .to_string();
    assert!(long.contains("65536 bytes"), "{long}");
    let (from, to) = ("en".parse().unwrap(), "ja".parse().unwrap());
    let unknown = engine
        .translate("Hello", &from, &to, &Cancel::new())
        .unwrap_err();
    assert!(
        unknown
            .to_string()
            .contains("engines.openai.languages has en, es, de")
    );
    assert!(server.asked.lock().unwrap().is_empty());
    assert_eq!(engine.pairs().len(), 6);
}

#[test]
fn unreachable_endpoints_are_busy_and_no_key_is_printed() {
    let engine = engine("http://127.0.0.1:9/v1".into());
    let error = translate(&engine, "Hello").unwrap_err();
    assert_eq!(error.to_string(), "openai is busy: it can't be reached");
    assert_eq!(format!("{:?}", Secret::from("sk".to_owned())), "***");
    let unset = OpenAi::new(OpenAiOptions {
        url: "localhost".into(),
        model: String::new(),
        key: Secret::default(),
        languages: Vec::new(),
        timeout: Duration::from_secs(1),
    });
    assert!(!unset.health().is_ready() && unset.pairs().is_empty());
}
