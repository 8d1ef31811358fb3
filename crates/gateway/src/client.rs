//! The other side of the door: a client of `/v1/realtime/translations`, for this program's own
//! commands, benches and tests.

use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use mynah_api::realtime::{
    AppendAudio, ClientEvent, CloseSession, ServerEvent, ServerEventBody, SessionUpdate, encode_pcm,
};
use mynah_audio::Clip;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::header::{AUTHORIZATION, HeaderValue};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// The sound in one message.
const PIECE: Duration = Duration::from_millis(200);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Why a session does not go on.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The person: the address is none, or it is not `ws://`.
    #[error("{0} is no address of a gateway; write ws://HOST:PORT")]
    Address(String),
    /// The gateway refused, or nobody is there.
    #[error("the gateway can't be reached: {0}")]
    Connect(String),
    /// The connection broke.
    #[error("the connection to the gateway broke: {0}")]
    Broken(String),
    /// The gateway says something that is not the protocol.
    #[error("the gateway said something that is no event")]
    Protocol,
}

impl From<tungstenite::Error> for ClientError {
    fn from(error: tungstenite::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

/// Where a client sends.
pub struct EventSender(SplitSink<Socket, Message>);

/// Where a client hears.
pub struct EventReceiver(SplitStream<Socket>);

/// Connects to a gateway at `ws://host:port`, with a key where it needs one.
///
/// # Errors
/// [`ClientError`].
pub async fn connect(
    address: &str,
    model: &str,
    key: Option<&str>,
) -> Result<(EventSender, EventReceiver), ClientError> {
    let base = address.trim_end_matches('/');
    let wrong = || ClientError::Address(address.to_owned());
    if !base.starts_with("ws://") {
        return Err(wrong());
    }
    let url = format!("{base}{}?model={model}", mynah_api::realtime::PATH);
    let mut request = url.into_client_request().map_err(|_| wrong())?;
    if let Some(key) = key {
        let value = HeaderValue::from_str(&format!("Bearer {key}"));
        let mut value = value.map_err(|_| ClientError::Connect("the key is none".into()))?;
        value.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    let (socket, _) = connect_async(request)
        .await
        .map_err(|error| ClientError::Connect(error.to_string()))?;
    let (sink, stream) = socket.split();
    Ok((EventSender(sink), EventReceiver(stream)))
}

impl EventSender {
    /// Sends any event.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn send(&mut self, event: &ClientEvent) -> Result<(), ClientError> {
        let text = serde_json::to_string(event).map_err(|_| ClientError::Protocol)?;
        Ok(self.0.send(Message::text(text)).await?)
    }

    /// Changes the configuration.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn update(&mut self, update: SessionUpdate) -> Result<(), ClientError> {
        self.send(&ClientEvent::Update(Box::new(update))).await
    }

    /// Sends samples at 24 kHz.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn append(&mut self, samples: &[f32]) -> Result<(), ClientError> {
        let audio = encode_pcm(samples);
        let append = AppendAudio {
            audio,
            ..AppendAudio::default()
        };
        self.send(&ClientEvent::Append(append)).await
    }

    /// Sends a recording, as fast as it was spoken or as fast as it goes.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn say(&mut self, clip: &Clip, in_real_time: bool) -> Result<(), ClientError> {
        let mut ticks = tokio::time::interval(PIECE);
        for piece in clip.samples.chunks(clip.rate.samples_in(PIECE)) {
            if in_real_time {
                ticks.tick().await;
            }
            self.append(piece).await?;
        }
        Ok(())
    }

    /// Ends the sound.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn close(&mut self) -> Result<(), ClientError> {
        self.send(&ClientEvent::Close(CloseSession::default()))
            .await
    }
}

impl EventReceiver {
    /// The next event; none once the connection is closed.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn next(&mut self) -> Result<Option<ServerEventBody>, ClientError> {
        while let Some(message) = self.0.next().await {
            match message? {
                Message::Text(text) => {
                    let event = serde_json::from_str::<ServerEvent>(&text);
                    return event
                        .map(|event| Some(event.body))
                        .map_err(|_| ClientError::Protocol);
                }
                Message::Close(_) => return Ok(None),
                _ => {}
            }
        }
        Ok(None)
    }
}
