//! A server on a port of its own, and the requests that tests send it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use mynah_auth::{Authenticator, KeyStore};
use mynah_blobs::{Backend, Blobs, S3Options};
use mynah_database::{Database, DatabaseUrl};
use mynah_espeak::Espeak;
use mynah_flite::Flite;
use mynah_models::hub::HubOptions;
use mynah_models::{AllowPull, PullOptions, Store};
use mynah_server::{ModelInstallation, ServerError, ServerParts, ServerSettings, run};
use mynah_speech::Engines;
use mynah_speech::voice_activity::SegmenterSettings;
use mynah_speech_translation::{Interpreter, InterpreterSettings};
use mynah_synthesis::{SpeechJob, SpeechStream, Synthesis, SynthesisSettings};
use mynah_tone::{Script, Tone, ToneScorer};
use mynah_voices::{Library, LibraryOptions};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

use mynah_qwen3::synthesizer::EngineLease;

use super::engine::{Engine, settled_frames, tiny};

/// A server with settings of a test.
pub(crate) struct Builder {
    pub(crate) settings: ServerSettings,
    pub(crate) synthesis: SynthesisSettings,
    pub(crate) interpreter: InterpreterSettings,
    /// Which clients may have models fetched.
    pub(crate) allow_pull: AllowPull,
    /// Frames that Qwen3-TTS says for each piece of text.
    pub(crate) frames: usize,
    engine: Engine,
    /// Whether flite and espeak-ng take precedence over the engine.
    installed: bool,
    router: axum::Router,
}

/// A running server.
pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    /// The engine that synthesizes.
    pub(crate) engine: Engine,
    /// The script of the test engine, and its calls.
    pub(crate) script: Script,
    qwen3: Option<EngineLease>,
    pub(crate) keys: KeyStore,
    pub(crate) client: reqwest::Client,
    pub(crate) shutdown: CancellationToken,
    pub(crate) parts: Box<dyn Fn() -> ServerParts + Send + Sync>,
    task: JoinHandle<()>,
    _data: tempfile::TempDir,
}

impl TestServer {
    /// A server with default settings and the test engine.
    pub(crate) async fn start() -> Self {
        Self::build().start().await
    }

    /// A server with default settings and this engine.
    pub(crate) async fn of(engine: Engine) -> Self {
        Self::build_of(engine).start().await
    }

    /// A server to be configured.
    pub(crate) fn build() -> Builder {
        Self::build_of(Engine::Tone)
    }

    /// A server to be configured, with this engine.
    pub(crate) fn build_of(engine: Engine) -> Builder {
        Builder {
            settings: ServerSettings::default(),
            synthesis: engine.settings(),
            allow_pull: AllowPull::Loopback,
            interpreter: InterpreterSettings {
                segmenter: segmenter(),
                ..InterpreterSettings::default()
            },
            frames: 7,
            engine,
            installed: false,
            router: axum::Router::new(),
        }
    }

    /// How many requests are synthesized at the same time.
    pub(crate) fn max_running(&self) -> usize {
        (self.parts)().synthesis.settings().running
    }

    /// The frames that Qwen3-TTS has computed; none by another engine.
    pub(crate) fn frames(&self) -> Option<u64> {
        self.qwen3.as_ref().map(|engine| engine.frames())
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A request without a body.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("http://{}{path}", self.address))
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path))
    }

    /// A valid speech request with changed fields.
    pub(crate) fn speech(&self, change: &Value) -> RequestBuilder {
        let mut body = json!({"input": "Hello there.", "model": "tts-1", "voice": "alloy"});
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.client.post(self.url("/v1/audio/speech")).json(&body)
    }

    /// Speech as a file.
    pub(crate) async fn synthesized(&self, text: &str, format: &str) -> Vec<u8> {
        self.file(&json!({"input": text, "response_format": format}))
            .await
    }

    /// Speech as a file, the same for every call.
    pub(crate) async fn synthesized_with_seed(&self, text: &str, format: &str) -> Vec<u8> {
        self.file(&json!({"input": text, "response_format": format, "seed": 1}))
            .await
    }

    async fn file(&self, change: &Value) -> Vec<u8> {
        let response = self.speech(change).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.bytes().await.unwrap().into()
    }

    /// The same as [`Self::frames`], once all current requests have ended; for servers that run one
    /// request at a time.
    pub(crate) fn settled_frames(&self) -> u64 {
        let engine = self.qwen3.as_ref().unwrap();
        tokio::task::block_in_place(|| settled_frames(engine))
    }

    /// Speech without HTTP.
    pub(crate) fn speech_without_http(&self, text: &str) -> SpeechStream {
        let synthesis = (self.parts)().synthesis;
        let job = SpeechJob::new(text).with_voice(self.engine.voice());
        let plan = synthesis.plan(job).unwrap();
        synthesis.speak(plan, synthesis.admit().unwrap())
    }

    /// A text whose speech is far longer than the buffers hold: six minutes.
    pub(crate) fn long_text() -> String {
        "word ".repeat(800)
    }

    /// Sends speech requests until one is served.
    pub(crate) async fn served_at_last(&self) {
        let asking = async {
            loop {
                let response = self.speech(&json!({})).send().await.unwrap();
                let status = response.status();
                // A disconnect may not be noticed yet.
                assert!([200, 429].contains(&status.as_u16()), "{status}");
                if status == 200 {
                    return;
                }
            }
        };
        let served = tokio::time::timeout(super::SOON, asking).await;
        served.expect("the slot of the disconnected client is free");
    }

    /// A transcription request.
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
    pub(crate) async fn restart(&self, address: &str) -> Result<(), ServerError> {
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
    /// The same with this many waiting slots, one worker and small chunks, so that disconnects and
    /// waits are noticed soon.
    pub(crate) fn narrow(self, waiting: usize) -> Self {
        self.with(|it| {
            it.synthesis.running = 1;
            it.synthesis.waiting = waiting;
            it.synthesis.chunk_chars = 50;
            it.frames = 60;
        })
    }

    /// The same, with other settings.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// The same, with routes of another server.
    pub(crate) fn with_routes(mut self, router: axum::Router) -> Self {
        self.router = router;
        self
    }

    /// The same with flite and espeak-ng before the test engine, and OpenAI's names as they are by
    /// default.
    pub(crate) fn with_installed_engines(mut self) -> Self {
        self.installed = true;
        self.synthesis = SynthesisSettings::default();
        self
    }

    /// Starts it.
    pub(crate) async fn start(self) -> TestServer {
        let Self {
            settings,
            synthesis,
            interpreter,
            allow_pull,
            frames,
            engine,
            installed,
            router,
        } = self;
        let script = Script::new();
        let tone = Tone::new(script.clone());
        let mut engines = Engines::new(|| Box::new(ToneScorer));
        if installed {
            engines = engines
                .with_synthesizer(Flite::new())
                .with_synthesizer(Espeak::new());
        }
        let (engines, qwen3) = match engine {
            Engine::Tone => (engines.with_synthesizer(tone.clone()), None),
            Engine::Qwen3 => {
                let streams = synthesis.running;
                let (qwen3, opened) = tokio::task::block_in_place(|| tiny(frames, streams));
                (engines.with_synthesizer(qwen3), Some(opened))
            }
        };
        let engines = engines.with_recognizer(tone.clone()).with_translator(tone);
        let data = tempfile::tempdir().unwrap();
        let library = library(data.path(), engines.clone()).await;
        let synthesis = Synthesis::new(engines.clone(), synthesis)
            .with_kept_voices(Arc::new(library.clone()))
            .with_styles(Arc::new(library.clone()));
        let interpreter = Interpreter::new(engines, synthesis.clone(), interpreter).unwrap();
        let keys = KeyStore::open(data.path().join("keys.json")).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let authenticator = Authenticator::new(keys.clone(), address, settings.auth());
        let shutdown = CancellationToken::new();
        let models = ModelInstallation {
            store: Store::new(data.path().join("models")),
            options: PullOptions::new(HubOptions {
                offline: true,
                ..HubOptions::new(data.path().join("hub"))
            }),
            allow: allow_pull,
        };
        let parts = Box::new(move || ServerParts {
            synthesis: synthesis.clone(),
            interpreter: interpreter.clone(),
            authenticator: authenticator.clone(),
            models: models.clone(),
            library: library.clone(),
            extra: router.clone(),
        });
        let serving = run(listener, parts(), settings, shutdown.clone());
        let task = tokio::spawn(async move { serving.await.unwrap() });
        // The first provider is kept.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::new();
        TestServer {
            address,
            engine,
            script,
            qwen3,
            keys,
            client,
            shutdown,
            parts,
            task,
            _data: data,
        }
    }
}

/// A library of kept voices in a folder.
async fn library(folder: &Path, engines: Engines) -> Library {
    let database = DatabaseUrl::Sqlite(folder.join("mynah.db"));
    let database = Database::open(&database).await.unwrap();
    let blobs = Url::from_directory_path(folder.join("blobs")).unwrap();
    let backend = Backend::open(blobs.as_str(), &S3Options::default(), &[]).unwrap();
    let blobs = Blobs::new(backend, 64 << 20);
    Library::open(database, blobs, engines, LibraryOptions::default())
        .await
        .unwrap()
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
