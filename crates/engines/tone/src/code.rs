//! Text as tones, exactly and in any script.
//!
//! Each byte of the UTF-8 text is two tones of 30 ms: its high half is one of sixteen low
//! frequencies, its low half one of sixteen high ones. Neighbours are never of the same set, so
//! no gap is needed between them, and a decoder that joins late is in step after one byte. A byte
//! takes 60 ms, which is about the pace of fast speech.

use mynah_audio::{Clip, SampleRate};

/// The rate at which tones are made and decoded.
pub const RATE: SampleRate = SampleRate::HZ_16000;

/// Samples a tone lasts.
const TONE: usize = 480;
/// Samples over which a tone swells and fades.
const RAMP: usize = 40;
/// The lowest frequency, and the distance to the next, in Hz.
const BASE_HZ: f32 = 400.0;
const STEP_HZ: f32 = 100.0;
/// How many tones there are: sixteen for high halves, sixteen above them for low halves.
const TONES: usize = 32;

/// Samples in an analysis window: 20 ms, in which tones 100 Hz apart are orthogonal.
const WINDOW: usize = 320;
/// Samples between the starts of windows.
const HOP: usize = 80;
/// Consecutive windows that must contain a tone: a tone fills three, an accidental match one.
const MIN_WINDOWS: usize = 2;
/// The power below which a window counts as silent: −50 dBFS.
const SILENT_POWER: f32 = 1e-5;
/// The share of a window's power that one tone must have.
const DOMINANT: f32 = 0.7;
/// Windows without any tone that separate two words: 30 ms.
const PAUSE: usize = 6;

/// How loud tones are.
const LEVEL: f32 = 0.5;

/// How loud a hum is: a tenth of the power of the tones, so that the tones stay decodable.
const HUM_LEVEL: f32 = 0.15;
/// The lowest pitch of a hum and how many there are, one a Hz. All lie below the tones.
const BASE_HUM_HZ: u32 = 80;
const HUMS: u32 = 221;

fn frequency(tone: usize) -> f32 {
    BASE_HZ + STEP_HZ * tone as f32
}

/// The sound of a text.
pub fn encode(text: &str) -> Clip {
    let mut samples = Vec::with_capacity(text.len() * 2 * TONE);
    for byte in text.bytes() {
        for tone in [usize::from(byte >> 4), 16 + usize::from(byte & 15)] {
            let turn = std::f32::consts::TAU * frequency(tone) / RATE.hz() as f32;
            samples.extend((0..TONE).map(|at| {
                let edge = at.min(TONE - 1 - at).min(RAMP) as f32 / RAMP as f32;
                LEVEL * edge * (turn * at as f32).sin()
            }));
        }
    }
    Clip::new(RATE, samples)
}

/// The pitch, in Hz, that stands for some bytes: the same for the same, 80 to 300.
pub fn pitch(bytes: &[u8]) -> f32 {
    // FNV-1a: see http://www.isthe.com/chongo/tech/comp/fnv/
    let hash = bytes.iter().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    });
    (BASE_HUM_HZ + hash % HUMS) as f32
}

/// Adds a hum at this pitch, in Hz, to samples at [`RATE`].
pub fn hum(samples: &mut [f32], pitch: f32) {
    let turn = std::f32::consts::TAU * pitch / RATE.hz() as f32;
    for (at, sample) in samples.iter_mut().enumerate() {
        *sample += HUM_LEVEL * (turn * at as f32).sin();
    }
}

/// The text of a sound.
pub fn decode(samples: &[f32]) -> String {
    let mut decoder = ToneDecoder::default();
    decoder.push(samples);
    decoder.finish();
    decoder.text()
}

/// Decodes tones as they arrive. The result does not depend on how the sound is cut.
#[derive(Default)]
pub struct ToneDecoder {
    /// Samples not yet analysed in full, and the position of the first in the whole.
    waiting: Vec<f32>,
    position: usize,
    /// The tone of the last windows, and how many contained it.
    run: Option<(usize, usize)>,
    /// Windows since the last tone.
    silent: usize,
    /// The high half of a byte whose low half has not come, with its start.
    high: Option<(u8, usize)>,
    bytes: Vec<DecodedByte>,
}

/// A byte and where it was decoded, in samples.
#[derive(Clone, Copy, Debug)]
struct DecodedByte {
    byte: u8,
    start: usize,
    end: usize,
}

/// A word and where it was decoded, in samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedWord {
    /// The word.
    pub text: String,
    /// Its first sample.
    pub start: usize,
    /// The sample after its last.
    pub end: usize,
}

impl ToneDecoder {
    /// Takes the next samples, at [`RATE`].
    pub fn push(&mut self, samples: &[f32]) {
        self.waiting.extend_from_slice(samples);
        let mut at = 0;
        while let Some(window) = self.waiting.get(at..at + WINDOW) {
            let tone = loudest(window);
            self.process_window(tone, self.position + at);
            at += HOP;
        }
        self.waiting.drain(..at);
        self.position += at;
    }

    /// Takes the end of the sound.
    pub fn finish(&mut self) {
        // Tones at the very end are decoded in windows that reach beyond it.
        self.push(&[0.0; WINDOW]);
    }

    fn process_window(&mut self, tone: Option<usize>, position: usize) {
        let windows = match (self.run, tone) {
            (Some((before, windows)), Some(now)) if before == now => windows + 1,
            (_, Some(_)) => 1,
            (_, None) => 0,
        };
        self.run = tone.map(|tone| (tone, windows));
        self.silent = if tone.is_some() { 0 } else { self.silent + 1 };
        if self.silent == PAUSE && self.bytes.last().is_some_and(|last| last.byte != b' ') {
            self.bytes.push(DecodedByte {
                byte: b' ',
                start: position,
                end: position,
            });
        }
        let Some(tone) = tone.filter(|_| windows == MIN_WINDOWS) else {
            return;
        };
        let half = (tone % 16) as u8;
        // The run was seen in its second window, which begins a hop or two into the tone.
        let start = position.saturating_sub(HOP);
        if tone < 16 {
            self.high = Some((half, start));
        } else if let Some((high, start)) = self.high.take() {
            let end = start + 2 * TONE;
            self.bytes.push(DecodedByte {
                byte: high << 4 | half,
                start,
                end,
            });
        }
    }

    /// The text decoded so far. Where there was a pause there is a space.
    pub fn text(&self) -> String {
        let bytes: Vec<u8> = self.bytes.iter().map(|decoded| decoded.byte).collect();
        String::from_utf8_lossy(&bytes).trim().to_owned()
    }

    /// The words decoded so far.
    pub fn words(&self) -> Vec<DecodedWord> {
        self.bytes
            .split(|decoded| decoded.byte.is_ascii_whitespace())
            .filter_map(|word| {
                let (first, last) = (word.first()?, word.last()?);
                let bytes: Vec<u8> = word.iter().map(|decoded| decoded.byte).collect();
                let text = String::from_utf8_lossy(&bytes).into_owned();
                Some(DecodedWord {
                    text,
                    start: first.start,
                    end: last.end,
                })
            })
            .collect()
    }
}

/// The tone that fills a window, if one does.
fn loudest(window: &[f32]) -> Option<usize> {
    let power: f32 = window.iter().map(|sample| sample * sample).sum::<f32>() / WINDOW as f32;
    if power < SILENT_POWER {
        return None;
    }
    let (tone, share) = (0..TONES)
        .map(|tone| (tone, goertzel(window, frequency(tone)) / power))
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    (share > DOMINANT).then_some(tone)
}

/// The power of one frequency in a window (Goertzel, 1958): that of a sine which fills it is
/// the power of the window.
fn goertzel(window: &[f32], frequency: f32) -> f32 {
    let twice_cosine = 2.0 * (std::f32::consts::TAU * frequency / RATE.hz() as f32).cos();
    let (mut last, mut before) = (0.0_f32, 0.0_f32);
    for sample in window {
        (last, before) = (sample + twice_cosine * last - before, last);
    }
    let energy = last * last + before * before - twice_cosine * last * before;
    2.0 * energy / (WINDOW * WINDOW) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "The quick brown fox, ¿qué tal? 你好 aaaa \u{1F426}!";

    #[test]
    fn encoded_text_decodes_unchanged() {
        assert_eq!(decode(&encode(TEXT).samples), TEXT);
        assert_eq!(decode(&[]), "");
        assert_eq!(decode(&[0.0; 16_000]), "");
    }

    #[test]
    fn every_byte_has_its_own_sound() {
        for high in 0..16 {
            for low in 0..16 {
                let byte = (high << 4 | low) as u8;
                let turn = |tone| std::f32::consts::TAU * frequency(tone) / 16_000.0;
                let tones = [turn(high), turn(16 + low)];
                let samples: Vec<f32> = tones
                    .iter()
                    .flat_map(|turn| (0..TONE).map(move |at| 0.1 * (turn * at as f32).sin()))
                    .collect();
                let mut decoder = ToneDecoder::default();
                decoder.push(&samples);
                decoder.finish();
                assert_eq!(
                    decoder.bytes.first().map(|decoded| decoded.byte),
                    Some(byte)
                );
            }
        }
    }

    #[test]
    fn neither_cuts_nor_offset_nor_level_matter() {
        let samples = encode(TEXT).samples;
        for lead in [0, 1, 37, 79, 80, 333, 5_000] {
            for level in [1.0, 0.05] {
                let mut decoder = ToneDecoder::default();
                decoder.push(&vec![0.0; lead]);
                let quieter: Vec<f32> = samples.iter().map(|sample| sample * level).collect();
                for part in quieter.chunks(lead + 1) {
                    decoder.push(part);
                }
                decoder.finish();
                assert_eq!(decoder.text(), TEXT, "lead {lead}, level {level}");
            }
        }
    }

    #[test]
    fn pauses_separate_words() {
        let mut samples = encode("one.").samples;
        samples.extend([0.0; 4_000]);
        samples.extend(encode("two three").samples);
        assert_eq!(decode(&samples), "one. two three");
        let mut decoder = ToneDecoder::default();
        decoder.push(&samples);
        decoder.finish();
        let words = decoder.words();
        assert_eq!(words.len(), 3);
        let begins = 4 * 2 * TONE + 4_000;
        assert!(words[1].start.abs_diff(begins) <= 2 * HOP, "{words:?}");
        assert!(words[2].end.abs_diff(samples.len()) <= 2 * HOP, "{words:?}");
    }
}
