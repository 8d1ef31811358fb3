//! One client's side of a session: its events, one after the other.

use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::extract::ws::Message;
use futures_util::{Stream, StreamExt};
use mynah_api::realtime::{
    AppendAudio, ClientEvent, ResumeSession, ServerEventBody, SessionUpdate,
};
use mynah_audio::SampleRate;
use mynah_auth::Principal;
use mynah_bus::event::now_ms;
use mynah_bus::identity::SessionId;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite;

use crate::backend::{
    AudioInput, Backend, ResultStream, ResumeError, ResumeRequest, SessionDescription,
};
use crate::config::{Config, Identity};
use crate::event_forwarder::EventFilter;
use crate::fault::{End, Fault};
use crate::input_format::{InputFormat, SampleDecoder};
use crate::message_pacer::MessagePacer;
use crate::metrics;
use crate::resume_token::ResumeTokens;
use crate::send_queue::{SendQueue, SendQueueClosed};
use crate::settings::GatewaySettings;
use crate::silence::SilenceClock;

/// Reads a client's events and acts on them.
pub(crate) struct RealtimeSession<'a> {
    backend: &'a Backend,
    tokens: &'a ResumeTokens,
    settings: &'a GatewaySettings,
    send_queue: &'a SendQueue,
    identity: Identity,
    /// The session that the connection has, which a resume changes.
    current: &'a Mutex<SessionId>,
    config: Config,
    /// What the backend made of the configuration; none where it can't be applied.
    description: Option<SessionDescription>,
    /// Which events the client gets.
    filter: &'a EventFilter,
    input: Box<dyn AudioInput>,
    streams: mpsc::Sender<Box<dyn ResultStream>>,
    decoder: SampleDecoder,
    /// When silence stands in for audio that does not arrive.
    silence: SilenceClock,
    /// Audio of the whole session so far, inserted silence included.
    received: Duration,
    /// When a session that was resumed expires.
    expires: Option<Instant>,
    pacer: MessagePacer,
    invalid: u32,
    /// The client that audio is charged to.
    principal: Option<&'a Principal>,
}

/// How the client's part of a session ended.
pub(crate) enum ReadEnd {
    /// All of it is to be interpreted, within this time.
    Finish(End, Duration),
    /// The rest is of no use.
    Abort(End),
}

/// Why no more is read.
enum Stop {
    /// The client has closed the session: its audio is interpreted to the end.
    Finish,
    /// No more is taken: the audio is interpreted to the end, and the client gets an error.
    FinishFor(End),
    /// The connection is over.
    End(End),
}

impl From<SendQueueClosed> for Stop {
    fn from(_: SendQueueClosed) -> Self {
        Self::End(End::Left)
    }
}

/// What a session shares with its connection.
#[derive(Clone, Copy)]
pub(crate) struct SessionParts<'a> {
    pub(crate) backend: &'a Backend,
    pub(crate) tokens: &'a ResumeTokens,
    pub(crate) settings: &'a GatewaySettings,
    pub(crate) send_queue: &'a SendQueue,
    pub(crate) filter: &'a EventFilter,
    /// The session that the connection has, which a resume changes.
    pub(crate) current: &'a Mutex<SessionId>,
}

impl<'a> RealtimeSession<'a> {
    pub(crate) fn new(
        parts: SessionParts<'a>,
        identity: Identity,
        input: Box<dyn AudioInput>,
        streams: mpsc::Sender<Box<dyn ResultStream>>,
    ) -> Self {
        let settings = parts.settings;
        Self {
            backend: parts.backend,
            tokens: parts.tokens,
            settings,
            send_queue: parts.send_queue,
            identity,
            current: parts.current,
            config: Config::new(settings),
            description: None,
            filter: parts.filter,
            input,
            streams,
            decoder: SampleDecoder::default(),
            silence: SilenceClock::new(settings.pause()),
            received: Duration::ZERO,
            expires: None,
            pacer: MessagePacer::new(settings.messages_per_second),
            invalid: 0,
            principal: None,
        }
    }

    /// Charges received audio to this client.
    pub(crate) fn charging(mut self, principal: &'a Principal) -> Self {
        self.principal = Some(principal);
        self
    }

    /// Sends the first event.
    pub(crate) async fn send_created(&mut self) -> Result<(), SendQueueClosed> {
        // Where no engine can do what is set by default, the client may ask for something else.
        self.description = self.input.configure(&self.config.options).await.ok();
        let session = self.describe(Vec::new());
        self.send_queue
            .send(ServerEventBody::Created { session })
            .await
    }

    fn describe(&self, ignored: Vec<String>) -> mynah_api::realtime::Session {
        self.config
            .describe(&self.identity, self.description.as_ref(), ignored)
    }

    /// Ends the audio: all of it is interpreted. A session that is dropped without this ends
    /// unless it is resumed.
    pub(crate) fn finish(self) {
        self.input.close();
    }

    /// Reads until the client is done or the connection is over.
    pub(crate) async fn read<S>(&mut self, messages: &mut S) -> ReadEnd
    where
        S: Stream<Item = Result<Message, axum::Error>> + Unpin,
    {
        let mut idle_since = Instant::now();
        loop {
            self.pacer.step().await;
            let last_message = Instant::now();
            let ping = self.settings.ping();
            let message = loop {
                // A lost client sends not even a pong: then its session is not kept alive.
                let alive = self.input.keepalive_at();
                let alive = alive.filter(|at| *at < last_message + 2 * ping);
                let silent = self.silence.due_at().filter(|_| self.input.is_started());
                tokio::select! {
                    biased;
                    () = at(self.expires) => {
                        let end = End::expired(self.settings.session_seconds);
                        return ReadEnd::Finish(end, self.settings.flush());
                    }
                    () = sleep_until(idle_since + self.settings.idle()) => {
                        let end = End::idle(self.settings.idle_seconds);
                        return ReadEnd::Finish(end, self.settings.flush());
                    }
                    // Before silence: audio that has arrived is not late.
                    message = messages.next() => break message,
                    () = sleep_until(last_message + 3 * ping) => return ReadEnd::Abort(End::lost()),
                    () = at(silent) => {
                        if let Err(end) = self.insert_silence().await {
                            return ReadEnd::Abort(end);
                        }
                    }
                    () = at(alive) => {
                        self.input.send_keepalive();
                    }
                }
            };
            let is_event = matches!(message, Some(Ok(Message::Text(_) | Message::Binary(_))));
            match self.message(message).await {
                Ok(()) => {}
                Err(Stop::Finish) => return ReadEnd::Finish(End::Closed, self.settings.flush()),
                Err(Stop::FinishFor(end)) => return ReadEnd::Finish(end, self.settings.flush()),
                Err(Stop::End(end)) => return ReadEnd::Abort(end),
            }
            if is_event {
                idle_since = Instant::now();
            }
        }
    }

    /// Takes the silence that is due in place of audio that did not arrive.
    async fn insert_silence(&mut self) -> Result<(), End> {
        let Some(silence) = self.silence.take(Instant::now()) else {
            return Ok(());
        };
        self.received += silence.duration;
        metrics::inserted_silence(silence.duration);
        self.input.push_silence(silence).await
    }

    /// Watches the connection while the rest is interpreted. Returns when the client leaves.
    /// A client that sent `session.close` gets one error for what it sends after it; others may have
    /// sent it before they got the error that ends their session.
    pub(crate) async fn watch<S>(
        messages: &mut S,
        send_queue: &SendQueue,
        settings: &GatewaySettings,
        mut report: bool,
    ) -> End
    where
        S: Stream<Item = Result<Message, axum::Error>> + Unpin,
    {
        let mut pace = MessagePacer::new(settings.messages_per_second);
        loop {
            pace.step().await;
            let lost = sleep_until(Instant::now() + 3 * settings.ping());
            let message = tokio::select! {
                message = messages.next() => message,
                () = lost => return End::lost(),
            };
            match message {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                // A client that resumed the session closes it again, since the first close may be lost.
                Some(Ok(Message::Text(text))) if is_close(&text) => {}
                Some(Ok(Message::Text(_) | Message::Binary(_))) => {
                    let message = "nothing is taken after session.close";
                    let fault = Fault::client("session_closing", message);
                    if std::mem::take(&mut report) && send_queue.fault(fault).await.is_err() {
                        return End::Left;
                    }
                }
                Some(Ok(Message::Close(frame))) => return End::of_close_frame(frame.as_ref()),
                Some(Err(_)) | None => return End::Left,
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
            Some(Ok(Message::Close(frame))) => Err(Stop::End(End::of_close_frame(frame.as_ref()))),
            None => Err(Stop::End(End::Left)),
            Some(Err(error)) => Err(Stop::End(of_socket(error, limit))),
        }
    }

    async fn event(&mut self, event: ClientEvent) -> Result<(), Stop> {
        match event {
            ClientEvent::Append(append) => self.append(append).await,
            ClientEvent::Update(update) => self.update(*update).await,
            ClientEvent::Resume(resume) => self.resume(resume).await,
            ClientEvent::Close(close) => {
                if !self.decoder.is_whole() {
                    let message = "half a sample was left over; all before it is interpreted";
                    let fault = Fault::client("odd_audio_length", message).blaming("audio");
                    self.send_queue
                        .fault(fault.of_event(close.event_id.as_deref()))
                        .await?;
                }
                Err(Stop::Finish)
            }
        }
    }

    async fn update(&mut self, update: SessionUpdate) -> Result<(), Stop> {
        let event_id = update.event_id;
        let (config, ignored) = match self.config.patched(update.session) {
            Ok(patched) => patched,
            Err(fault) => {
                let fault = fault.of_event(event_id.as_deref());
                return Ok(self.send_queue.fault(fault).await?);
            }
        };
        if config.options != self.config.options || self.description.is_none() {
            match self.input.configure(&config.options).await {
                Ok(description) => self.description = Some(description),
                Err(fault) => {
                    let fault = fault.of_event(event_id.as_deref());
                    return Ok(self.send_queue.fault(fault).await?);
                }
            }
        }
        let format = config.format;
        let reformatted = format != self.config.format;
        self.config = config;
        if reformatted {
            self.receive(format, event_id.as_deref()).await?;
        }
        self.update_filter();
        let session = self.describe(ignored);
        let updated = ServerEventBody::Updated { session };
        Ok(self.send_queue.send(updated).await?)
    }

    /// Takes what follows in another format.
    async fn receive(&mut self, format: InputFormat, event_id: Option<&str>) -> Result<(), Stop> {
        let whole = self.decoder.is_whole();
        self.decoder = SampleDecoder::new(format);
        self.input.set_rate(format.rate()).map_err(Stop::End)?;
        if !whole {
            let message = "half a sample was left over before the format changed; all before it \
                           is interpreted";
            let fault = Fault::client("odd_audio_length", message).blaming("audio");
            self.send_queue.fault(fault.of_event(event_id)).await?;
        }
        Ok(())
    }

    fn update_filter(&self) {
        let filter = self.config.transcription.is_some();
        self.filter.transcription.store(filter, Ordering::Relaxed);
        let filter = self.config.options.preview;
        self.filter.preview.store(filter, Ordering::Relaxed);
    }

    /// Takes up a session of an earlier connection.
    async fn resume(&mut self, resume: ResumeSession) -> Result<(), Stop> {
        let event_id = resume.event_id.as_deref();
        if self.input.is_started() || self.received > Duration::ZERO || self.expires.is_some() {
            let message = "a session is resumed before any audio, and once";
            let fault = Fault::client("resume_too_late", message);
            return self.invalid(fault.of_event(event_id)).await;
        }
        let api_key = self.identity.api_key.as_deref();
        let claims = self.tokens.open(&resume.resume_token, now_ms(), api_key);
        let named = claims.and_then(|claims| Some((claims.session()?, claims)));
        let Some((session, claims)) = named else {
            return self.unknown_token(event_id).await;
        };
        let request = ResumeRequest {
            session: session.clone(),
            began_at_ms: claims.issued_at,
            rate: self.config.format.rate(),
            last_seq: resume.last_seq,
            options: self.config.options.clone(),
        };
        let resumed = match self.backend.sessions().resume(request).await {
            Ok(resumed) => resumed,
            Err(ResumeError::Unknown) => return self.unknown_token(event_id).await,
            Err(ResumeError::Unavailable) => {
                let message = "the state of the session can't be read now; resume it again";
                let fault = Fault::server("bus_unavailable", message);
                self.send_queue.fault(fault.of_event(event_id)).await?;
                return Ok(());
            }
        };
        metrics::resumed();
        tracing::info!(session = %session, connection = self.identity.id, "realtime session resumed");
        self.backend.sessions().discard(&self.identity.session);
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = session.clone();
        self.identity = Identity {
            session,
            id: Identity::shown(claims.session),
            expires_at: claims.expires_at as u64 / 1_000,
            resume_token: Some(resume.resume_token),
            model: self.identity.model.clone(),
            api_key: self.identity.api_key.clone(),
        };
        let left = claims.expires_at - now_ms();
        self.expires = Some(Instant::now() + Duration::from_millis(left.max(0) as u64));
        self.config.options = resumed.options;
        self.description = Some(resumed.description);
        self.update_filter();
        self.received = SampleRate::HZ_24000.duration_of(resumed.through_sample as usize);
        if resumed.through_sample > 0 {
            self.silence.resumed(Instant::now());
        }
        let is_closed = resumed.input.is_none();
        if let Some(input) = resumed.input {
            // The forwarder sees the end of the results of the one that is dropped.
            self.input = input;
        }
        let session = self.describe(Vec::new());
        self.send_queue
            .send(ServerEventBody::Resumed {
                session,
                through_sample: resumed.through_sample,
            })
            .await?;
        self.streams
            .send(resumed.results)
            .await
            .map_err(|_| Stop::End(End::internal()))?;
        if is_closed {
            // All its audio is there: only results are left.
            return Err(Stop::Finish);
        }
        Ok(())
    }

    async fn unknown_token(&mut self, event_id: Option<&str>) -> Result<(), Stop> {
        let message = "the token is unknown, is of another API key, or has expired; this session \
                       is a new one";
        let fault = Fault::client("invalid_resume_token", message).blaming("resume_token");
        self.invalid(fault.of_event(event_id)).await
    }

    async fn append(&mut self, append: AppendAudio) -> Result<(), Stop> {
        let event_id = append.event_id.as_deref();
        let Some(bytes) = append.bytes() else {
            let fault = Fault::client("invalid_base64", "\"audio\" is not base64");
            return self
                .invalid(fault.blaming("audio").of_event(event_id))
                .await;
        };
        if bytes.len() > self.settings.max_chunk_bytes(self.config.format) {
            let longest = self.settings.max_chunk_ms;
            let message =
                format!("one event may hold {longest} ms of sound; send 200 ms at a time");
            let fault = Fault::client("audio_chunk_too_long", message);
            return self
                .invalid(fault.blaming("audio").of_event(event_id))
                .await;
        }
        let clip = self.decoder.push(&bytes);
        if clip.is_empty() {
            return Ok(());
        }
        if let Some(Err(exceeded)) = self.principal.map(Principal::check_audio_budget) {
            let end = End::audio_used_up(exceeded.retry_after);
            return Err(Stop::FinishFor(end));
        }
        if self.description.is_none() {
            match self.input.configure(&self.config.options).await {
                Ok(description) => self.description = Some(description),
                Err(fault) => return self.invalid(fault.of_event(event_id)).await,
            }
        }
        let sound = clip.duration();
        metrics::input(sound);
        if let Some(principal) = self.principal {
            principal.charge_audio(sound);
        }
        self.received += sound;
        let arrived = Instant::now();
        self.input.push(clip).await.map_err(Stop::End)?;
        self.silence.received(sound, arrived, Instant::now());
        Ok(())
    }

    /// Reports what is wrong with a message. Too many of them end the session.
    async fn invalid(&mut self, fault: Fault) -> Result<(), Stop> {
        self.send_queue.fault(fault).await?;
        self.invalid += 1;
        if self.invalid >= self.settings.max_invalid_messages {
            return Err(Stop::End(End::too_many_invalid()));
        }
        Ok(())
    }
}

fn is_close(text: &str) -> bool {
    matches!(ClientEvent::parse(text), Ok(ClientEvent::Close(_)))
}

/// Sleeps until then; for ever without.
pub(crate) async fn at(when: Option<Instant>) {
    match when {
        Some(when) => sleep_until(when).await,
        None => std::future::pending().await,
    }
}

/// What a broken socket means.
pub(crate) fn of_socket(error: axum::Error, limit: usize) -> End {
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
