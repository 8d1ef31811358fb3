//! One segment: its samples, kept until they are decoded whole.

use std::time::{Duration, Instant};

use mynah_speech::text::restore_english;
use mynah_speech::wait::wait_for;
use mynah_speech::{Cancel, RecognizerStream, SpeechError, Transcript, Word};
use tokio::sync::oneshot;

use crate::decoder::{Decoder, DecoderError};
use crate::decoder_pool::{AcquireError, DecoderPool};
use crate::engine::ID;
use crate::features::{subtract_own_mean, to_pcm16};
use crate::preview::Preview;

/// The longest segment, in samples: ten minutes, 19 MB.
pub(crate) const MAX_SAMPLES: usize = 600 * 16_000;

/// Frames searched between two checks for cancellation: 100 ms of audio, some 30 ms of work.
const FRAMES_PER_CANCEL_CHECK: usize = 10;

pub(crate) struct Segment {
    pub(crate) samples: Vec<i16>,
    pub(crate) finals: DecoderPool,
    pub(crate) preview: Option<Preview>,
    /// How long to wait for a decoder.
    pub(crate) wait: Duration,
}

impl RecognizerStream for Segment {
    fn push(&mut self, samples: &[f32]) -> Result<Option<String>, SpeechError> {
        if self.samples.len() + samples.len() > MAX_SAMPLES {
            let message = "a segment is longer than ten minutes; cut it at pauses".into();
            return Err(SpeechError::Invalid {
                param: "audio",
                message,
            });
        }
        let old = self.samples.len();
        self.samples.extend(to_pcm16(samples));
        let preview = self.preview.as_mut();
        Ok(preview.and_then(|preview| preview.push(self.samples[old..].to_vec())))
    }

    fn finish(self: Box<Self>, cancel: &Cancel) -> Result<Transcript, SpeechError> {
        drop(self.preview);
        let decoder = self
            .finals
            .acquire(Instant::now() + self.wait, cancel)
            .map_err(|error| match error {
                AcquireError::Cancelled => SpeechError::Cancelled,
                AcquireError::Busy => SpeechError::Busy {
                    engine: ID,
                    reason: format!("no decoder came free within {} s", self.wait.as_secs()),
                },
                AcquireError::Load(error) => failed(error.to_string()),
            })?;
        let (answer, answered) = oneshot::channel();
        let (samples, token) = (self.samples, cancel.clone());
        decoder.run(move |decoder| {
            let decoded = decode_whole(decoder, &samples, &token);
            let error = decoded.as_ref().err().cloned();
            // A cancelled caller no longer waits for it.
            let _ = answer.send(decoded);
            error.map_or(Ok(()), Err)
        });
        // After a cancel the decoder is free again within a slice, or when its last pass is over.
        let words = wait_for(answered, None, cancel)
            .map_err(|_| SpeechError::Cancelled)?
            .map_err(|_| failed("its decoder crashed".into()))?
            .map_err(|error| failed(error.to_string()))?;
        let words = words.ok_or(SpeechError::Cancelled)?;
        let words_of_utterance = words
            .iter()
            .map(|word| word.text.as_str())
            .collect::<Vec<_>>()
            .join(" ");
        Ok(Transcript {
            language: None,
            text: restore_english(&words_of_utterance),
            words,
        })
    }
}

/// Silence put before and after a segment: 200 ms. The recognizer was trained on speech that begins
/// and ends in silence, and loses first words where a recording begins in the middle of one. It has
/// no part in the mean.
const PADDING_SAMPLES: usize = 3_200;
const PADDING_MS: u64 = 200;

/// One decode of all samples, with their own mean. None when it was cancelled.
fn decode_whole(
    decoder: &mut Decoder,
    samples: &[i16],
    cancel: &Cancel,
) -> Result<Option<Vec<Word>>, DecoderError> {
    let edge = [0; PADDING_SAMPLES];
    let samples = [&edge, samples, &edge].concat();
    decoder.start()?;
    let mut frames = decoder.cepstra(&samples)?;
    frames.extend(decoder.last_cepstra());
    subtract_own_mean(&mut frames);
    for slice in frames.chunks_mut(FRAMES_PER_CANCEL_CHECK) {
        if cancel.is_cancelled() {
            break;
        }
        decoder.search(slice)?;
    }
    decoder.end()?;
    let length_ms = (samples.len() / 16) as u64 - 2 * PADDING_MS;
    Ok((!cancel.is_cancelled()).then(|| without_padding(decoder.words(), length_ms)))
}

/// Words with times that count from the segment's first sample, and lie within it.
fn without_padding(mut words: Vec<Word>, length_ms: u64) -> Vec<Word> {
    let place = |ms: u64| ms.saturating_sub(PADDING_MS).min(length_ms);
    for word in &mut words {
        word.start_ms = place(word.start_ms);
        word.end_ms = place(word.end_ms);
    }
    words
}

fn failed(reason: String) -> SpeechError {
    SpeechError::Failed { engine: ID, reason }
}
