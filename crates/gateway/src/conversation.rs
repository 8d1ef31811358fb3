//! One client's side of a session: its events, one after the other.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::ws::Message;
use futures_util::{Stream, StreamExt};
use mynah_api::realtime::{AppendAudio, ClientEvent, PcmJoiner, ServerEventBody, SessionUpdate};
use mynah_audio::{Clip, SampleRate};
use mynah_interpreter::{Interpreter, Route, SessionInput};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite;

use crate::config::{Config, Identity};
use crate::fault::{End, Fault};
use crate::metrics;
use crate::outbox::{Outbox, Unsendable};
use crate::pace::Pace;
use crate::pump::Leg;
use crate::settings::GatewaySettings;

/// Reads a client's events and acts on them.
pub(crate) struct Conversation<'a> {
    interpreter: &'a Interpreter,
    settings: &'a GatewaySettings,
    outbox: &'a Outbox,
    identity: Identity,
    config: Config,
    /// Who does the work for the configuration; none where nobody can.
    route: Option<Route>,
    /// Whether the recognised text is wanted; shared with the pump.
    transcription: &'a AtomicBool,
    /// Where sound goes since the configuration last changed.
    input: Option<SessionInput>,
    legs: mpsc::Sender<Leg>,
    joiner: PcmJoiner,
    /// Sound of the whole session so far.
    heard: Duration,
    pace: Pace,
    invalid: u32,
}

/// Why no more is read.
enum Stop {
    /// The client has said all: what was heard is to be finished.
    Finish,
    /// The connection is over.
    End(End),
}

impl From<Unsendable> for Stop {
    fn from(_: Unsendable) -> Self {
        Self::End(End::Left)
    }
}

impl<'a> Conversation<'a> {
    pub(crate) fn new(
        interpreter: &'a Interpreter,
        settings: &'a GatewaySettings,
        outbox: &'a Outbox,
        transcription: &'a AtomicBool,
        identity: Identity,
        legs: mpsc::Sender<Leg>,
    ) -> Self {
        Self {
            interpreter,
            settings,
            outbox,
            identity,
            config: Config::new(settings),
            route: None,
            transcription,
            input: None,
            legs,
            joiner: PcmJoiner::default(),
            heard: Duration::ZERO,
            pace: Pace::new(settings.messages_per_second),
            invalid: 0,
        }
    }

    /// Greets the client.
    pub(crate) async fn greet(&mut self) -> Result<(), Unsendable> {
        // Where nobody can do what is set by default, the client may still ask for something else.
        self.route = self.interpreter.route(&self.config.options).await.ok();
        let session = self
            .config
            .describe(&self.identity, self.route.as_ref(), Vec::new());
        self.outbox.send(ServerEventBody::Created { session }).await
    }

    /// Ends the sound: what was heard will be interpreted to its end. Dropping a conversation
    /// without this aborts it.
    pub(crate) fn finish(mut self) {
        self.end_leg();
    }

    /// Reads until the client is done (`None`) or the connection is over.
    pub(crate) async fn read<S>(&mut self, messages: &mut S) -> Option<End>
    where
        S: Stream<Item = Result<Message, axum::Error>> + Unpin,
    {
        let mut idle_since = Instant::now();
        loop {
            self.pace.step().await;
            let heard = Instant::now();
            let message = tokio::select! {
                message = messages.next() => message,
                () = sleep_until(idle_since + self.settings.idle()) => {
                    return Some(End::idle(self.settings.idle_seconds));
                }
                () = sleep_until(heard + 3 * self.settings.ping()) => return Some(End::lost()),
            };
            let is_event = matches!(message, Some(Ok(Message::Text(_) | Message::Binary(_))));
            match self.message(message).await {
                Ok(()) => {}
                Err(Stop::Finish) => return None,
                Err(Stop::End(end)) => return Some(end),
            }
            if is_event {
                idle_since = Instant::now();
            }
        }
    }

    /// Watches the connection while the rest is interpreted. Returns when the client leaves.
    /// Whoever said `session.close` is told once that nothing is taken after it; others know
    /// already, and may have sent what is on its way before they knew.
    pub(crate) async fn watch<S>(
        messages: &mut S,
        outbox: &Outbox,
        settings: &GatewaySettings,
        mut tell: bool,
    ) -> End
    where
        S: Stream<Item = Result<Message, axum::Error>> + Unpin,
    {
        let mut pace = Pace::new(settings.messages_per_second);
        loop {
            pace.step().await;
            let lost = sleep_until(Instant::now() + 3 * settings.ping());
            let message = tokio::select! {
                message = messages.next() => message,
                () = lost => return End::lost(),
            };
            match message {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Text(_) | Message::Binary(_))) => {
                    let message = "nothing is taken after session.close";
                    let fault = Fault::client("session_closing", message);
                    if std::mem::take(&mut tell) && outbox.fault(fault).await.is_err() {
                        return End::Left;
                    }
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return End::Left,
            }
        }
    }

    async fn message(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), Stop> {
        let limit = self.settings.max_message_bytes;
        match message {
            Some(Ok(Message::Text(text))) if text.len() > limit => {
                Err(Stop::End(End::too_big(limit)))
            }
            Some(Ok(Message::Binary(bytes))) if bytes.len() > limit => {
                Err(Stop::End(End::too_big(limit)))
            }
            Some(Ok(Message::Text(text))) => match ClientEvent::parse(&text) {
                Ok(event) => self.event(event).await,
                Err(error) => self.invalid(error.into()).await,
            },
            Some(Ok(Message::Binary(_))) => {
                let message = "send JSON in text messages, with sound as base64 in \"audio\"";
                self.invalid(Fault::client("binary_frame", message)).await
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Close(_))) | None => Err(Stop::End(End::Left)),
            Some(Err(error)) => Err(Stop::End(of_socket(error, limit))),
        }
    }

    async fn event(&mut self, event: ClientEvent) -> Result<(), Stop> {
        match event {
            ClientEvent::Append(append) => self.append(append).await,
            ClientEvent::Update(update) => Ok(self.update(*update).await?),
            ClientEvent::Close(close) => {
                if !self.joiner.is_whole() {
                    let message = "half a sample was left over; all before it is interpreted";
                    let fault = Fault::client("odd_audio_length", message).blaming("audio");
                    self.outbox
                        .fault(fault.of_event(close.event_id.as_deref()))
                        .await?;
                }
                Err(Stop::Finish)
            }
        }
    }

    async fn update(&mut self, update: SessionUpdate) -> Result<(), Unsendable> {
        let event_id = update.event_id;
        let (config, ignored) = match self.config.patched(update.session) {
            Ok(patched) => patched,
            Err(fault) => return self.outbox.fault(fault.of_event(event_id.as_deref())).await,
        };
        if config.options != self.config.options || self.route.is_none() {
            match self.interpreter.route(&config.options).await {
                Ok(route) => self.route = Some(route),
                Err(error) => {
                    let fault = Fault::of_engine(&error).of_event(event_id.as_deref());
                    return self.outbox.fault(fault).await;
                }
            }
            self.end_leg();
        }
        self.transcription
            .store(config.transcription.is_some(), Ordering::Relaxed);
        self.config = config;
        let session = self
            .config
            .describe(&self.identity, self.route.as_ref(), ignored);
        self.outbox.send(ServerEventBody::Updated { session }).await
    }

    async fn append(&mut self, append: AppendAudio) -> Result<(), Stop> {
        let event_id = append.event_id.as_deref();
        let Some(bytes) = append.bytes() else {
            let fault = Fault::client("invalid_base64", "\"audio\" is not base64");
            return self
                .invalid(fault.blaming("audio").of_event(event_id))
                .await;
        };
        if bytes.len() > self.settings.max_chunk_bytes() {
            let longest = self.settings.max_chunk_ms;
            let message =
                format!("one event may hold {longest} ms of sound; send 200 ms at a time");
            let fault = Fault::client("audio_chunk_too_long", message);
            return self
                .invalid(fault.blaming("audio").of_event(event_id))
                .await;
        }
        let clip = Clip::new(SampleRate::HZ_24000, self.joiner.push(&bytes));
        if clip.is_empty() {
            return Ok(());
        }
        if self.input.is_none() && !self.begin_leg(event_id).await? {
            return Ok(());
        }
        let sound = clip.duration();
        metrics::input(sound);
        self.heard += sound;
        let Some(input) = &mut self.input else {
            return Ok(());
        };
        // The pump reads its events as long as the connection lives.
        input
            .push(clip)
            .await
            .map_err(|_| Stop::End(End::internal()))
    }

    /// Begins to listen under the configuration as it is. False where nobody can.
    async fn begin_leg(&mut self, event_id: Option<&str>) -> Result<bool, Stop> {
        if self.route.is_none() {
            match self.interpreter.route(&self.config.options).await {
                Ok(route) => self.route = Some(route),
                Err(error) => {
                    self.invalid(Fault::of_engine(&error).of_event(event_id))
                        .await?;
                    return Ok(false);
                }
            }
        }
        let Some(route) = &self.route else {
            return Ok(false);
        };
        let (input, events) = self.interpreter.session_on(&self.config.options, route);
        let leg = Leg {
            events,
            offset_ms: self.heard.as_millis() as u64,
            source: route.source().clone(),
            target: route.target().clone(),
        };
        self.legs
            .send(leg)
            .await
            .map_err(|_| Stop::End(End::internal()))?;
        self.input = Some(input);
        Ok(true)
    }

    fn end_leg(&mut self) {
        if let Some(input) = self.input.take() {
            input.close();
        }
    }

    /// Tells what is wrong with a message. Too many of them end the session.
    async fn invalid(&mut self, fault: Fault) -> Result<(), Stop> {
        self.outbox.fault(fault).await?;
        self.invalid += 1;
        if self.invalid >= self.settings.max_invalid_messages {
            return Err(Stop::End(End::too_many_invalid()));
        }
        Ok(())
    }
}

/// What a broken socket means.
fn of_socket(error: axum::Error, limit: usize) -> End {
    match error
        .into_inner()
        .downcast::<tungstenite::Error>()
        .as_deref()
    {
        Ok(tungstenite::Error::Capacity(_)) => End::too_big(limit),
        Ok(
            tungstenite::Error::Protocol(
                tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
            )
            | tungstenite::Error::Io(_),
        ) => End::Left,
        Ok(tungstenite::Error::Protocol(_) | tungstenite::Error::Utf8(_)) => End::broken_frame(),
        _ => End::Left,
    }
}
