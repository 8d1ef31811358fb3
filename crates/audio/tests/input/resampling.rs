//! Rates: exact lengths, no delay, no difference by how the input is cut.

use mynah_audio::{Clip, Resampler, SampleRate, resample};
use proptest::prelude::*;

use crate::signal::{sine, snr};

fn rate(hz: u32) -> SampleRate {
    SampleRate::new(hz).unwrap()
}

/// A tone of 1 kHz through both changes that a spoken sentence meets.
#[test]
fn a_tone_survives_what_a_sentence_goes_through() {
    let sent = Clip::new(rate(22_050), sine(1000.0, 22_050, 22_050));
    let out = resample(&sent, SampleRate::HZ_24000);
    let back = resample(&out, SampleRate::HZ_16000);
    assert_eq!((out.samples.len(), back.samples.len()), (24_000, 16_000));
    let expected = sine(1000.0, 16_000, 16_000);
    // Away from the ends, where the tone begins and stops at once.
    let inside = 800..15_200;
    let snr = snr(&expected[inside.clone()], &back.samples[inside], 0);
    println!("1 kHz, 22050 to 24000 to 16000 Hz: {snr:.1} dB");
    assert!(snr >= 90.0, "{snr:.1} dB");
}

#[test]
fn what_the_lower_rate_cannot_carry_is_taken_out() {
    let hiss = Clip::new(rate(48_000), sine(11_000.0, 48_000, 48_000));
    let out = resample(&hiss, SampleRate::HZ_16000).samples;
    let loudest = out[800..15_200]
        .iter()
        .fold(0.0_f32, |loudest, s| loudest.max(s.abs()));
    assert!(loudest < 1e-4, "{loudest}");
}

#[test]
fn speech_up_to_seven_kilohertz_is_kept() {
    for hz in [100.0, 1000.0, 4000.0, 7000.0] {
        let out = resample(
            &Clip::new(rate(24_000), sine(hz, 24_000, 24_000)),
            rate(16_000),
        )
        .samples;
        let energy: f64 = out[800..15_200].iter().map(|&s| f64::from(s).powi(2)).sum();
        let decibel = 10.0 * (energy / 14_400.0 / 0.125).log10();
        assert!(decibel.abs() < 0.1, "{hz} Hz: {decibel:.2} dB");
    }
}

#[test]
fn equal_rates_pass_untouched() {
    let clip = Clip::new(rate(24_000), sine(440.0, 24_000, 1001));
    assert_eq!(resample(&clip, rate(24_000)), clip);
}

#[test]
fn a_finished_resampler_begins_anew() {
    let samples = sine(440.0, 44_100, 5000);
    let mut resampler = Resampler::new(rate(44_100), rate(16_000)).unwrap();
    let mut once = || {
        let mut out = resampler.push(&samples);
        out.extend(resampler.finish());
        out
    };
    assert_eq!(once(), once());
}

fn rates() -> impl Strategy<Value = u32> {
    prop_oneof![
        Just(8_000_u32),
        Just(16_000),
        Just(22_050),
        Just(24_000),
        Just(44_100),
        Just(48_000),
        4_000..100_000_u32
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_length_is_exact(from in rates(), to in rates(), samples in 0..20_000_usize) {
        let out = resample(&Clip::new(rate(from), sine(300.0, from, samples)), rate(to));
        let exact = (samples as f64 * f64::from(to) / f64::from(from)).round();
        // Halves are rounded up; floating point may see them the other way.
        prop_assert!((out.samples.len() as f64 - exact).abs() < 1e-6, "{} {exact}", out.samples.len());
        prop_assert!(out.samples.iter().all(|s| s.abs() < 0.8));
    }

    #[test]
    fn the_cutting_of_the_input_does_not_matter(
        (from, to) in (rates(), rates()),
        cuts in prop::collection::vec(0..3_000_usize, 1..12),
    ) {
        let samples = sine(300.0, from, cuts.iter().sum());
        let whole = resample(&Clip::new(rate(from), samples.clone()), rate(to)).samples;
        let mut resampler = Resampler::new(rate(from), rate(to)).unwrap();
        let (mut rest, mut out) = (&samples[..], Vec::new());
        for cut in cuts {
            let (piece, behind) = rest.split_at(cut);
            out.extend(resampler.push(piece));
            rest = behind;
        }
        out.extend(resampler.finish());
        prop_assert!(out == whole);
    }
}
