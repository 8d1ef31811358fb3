//! A client's audio.

use mynah_api::realtime::AppendAudio;
use tokio::time::Instant;

use super::session::{RealtimeSession, Stop};
use crate::fault::{End, Fault};
use crate::metrics;

impl RealtimeSession<'_> {
    /// Takes audio, and charges it.
    pub(super) async fn append(&mut self, append: AppendAudio) -> Result<(), Stop> {
        let event_id = append.event_id.as_deref();
        let Some(bytes) = append.bytes() else {
            let fault = Fault::client("invalid_base64", "\"audio\" is not base64");
            return self
                .invalid(fault.blaming("audio").of_event(event_id))
                .await;
        };
        if bytes.len() > self.parts.settings.max_chunk_bytes(self.config.format) {
            let longest = self.parts.settings.max_chunk_ms;
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
        let mut received = self.received;
        received.add(clip.samples.len());
        if let Err(exceeded) = self.parts.charges.check(received.total()) {
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
        self.received = received;
        self.parts.charges.receive(received.total(), sound);
        let arrived = Instant::now();
        self.input.push(clip).await.map_err(Stop::End)?;
        self.silence.received(sound, arrived, Instant::now());
        Ok(())
    }
}
