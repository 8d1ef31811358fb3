//! One client's side of a session of `/ws/audio`.

use async_trait::async_trait;
use axum::extract::ws::Message;
use futures_util::StreamExt;
use mynah_api::realtime::PcmJoiner;
use mynah_audio::{Clip, SampleRate};
use mynah_bus_session::ReceivedAudio;
use mynah_speech_translation::SessionOptions;
use tokio::time::{Instant, sleep_until};

use super::message_rate::Rate;
use super::text_message::TextMessage;
use crate::backend::AudioInput;
use crate::config::Config;
use crate::fault::{End, Fault};
use crate::metrics;
use crate::protocol::{ClientReader, ReadEnd, SessionParts};
use crate::silence::SilenceClock;
use crate::socket::{Messages, at, of_socket};

/// Reads a client's sound.
pub(super) struct AudioReader<'a> {
    parts: SessionParts<'a>,
    options: SessionOptions,
    input: Box<dyn AudioInput>,
    rate: Rate,
    /// When silence stands in for audio that does not arrive.
    silence: SilenceClock,
    /// Whether anything came yet.
    begun: bool,
    bytes: usize,
    received: ReceivedAudio,
}

enum Stop {
    Done,
    End(End),
}

impl From<End> for Stop {
    fn from(end: End) -> Self {
        Self::End(end)
    }
}

impl<'a> AudioReader<'a> {
    pub(super) fn new(parts: SessionParts<'a>, input: Box<dyn AudioInput>) -> Self {
        let settings = parts.settings;
        Self {
            parts,
            options: Config::new(settings).options,
            input,
            rate: Rate::new(settings.ws_audio.max_messages_per_second),
            silence: SilenceClock::new(settings.pause()),
            begun: false,
            bytes: 0,
            received: ReceivedAudio::new(SampleRate::HZ_16000, 0),
        }
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
        let limits = &self.parts.settings.ws_audio;
        if matches!(message, Some(Ok(Message::Text(_) | Message::Binary(_))))
            && self.rate.exceeded(Instant::now())
        {
            return Err(End::too_fast(limits.max_messages_per_second).into());
        }
        match message {
            Some(Ok(Message::Binary(pcm))) => Ok(self.sound(&pcm).await?),
            Some(Ok(Message::Text(text))) => self.word(&text),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Close(_))) | None => Err(Stop::End(End::Left)),
            Some(Err(error)) => Err(of_socket(error, limits.max_chunk_bytes).into()),
        }
    }

    fn word(&mut self, text: &str) -> Result<(), Stop> {
        match TextMessage::parse(text).map_err(End::unsupported)? {
            TextMessage::Done if self.bytes == 0 => {
                let fault = Fault::client("no_audio", "there was no sound before done");
                Err(End::unsupported(fault).into())
            }
            TextMessage::Done => Err(Stop::Done),
            TextMessage::Start(_) if self.begun => {
                let fault = Fault::client("invalid_event", "start comes before everything else");
                Err(End::unsupported(fault).into())
            }
            TextMessage::Start(start) => {
                self.begun = true;
                start.apply(&mut self.options).map_err(End::unsupported)?;
                Ok(())
            }
        }
    }

    async fn sound(&mut self, pcm: &[u8]) -> Result<(), End> {
        let limits = &self.parts.settings.ws_audio;
        self.begun = true;
        if pcm.len() > limits.max_chunk_bytes {
            return Err(End::too_big(limits.max_chunk_bytes));
        }
        if !pcm.len().is_multiple_of(2) {
            let message = "a message holds half a sample; send whole samples of 16 bits";
            return Err(End::unsupported(Fault::client("odd_audio_length", message)));
        }
        if self.bytes + pcm.len() > limits.max_buffer_bytes {
            return Err(End::too_much_audio(limits.max_buffer_bytes));
        }
        if pcm.is_empty() {
            return Ok(());
        }
        self.received.add(pcm.len() / 2);
        let received = self.received.total();
        if let Err(exceeded) = self.parts.charges.check(received) {
            return Err(End::audio_used_up(exceeded.retry_after));
        }
        self.bytes += pcm.len();
        if !self.input.is_started() {
            // This protocol has PCM at the rate of the recognizers.
            self.input.set_rate(SampleRate::HZ_16000)?;
            let configured = self.input.configure(&self.options).await;
            configured.map_err(End::unsupported)?;
        }
        let clip = Clip::new(SampleRate::HZ_16000, PcmJoiner::default().push(pcm));
        let sound = clip.duration();
        metrics::input(sound);
        self.parts.charges.receive(received, sound);
        let arrived = Instant::now();
        self.input.push(clip).await?;
        self.silence.received(sound, arrived, Instant::now());
        Ok(())
    }
}

#[async_trait]
impl ClientReader for AudioReader<'_> {
    async fn read(&mut self, messages: &mut Messages) -> ReadEnd {
        let limits = &self.parts.settings.ws_audio;
        let mut idle_since = Instant::now();
        loop {
            let alive = self.input.keepalive_at();
            let silent = self.silence.due_at().filter(|_| self.input.is_started());
            let message = tokio::select! {
                biased;
                () = sleep_until(idle_since + limits.idle()) => {
                    let end = End::idle(limits.idle_seconds);
                    return if self.input.is_started() {
                        ReadEnd::Finish(end, self.parts.settings.flush())
                    } else {
                        // Nothing was received that could have results.
                        ReadEnd::Abort(end)
                    };
                }
                // Before silence: audio that has arrived is not late.
                message = messages.next() => message,
                () = at(silent) => {
                    if let Err(end) = self.insert_silence().await {
                        return ReadEnd::Abort(end);
                    }
                    continue;
                }
                () = at(alive) => {
                    self.input.send_keepalive();
                    continue;
                }
            };
            let is_frame = matches!(message, Some(Ok(Message::Text(_) | Message::Binary(_))));
            match self.message(message).await {
                Ok(()) => {}
                Err(Stop::Done) => {
                    return ReadEnd::Finish(End::Closed, self.parts.settings.flush());
                }
                Err(Stop::End(end)) => return ReadEnd::Abort(end),
            }
            if is_frame {
                idle_since = Instant::now();
            }
        }
    }

    fn finish(self: Box<Self>) {
        self.input.close();
    }
}
