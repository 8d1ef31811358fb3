//! A session's audio before it is published.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mynah_audio::{Clip, Format, SampleRate, Tags, encode_whole};
use mynah_bus::event::{AudioInput, AudioPayload, ClientOptions, SegmentRange, now_ms};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;
use tokio_util::sync::DropGuard;

use crate::arrival_times::ArrivalTimes;
use crate::chunker::{Chunker, Cut};
use crate::error::SessionError;
use crate::publisher::Job;
use crate::received_audio::{CLIENT_RATE, ReceivedAudio};

/// Chunks that wait or are in flight before a client is read more slowly.
pub(crate) const WAITING: usize = 32;

/// The resolution at which the arrival of inserted silence is recorded, in milliseconds.
const SILENCE_MARK_MS: usize = 50;

/// When a session's audio arrived; shared by its input and its results.
#[derive(Clone, Default)]
pub(crate) struct SharedArrivalTimes(Arc<Mutex<ArrivalTimes>>);

impl SharedArrivalTimes {
    pub(crate) fn lock(&self) -> MutexGuard<'_, ArrivalTimes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A number of samples at 16 kHz as clients count it.
pub(crate) const fn client_samples(samples: u64) -> u64 {
    samples * CLIENT_RATE / SegmentRange::SAMPLE_RATE
}

/// Receives a session's audio. Dropping it without [`BusInput::close`] publishes nothing more: the
/// detector aborts the session unless it is resumed.
pub struct BusInput {
    pub(crate) chunker: Chunker,
    pub(crate) received: ReceivedAudio,
    pub(crate) options: ClientOptions,
    pub(crate) preview: bool,
    pub(crate) jobs: mpsc::UnboundedSender<Job>,
    pub(crate) permits: Arc<Semaphore>,
    pub(crate) arrivals: SharedArrivalTimes,
    pub(crate) keepalive: Duration,
    pub(crate) published_at: Instant,
    pub(crate) abort: Option<DropGuard>,
}

impl BusInput {
    /// Adds audio. Waits while the bus is slow. Cancelled while it waits, it has added all of it.
    pub(crate) async fn push_samples(&mut self, samples: &[f32]) -> Result<(), SessionError> {
        self.received.add(samples.len());
        self.arrivals.lock().mark(self.end(), now_ms());
        self.chunker.push(samples);
        loop {
            // A permit before the chunk: each chunk that was cut is published.
            let permit = Arc::clone(&self.permits).acquire_owned().await;
            let permit = permit.map_err(|_| SessionError::BusUnavailable)?;
            let Some(cut) = self.chunker.next() else {
                return Ok(());
            };
            let mut job = self.job(cut);
            job.permit = Some(permit);
            self.jobs
                .send(job)
                .map_err(|_| SessionError::BusUnavailable)?;
            self.published_at = Instant::now();
        }
    }

    /// The end of all audio so far, in samples at 16 kHz.
    fn end(&self) -> u64 {
        self.received.total() * SegmentRange::SAMPLE_RATE / CLIENT_RATE + self.chunker.inserted()
    }

    /// Inserts silence for audio that did not arrive. Does not wait: there is little silence between
    /// two messages of the client.
    pub fn insert_silence(&mut self, since: Instant, duration: Duration) {
        let ago = Instant::now().saturating_duration_since(since);
        let since_ms = now_ms() - ago.as_millis() as i64;
        let begin = self.end();
        let cuts = self
            .chunker
            .insert_silence(SampleRate::HZ_16000.samples_in(duration));
        // It arrived by the clock, not at once.
        let mut arrivals = self.arrivals.lock();
        for passed_ms in (0..=duration.as_millis() as u64).step_by(SILENCE_MARK_MS) {
            let end = begin + passed_ms * SegmentRange::SAMPLE_RATE / 1_000;
            arrivals.mark(end, since_ms + passed_ms as i64);
        }
        drop(arrivals);
        self.send(cuts);
    }

    /// Sets the rate of the audio that follows: a chunk ends here.
    pub fn set_rate(&mut self, rate: SampleRate) -> Result<(), SessionError> {
        let cuts = self
            .chunker
            .set_rate(rate)
            .map_err(|_| SessionError::Internal)?;
        self.received.set_rate(rate);
        self.send(cuts);
        Ok(())
    }

    /// Adds audio. Waits while the bus is slow. Cancelled while it waits, it has added all of it.
    ///
    /// # Errors
    /// [`SessionError::BusUnavailable`].
    pub async fn push(&mut self, clip: &Clip) -> Result<(), SessionError> {
        self.push_samples(&clip.samples).await
    }

    /// Sets the options of the audio that follows: a chunk ends here.
    pub fn reconfigure(&mut self, options: ClientOptions, preview: bool) {
        let cuts = self.chunker.flush();
        self.send(cuts);
        (self.options, self.preview) = (options, preview);
    }

    /// When the next keepalive is due.
    pub fn keepalive_at(&self) -> Instant {
        self.published_at + self.keepalive
    }

    /// Publishes a keepalive.
    pub fn send_keepalive(&mut self) {
        let cut = self.chunker.send_keepalive();
        self.send(vec![cut]);
    }

    /// Ends the audio: the rest is sent, flagged as the last.
    pub fn close(mut self) {
        let cuts = self.chunker.finish();
        self.send(cuts);
        if let Some(abort) = self.abort.take() {
            abort.disarm();
        }
    }

    /// Sends without waiting: bounded by what one message holds.
    fn send(&mut self, cuts: Vec<Cut>) {
        for cut in cuts {
            let job = self.job(cut);
            // Where the publisher has stopped the session is over, and its results report it.
            let _ = self.jobs.send(job);
        }
        self.published_at = Instant::now();
    }

    fn job(&self, cut: Cut) -> Job {
        let through = client_samples(cut.received);
        let clip = Clip::new(SampleRate::HZ_16000, cut.samples);
        let wav = encode_whole(&clip, Format::Wav, &Tags::new())
            .expect("a WAV may have any samples at 16 kHz");
        Job {
            input: AudioInput {
                audio: AudioPayload::Inline(wav.into()),
                sample_rate: clip.rate.hz(),
                chunk: Some(cut.chunk),
                options: self.options.clone(),
                preview: self.preview,
            },
            // The last chunk may hold silence that is not the client's.
            through: through.min(self.received.total()),
            permit: None,
        }
    }
}
