//! One decode of a clip: its language, its text window by window, and what of it is kept.

mod detect;
mod library;
mod transcript;

use mynah_speech::pool::Lease;
use mynah_speech::{Cancel, RecognitionHints, Transcript};
use whisper_rs::{WhisperError, WhisperState};

use crate::model::{Attempt, Model};
use crate::segment::Segment;
use crate::transcription::{Dropped, Transcription};
use crate::windows::{Seam, seam};
use crate::words::text;
use crate::{audio_context, clip, language, repetition, word_times};

pub(crate) use detect::Detected;

/// Below this mean logarithm of its tokens' probabilities, a text is doubted; above the other, the
/// sound under a doubted text is no speech. The thresholds of the original's `transcribe`.
const MIN_LOG_PROBABILITY: f32 = -1.0;
const MAX_NO_SPEECH: f32 = 0.6;

/// The temperatures after 0, of the original's `transcribe`.
const TEMPERATURES: [f32; 5] = [0.2, 0.4, 0.6, 0.8, 1.0];

/// The most sound behind a word that the end of a window may have cut, in milliseconds.
const MAX_AFTER_CUT_WORD_MS: u64 = 500;

/// Why there is no text.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DecodeError {
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
    /// A call of the library failed.
    #[error("{0} failed: {1}")]
    Library(&'static str, WhisperError),
    /// The model's weights give nothing that is a number.
    #[error("its model gives values that are not numbers; the file is damaged")]
    Broken,
}

/// What a decode works with.
pub(crate) struct Decode<'a> {
    pub(crate) model: &'a Model,
    /// Its state is taken out while a decode works with it, so that one that failed or panicked is
    /// not used again.
    pub(crate) lease: &'a mut Lease<WhisperState>,
    pub(crate) threads: usize,
    pub(crate) full_context: bool,
    /// Texts that are followed at once.
    pub(crate) beam: usize,
    pub(crate) cancel: &'a Cancel,
}

/// What is known of a clip before its windows are decoded, or while they are.
struct Known<'a> {
    language: Option<Detected>,
    prompt: Vec<i32>,
    hints: &'a RecognitionHints,
}

impl Decode<'_> {
    /// The text of samples that are not silent. `language` is one by its number; none is found out.
    pub(crate) fn transcribe(
        &mut self,
        samples: &[f32],
        language: Option<i32>,
        hints: &RecognitionHints,
    ) -> Result<Transcription, DecodeError> {
        let mut state = self.state()?;
        let mut known = self.known(language, hints)?;
        let (mut whole, mut dropped) = (Transcript::default(), Dropped::default());
        let mut from = 0;
        while from < samples.len() {
            let seam = seam(&samples[from..]);
            let window = &samples[from..from + seam.samples()];
            let mut text = self.window(&mut state, window, &mut known, &mut dropped)?;
            let next = match seam {
                Seam::Speech(_) => {
                    let length_ms = (window.len() * 1_000 / clip::RATE) as u64;
                    leave_last_word(&mut text, length_ms)
                }
                Seam::End(_) | Seam::Pause(_) => None,
            };
            append(&mut whole, text, from, &known);
            from += next.unwrap_or(window.len());
        }
        self.lease.put_value(state);
        let detected = known.language;
        whole.language = detected.and_then(|detected| language::tag(detected.number));
        Ok(Transcription {
            transcript: whole,
            probability: detected.and_then(|detected| detected.probability),
            dropped,
        })
    }

    /// The likeliest text of one window, and the language that it was taken for.
    pub(crate) fn preview(
        &mut self,
        window: &[f32],
        language: Option<i32>,
        hints: &RecognitionHints,
    ) -> Result<(String, Option<Detected>), DecodeError> {
        let mut state = self.state()?;
        let mut known = self.known(language, hints)?;
        let detected = self.language(&mut state, window, &mut known)?;
        let context = audio_context::for_preview(window.len());
        let max_tokens = Some(audio_context::max_tokens(window.len()));
        let attempt = self.attempt(detected, &known, context, max_tokens, 0.0);
        let segment = self.decode(&mut state, window, &attempt)?;
        self.lease.put_value(state);
        let segments: Vec<Segment> = segment.into_iter().collect();
        let unspaced = language::unspaced(detected.number);
        let transcript = transcript::transcript(&segments, unspaced, &mut Dropped::default());
        Ok((transcript.text, Some(detected)))
    }

    fn known<'h>(
        &self,
        language: Option<i32>,
        hints: &'h RecognitionHints,
    ) -> Result<Known<'h>, DecodeError> {
        let prompt = hints.prompt.as_deref().map(|text| self.model.prompt(text));
        let prompt = prompt.transpose();
        Ok(Known {
            language: language.map(|number| Detected {
                number,
                probability: None,
            }),
            prompt: prompt
                .map_err(|error| DecodeError::Library("reading the prompt", error))?
                .unwrap_or_default(),
            hints,
        })
    }

    /// The text of one window. Its times are milliseconds of the window.
    fn window(
        &self,
        state: &mut WhisperState,
        window: &[f32],
        known: &mut Known<'_>,
        dropped: &mut Dropped,
    ) -> Result<Transcript, DecodeError> {
        if clip::is_silent(window) {
            return Ok(Transcript::default());
        }
        let language = self.language(state, window, known)?;
        let segment = self.best(state, window, language, known, dropped)?;
        let segments: Vec<Segment> = segment.into_iter().collect();
        let unspaced = language::unspaced(language.number);
        let mut text = transcript::transcript(&segments, unspaced, dropped);
        word_times::trim(&mut text.words, window);
        Ok(text)
    }

    /// The first text of a window that is good, else the last one.
    ///
    /// The likeliest text comes first: with a context that fits the window, then with the whole one
    /// if that is bad. Then tokens are chosen by chance, at ever higher temperatures.
    fn best(
        &self,
        state: &mut WhisperState,
        window: &[f32],
        language: Detected,
        known: &Known<'_>,
        dropped: &mut Dropped,
    ) -> Result<Option<Segment>, DecodeError> {
        let mut last = None;
        let max_tokens = Some(audio_context::max_tokens(window.len()));
        if known.hints.temperature == 0.0 {
            let context = self.context(window);
            let contexts = [context, audio_context::FULL];
            let contexts = if context < audio_context::FULL {
                &contexts[..]
            } else {
                &contexts[..1]
            };
            for context in contexts {
                let full = *context == audio_context::FULL;
                let max_tokens = max_tokens.filter(|_| !full);
                let attempt = self.attempt(language, known, *context, max_tokens, 0.0);
                // A beam draws its texts by chance, and so it needs a fresh state as well.
                let mut own = (self.beam > 1).then(|| self.new_state()).transpose()?;
                let state = own.as_mut().unwrap_or(&mut *state);
                let segment = self.decode(state, window, &attempt)?;
                match self.judge(state, segment)? {
                    Judged::Good(segment) => return Ok(Some(segment)),
                    Judged::NoSpeech => {
                        dropped.no_speech += 1;
                        return Ok(None);
                    }
                    Judged::Repeats(segment) => match confirmed(last.as_ref(), segment, window) {
                        Ok(segment) => return Ok(Some(segment)),
                        Err(segment) => last = Some(segment),
                    },
                    Judged::Bad(segment) => last = segment,
                }
            }
            if last.is_none() {
                // Nothing was written twice: there is no text to be varied.
                return Ok(None);
            }
        }
        // A state that chose by chance chooses otherwise the next time, so it is not kept.
        let mut fresh = self.new_state()?;
        let named = known.hints.temperature != 0.0;
        // Of a temperature that was named, the likeliest text only confirms one that repeats itself.
        let own = [known.hints.temperature, 0.0];
        let temperatures = if named { &own[..] } else { &TEMPERATURES[..] };
        for temperature in temperatures {
            let context = audio_context::FULL;
            let limit = max_tokens.filter(|_| known.hints.temperature == 0.0);
            let attempt = self.attempt(language, known, context, limit, *temperature);
            let segment = self.decode(&mut fresh, window, &attempt)?;
            match self.judge(&mut fresh, segment)? {
                Judged::Good(segment) => return Ok(Some(segment)),
                Judged::NoSpeech => {
                    dropped.no_speech += 1;
                    return Ok(None);
                }
                Judged::Repeats(segment) => match confirmed(last.as_ref(), segment, window) {
                    Ok(segment) => return Ok(Some(segment)),
                    Err(segment) if named && last.is_some() => {
                        return Ok(last.or(Some(segment)));
                    }
                    Err(segment) => last = Some(segment),
                },
                Judged::Bad(segment) if named => return Ok(last.or(segment)),
                Judged::Bad(segment) => last = segment,
            }
        }
        Ok(last)
    }

    /// Whether another try may help: the model doubts what it wrote, repeats itself, does not end, or
    /// wrote nothing under sound.
    fn judge(
        &self,
        state: &mut WhisperState,
        segment: Option<Segment>,
    ) -> Result<Judged, DecodeError> {
        let Some(segment) = segment.filter(|segment| !segment.tokens.is_empty()) else {
            return Ok(Judged::Bad(None));
        };
        if !segment.log_probability.is_finite() {
            return Err(DecodeError::Broken);
        }
        let doubted = segment.log_probability < MIN_LOG_PROBABILITY;
        if doubted && self.no_speech(state)? > MAX_NO_SPEECH {
            return Ok(Judged::NoSpeech);
        }
        if doubted || !segment.ended {
            return Ok(Judged::Bad(Some(segment)));
        }
        if repetition::repeats(&text(&segment.tokens)) {
            return Ok(Judged::Repeats(segment));
        }
        Ok(Judged::Good(segment))
    }

    /// The language of the clip, detected in its first window with sound if it was not named.
    fn language(
        &self,
        state: &mut WhisperState,
        window: &[f32],
        known: &mut Known<'_>,
    ) -> Result<Detected, DecodeError> {
        if let Some(language) = known.language {
            return Ok(language);
        }
        Ok(*known.language.insert(self.detect(state, window)?))
    }

    /// The encoder's context for a window.
    fn context(&self, window: &[f32]) -> usize {
        if self.full_context {
            audio_context::FULL
        } else {
            audio_context::for_samples(window.len())
        }
    }

    fn attempt<'k>(
        &self,
        language: Detected,
        known: &'k Known<'_>,
        context: usize,
        max_tokens: Option<usize>,
        temperature: f32,
    ) -> Attempt<'k> {
        Attempt {
            language: language.number,
            context,
            max_tokens,
            beam: self.beam,
            temperature,
            prompt: &known.prompt,
            threads: self.threads,
        }
    }
}

/// What a text is worth.
enum Judged {
    Good(Segment),
    /// The model doubts it and takes the sound for no speech.
    NoSpeech,
    /// It repeats itself, and is good otherwise: the model turns in a loop, or the speaker does.
    Repeats(Segment),
    Bad(Option<Segment>),
}

/// A text that repeats itself, if the attempt before it wrote the same words, and no more than are
/// said in the time of the window. A loop of the model depends on the context and the temperature;
/// what was said does not.
fn confirmed(
    before: Option<&Segment>,
    mut segment: Segment,
    window: &[f32],
) -> Result<Segment, Segment> {
    let written = text(&segment.tokens);
    let same = before.is_some_and(|own| repetition::same_words(&text(&own.tokens), &written));
    segment.confirmed = same && repetition::is_speech_rate(&written, window.len());
    if segment.confirmed {
        Ok(segment)
    } else {
        Err(segment)
    }
}

/// Takes the last word off a window of this length that may have cut it, and returns the sample at
/// which it begins; none where the window did not cut it.
fn leave_last_word(text: &mut Transcript, window_ms: u64) -> Option<usize> {
    let [.., before, last] = text.words.as_slice() else {
        return None;
    };
    // Between the words, so that the next window has the whole of it.
    let start_ms = before.end_ms.midpoint(last.start_ms);
    if last.end_ms + MAX_AFTER_CUT_WORD_MS < window_ms || start_ms < window_ms / 2 {
        return None;
    }
    let kept = text.text.trim_end().strip_suffix(last.text.as_str())?;
    text.text = kept.trim_end().to_owned();
    text.words.pop();
    Some(usize::try_from(start_ms).ok()? * clip::RATE / 1_000)
}

/// Adds the text of a window that begins at this sample.
fn append(whole: &mut Transcript, mut window: Transcript, from: usize, known: &Known<'_>) {
    let unspaced = known
        .language
        .is_some_and(|language| language::unspaced(language.number));
    if !window.text.is_empty() && !whole.text.is_empty() && !unspaced {
        whole.text.push(' ');
    }
    whole.text.push_str(&window.text);
    let offset_ms = (from * 1_000 / clip::RATE) as u64;
    let mut place = whole.words.last().map_or(0, |word| word.end_ms);
    for word in &mut window.words {
        word.start_ms = (word.start_ms + offset_ms).max(place);
        word.end_ms = (word.end_ms + offset_ms).max(word.start_ms);
        place = word.end_ms;
    }
    whole.words.append(&mut window.words);
}

#[cfg(test)]
mod tests {
    use mynah_speech::Word;

    use super::*;

    fn text_of(words: &[(&str, u64, u64)]) -> Transcript {
        let word = |(text, start_ms, end_ms): &(&str, u64, u64)| Word {
            text: (*text).to_owned(),
            start_ms: *start_ms,
            end_ms: *end_ms,
            confidence: None,
        };
        let all: Vec<&str> = words.iter().map(|word| word.0).collect();
        Transcript {
            text: all.join(" "),
            words: words.iter().map(word).collect(),
            language: None,
        }
    }

    #[test]
    fn cut_word_is_left_to_the_next_window() {
        let mut text = text_of(&[("One", 0, 400), ("two.", 600, 900)]);
        assert_eq!(leave_last_word(&mut text, 1_000), Some(8_000));
        assert_eq!(text, text_of(&[("One", 0, 400)]));
        assert_eq!(
            leave_last_word(&mut text, 1_000),
            None,
            "a window must not be lost"
        );
    }

    #[test]
    fn windows_join_to_one_transcript_in_order() {
        let hints = RecognitionHints::default();
        let known = Known {
            language: None,
            prompt: Vec::new(),
            hints: &hints,
        };
        let mut whole = Transcript::default();
        append(&mut whole, text_of(&[("One", 0, 400)]), 0, &known);
        append(&mut whole, Transcript::default(), 8_000, &known);
        append(&mut whole, text_of(&[("two", 100, 300)]), 8_000, &known);
        append(&mut whole, text_of(&[("three", 0, 300)]), 8_000, &known);
        let expected = [("One", 0, 400), ("two", 600, 800), ("three", 800, 800)];
        assert_eq!(whole, text_of(&expected));
    }
}
