//! Loudness and silence.

use std::time::Duration;

use mynah_audio::{Clip, SampleRate, loudness, normalize, sounding_range, trim_silence};

use crate::signal::{babble, sine};

fn clip(samples: Vec<f32>) -> Clip {
    Clip::new(SampleRate::HZ_48000, samples)
}

/// EBU Tech 3341, test 1: a stereo tone of 1 kHz at −23 dBFS measures −23 LUFS; on one channel
/// alone 3 LU less.
#[test]
fn the_reference_tone_measures_what_it_should() {
    let amplitude = 10_f32.powf(-23.0 / 20.0);
    let tone: Vec<f32> = sine(1000.0, 48_000, 20 * 48_000)
        .iter()
        .map(|s| s * 2.0 * amplitude)
        .collect();
    let measured = loudness(&clip(tone));
    let lufs = measured.integrated_lufs.unwrap();
    assert!((lufs - (-23.0 - 3.01)).abs() < 0.1, "{lufs}");
    assert!((measured.true_peak_dbtp + 23.0).abs() < 0.2, "{measured:?}");
}

/// EBU Tech 3341, test 15: the peak of a tone at a quarter of the rate is between samples.
#[test]
fn peaks_between_samples_are_seen() {
    let tone: Vec<f32> = (0..48_000)
        .map(|n| 0.5 * (std::f32::consts::FRAC_PI_2 * n as f32 + std::f32::consts::FRAC_PI_4).sin())
        .collect();
    let loudest = tone.iter().fold(0.0_f32, |loudest, s| loudest.max(s.abs()));
    assert!(loudest < 0.36);
    let peak = loudness(&clip(tone)).true_peak_dbtp;
    assert!((-6.4..=-5.8).contains(&peak), "{peak}");
}

#[test]
fn silence_and_instants_have_no_loudness() {
    for nothing in [vec![], vec![0.0; 48_000], sine(1000.0, 48_000, 4_800)] {
        assert_eq!(loudness(&clip(nothing)).integrated_lufs, None);
    }
    assert_eq!(
        loudness(&clip(vec![0.0; 100])).true_peak_dbtp,
        f64::NEG_INFINITY
    );
}

#[test]
fn a_clip_is_brought_to_the_loudness_asked_for() {
    let mut quiet = clip(babble(48_000, 3.0).iter().map(|s| s * 0.05).collect());
    let gain = normalize(&mut quiet, -20.0, -1.0);
    let after = loudness(&quiet);
    assert!(gain > 0.0);
    assert!(
        (after.integrated_lufs.unwrap() + 20.0).abs() < 0.05,
        "{after:?}"
    );
}

#[test]
fn the_ceiling_wins_over_the_loudness() {
    let mut clip = clip(babble(48_000, 3.0));
    normalize(&mut clip, 0.0, -3.0);
    let after = loudness(&clip);
    assert!((after.true_peak_dbtp + 3.0).abs() < 0.05, "{after:?}");
    assert!(after.integrated_lufs.unwrap() < -3.0);
}

#[test]
fn silence_stays_silence_when_normalized() {
    let mut silent = clip(vec![0.0; 48_000]);
    assert_eq!(normalize(&mut silent, -20.0, -1.0), 0.0);
    assert_eq!(silent, clip(vec![0.0; 48_000]));
}

#[test]
fn silence_at_the_ends_is_cut_and_padding_kept() {
    let mut samples = vec![0.0; 24_000];
    samples.extend(sine(440.0, 48_000, 9_600));
    samples.extend(vec![1e-5; 12_000]);
    let mut clip = clip(samples);
    let range = sounding_range(&clip, -50.0, Duration::from_millis(20)).unwrap();
    assert_eq!(range, 24_000 - 960..24_000 + 9_600 + 960);
    trim_silence(&mut clip, -50.0, Duration::from_millis(20));
    assert_eq!(clip.samples.len(), 9_600 + 2 * 960);
    let padding = Duration::from_secs(9);
    assert_eq!(
        sounding_range(&clip, -50.0, padding),
        Some(0..clip.samples.len())
    );
}

#[test]
fn nothing_but_silence_becomes_nothing() {
    let mut silent = clip(vec![1e-5; 48_000]);
    assert_eq!(sounding_range(&silent, -50.0, Duration::ZERO), None);
    trim_silence(&mut silent, -50.0, Duration::ZERO);
    assert!(silent.is_empty());
}
