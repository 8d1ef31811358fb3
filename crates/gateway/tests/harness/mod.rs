//! A gateway on a real socket, with test engines behind it.

#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

pub(crate) mod client;
mod detector;
pub(crate) mod keys;
pub(crate) mod stages;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use client::Client;
use mynah_audio::{Clip, SampleRate, resample};
use mynah_auth::Authenticator;
use mynah_bus::Bus;
use mynah_bus_session::{BusParts, BusSessions, InlineOnly};
use mynah_gateway::{Backend, Gateway, GatewaySettings, router};
use mynah_http::{ConnectionLimits, Networks, serve};
use mynah_speech::{Cancel, Engines};
use mynah_speech_translation::{Interpreter, InterpreterSettings};
use mynah_synthesis::{Synthesis, SynthesisSettings};
use mynah_tone::{CallScript, Counts, Script, Tone, ToneScorer, code};
use stages::TestBus;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue, Response};

/// The longest that any test waits for anything.
pub(crate) const TEST_TIMEOUT: Duration = Duration::from_secs(30);

/// So little is kept by the kernel between a client that does not read and the gateway.
const SMALL_BUFFER: u32 = 4_096;

/// A gateway that listens, and what its engines do.
pub(crate) struct TestGateway {
    pub(crate) script: Script,
    pub(crate) gateway: Gateway,
    pub(crate) shutdown: Cancel,
    address: SocketAddr,
}

impl TestGateway {
    pub(crate) async fn start() -> Self {
        Self::with(settings(), keys::no_keys()).await
    }

    pub(crate) async fn limited(change: impl FnOnce(&mut GatewaySettings)) -> Self {
        let mut settings = settings();
        change(&mut settings);
        Self::with(settings, keys::no_keys()).await
    }

    pub(crate) async fn with(settings: GatewaySettings, authenticator: Authenticator) -> Self {
        let script = Script::new();
        let tone = Tone::new(script.clone());
        let engines = Engines::new(|| Box::new(ToneScorer))
            .with_synthesizer(tone.clone())
            .with_recognizer(tone.clone())
            .with_translator(tone);
        let synthesis = Synthesis::new(engines.clone(), SynthesisSettings::default());
        let interpreter =
            Interpreter::new(engines, synthesis, InterpreterSettings::default()).unwrap();
        Self::at(interpreter.into(), script, settings, authenticator)
    }

    /// On a bus that is held to be durable.
    pub(crate) async fn on(bus: &TestBus) -> Self {
        Self::on_limited(bus, |_| {}).await
    }

    pub(crate) async fn on_limited(
        bus: &TestBus,
        change: impl FnOnce(&mut GatewaySettings),
    ) -> Self {
        let mut settings = GatewaySettings {
            resume_key: "a secret of all gateways".to_owned().into(),
            ..self::settings()
        };
        change(&mut settings);
        let own: Arc<dyn Bus> = Arc::new(bus.bus.clone());
        Self::on_other(bus, own, settings, true).await
    }

    /// On a bus that is held to be durable, for clients with keys.
    pub(crate) async fn on_with_keys(bus: &TestBus, authenticator: Authenticator) -> Self {
        let settings = GatewaySettings {
            resume_key: "a secret of all gateways".to_owned().into(),
            ..settings()
        };
        let carrier: Arc<dyn Bus> = Arc::new(bus.bus.clone());
        let backend = Self::bus_backend(bus, carrier, &settings, true).await;
        Self::at(backend, Script::new(), settings, authenticator)
    }

    /// On whatever carries the records of a bus.
    pub(crate) async fn on_other(
        bus: &TestBus,
        carrier: Arc<dyn Bus>,
        settings: GatewaySettings,
        durable: bool,
    ) -> Self {
        let backend = Self::bus_backend(bus, carrier, &settings, durable).await;
        Self::at(backend, Script::new(), settings, keys::no_keys())
    }

    /// On whatever carries the records of a bus, for clients with keys.
    pub(crate) async fn on_other_with_keys(
        bus: &TestBus,
        carrier: Arc<dyn Bus>,
        settings: GatewaySettings,
        authenticator: Authenticator,
    ) -> Self {
        let backend = Self::bus_backend(bus, carrier, &settings, true).await;
        Self::at(backend, Script::new(), settings, authenticator)
    }

    async fn bus_backend(
        bus: &TestBus,
        carrier: Arc<dyn Bus>,
        settings: &GatewaySettings,
        durable: bool,
    ) -> Backend {
        let parts = BusParts {
            bus: carrier,
            codec: bus.codec.clone(),
            object_store: Arc::new(InlineOnly),
            durable,
            retention: (Duration::from_secs(3_600), Duration::from_secs(7_200)),
        };
        BusSessions::open(parts, &settings.bus)
            .await
            .unwrap()
            .into()
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends an HTTP request without a body. Returns the status.
    pub(crate) async fn http(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> u16 {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let headers: String = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}\r\n",
            self.address
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let status = answer.split_whitespace().nth(1).expect("a status line");
        status.parse().unwrap()
    }

    fn at(
        backend: Backend,
        script: Script,
        settings: GatewaySettings,
        authenticator: Authenticator,
    ) -> Self {
        let shutdown = Cancel::new();
        let gateway = Gateway::new(backend, settings, authenticator, shutdown.clone()).unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        // Connections inherit it.
        socket.set_send_buffer_size(SMALL_BUFFER).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener: TcpListener = socket.listen(64).unwrap();
        let address = listener.local_addr().unwrap();
        let app = router(gateway.clone());
        let limits = ConnectionLimits {
            connections: 1_000,
            connections_per_address: 1_000,
            proxies: Networks::default(),
            head_timeout: TEST_TIMEOUT,
            // Longer than any test: it is the gateway that must see who does not read.
            stall_timeout: 2 * TEST_TIMEOUT,
        };
        let never = Cancel::new();
        tokio::spawn(async move { serve(listener, app, &limits, never, TEST_TIMEOUT).await });
        Self {
            script,
            gateway,
            shutdown,
            address,
        }
    }

    /// Connects as most tests do. The first event has been read and checked.
    pub(crate) async fn connect(&self) -> Client {
        let mut client = self
            .try_connect("?model=test", &[])
            .await
            .expect("a connection");
        assert_eq!(client.event().await["type"], "session.created");
        client
    }

    /// Connects, or returns the answer that refuses it.
    pub(crate) async fn try_connect(
        &self,
        query: &str,
        headers: &[(HeaderName, &str)],
    ) -> Result<Client, Box<Response<Option<Vec<u8>>>>> {
        self.try_open(&format!("/v1/realtime/translations{query}"), headers)
            .await
    }

    /// Opens a WebSocket, or returns the answer that refuses it.
    pub(crate) async fn try_open(
        &self,
        path: &str,
        headers: &[(HeaderName, &str)],
    ) -> Result<Client, Box<Response<Option<Vec<u8>>>>> {
        let url = format!("ws://{}{path}", self.address);
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            request
                .headers_mut()
                .append(name, HeaderValue::from_str(value).unwrap());
        }
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(SMALL_BUFFER).unwrap();
        let stream = socket.connect(self.address).await.unwrap();
        match client_async(request, stream).await {
            Ok((socket, response)) => Ok(Client { socket, response }),
            Err(Error::Http(response)) => Err(response),
            Err(error) => panic!("{error}"),
        }
    }
}

/// The settings of most tests: what is sent in parts is one stretch of audio, however long the
/// machine takes between them.
pub(crate) fn settings() -> GatewaySettings {
    GatewaySettings {
        pause_ms: Some(60_000),
        ..GatewaySettings::default()
    }
}

/// Sentences with a second of silence after each, as a client sends them.
pub(crate) fn sentences(texts: &[&str]) -> Vec<u8> {
    let mut clip = Clip::silence(code::RATE, Duration::from_millis(300));
    for text in texts {
        clip.samples.extend(code::encode(text).samples);
        clip.samples
            .extend(Clip::silence(code::RATE, Duration::from_secs(1)).samples);
    }
    pcm(&resample(&clip, SampleRate::HZ_24000).samples)
}

/// A sentence with nothing after it, at this rate.
pub(crate) fn utterance(text: &str, rate: SampleRate) -> Vec<f32> {
    let mut clip = Clip::silence(code::RATE, Duration::from_millis(300));
    clip.samples.extend(code::encode(text).samples);
    resample(&clip, rate).samples
}

/// Samples as 16-bit little-endian PCM.
pub(crate) fn pcm(samples: &[f32]) -> Vec<u8> {
    let bytes = |sample: &f32| ((sample * 32_767.0) as i16).to_le_bytes();
    samples.iter().flat_map(bytes).collect()
}

/// Half a second of silence.
pub(crate) fn silence() -> Vec<u8> {
    vec![0; 24_000]
}

/// Waits until a stage of the script has come so far.
pub(crate) async fn until(stage: &CallScript, wished: impl Fn(Counts) -> bool + Send + 'static) {
    let stage = stage.clone();
    let came = tokio::task::spawn_blocking(move || stage.wait(TEST_TIMEOUT, wished))
        .await
        .unwrap();
    assert!(came, "never happened");
}
