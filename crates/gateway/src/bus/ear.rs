//! A session's sound on its way to the bus.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mynah_audio::{Clip, Format, SampleRate, Tags, encode_whole};
use mynah_bus::event::{AudioInput, Sound, Wishes, now_ms};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;
use tokio_util::sync::DropGuard;

use super::arrivals::Arrivals;
use super::chunker::{Chunker, Cut};
use super::publisher::Job;
use crate::fault::End;

/// Chunks that wait or are on their way before a client is read more slowly.
pub(super) const WAITING: usize = 32;

/// When a session's sound arrived; shared by those who take it and those who tell of it.
#[derive(Clone, Default)]
pub(super) struct SharedArrivals(Arc<Mutex<Arrivals>>);

impl SharedArrivals {
    pub(super) fn lock(&self) -> MutexGuard<'_, Arrivals> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a session's sound. Dropping it without [`BusEar::close`] publishes nothing more: the
/// detector gives the session up unless it is resumed.
pub(crate) struct BusEar {
    pub(super) chunker: Chunker,
    pub(super) rate: SampleRate,
    /// The client's samples, those of earlier connections included.
    pub(super) heard: u64,
    pub(super) wishes: Wishes,
    pub(super) preview: bool,
    pub(super) jobs: mpsc::UnboundedSender<Job>,
    pub(super) room: Arc<Semaphore>,
    pub(super) arrivals: SharedArrivals,
    pub(super) keepalive: Duration,
    pub(super) published_at: Instant,
    pub(super) abort: Option<DropGuard>,
}

impl BusEar {
    /// Takes the next sound. Waits while the bus is slow. Cancelled while it waits, it has taken
    /// all of it.
    pub(super) async fn hear_samples(&mut self, samples: &[f32]) -> Result<(), End> {
        self.heard += samples.len() as u64;
        let end = self.heard * 16_000 / u64::from(self.rate.hz());
        self.arrivals.lock().mark(end, now_ms());
        self.chunker.push(samples);
        loop {
            // A place before the chunk: a chunk that was cut is sure to go.
            let room = Arc::clone(&self.room).acquire_owned().await;
            let room = room.map_err(|_| End::bus_unavailable())?;
            let Some(cut) = self.chunker.next() else {
                return Ok(());
            };
            let mut job = self.job(cut);
            job.room = Some(room);
            self.jobs.send(job).map_err(|_| End::bus_unavailable())?;
            self.published_at = Instant::now();
        }
    }

    pub(crate) async fn hear(&mut self, clip: &Clip) -> Result<(), End> {
        self.hear_samples(&clip.samples).await
    }

    /// What follows is for other wishes: a chunk ends here.
    pub(crate) fn retune(&mut self, wishes: Wishes, preview: bool) {
        let cuts = self.chunker.flush();
        self.send(cuts);
        (self.wishes, self.preview) = (wishes, preview);
    }

    /// When the next sign of life is due.
    pub(crate) fn alive_at(&self) -> Instant {
        self.published_at + self.keepalive
    }

    /// Publishes a sign of life.
    pub(crate) fn alive(&mut self) {
        let cut = self.chunker.alive();
        self.send(vec![cut]);
    }

    /// Ends the sound: the rest goes, flagged as the last.
    pub(crate) fn close(mut self) {
        let cuts = self.chunker.finish();
        self.send(cuts);
        if let Some(abort) = self.abort.take() {
            abort.disarm();
        }
    }

    /// Sends without waiting for room: bounded by what one message holds.
    fn send(&mut self, cuts: Vec<Cut>) {
        for cut in cuts {
            let job = self.job(cut);
            // Where nobody publishes any more the session is over, and the client told.
            let _ = self.jobs.send(job);
        }
        self.published_at = Instant::now();
    }

    fn job(&self, cut: Cut) -> Job {
        let through = cut.chunk.end_sample * u64::from(self.rate.hz()) / 16_000;
        let clip = Clip::new(SampleRate::HZ_16000, cut.samples);
        let wav = encode_whole(&clip, Format::Wav, &Tags::new())
            .expect("a WAV takes any samples at 16 kHz");
        Job {
            input: AudioInput {
                sound: Sound::Inline(wav.into()),
                sample_rate: clip.rate.hz(),
                chunk: Some(cut.chunk),
                wishes: self.wishes.clone(),
                preview: self.preview,
            },
            // The last chunk may hold silence that is not the client's.
            through: through.min(self.heard),
            room: None,
        }
    }
}
