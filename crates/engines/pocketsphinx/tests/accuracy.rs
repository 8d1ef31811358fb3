//! How well it listens, against what was said. Rates are printed.
#![allow(clippy::unwrap_used)]

mod support;

use std::time::{Duration, Instant};

use support::{Errors, engine, recognize, recordings, sentences, speak};

/// Decodes all and prints rate and speed; the first decode, which loads the model, is not timed.
fn judge(name: &str, spoken: Vec<(mynah_audio::Clip, String)>) -> f64 {
    let engine = engine();
    recognize(&engine, &spoken[0].0);
    let (mut errors, mut sound, begin) = (Errors::default(), Duration::ZERO, Instant::now());
    for (clip, said) in spoken {
        let heard = recognize(&engine, &clip).text;
        let one = Errors::between(&said, &heard);
        if one.wrong > 0 {
            println!("{said}\n  {heard}");
        }
        errors.add(one);
        sound += clip.duration();
    }
    let factor = begin.elapsed().as_secs_f64() / sound.as_secs_f64();
    println!(
        "{name}: {:.1} % of {} words, real-time factor {factor:.2}",
        errors.rate(),
        errors.words
    );
    errors.rate()
}

fn spoken_by(voice: &str) -> Vec<(mynah_audio::Clip, String)> {
    sentences()
        .into_iter()
        .map(|sentence| (speak(voice, sentence), sentence.to_owned()))
        .collect()
}

#[test]
fn flite_is_understood() {
    let rates = ["slt", "rms", "awb"].map(|voice| judge(voice, spoken_by(voice)));
    let mean = rates.iter().sum::<f64>() / 3.0;
    assert!(mean <= 6.0, "word error rate {mean:.1} %");
}

#[test]
fn people_who_name_playing_cards_are_understood() {
    let rate = judge("playing cards", recordings("cards", "cards.transcription"));
    assert!(rate <= 10.0, "word error rate {rate:.1} %");
}

#[test]
fn people_who_read_a_book_are_mostly_understood() {
    let rate = judge("read book", recordings("librivox", "transcription"));
    assert!(rate <= 32.0, "word error rate {rate:.1} %");
}
