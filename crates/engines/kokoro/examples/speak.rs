//! Speaks each line of standard input, and prints what it cost:
//! `speak FOLDER LIBRARY VOICE PREFIX < LINES` writes `PREFIX0.f32`, `PREFIX1.f32` and so on (24 kHz, mono,
//! little-endian floats).
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "an example")]

use std::io::{Write as _, stdin};
use std::ops::ControlFlow;
use std::time::Instant;

use mynah_audio::Clip;
use mynah_kokoro::{Kokoro, KokoroOptions};
use mynah_speech::{Cancel, SpeechRequest, Synthesizer as _};

/// The memory of this process now and at its peak, as the system states it.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let own = |line: &&str| line.starts_with("VmHWM") || line.starts_with("VmRSS");
    let values: Vec<_> = status
        .lines()
        .filter(own)
        .map(|line| line.replace('\t', " "))
        .collect();
    values.join(", ")
}

fn main() {
    let began = Instant::now();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, library, voice, prefix] = &arguments[..] else {
        panic!("speak FOLDER LIBRARY VOICE PREFIX < LINES")
    };
    let mut options = KokoroOptions::in_folder(folder);
    options.runtime = Some(library.into());
    let kokoro = Kokoro::new(options);
    let mut voices = kokoro.voices().into_iter();
    let voice = match kokoro.described_voice(voice).unwrap() {
        Some(mix) => mix,
        None => voices.find(|own| own.id.name() == voice).unwrap(),
    };
    for (number, text) in stdin().lines().map_while(Result::ok).enumerate() {
        let request = SpeechRequest {
            text,
            voice: voice.id.clone(),
            language: voice.languages[0].clone(),
            instruct: None,
            reference: None,
            seed: None,
        };
        let mut file = std::fs::File::create(format!("{prefix}{number}.f32")).unwrap();
        let (started, mut first, mut samples) = (Instant::now(), None, 0);
        let mut sink = |clip: Clip| {
            first.get_or_insert_with(|| started.elapsed());
            samples += clip.samples.len();
            let bytes: Vec<u8> = clip.samples.iter().flat_map(|s| s.to_le_bytes()).collect();
            match file.write_all(&bytes) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        };
        kokoro.speak(&request, &Cancel::new(), &mut sink).unwrap();
        let (took, seconds) = (started.elapsed().as_secs_f64(), samples as f64 / 24_000.0);
        println!(
            "{seconds:.2} s of audio in {took:.2} s, factor {:.2}, first audio {:.2} s, process {:.2} s, {}",
            took / seconds,
            first.unwrap_or_default().as_secs_f64(),
            began.elapsed().as_secs_f64(),
            memory()
        );
    }
}
