//! Faster and slower speech.

use std::f32::consts::TAU;

use crate::decoded::{tone, voice};
use mynah_audio::{Pitch, SampleRate, Speed, Stretcher};
use proptest::prelude::*;

const RATE: SampleRate = SampleRate::HZ_24000;

fn speed(factor: f32) -> Speed {
    Speed::try_from(factor).expect("a speed")
}

fn stretch(samples: &[f32], factor: f32, piece: usize) -> Vec<f32> {
    shift(samples, factor, 0.0, piece)
}

fn shift(samples: &[f32], factor: f32, semitones: f32, piece: usize) -> Vec<f32> {
    let pitch = Pitch::try_from(semitones).expect("a pitch");
    let mut stretcher = Stretcher::new(RATE, speed(factor), pitch);
    let mut out = Vec::new();
    for piece in samples.chunks(piece) {
        out.extend(stretcher.push(piece));
    }
    out.extend(stretcher.finish());
    out
}

/// The frequency around which the energy near `hz` is, ±20 %.
fn frequency(samples: &[f32], hz: f32) -> f32 {
    let bins: Vec<_> = (-50..=50)
        .map(|bin| hz * (1.0 + bin as f32 / 250.0))
        .collect();
    let power = |at: f32| {
        let (mut real, mut imaginary) = (0.0, 0.0);
        for (n, sample) in samples.iter().enumerate() {
            let window = 0.5 - 0.5 * (TAU * n as f32 / samples.len() as f32).cos();
            let angle = TAU * (at * n as f32 / RATE.hz() as f32).fract();
            real += window * sample * angle.cos();
            imaginary += window * sample * angle.sin();
        }
        real * real + imaginary * imaginary
    };
    let powers: Vec<_> = bins.iter().map(|&at| power(at)).collect();
    let weighted: f32 = bins.iter().zip(&powers).map(|(at, power)| at * power).sum();
    weighted / powers.iter().sum::<f32>()
}

#[test]
fn speed_one_touches_nothing() {
    let voice = voice(RATE, 10_000).samples;
    let mut stretcher = Stretcher::new(RATE, Speed::ONE, Pitch::ZERO);
    assert_eq!(stretcher.push(&voice), voice);
    assert_eq!(stretcher.finish(), [0.0_f32; 0]);
}

#[test]
fn pitch_stays_and_length_scales() {
    let samples = 24_000;
    for hz in [110.0, 440.0, 1_760.0] {
        let tone = tone(RATE, hz, samples);
        for factor in [0.25, 0.5, 0.97, 1.25, 2.0, 4.0] {
            let out = stretch(&tone, factor, 1_000);
            assert_eq!(
                out.len(),
                (samples as f32 / factor).round() as usize,
                "{factor}"
            );
            let decoded = frequency(&out[out.len() / 4..out.len() * 3 / 4], hz);
            assert!(
                (decoded / hz - 1.0).abs() < 0.01,
                "{hz} Hz at {factor}: {decoded} Hz"
            );
        }
    }
}

#[test]
fn pitch_changes_without_the_length() {
    let samples = 24_000;
    for hz in [220.0, 440.0] {
        let tone = tone(RATE, hz, samples);
        for (semitones, factor) in [
            (-12.0, 1.0),
            (-2.0, 0.8),
            (1.5, 1.0),
            (4.0, 1.3),
            (12.0, 0.4),
        ] {
            let out = shift(&tone, factor, semitones, 1_000);
            assert_eq!(
                out.len(),
                (samples as f32 / factor).round() as usize,
                "{factor}"
            );
            let expected = hz * 2_f32.powf(semitones / 12.0);
            let measured = frequency(&out[out.len() / 4..out.len() * 3 / 4], expected);
            assert!(
                (measured / expected - 1.0).abs() < 0.015,
                "{hz} Hz by {semitones} semitones at {factor}: {measured} Hz, not {expected}"
            );
        }
    }
}

/// Bursts stay where they belong: the library's delay is taken out at both ends.
#[test]
fn audio_is_at_its_position() {
    let mut samples = vec![0.0; 48_000];
    samples[12_000..16_800].copy_from_slice(&tone(RATE, 300.0, 4_800));
    for factor in [0.5, 0.8, 1.5, 2.0, 4.0] {
        let out = stretch(&samples, factor, 480);
        let energy = out.iter().map(|s| s * s).sum::<f32>();
        let centre = out
            .iter()
            .enumerate()
            .map(|(n, s)| n as f32 * s * s)
            .sum::<f32>()
            / energy;
        let expected = 14_400.0 / factor;
        let off_ms = (centre - expected).abs() / 24.0;
        println!("{factor}: {off_ms:.1} ms off");
        assert!(off_ms < 10.0, "at {factor}: {off_ms} ms off");
    }
}

/// Exact silence makes the library skip its own buffers; no remains may sound after it.
#[test]
fn a_long_silence_stays_silent_and_leaves_nothing_behind() {
    let word = tone(RATE, 300.0, 12_000);
    let samples = [&word[..], &[0.0; 48_000], &word].concat();
    for factor in [0.5, 1.5, 3.0, 4.0] {
        let out = stretch(&samples, factor, 1_000);
        let at = |sample: f32| (sample / factor) as usize;
        // Half a window of 120 ms smears each edge, once on the way in and once on the way out.
        let smeared = at(1_440.0) + 1_440;
        let silence = &out[at(12_000.0) + smeared..at(60_000.0) - smeared];
        let loudest = silence
            .iter()
            .fold(0.0_f32, |most, sample| most.max(sample.abs()));
        assert!(loudest < 1e-3, "at {factor}: {loudest}");
    }
}

#[test]
fn the_first_audio_comes_in_time() {
    let voice = voice(RATE, 48_000).samples;
    for factor in [0.25, 0.75, 1.5, 4.0] {
        let mut stretcher = Stretcher::new(RATE, speed(factor), Pitch::ZERO);
        let calls = voice
            .chunks(24)
            .take_while(|ms| stretcher.push(ms).is_empty())
            .count();
        println!("{factor}: first after {} ms", calls + 1);
        let steps = if factor < 0.5 { 125.0 } else { 60.0 };
        assert!(
            calls as f32 <= steps + 70.0 * factor + 2.0,
            "at {factor}: {calls} ms"
        );
    }
}

#[test]
fn equal_input_gives_equal_output_at_every_speed() {
    let voice = voice(RATE, 48_000).samples;
    for factor in [0.25, 0.3, 0.45, 0.5, 0.51, 0.9, 1.7, 4.0] {
        let first = stretch(&voice, factor, 1_000);
        for _ in 0..3 {
            assert!(stretch(&voice, factor, 777) == first, "at {factor}");
        }
    }
    for (semitones, factor) in [(-4.0, 0.4), (2.0, 1.0), (12.0, 1.3)] {
        let shifted = |piece| shift(&voice, factor, semitones, piece);
        let first = shifted(1_000);
        assert!(shifted(777) == first, "by {semitones} at {factor}");
    }
}

#[test]
fn the_shortest_and_the_broken_are_taken() {
    for factor in [0.25, 0.9, 1.1, 4.0] {
        assert_eq!(stretch(&[], factor, 1), [0.0_f32; 0]);
        for samples in [1, 10, 700, 1_441, 3_000, 5_761] {
            let out = stretch(&vec![0.3; samples], factor, 500);
            assert_eq!(out.len(), (samples as f32 / factor).round() as usize);
        }
        let mut broken = tone(RATE, 300.0, 24_000);
        broken[6_000] = f32::NAN;
        broken[6_001] = f32::INFINITY;
        assert!(
            stretch(&broken, factor, 999)
                .iter()
                .all(|sample| sample.abs() < 2.0)
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn output_does_not_depend_on_the_pieces(
        samples in 1usize..12_000, piece in 1usize..4_000, factor in 0.25f32..4.0,
    ) {
        let voice = voice(RATE, samples).samples;
        prop_assert!(stretch(&voice, factor, samples) == stretch(&voice, factor, piece));
    }
}
