//! The segmenter, driven by a toy scorer that listens to loudness and remembers.

use mynah_audio::SampleRate;
use mynah_speech::VoiceScorer;
use mynah_speech::voice_activity::{RESET_SAMPLES, Segmenter, SegmenterSettings, VoiceEvent};
use proptest::prelude::*;

/// Half the likelihood comes from the frame's loudness, half from the frames before it.
struct Loudness {
    frame: usize,
    memory: f32,
}

impl VoiceScorer for Loudness {
    fn rate(&self) -> SampleRate {
        SampleRate::HZ_16000
    }
    fn frame_samples(&self) -> usize {
        self.frame
    }
    fn score(&mut self, frame: &[f32]) -> f32 {
        assert_eq!(frame.len(), self.frame, "a frame is whole");
        let mean = frame.iter().map(|sample| sample.abs()).sum::<f32>() / frame.len() as f32;
        self.memory = 0.5 * self.memory + 0.5 * mean;
        self.memory
    }
    fn reset(&mut self) {
        self.memory = 0.0;
    }
}

fn segmenter(frame: usize, settings: &SegmenterSettings, at: u64) -> Segmenter {
    let scorer = Box::new(Loudness { frame, memory: 0.0 });
    Segmenter::resume(scorer, settings, at).expect("valid settings")
}

#[derive(Clone, Debug, PartialEq)]
struct Segment {
    start: u64,
    end: u64,
    audio: Vec<f32>,
}

/// Joins events to segments and checks that they come in order.
fn segments(events: &[VoiceEvent]) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut open = false;
    for event in events {
        match event {
            VoiceEvent::Opened { start_sample } => {
                assert!(!open, "a segment opens within another");
                open = true;
                segments.push(Segment {
                    start: *start_sample,
                    end: 0,
                    audio: Vec::new(),
                });
            }
            VoiceEvent::Audio(samples) => {
                assert!(
                    open && !samples.is_empty(),
                    "audio belongs to an open segment"
                );
                segments.last_mut().expect("open").audio.extend(samples);
            }
            VoiceEvent::Closed {
                start_sample,
                end_sample,
            } => {
                let segment = segments.last_mut().expect("open");
                assert!(open && segment.start == *start_sample);
                segment.end = *end_sample;
                open = false;
            }
        }
    }
    assert!(!open, "the last segment is closed");
    segments
}

fn cut(frame: usize, settings: &SegmenterSettings, stream: &[f32]) -> Vec<Segment> {
    let mut segmenter = segmenter(frame, settings, 0);
    let mut events = Vec::new();
    segmenter.push(stream, &mut events);
    segmenter.finish(&mut events);
    segments(&events)
}

/// A stream of stretches, each of one loudness (0…100 %) for some milliseconds.
fn stream(stretches: &[(u8, u32)]) -> Vec<f32> {
    let mut state = 1_u32;
    let mut samples = Vec::new();
    for (loudness, ms) in stretches {
        for _ in 0..ms * 16 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (state >> 8) as f32 / (1 << 23) as f32 - 1.0;
            samples.push(noise * 2.0 * f32::from(*loudness) / 100.0);
        }
    }
    samples
}

/// Short bounds, so that a few seconds meet all of them.
fn tight() -> SegmenterSettings {
    SegmenterSettings {
        max_segment_ms: 2_000,
        cut_window_ms: 700,
        ..SegmenterSettings::default()
    }
}

fn stretches() -> impl Strategy<Value = Vec<(u8, u32)>> {
    let loudness = prop_oneof![3 => Just(0_u8), 3 => Just(90), 1 => 0..100_u8];
    let length = prop_oneof![4 => 10..900_u32, 1 => 900..12_000_u32];
    prop::collection::vec((loudness, length), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_division_of_the_stream_gives_the_same_segments(
        stretches in stretches(),
        sizes in prop::collection::vec(1..5_000_usize, 1..20),
        frame in prop::sample::select(vec![256_usize, 480, 512]),
    ) {
        let stream = stream(&stretches);
        let whole = cut(frame, &tight(), &stream);
        let mut segmenter = segmenter(frame, &tight(), 0);
        let (mut events, mut rest) = (Vec::new(), &stream[..]);
        for size in sizes.iter().cycle() {
            if rest.is_empty() { break; }
            let (block, later) = rest.split_at((*size).min(rest.len()));
            segmenter.push(block, &mut events);
            rest = later;
        }
        segmenter.finish(&mut events);
        prop_assert!(segments(&events) == whole);
    }

    #[test]
    fn segments_hold_their_stretch_of_the_stream_and_keep_their_bounds(
        stretches in stretches(),
        frame in prop::sample::select(vec![256_usize, 480, 512]),
    ) {
        let stream = stream(&stretches);
        let mut min_start = 0;
        for segment in cut(frame, &tight(), &stream) {
            prop_assert!(min_start <= segment.start && segment.start < segment.end);
            prop_assert!(segment.end - segment.start <= 2_000 * 16);
            let (from, to) = (segment.start as usize, segment.end as usize);
            prop_assert!(segment.audio == stream[from..to]);
            min_start = segment.end;
        }
    }

    #[test]
    fn a_replay_from_any_reset_finds_the_same_later_segments(
        stretches in stretches(),
        frame in prop::sample::select(vec![256_usize, 480]),
    ) {
        let stream = stream(&stretches);
        let mut first = segmenter(frame, &tight(), 0);
        let (mut events, mut resets) = (Vec::new(), vec![0]);
        for block in stream.chunks(100) {
            first.push(block, &mut events);
            if resets.last() != Some(&first.last_reset()) {
                resets.push(first.last_reset());
            }
        }
        first.finish(&mut events);
        let all = segments(&events);
        for reset in resets {
            let mut replay = segmenter(frame, &tight(), reset);
            let mut events = Vec::new();
            replay.push(&stream[reset as usize..], &mut events);
            replay.finish(&mut events);
            let later: Vec<_> = all.iter().filter(|s| s.start >= reset).cloned().collect();
            prop_assert!(all.iter().all(|s| s.end <= reset || s.start >= reset));
            prop_assert!(segments(&events) == later, "from {reset}");
        }
    }
}

#[test]
fn bursts_with_pauses_are_segments_and_clicks_are_not() {
    let spoken = stream(&[
        (0, 700),
        (90, 900),
        (0, 600),
        (90, 60),
        (0, 800),
        (90, 500),
        (0, 900),
    ]);
    let found = cut(256, &SegmenterSettings::default(), &spoken);
    assert_eq!(found.len(), 2);
    // Each holds its speech and its padding, to a frame and the scorer's own delay.
    for (segment, (from, to)) in found.iter().zip([(700, 1_600), (3_060, 3_560)]) {
        let (start, end) = (segment.start / 16, segment.end / 16);
        assert!(
            (from - 300..from - 200).contains(&start),
            "starts at {start} ms"
        );
        assert!((to + 180..to + 350).contains(&end), "ends at {end} ms");
    }
}

#[test]
fn a_pause_shorter_than_the_hang_over_does_not_part() {
    let settings = SegmenterSettings::default();
    assert_eq!(
        cut(256, &settings, &stream(&[(90, 500), (0, 250), (90, 500)])).len(),
        1
    );
    assert_eq!(
        cut(256, &settings, &stream(&[(90, 500), (0, 550), (90, 500)])).len(),
        2
    );
}

#[test]
fn a_long_segment_is_cut_where_speech_is_least_likely() {
    let settings = tight();
    // The dip is 1.5 s into the segment, within the last 0.7 s of its longest length.
    let spoken = stream(&[(90, 1_500), (75, 120), (90, 1_000), (0, 800)]);
    let found = cut(256, &settings, &spoken);
    assert_eq!(found.len(), 2);
    assert!(
        (1_500 * 16..1_640 * 16).contains(&found[0].end),
        "cut at {}",
        found[0].end
    );
    assert_eq!(
        found[0].end, found[1].start,
        "speech that goes on is not lost"
    );
}

#[test]
fn speech_at_the_very_end_is_closed_with_the_stream() {
    let spoken = stream(&[(0, 300), (90, 707)]);
    let found = cut(256, &SegmenterSettings::default(), &spoken);
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].end,
        spoken.len() as u64,
        "the part of a frame at the end belongs to it"
    );
}

#[test]
fn nothing_comes_of_silence_and_its_resets_can_be_committed() {
    let mut segmenter = segmenter(256, &SegmenterSettings::default(), 0);
    let (mut events, mut resets) = (Vec::new(), Vec::new());
    for _ in 0..350 {
        segmenter.push(&[0.0; 1_600], &mut events);
        resets.push(segmenter.last_reset());
    }
    segmenter.finish(&mut events);
    assert_eq!(events, []);
    resets.dedup();
    assert_eq!(
        resets,
        [0, RESET_SAMPLES, 2 * RESET_SAMPLES, 3 * RESET_SAMPLES]
    );
}

#[test]
fn a_segment_whose_padding_reaches_over_a_reset_holds_it_back() {
    let mut segmenter = segmenter(256, &SegmenterSettings::default(), 0);
    let mut events = Vec::new();
    segmenter.push(&stream(&[(0, 10_080), (90, 600)]), &mut events);
    assert_eq!(segmenter.last_reset(), 0, "its start lies before the reset");
    segmenter.finish(&mut events);
    let found = segments(&events);
    assert!(found[0].start < RESET_SAMPLES && found[0].end > RESET_SAMPLES);
    assert_eq!(segmenter.last_reset(), found[0].end);
}

#[test]
fn scores_that_are_not_numbers_are_silence() {
    struct Broken;
    impl VoiceScorer for Broken {
        fn rate(&self) -> SampleRate {
            SampleRate::HZ_16000
        }
        fn frame_samples(&self) -> usize {
            256
        }
        fn score(&mut self, _: &[f32]) -> f32 {
            f32::NAN
        }
        fn reset(&mut self) {}
    }
    let mut segmenter =
        Segmenter::new(Box::new(Broken), &SegmenterSettings::default()).expect("valid settings");
    let mut events = Vec::new();
    segmenter.push(&[0.5; 32_000], &mut events);
    segmenter.finish(&mut events);
    assert_eq!(events, []);
}
