//! One connection to a gateway.

use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use mynah_api::realtime::{
    AppendAudio, ClientEvent, CloseSession, SAMPLE_RATE_HZ, ServerEvent, ServerEventBody,
    SessionUpdate, encode_pcm,
};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::header::{AUTHORIZATION, HeaderValue};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::error::ClientError;

/// The audio in one message.
pub(crate) const MESSAGE_DURATION: Duration = Duration::from_millis(200);

/// The samples in one message.
pub(crate) const MESSAGE_SAMPLES: usize = SAMPLE_RATE_HZ as usize / 5;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The sending half of a connection.
pub struct EventSender(SplitSink<Socket, Message>);

/// The receiving half of a connection.
pub struct EventReceiver {
    messages: SplitStream<Socket>,
    /// The code of the gateway's close frame; none before it, and where it had none.
    close_code: Option<u16>,
}

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
        let mut value =
            value.map_err(|_| ClientError::Connect("the key has invalid characters".into()))?;
        value.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    let (socket, _) = connect_async(request)
        .await
        .map_err(|error| ClientError::Connect(error.to_string()))?;
    let (sink, stream) = socket.split();
    let receiver = EventReceiver {
        messages: stream,
        close_code: None,
    };
    Ok((EventSender(sink), receiver))
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

    /// Sends samples at 24 kHz in messages of 200 ms, in real time or as fast as possible.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn append_all(
        &mut self,
        samples: &[f32],
        in_real_time: bool,
    ) -> Result<(), ClientError> {
        let mut ticks = tokio::time::interval(MESSAGE_DURATION);
        for message in samples.chunks(MESSAGE_SAMPLES) {
            if in_real_time {
                ticks.tick().await;
            }
            self.append(message).await?;
        }
        Ok(())
    }

    /// Ends the audio.
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
        while let Some(message) = self.messages.next().await {
            let text = match message? {
                Message::Text(text) => text,
                // Reading on after a close frame sends its answer.
                Message::Close(frame) => {
                    self.close_code = frame.map(|frame| frame.code.into());
                    continue;
                }
                _ => continue,
            };
            let event = serde_json::from_str::<ServerEvent>(&text);
            return event
                .map(|event| Some(event.body))
                .map_err(|_| ClientError::Protocol);
        }
        Ok(None)
    }

    /// The code with which the gateway closed the connection; none where it sent no close frame.
    pub(crate) const fn close_code(&self) -> Option<u16> {
        self.close_code
    }
}
