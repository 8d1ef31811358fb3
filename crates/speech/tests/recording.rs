//! Requirements on a recording for cloning, and its quality report.

#[path = "../../engines/qwen3/tests/common/loud.rs"]
mod loud;

use std::f32::consts::TAU;
use std::time::Duration;

use loud::Loud;
use mynah_audio::{Clip, Format, SampleRate, Tags, encode_whole};
use mynah_speech::recording::{InvalidRecording, MAX_FILE_SECONDS, QualityReport, Recording};

/// Builds a recording part by part.
struct Sound {
    rate: SampleRate,
    samples: Vec<f32>,
    random: u32,
}

impl Sound {
    fn at(hz: u32) -> Self {
        Self {
            rate: SampleRate::new(hz).expect("a rate"),
            samples: Vec::new(),
            random: 1,
        }
    }

    fn tone(mut self, seconds: f32, amplitude: f32) -> Self {
        let count = (seconds * self.rate.hz() as f32) as usize;
        let step = 220.0 * TAU / self.rate.hz() as f32;
        self.samples
            .extend((0..count).map(|at| amplitude * (at as f32 * step).sin()));
        self
    }

    fn silence(self, seconds: f32) -> Self {
        self.tone(seconds, 0.0)
    }

    /// Adds white noise of this amplitude to all so far; its RMS is that over √3.
    fn noise(mut self, amplitude: f32) -> Self {
        for x in &mut self.samples {
            self.random = self
                .random
                .wrapping_mul(1_664_525)
                .wrapping_add(1_013_904_223);
            *x += amplitude * (self.random as f32 / u32::MAX as f32 * 2.0 - 1.0);
        }
        self
    }

    fn clip(mut self, at: f32) -> Self {
        for x in &mut self.samples {
            *x = x.clamp(-at, at);
        }
        self
    }

    fn file(&self, format: Format) -> Vec<u8> {
        let clip = Clip::new(self.rate, self.samples.clone());
        encode_whole(&clip, format, &Tags::default()).expect("a file")
    }

    fn recording(&self) -> Result<Recording, InvalidRecording> {
        Recording::read(&self.file(Format::Wav), &mut Loud)
    }

    fn quality(&self) -> QualityReport {
        *self.recording().expect("a good recording").quality()
    }

    fn refusal(&self) -> String {
        refusal(self.recording())
    }
}

fn refusal(outcome: Result<Recording, InvalidRecording>) -> String {
    outcome.expect_err("it is refused").to_string()
}

fn near(a: f32, b: f32, by: f32) -> bool {
    (a - b).abs() <= by
}

#[test]
fn clean_recordings_are_reported_as_clean() {
    let sound = Sound::at(24_000).silence(1.0).tone(2.0, 0.5).silence(1.0);
    let sound = sound.tone(2.0, 0.5).silence(2.0).noise(0.000_1);
    let QualityReport {
        seconds,
        signal_to_noise_db,
        clipped_fraction,
        speech_fraction,
        loudness_lufs,
    } = sound.quality();
    assert!(near(seconds, 5.5, 0.05), "{seconds}");
    assert!(signal_to_noise_db > 60.0, "{signal_to_noise_db}");
    assert!(clipped_fraction < 1e-4, "{clipped_fraction}");
    assert!(near(speech_fraction, 4.0 / 5.5, 0.02), "{speech_fraction}");
    // A sine of amplitude 0.5 has −9.0 dB of power, BS.1770 subtracts 0.7 dB, and blocks at the edges of the
    // tones are half silent.
    assert!(
        near(loudness_lufs.expect("it is loud"), -10.2, 0.6),
        "{loudness_lufs:?}"
    );
}

#[test]
fn silence_at_the_ends_is_removed() {
    let sound = Sound::at(24_000).silence(4.0).tone(3.5, 0.5).silence(9.0);
    let recording = sound.recording().expect("a good recording");
    let seconds = recording.samples().len() as f32 / 24_000.0;
    // A quarter of a second is left on each side.
    assert!(near(seconds, 4.0, 0.1), "{seconds}");
    assert!(near(recording.quality().seconds, seconds, 0.001));
    let at = |seconds: f32| recording.samples()[(seconds * 24_000.0) as usize..][..240].to_vec();
    assert!(at(0.1).iter().all(|x| x.abs() < 1e-3));
    assert!(at(2.0).iter().any(|x| x.abs() > 0.4));
}

#[test]
fn speech_at_the_ends_is_kept() {
    let recording = Sound::at(24_000).tone(4.0, 0.5).recording().expect("good");
    assert!(near(recording.samples().len() as f32 / 24_000.0, 4.0, 0.02));
}

#[test]
fn noise_is_measured_against_speech() {
    // A tone's power is a² / 2, the noise's a² / 3, of which two thirds are left at a rate of 16
    // kHz.
    for (noise, decibels) in [(0.01, 37.5), (0.1, 17.5)] {
        let sound = Sound::at(24_000).silence(1.0).tone(4.0, 0.5).silence(1.0);
        let measured = sound.noise(noise).quality().signal_to_noise_db;
        assert!(near(measured, decibels, 1.0), "{noise}: {measured}");
    }
}

#[test]
fn without_pauses_noise_is_measured_on_the_quietest_frames() {
    let mut sound = Sound::at(24_000);
    for _ in 0..20 {
        sound = sound.tone(0.2, 0.5).silence(0.05);
    }
    let measured = sound.noise(0.01).quality().signal_to_noise_db;
    assert!(near(measured, 35.0, 4.0), "{measured}");
}

#[test]
fn plateaus_are_clipping_at_any_level_and_rate() {
    for hz in [8_000, 24_000, 44_100, 96_000] {
        // 60 ° of each half wave are above 87 % of its crest: a third of the time.
        let loud = |level: f32| {
            let sound = Sound::at(hz).tone(4.0, 0.9).clip(0.779);
            Sound {
                samples: sound.samples.iter().map(|x| x * level).collect(),
                ..sound
            }
        };
        for level in [1.0, 0.4] {
            let message = loud(level).refusal();
            let third = ["33 %", "34 %"]
                .iter()
                .any(|share| message.starts_with(share));
            assert!(third, "{hz}: {message}");
        }
        let clean = Sound::at(hz).tone(4.0, 0.9).quality().clipped_fraction;
        assert!(clean < 0.001, "{hz}: {clean}");
    }
}

#[test]
fn few_clipped_samples_are_reported_and_accepted() {
    let sound = Sound::at(24_000).tone(9.9, 0.5).tone(0.1, 1.3).clip(1.0);
    let clipped = sound.quality().clipped_fraction;
    assert!(clipped > 0.002 && clipped < 0.01, "{clipped}");
}

#[test]
fn refusals_name_the_fault_and_the_accepted_range() {
    let refusal_of = |sound: Sound| sound.refusal();
    let range = "3 to 60 seconds of one person speaking are right";
    for (message, part) in [
        (
            refusal_of(Sound::at(24_000).tone(2.5, 0.5)),
            "2.5 seconds without the silence",
        ),
        (
            refusal_of(Sound::at(24_000).tone(61.0, 0.5)),
            "61.0 seconds without the silence",
        ),
        (
            refusal_of(Sound::at(24_000).silence(5.0)),
            "has 0.0 seconds of speech in 5.0",
        ),
        (
            refusal_of(Sound::at(24_000).tone(0.4, 0.5).silence(5.0).tone(0.4, 0.5)),
            "has 0.8 seconds of speech in 5.8",
        ),
    ] {
        assert!(message.contains(part), "{message}");
        assert!(message.contains(range), "{message}");
    }
    let long = Sound::at(8_000)
        .tone(MAX_FILE_SECONDS as f32 + 1.0, 0.5)
        .refusal();
    assert!(
        long.contains("longer than 120 seconds") && long.contains(range),
        "{long}"
    );
    for bytes in [
        &b""[..],
        b"not a sound",
        &Sound::at(24_000).tone(4.0, 0.5).file(Format::Wav)[..60],
    ] {
        let message = refusal(Recording::read(bytes, &mut Loud));
        assert!(
            message.starts_with("the reference cannot be decoded: "),
            "{message}"
        );
    }
}

#[test]
fn bounds_are_inclusive() {
    for seconds in [3.1, 59.9] {
        let quality = Sound::at(16_000).tone(seconds, 0.5).quality();
        assert!(near(quality.seconds, seconds, 0.05), "{quality:?}");
    }
}

#[test]
fn every_format_and_rate_is_decoded() {
    let sound = Sound::at(48_000).silence(0.5).tone(4.0, 0.5).silence(0.5);
    for format in [Format::Wav, Format::Flac, Format::Opus] {
        let recording = Recording::read(&sound.file(format), &mut Loud).expect("a good recording");
        let seconds = recording.samples().len() as f32 / 24_000.0;
        assert!(near(seconds, 4.5, 0.1), "{format:?}: {seconds}");
    }
}

#[test]
fn quality_reports_serialize_and_deserialize() {
    let report = Sound::at(24_000).tone(4.0, 0.5).quality();
    let json = serde_json::to_string(&report).expect("json");
    assert_eq!(
        serde_json::from_str::<QualityReport>(&json).expect("back"),
        report
    );
}

#[test]
fn debug_output_of_recordings_has_no_samples() {
    let recording = Sound::at(24_000).tone(4.0, 0.5).recording().expect("good");
    assert!(format!("{recording:?}").len() < 300);
    let clip = Clip::silence(SampleRate::HZ_24000, Duration::ZERO);
    assert!(Recording::from_clip(&clip, &mut Loud).is_err());
}
