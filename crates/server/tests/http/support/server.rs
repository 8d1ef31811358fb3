//! A server on a port of its own, and the requests that tests send it.

use std::net::SocketAddr;

use mynah_interpreter::{Interpreter, InterpreterSettings};
use mynah_server::{Gate, KeyStore, ServerError, ServerParts, ServerSettings, run};
use mynah_speech::Engines;
use mynah_speech::voice_activity::SegmenterSettings;
use mynah_synthesis::{AliasSettings, Synthesis, SynthesisSettings};
use mynah_tone::{Script, Tone, ToneScorer};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// What a test wants otherwise than usual.
pub(crate) struct Builder {
    pub(crate) settings: ServerSettings,
    pub(crate) synthesis: SynthesisSettings,
    pub(crate) interpreter: InterpreterSettings,
    router: axum::Router,
}

/// A running server.
pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    /// What the engine does, and what it did.
    pub(crate) script: Script,
    pub(crate) keys: KeyStore,
    pub(crate) client: reqwest::Client,
    pub(crate) shutdown: CancellationToken,
    parts: Box<dyn Fn() -> ServerParts + Send + Sync>,
    task: JoinHandle<()>,
    _data: tempfile::TempDir,
}

impl TestServer {
    /// A server as it is by default.
    pub(crate) async fn start() -> Self {
        Self::build().start().await
    }

    /// A server that is different.
    pub(crate) fn build() -> Builder {
        let alias = |voice: &str| AliasSettings {
            english: voice.parse().unwrap(),
            gender: None,
        };
        let synthesis = SynthesisSettings {
            aliases: [("alloy".into(), alias("tone/alto"))].into(),
            running: 2,
            ..SynthesisSettings::default()
        };
        Builder {
            settings: ServerSettings::default(),
            synthesis,
            interpreter: InterpreterSettings {
                segmenter: segmenter(),
                ..InterpreterSettings::default()
            },
            router: axum::Router::new(),
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path))
    }

    /// A request to speak, its body a good one that is then changed.
    pub(crate) fn speech(&self, change: &Value) -> RequestBuilder {
        let mut body = json!({"input": "Hello there.", "model": "tts-1", "voice": "alloy"});
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.client.post(self.url("/v1/audio/speech")).json(&body)
    }

    /// Speech as a file.
    pub(crate) async fn spoken(&self, text: &str, format: &str) -> Vec<u8> {
        let change = json!({"input": text, "response_format": format});
        let response = self.speech(&change).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.bytes().await.unwrap().into()
    }

    /// A request to write down a file.
    pub(crate) fn upload(
        &self,
        path: &str,
        file: Vec<u8>,
        fields: &[(&str, &str)],
    ) -> RequestBuilder {
        let part = reqwest::multipart::Part::bytes(file).file_name("sound.wav");
        let mut form = reqwest::multipart::Form::new()
            .part("file", part)
            .text("model", "whisper-1");
        for (name, value) in fields {
            form = form.text((*name).to_owned(), (*value).to_owned());
        }
        self.client.post(self.url(path)).multipart(form)
    }

    /// Starts the same server at another address, and stops it at once.
    pub(crate) async fn run_again(&self, address: &str) -> Result<(), ServerError> {
        let listener = TcpListener::bind(address).await.unwrap();
        let stopped = CancellationToken::new();
        stopped.cancel();
        run(listener, (self.parts)(), ServerSettings::default(), stopped).await
    }

    /// Tells the server to stop and waits until it has.
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        self.stopped().await;
    }

    /// Waits until the server has stopped.
    pub(crate) async fn stopped(self) {
        tokio::time::timeout(super::SOON, self.task)
            .await
            .expect("it stops")
            .unwrap();
    }
}

impl Builder {
    /// The same, with other settings.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// The same, with routes of another door.
    pub(crate) fn with_routes(mut self, router: axum::Router) -> Self {
        self.router = router;
        self
    }

    /// Starts it.
    pub(crate) async fn start(self) -> TestServer {
        let Self {
            settings,
            synthesis,
            interpreter,
            router,
        } = self;
        let script = Script::new();
        let tone = Tone::new(script.clone());
        let engines = Engines::new(|| Box::new(ToneScorer))
            .with_synthesizer(tone.clone())
            .with_recognizer(tone.clone())
            .with_translator(tone);
        let synthesis = Synthesis::new(engines.clone(), synthesis);
        let interpreter = Interpreter::new(engines, synthesis.clone(), interpreter).unwrap();
        let data = tempfile::tempdir().unwrap();
        let keys = KeyStore::open(data.path().join("keys.json")).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let gate = Gate::new(keys.clone(), address, &settings);
        let shutdown = CancellationToken::new();
        let parts = Box::new(move || ServerParts {
            synthesis: synthesis.clone(),
            interpreter: interpreter.clone(),
            gate: gate.clone(),
            extra: router.clone(),
        });
        let serving = run(listener, parts(), settings, shutdown.clone());
        let task = tokio::spawn(async move { serving.await.unwrap() });
        let client = reqwest::Client::new();
        TestServer {
            address,
            script,
            keys,
            client,
            shutdown,
            parts,
            task,
            _data: data,
        }
    }
}

/// A detector for tones, which are neither noisy nor sudden: what is tuned for people's voices
/// elsewhere moves no time in these tests.
fn segmenter() -> SegmenterSettings {
    SegmenterSettings {
        smoothing_ms: 0,
        settle_ms: 0,
        min_speech_ms: 100,
        hang_over_ms: 300,
        pad_before_ms: 200,
        pad_after_ms: 200,
        min_segment_ms: 500,
        ..SegmenterSettings::default()
    }
}

/// The error that a response holds, and its status.
pub(crate) async fn error(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let kind = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(kind.starts_with("application/json"), "{kind}");
    (
        status,
        response.json::<Value>().await.unwrap()["error"].take(),
    )
}
