//! One client's side of a session of `/ws/audio`.

use axum::extract::ws::Message;
use futures_util::{Stream, StreamExt};
use mynah_api::realtime::PcmJoiner;
use mynah_audio::{Clip, SampleRate};
use mynah_auth::Principal;
use mynah_speech_translation::SessionOptions;
use tokio::time::{Instant, sleep_until};

use super::message_rate::Rate;
use super::text_message::TextMessage;
use crate::backend::AudioInput;
use crate::config::Config;
use crate::fault::{End, Fault};
use crate::metrics;
use crate::realtime_session::{ReadEnd, at, of_socket};
use crate::settings::GatewaySettings;
use crate::silence::SilenceClock;

/// Reads a client's sound.
pub(super) struct AudioReader<'a> {
    settings: &'a GatewaySettings,
    options: SessionOptions,
    input: Box<dyn AudioInput>,
    rate: Rate,
    /// When silence stands in for audio that does not arrive.
    silence: SilenceClock,
    /// Whether anything came yet.
    begun: bool,
    bytes: usize,
    /// The client that audio is charged to.
    principal: Option<&'a Principal>,
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
    pub(super) fn new(settings: &'a GatewaySettings, input: Box<dyn AudioInput>) -> Self {
        Self {
            settings,
            options: Config::new(settings).options,
            input,
            rate: Rate::new(settings.ws_audio.max_messages_per_second),
            silence: SilenceClock::new(settings.pause()),
            begun: false,
            bytes: 0,
            principal: None,
        }
    }

    /// Charges received audio to this client.
    pub(super) fn charging(mut self, principal: &'a Principal) -> Self {
        self.principal = Some(principal);
        self
    }

    /// Ends the audio: all of it is interpreted. A reader that is dropped without this ends the
    /// session.
    pub(super) fn finish(self) {
        self.input.close();
    }

    /// Reads until all sound is there, or a limit is reached.
    pub(super) async fn read<S>(&mut self, messages: &mut S) -> ReadEnd
    where
        S: Stream<Item = Result<Message, axum::Error>> + Unpin,
    {
        let limits = &self.settings.ws_audio;
        let mut idle_since = Instant::now();
        loop {
            let alive = self.input.keepalive_at();
            let silent = self.silence.due_at().filter(|_| self.input.is_started());
            let message = tokio::select! {
                biased;
                () = sleep_until(idle_since + limits.idle()) => {
                    let end = End::idle(limits.idle_seconds);
                    return if self.input.is_started() {
                        ReadEnd::Finish(end, self.settings.flush())
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
                Err(Stop::Done) => return ReadEnd::Finish(End::Closed, self.settings.flush()),
                Err(Stop::End(end)) => return ReadEnd::Abort(end),
            }
            if is_frame {
                idle_since = Instant::now();
            }
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
        let limits = &self.settings.ws_audio;
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
        let limits = &self.settings.ws_audio;
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
        if let Some(Err(exceeded)) = self.principal.map(Principal::check_audio_budget) {
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
        if let Some(principal) = self.principal {
            principal.charge_audio(sound);
        }
        let arrived = Instant::now();
        self.input.push(clip).await?;
        self.silence.received(sound, arrived, Instant::now());
        Ok(())
    }
}
