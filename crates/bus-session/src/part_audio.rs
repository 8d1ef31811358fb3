//! The audio of a part of a translation, from its event or from the object store.

use std::time::Duration;

use backon::Retryable;
use mynah_audio::{Clip, DecodeLimits, SampleRate, decode_at};
use mynah_bus::event::{AudioPayload, AudioSynthesis};
use mynah_bus::identity::SessionId;
use mynah_bus::limits::{MAX_INLINE_BYTES, MAX_OBJECT_BYTES};
use tokio::time::Instant;

use crate::error::SessionError;
use crate::metrics;
use crate::object_store::ObjectStore;
use crate::retry::{RETRY_DELAY, each};

/// The size from which audio is decoded on a blocking thread, in bytes: more than most parts have.
const MAX_INLINE_DECODE_BYTES: usize = 256 << 10;

/// The maximum length of a part of a translation.
const MAX_PART_DURATION: Duration = Duration::from_secs(600);

/// Fetches and decodes parts.
pub(crate) struct PartAudio<'a> {
    pub(crate) session: &'a SessionId,
    pub(crate) store: &'a dyn ObjectStore,
    /// For how long the store may be unreachable.
    pub(crate) retry_limit: Duration,
}

impl PartAudio<'_> {
    /// The audio of a part, at the rate that clients get. None where it cannot be read, which is
    /// counted.
    ///
    /// # Errors
    /// [`SessionError::Internal`] where decoding panics.
    pub(crate) async fn fetch(&self, speech: AudioSynthesis) -> Result<Option<Clip>, SessionError> {
        let began = Instant::now();
        let wav = match speech.audio {
            AudioPayload::Inline(bytes) => Ok(bytes),
            stored @ AudioPayload::Stored(_) => {
                let fetched = (|| self.store.fetch(&stored))
                    .retry(each(RETRY_DELAY))
                    .when(|error| error.is_transient() && began.elapsed() < self.retry_limit)
                    .await;
                fetched.map_err(|error| error.to_string())
            }
        };
        let clip = match wav {
            Ok(wav) if wav.len() > MAX_INLINE_DECODE_BYTES => {
                tokio::task::spawn_blocking(move || clip(&wav))
                    .await
                    .map_err(|_| SessionError::Internal)?
            }
            Ok(wav) => clip(&wav),
            Err(reason) => Err(reason),
        };
        Ok(clip
            .inspect_err(|reason| {
                metrics::skipped("unreadable_sound");
                tracing::warn!(
                    session = %self.session,
                    segment = speech.segment.index,
                    part = speech.part,
                    reason,
                    "a part of a translation can't be read and is left out"
                );
            })
            .ok())
    }
}

/// A WAV as a clip at the rate that clients get.
fn clip(wav: &[u8]) -> Result<Clip, String> {
    let limits = DecodeLimits {
        max_bytes: MAX_INLINE_BYTES.max(MAX_OBJECT_BYTES as usize),
        max_duration: MAX_PART_DURATION,
        ..DecodeLimits::default()
    };
    match decode_at(wav, &limits, SampleRate::HZ_24000) {
        Ok(decoded) if decoded.container == "wav" => Ok(decoded.clip),
        Ok(decoded) => Err(format!("it is {} and not wav", decoded.container)),
        Err(error) => Err(error.to_string()),
    }
}
