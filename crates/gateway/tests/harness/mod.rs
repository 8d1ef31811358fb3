//! A gateway on a real socket, with test engines behind it, and a client.

#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod detector;
pub(crate) mod keys;
pub(crate) mod stages;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
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
use serde_json::{Value, json};
use stages::TestBus;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue, Response};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

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

/// A client.
pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<TcpStream>,
    pub(crate) response: Response<Option<Vec<u8>>>,
}

/// All that came until the connection was closed.
#[derive(Debug)]
pub(crate) struct Ending {
    pub(crate) events: Vec<Value>,
    /// The close frame's code; none where the connection broke.
    pub(crate) close: Option<u16>,
}

impl Client {
    pub(crate) async fn send(&mut self, event: Value) {
        self.send_text(event.to_string()).await;
    }

    pub(crate) async fn send_text(&mut self, text: impl Into<String>) {
        self.socket.send(Message::text(text.into())).await.unwrap();
    }

    /// Sends sound in pieces of so many bytes, and goes on reading nothing.
    pub(crate) async fn append(&mut self, pcm: &[u8], piece: usize) {
        for piece in pcm.chunks(piece) {
            self.send(append(piece)).await;
        }
    }

    pub(crate) async fn close(&mut self) {
        self.send(json!({"type": "session.close"})).await;
    }

    /// The next message that is an event.
    pub(crate) async fn event(&mut self) -> Value {
        loop {
            let message = timeout(TEST_TIMEOUT, self.socket.next())
                .await
                .expect("in time");
            match message.expect("the connection is open").unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("expected an event, came {other:?}"),
            }
        }
    }

    /// The next event of a type; those before it are dropped.
    pub(crate) async fn event_of(&mut self, kind: &str) -> Value {
        loop {
            let event = self.event().await;
            if event["type"] == kind {
                return event;
            }
        }
    }

    /// All events up to the next of a type.
    pub(crate) async fn until_type(&mut self, kind: &str) -> Vec<Value> {
        let mut events = Vec::new();
        loop {
            events.push(self.event().await);
            if events.last().is_some_and(|event| event["type"] == kind) {
                return events;
            }
        }
    }

    /// Everything until the end.
    pub(crate) async fn ending(&mut self) -> Ending {
        let mut ending = Ending {
            events: Vec::new(),
            close: None,
        };
        while let Some(message) = timeout(TEST_TIMEOUT, self.socket.next())
            .await
            .expect("in time")
        {
            match message {
                Ok(Message::Text(text)) => ending.events.push(serde_json::from_str(&text).unwrap()),
                Ok(Message::Close(frame)) => ending.close = frame.map(|frame| frame.code.into()),
                Ok(_) => {}
                Err(_) => break,
            }
        }
        ending
    }
}

impl Ending {
    pub(crate) fn of(&self, kind: &str) -> Vec<&Value> {
        self.events
            .iter()
            .filter(|event| event["type"] == kind)
            .collect()
    }

    /// The deltas of a kind, put end to end.
    pub(crate) fn joined(&self, kind: &str) -> String {
        self.of(kind)
            .iter()
            .map(|event| event["delta"].as_str().unwrap())
            .collect()
    }

    /// The words of the received audio.
    pub(crate) fn recognized_audio(&self) -> String {
        let mut samples = Vec::new();
        for event in &self.events {
            if event["type"] == "session.segment.done" {
                // What a listener would hear between two segments.
                samples.extend([0.0; 4_800]);
            }
            if event["type"] != "session.output_audio.delta" {
                continue;
            }
            assert_eq!(event["format"], "pcm16");
            assert_eq!(
                (&event["sample_rate"], &event["channels"]),
                (&json!(24_000), &json!(1))
            );
            let pcm = STANDARD.decode(event["delta"].as_str().unwrap()).unwrap();
            let (pairs, rest) = pcm.as_chunks::<2>();
            assert!(rest.is_empty(), "half a sample");
            samples.extend(
                pairs
                    .iter()
                    .map(|pair| f32::from(i16::from_le_bytes(*pair)) / 32_768.0),
            );
        }
        code::decode(&resample(&Clip::new(SampleRate::HZ_24000, samples), code::RATE).samples)
    }

    /// The highest number of each kind.
    pub(crate) fn last_seq(&self) -> Vec<u64> {
        let mut highest = std::collections::BTreeMap::new();
        for seq in self.events.iter().filter_map(|event| event["seq"].as_u64()) {
            let own = highest.entry(seq >> 16 & 0xf).or_insert(seq);
            *own = seq.max(*own);
        }
        highest.into_values().collect()
    }

    pub(crate) fn error_codes(&self) -> Vec<&str> {
        self.of("error")
            .iter()
            .map(|event| event["error"]["code"].as_str().unwrap())
            .collect()
    }

    pub(crate) fn last_type(&self) -> &str {
        self.events
            .last()
            .map_or("", |event| event["type"].as_str().unwrap())
    }
}

/// The event that appends these bytes.
pub(crate) fn append(pcm: &[u8]) -> Value {
    json!({"type": "session.input_audio_buffer.append", "audio": STANDARD.encode(pcm)})
}

/// Sentences with a second of silence after each, as a client sends them.
pub(crate) fn sentences(texts: &[&str]) -> Vec<u8> {
    let mut clip = Clip::silence(code::RATE, Duration::from_millis(300));
    for text in texts {
        clip.samples.extend(code::encode(text).samples);
        clip.samples
            .extend(Clip::silence(code::RATE, Duration::from_secs(1)).samples);
    }
    let clip = resample(&clip, SampleRate::HZ_24000);
    clip.samples
        .iter()
        .flat_map(|sample| ((sample * 32_767.0) as i16).to_le_bytes())
        .collect()
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
