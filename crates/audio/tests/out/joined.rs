//! Pieces of speech that become one stream.

use garde::Validate as _;
use std::time::Duration;

use crate::decoded::{tone, voice};
use mynah_audio::{Joiner, Pauses, SampleRate};
use proptest::prelude::*;

const RATE: SampleRate = SampleRate::HZ_24000;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn samples(time: Duration) -> usize {
    RATE.samples_in(time)
}

/// A stream of these pieces, each pushed in parts of this size.
fn join(pieces: &[Vec<f32>], pause: Duration, part: usize) -> Vec<f32> {
    let mut joiner = Joiner::new(RATE);
    let mut out = Vec::new();
    for piece in pieces {
        for part in piece.chunks(part) {
            out.extend(joiner.push(part));
        }
        out.extend(joiner.end_chunk(pause));
    }
    out.extend(joiner.finish());
    out
}

fn audible(samples: &[f32]) -> Vec<usize> {
    (0..samples.len())
        .filter(|&n| samples[n].abs() >= Joiner::AUDIBLE_THRESHOLD)
        .collect()
}

/// The longest run between two audible samples.
fn gap(samples: &[f32]) -> usize {
    audible(samples)
        .windows(2)
        .map(|two| two[1] - two[0] - 1)
        .max()
        .unwrap_or(0)
}

/// The largest step between neighbours, with silence before and after.
fn step(samples: &[f32]) -> f32 {
    let before = [0.0].iter().chain(samples);
    let after = samples.iter().chain(&[0.0]);
    before
        .zip(after)
        .map(|(a, b)| (b - a).abs())
        .fold(0.0, f32::max)
}

/// A word that begins and dies away gently, between silences.
fn word(lead: usize, trail: usize) -> Vec<f32> {
    let mut word = tone(RATE, 200.0, 7_200);
    for n in 0..1_200 {
        word[n] *= n as f32 / 1_200.0;
        word[7_199 - n] *= n as f32 / 1_200.0;
    }
    [vec![0.0; lead], word, vec![0.0; trail]].concat()
}

#[test]
fn pauses_stand_in_place_of_the_engines_silence() {
    for pause in [60, 160, 400, 800].map(ms) {
        for (lead, trail) in [(5_000, 9_000), (120, 20_000)] {
            let out = join(&[word(lead, trail), word(lead, trail)], pause, 1_000);
            assert_eq!(gap(&out), samples(pause), "{pause:?} {lead} {trail}");
        }
        // Where there is no silence to fade in, the fades take from the word, or add to it.
        let off = gap(&join(&[word(0, 0), word(0, 0)], pause, 1_000)).abs_diff(samples(pause));
        assert!(off <= samples(Joiner::FADE_TIME), "{pause:?}: {off}");
    }
    let kept = samples(Joiner::KEPT_LEAD) + samples(Joiner::KEPT_TAIL);
    assert_eq!(
        gap(&join(
            &[word(900, 900), word(900, 900)],
            Duration::ZERO,
            1_000
        )),
        kept
    );
}

#[test]
fn the_stream_begins_and_ends_with_audio() {
    let out = join(&[word(48_000, 20_000)], ms(800), 480);
    let decoded = audible(&out);
    assert_eq!(decoded[0], samples(Joiner::KEPT_LEAD));
    assert_eq!(
        out.len() - 1 - decoded[decoded.len() - 1],
        samples(Joiner::KEPT_TAIL)
    );
}

#[test]
fn silence_within_a_piece_is_left_alone() {
    for within in [ms(300), ms(2_500)] {
        let piece = [word(0, 0), vec![0.0; samples(within)], word(0, 0)].concat();
        let out = join(std::slice::from_ref(&piece), ms(400), 1_000);
        assert_eq!(gap(&out), gap(&piece));
    }
}

#[test]
fn audible_samples_are_never_held_back() {
    let mut joiner = Joiner::new(RATE);
    assert_eq!(joiner.push(&[0.0; 10_000]), [0.0_f32; 0]);
    let mut decoded = 0;
    for part in voice(RATE, 24_000).samples.chunks(100) {
        let out = joiner.push(part);
        // Of each part the last audible sample is the last to come out, and past the fade it is
        // what went in.
        if let Some(&last) = audible(part).last() {
            decoded += 1;
            assert!(
                decoded < 3 || out.last() == Some(&part[last]),
                "part {decoded}"
            );
        }
    }
    assert!(decoded > 100);
}

#[test]
fn no_more_silence_is_held_than_stated_and_what_left_counts() {
    let mut joiner = Joiner::new(RATE);
    let mut out = joiner.push(&word(0, 0));
    for _ in 0..30 {
        out.extend(joiner.push(&[0.0; 2_400]));
    }
    let left = out.len() - audible(&out)[audible(&out).len() - 1] - 1;
    assert!(left >= 72_000 - samples(Joiner::MAX_HELD_SILENCE), "{left}");
    out.extend(joiner.end_chunk(ms(4_000)));
    out.extend(joiner.push(&word(500, 0)));
    assert_eq!(gap(&out), samples(ms(4_000)));
}

#[test]
fn pieces_that_are_cut_off_do_not_click() {
    // Ends and begins at full swing: joined as they are, the step would be 1.
    let mut piece = tone(RATE, 200.0, 7_230);
    piece.reverse();
    let natural = step(&tone(RATE, 200.0, 2_400));
    let harsh = [piece.clone(), piece.iter().map(|s| -s).collect()];
    assert!(step(&harsh.concat()) > 0.4);
    for pause in [ms(0), ms(1), ms(200)] {
        for length in [1, 10, 119, 120, 121, 500, 7_230] {
            let short: Vec<_> = harsh.iter().map(|piece| piece[..length].to_vec()).collect();
            let step = step(&join(&short, pause, 1_000));
            assert!(
                step < 1.2 * natural,
                "{pause:?}, {length} samples: {step} > {natural}"
            );
        }
    }
}

#[test]
fn silent_pieces_leave_one_pause() {
    let silent = vec![0.001; 5_000];
    let pieces = [
        silent.clone(),
        word(300, 300),
        silent.clone(),
        silent.clone(),
        word(300, 300),
        silent,
    ];
    let out = join(&pieces, ms(400), 700);
    assert_eq!(gap(&out), samples(ms(400)));
    assert_eq!(
        join(&[vec![0.0; 5_000], vec![]], ms(400), 700),
        [0.0_f32; 0]
    );
}

#[test]
fn what_is_no_number_is_silent() {
    let mut piece = word(0, 0);
    piece[3_000..3_010].fill(f32::NAN);
    piece[3_020] = f32::INFINITY;
    assert!(
        join(&[vec![f32::NAN; 100], piece], ms(100), 64)
            .iter()
            .all(|s| s.is_finite())
    );
}

#[test]
fn pauses_are_settings_with_bounds() {
    let read = |json: &str| serde_json::from_str::<Pauses>(json).map_err(|e| e.to_string());
    assert_eq!(read("{}"), Ok(Pauses::default()));
    let given = read(r#"{"sentence_ms":10000}"#).expect("the bound is in");
    assert_eq!(
        (given.sentence(), given.cut()),
        (ms(10_000), Pauses::default().cut())
    );
    assert!(given.validate().is_ok());
    let above = read(r#"{"cut_ms":10001}"#).expect("a number");
    assert!(above.validate().is_err());
    assert!(read(r#"{"cut":1}"#).is_err());
    let pauses = Pauses::default();
    assert!(pauses.cut() < pauses.clause() && pauses.sentence() < pauses.paragraph());
}

proptest! {
    #[test]
    fn the_stream_does_not_depend_on_the_parts(
        lead in 0usize..3_000, trail in 0usize..3_000, pause in 0u64..500, part in 1usize..3_000,
    ) {
        let pieces = [word(lead, trail), voice(RATE, 5_000).samples, word(trail, lead)];
        prop_assert!(join(&pieces, ms(pause), 100_000) == join(&pieces, ms(pause), part));
    }
}
