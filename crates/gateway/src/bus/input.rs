//! A session's sound on its way to the bus.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mynah_audio::{Clip, Format, SampleRate, Tags, encode_whole};
use mynah_bus::event::{AudioInput, AudioPayload, ClientOptions, SegmentRange, now_ms};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;
use tokio_util::sync::DropGuard;

use super::arrival_times::ArrivalTimes;
use super::chunker::{Chunker, Cut};
use super::publisher::Job;
use crate::fault::End;
use crate::silence::Silence;

/// Chunks that wait or are on their way before a client is read more slowly.
pub(super) const WAITING: usize = 32;

/// The grain in which the arrival of inserted silence is noted, in milliseconds.
const SILENCE_MARK_MS: usize = 50;

/// When a session's sound arrived; shared by those who take it and those who tell of it.
#[derive(Clone, Default)]
pub(super) struct SharedArrivalTimes(Arc<Mutex<ArrivalTimes>>);

impl SharedArrivalTimes {
    pub(super) fn lock(&self) -> MutexGuard<'_, ArrivalTimes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How much audio a client sent, in samples at 24 kHz, whatever its rate.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReceivedAudio {
    rate: SampleRate,
    /// Before the rate was this, those of earlier connections included.
    before: u64,
    /// Samples at this rate.
    samples: u64,
}

impl ReceivedAudio {
    pub(super) const fn new(rate: SampleRate, before: u64) -> Self {
        Self {
            rate,
            before,
            samples: 0,
        }
    }

    fn total(self) -> u64 {
        self.before + self.samples * CLIENT_RATE / u64::from(self.rate.hz())
    }
}

/// Samples a second in which clients are told how much of their audio is on the bus.
const CLIENT_RATE: u64 = 24_000;

/// A number of samples at 16 kHz in those that clients are told.
pub(super) const fn client_samples(samples: u64) -> u64 {
    samples * CLIENT_RATE / SegmentRange::SAMPLE_RATE
}

/// Takes a session's sound. Dropping it without [`BusInput::close`] publishes nothing more: the
/// detector gives the session up unless it is resumed.
pub(crate) struct BusInput {
    pub(super) chunker: Chunker,
    pub(super) received: ReceivedAudio,
    pub(super) wishes: ClientOptions,
    pub(super) preview: bool,
    pub(super) jobs: mpsc::UnboundedSender<Job>,
    pub(super) room: Arc<Semaphore>,
    pub(super) arrivals: SharedArrivalTimes,
    pub(super) keepalive: Duration,
    pub(super) published_at: Instant,
    pub(super) abort: Option<DropGuard>,
}

impl BusInput {
    /// Takes the next sound. Waits while the bus is slow. Cancelled while it waits, it has taken
    /// all of it.
    pub(super) async fn push_samples(&mut self, samples: &[f32]) -> Result<(), End> {
        self.received.samples += samples.len() as u64;
        self.arrivals.lock().mark(self.end(), now_ms());
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

    /// The place after all that was taken, at 16 kHz.
    fn end(&self) -> u64 {
        self.received.total() * SegmentRange::SAMPLE_RATE / CLIENT_RATE + self.chunker.inserted()
    }

    /// Takes silence that stands in for audio which did not arrive. Does not wait for room:
    /// between two messages of the client there is little silence.
    pub(crate) fn insert(&mut self, silence: Silence) {
        let ago = Instant::now().saturating_duration_since(silence.since);
        let since_ms = now_ms() - ago.as_millis() as i64;
        let begin = self.end();
        let cuts = self
            .chunker
            .insert_silence(SampleRate::HZ_16000.samples_in(silence.duration));
        // It arrived by the clock, not at once.
        let mut arrivals = self.arrivals.lock();
        for passed_ms in (0..=silence.duration.as_millis() as u64).step_by(SILENCE_MARK_MS) {
            let end = begin + passed_ms * SegmentRange::SAMPLE_RATE / 1_000;
            arrivals.mark(end, since_ms + passed_ms as i64);
        }
        drop(arrivals);
        self.send(cuts);
    }

    /// What follows comes at another rate: a chunk ends here.
    pub(crate) fn set_rate(&mut self, rate: SampleRate) -> Result<(), End> {
        let cuts = self.chunker.set_rate(rate).map_err(|_| End::internal())?;
        self.received = ReceivedAudio::new(rate, self.received.total());
        self.send(cuts);
        Ok(())
    }

    pub(crate) async fn push(&mut self, clip: &Clip) -> Result<(), End> {
        self.push_samples(&clip.samples).await
    }

    /// What follows is for other wishes: a chunk ends here.
    pub(crate) fn reconfigure(&mut self, wishes: ClientOptions, preview: bool) {
        let cuts = self.chunker.flush();
        self.send(cuts);
        (self.wishes, self.preview) = (wishes, preview);
    }

    /// When the next sign of life is due.
    pub(crate) fn keepalive_at(&self) -> Instant {
        self.published_at + self.keepalive
    }

    /// Publishes a sign of life.
    pub(crate) fn send_keepalive(&mut self) {
        let cut = self.chunker.send_keepalive();
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
        let through = client_samples(cut.received);
        let clip = Clip::new(SampleRate::HZ_16000, cut.samples);
        let wav = encode_whole(&clip, Format::Wav, &Tags::new())
            .expect("a WAV takes any samples at 16 kHz");
        Job {
            input: AudioInput {
                audio: AudioPayload::Inline(wav.into()),
                sample_rate: clip.rate.hz(),
                chunk: Some(cut.chunk),
                options: self.wishes.clone(),
                preview: self.preview,
            },
            // The last chunk may hold silence that is not the client's.
            through: through.min(self.received.total()),
            room: None,
        }
    }
}
