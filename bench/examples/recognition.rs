//! Word errors and speed of a Whisper model on recordings of people.
//!
//!     cargo run --release -p mynah-bench --example recognition -- MODEL LANGUAGE FOLDER [full]
//!
//! The folder is one of [`mynah_bench::SpeechSet`]. `full` computes the encoder's whole context for
//! every clip. Texts with errors are printed.

use anyhow::Context;
use mynah_bench::SpeechSet;
use mynah_whisper::{Whisper, WhisperOptions};

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let mut next = |name: &str| args.next().with_context(|| format!("{name} is missing"));
    let (model, language, folder) = (next("MODEL")?, next("LANGUAGE")?, next("FOLDER")?);
    let full_context = args.next().is_some_and(|word| word == "full");
    let whisper = Whisper::new(WhisperOptions {
        full_context,
        ..WhisperOptions::new(model)
    });
    let set = SpeechSet::read(folder.as_ref(), language.parse()?)?;
    let score = set.score(&whisper, |clip, found| {
        if found.errors > 0 {
            println!("{}: {}\n    {}", found.errors, clip.text, found.text);
        }
    })?;
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!(
        "{language}: {} clips, {} words, {:.1} s: word error rate {:.1} %, real-time factor {:.2}, \
         load average {}",
        set.clips.len(),
        score.words(),
        score.audio.as_secs_f64(),
        score.word_error_rate(),
        score.real_time_factor(),
        load.split(' ').next().unwrap_or_default(),
    );
    Ok(())
}
