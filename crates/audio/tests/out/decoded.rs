//! What the tests of encoders share: audio to encode, and an independent decoder, `ffmpeg`.

use std::f32::consts::TAU;
use std::process::Command;

use mynah_audio::{Clip, Format, SampleRate};

/// Something like a voice: harmonics of a gliding pitch under moving formants, in syllables.
pub(crate) fn voice(rate: SampleRate, samples: usize) -> Clip {
    let hz = rate.hz() as f32;
    let mut phase = 0.0;
    let voice = (0..samples).map(|n| {
        let time = n as f32 / hz;
        let pitch = 140.0 + 30.0 * (TAU * 0.7 * time).sin();
        phase += pitch / hz;
        let formant = 600.0 + 300.0 * (TAU * 1.3 * time).sin();
        let sum: f32 = (1..25)
            .map(|k| {
                let at = k as f32 * pitch;
                let gain = (-((at - formant) / 400.0).powi(2)).exp() + 0.1 / k as f32;
                if at < 0.4 * hz {
                    gain * (TAU * phase * k as f32).sin()
                } else {
                    0.0
                }
            })
            .sum();
        0.15 * sum * (0.55 - 0.45 * (TAU * 3.0 * time).cos())
    });
    Clip::new(rate, voice.collect())
}

/// A sine at half of full scale.
pub(crate) fn tone(rate: SampleRate, hz: f32, samples: usize) -> Vec<f32> {
    (0..samples)
        .map(|n| 0.5 * (TAU * hz * n as f32 / rate.hz() as f32).sin())
        .collect()
}

/// Writes the file and runs a program on it; panics with what the program said if it fails.
fn run(program: &str, arguments: &[&str], format: Format, file: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(format!("sound.{}", format.extension()));
    std::fs::write(&path, file).expect("the file is written");
    let path = path.to_str().expect("a plain path");
    let arguments = arguments
        .iter()
        .map(|&word| if word == "FILE" { path } else { word });
    let output = Command::new(program)
        .args(arguments)
        .output()
        .expect(program);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.is_empty(),
        "{program} on {format}: {said}"
    );
    output.stdout
}

/// What `ffmpeg` decodes, at this rate.
pub(crate) fn decoded(format: Format, file: &[u8], rate: u32) -> Vec<f32> {
    let rate = rate.to_string();
    let mut arguments = vec!["-v", "error"];
    if format == Format::Pcm {
        arguments.extend(["-f", "s16le", "-ar", "24000", "-ac", "1"]);
    }
    arguments.extend(["-i", "FILE", "-ar", &rate, "-f", "f32le", "-"]);
    let bytes = run("ffmpeg", &arguments, format, file);
    bytes
        .chunks_exact(4)
        .map(|four| f32::from_le_bytes(four.try_into().expect("4")))
        .collect()
}

/// What `ffprobe` prints: one `key=value` a line, of the container and of its stream.
pub(crate) fn probed(format: Format, file: &[u8]) -> String {
    let arguments = ["-v", "error", "-show_format", "-show_streams", "FILE"];
    String::from_utf8(run("ffprobe", &arguments, format, file)).expect("UTF-8")
}

/// By how many samples `decoded` is late against `source`, by the greatest correlation.
pub(crate) fn delay(source: &[f32], decoded: &[f32], most: usize) -> usize {
    let likeness = |late: usize| -> f32 {
        source
            .iter()
            .zip(&decoded[late.min(decoded.len())..])
            .map(|(a, b)| a * b)
            .sum()
    };
    (0..=most)
        .max_by(|&a, &b| likeness(a).total_cmp(&likeness(b)))
        .expect("one at least")
}

/// How far the difference is below the source, in dB.
pub(crate) fn signal_to_noise(source: &[f32], decoded: &[f32]) -> f32 {
    let energy = |samples: &mut dyn Iterator<Item = f32>| samples.map(|s| s * s).sum::<f32>();
    let noise = energy(&mut source.iter().zip(decoded).map(|(a, b)| a - b));
    10.0 * (energy(&mut source.iter().copied()) / noise.max(1e-12)).log10()
}
