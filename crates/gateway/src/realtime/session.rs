//! One client's side of a session: its events, one after the other.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use axum::extract::ws::Message;
use futures_util::StreamExt;
use mynah_api::realtime::{ClientEvent, ServerEventBody};
use mynah_audio::SampleRate;
use mynah_bus_session::ReceivedAudio;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::Realtime;
use crate::backend::{AudioInput, ResultStream, SessionDescription};
use crate::config::{Config, Identity};
use crate::fault::{End, Fault};
use crate::input_format::SampleDecoder;
use crate::message_pacer::MessagePacer;
use crate::metrics;
use crate::protocol::{ClientReader, ReadEnd, SessionParts};
use crate::send_queue::SendQueueClosed;
use crate::silence::SilenceClock;
use crate::socket::{Messages, at, of_socket};

/// Reads a client's events and acts on them.
pub(super) struct RealtimeSession<'a> {
    pub(super) protocol: &'a Realtime,
    pub(super) parts: SessionParts<'a>,
    pub(super) identity: Identity,
    pub(super) config: Config,
    /// What the backend made of the configuration; none where it can't be applied.
    pub(super) description: Option<SessionDescription>,
    pub(super) input: Box<dyn AudioInput>,
    pub(super) streams: mpsc::Sender<Box<dyn ResultStream>>,
    pub(super) decoder: SampleDecoder,
    /// When silence stands in for audio that does not arrive.
    pub(super) silence: SilenceClock,
    /// The client's audio of the whole session so far.
    pub(super) received: ReceivedAudio,
    /// When a session that was resumed expires.
    pub(super) expires: Option<Instant>,
    pacer: MessagePacer,
    invalid: u32,
}

/// Why no more is read.
pub(super) enum Stop {
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

impl<'a> RealtimeSession<'a> {
    pub(super) fn new(
        protocol: &'a Realtime,
        parts: SessionParts<'a>,
        identity: Identity,
        input: Box<dyn AudioInput>,
        streams: mpsc::Sender<Box<dyn ResultStream>>,
    ) -> Self {
        let settings = parts.settings;
        Self {
            protocol,
            parts,
            identity,
            config: Config::new(settings),
            description: None,
            input,
            streams,
            decoder: SampleDecoder::default(),
            silence: SilenceClock::new(settings.pause()),
            received: ReceivedAudio::new(SampleRate::HZ_24000, 0),
            expires: None,
            pacer: MessagePacer::new(settings.messages_per_second),
            invalid: 0,
        }
    }

    pub(super) fn describe(&self, ignored: Vec<String>) -> mynah_api::realtime::Session {
        self.config
            .describe(&self.identity, self.description.as_ref(), ignored)
    }

    /// Which events the client gets.
    pub(super) fn update_filter(&self) {
        let filter = self.parts.filter;
        let is_on = self.config.transcription.is_some();
        filter.transcription.store(is_on, Ordering::Relaxed);
        filter
            .preview
            .store(self.config.options.preview, Ordering::Relaxed);
    }

    /// Takes the silence that is due in place of audio that did not arrive.
    async fn insert_silence(&mut self) -> Result<(), End> {
        let Some(silence) = self.silence.take(Instant::now()) else {
            return Ok(());
        };
        metrics::inserted_silence(silence.duration);
        self.input.push_silence(silence).await
    }

    async fn message(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), Stop> {
        let limit = self.parts.settings.max_message_bytes;
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
                    self.parts
                        .send_queue
                        .fault(fault.of_event(close.event_id.as_deref()))
                        .await?;
                }
                Err(Stop::Finish)
            }
        }
    }

    /// Reports what is wrong with a message. Too many of them end the session.
    pub(super) async fn invalid(&mut self, fault: Fault) -> Result<(), Stop> {
        self.parts.send_queue.fault(fault).await?;
        self.invalid += 1;
        if self.invalid >= self.parts.settings.max_invalid_messages {
            return Err(Stop::End(End::too_many_invalid()));
        }
        Ok(())
    }
}

#[async_trait]
impl ClientReader for RealtimeSession<'_> {
    async fn begin(&mut self) -> Result<(), SendQueueClosed> {
        // Where no engine can do what is set by default, the client may ask for something else.
        self.description = self.input.configure(&self.config.options).await.ok();
        let session = self.describe(Vec::new());
        let created = ServerEventBody::Created { session };
        self.parts.send_queue.send(created).await
    }

    async fn read(&mut self, messages: &mut Messages) -> ReadEnd {
        let mut idle_since = Instant::now();
        loop {
            self.pacer.step().await;
            let last_message = Instant::now();
            let ping = self.parts.settings.ping();
            let message = loop {
                // A lost client sends not even a pong: then its session is not kept alive.
                let alive = self.input.keepalive_at();
                let alive = alive.filter(|at| *at < last_message + 2 * ping);
                let silent = self.silence.due_at().filter(|_| self.input.is_started());
                tokio::select! {
                    biased;
                    () = at(self.expires) => {
                        let end = End::expired(self.parts.settings.session_seconds);
                        return ReadEnd::Finish(end, self.parts.settings.flush());
                    }
                    () = sleep_until(idle_since + self.parts.settings.idle()) => {
                        let end = End::idle(self.parts.settings.idle_seconds);
                        return ReadEnd::Finish(end, self.parts.settings.flush());
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
                Err(Stop::Finish) => {
                    return ReadEnd::Finish(End::Closed, self.parts.settings.flush());
                }
                Err(Stop::FinishFor(end)) => {
                    return ReadEnd::Finish(end, self.parts.settings.flush());
                }
                Err(Stop::End(end)) => return ReadEnd::Abort(end),
            }
            if is_event {
                idle_since = Instant::now();
            }
        }
    }

    fn finish(self: Box<Self>) {
        self.input.close();
    }
}
