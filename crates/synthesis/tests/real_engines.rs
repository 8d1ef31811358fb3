//! Synthesis with flite and espeak-ng. Where they are missing these tests fail and name the package
//! to install.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::time::Instant;

use common::no_engines;
use mynah_audio::Clip;
use mynah_espeak::Espeak;
use mynah_flite::Flite;
use mynah_speech::Synthesizer;
use mynah_synthesis::{SpeechJob, Synthesis, SynthesisSettings};

const TWENTY_WORDS: &str = "The old harbour master walked slowly down the stone steps and looked \
                            for a small white boat on the sea.";

fn synthesis() -> Synthesis {
    let (flite, espeak) = (Flite::new(), Espeak::new());
    assert!(
        flite.health().is_ready(),
        "install the package libflite1 to run this test"
    );
    assert!(
        espeak.health().is_ready(),
        "install the package espeak-ng to run this test"
    );
    let engines = no_engines()
        .with_synthesizer(flite)
        .with_synthesizer(espeak);
    let synthesis = Synthesis::new(engines, SynthesisSettings::default());
    synthesis.warm();
    synthesis
}

async fn take(synthesis: &Synthesis, job: SpeechJob) -> Clip {
    let plan = synthesis.plan(job).unwrap();
    synthesis
        .speak(plan, synthesis.admit().unwrap())
        .collect()
        .await
        .unwrap()
}

#[tokio::test]
async fn both_engines_produce_24_khz() {
    let synthesis = synthesis();
    for (voice, text, least) in [
        ("alloy", TWENTY_WORDS, 5.0),
        ("onyx", TWENTY_WORDS, 5.0),
        ("kal16", "Call 555-1234 at 10:30.", 1.5),
        (
            "espeak/es",
            "El tiempo es muy bueno hoy. ¿Dónde está la estación?",
            2.0,
        ),
        (
            "alloy",
            "Wo ist bitte der nächste Bahnhof? Ich habe meinen Schlüssel verloren.",
            2.0,
        ),
    ] {
        let take = take(&synthesis, SpeechJob::new(text).with_voice(voice)).await;
        let peak = take
            .samples
            .iter()
            .fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        println!("{voice}: {:?}, peak {peak}", take.duration());
        assert_eq!(take.rate.hz(), 24_000);
        assert!(
            take.duration().as_secs_f32() > least,
            "{voice}: {:?}",
            take.duration()
        );
        assert!((0.05..=1.1).contains(&peak), "{voice}: {peak}");
    }
}

/// Printed, not asserted: it depends on other load of the machine.
#[tokio::test]
async fn first_audio_latency_is_printed() {
    let synthesis = synthesis();
    for voice in ["slt", "rms", "espeak/en-us"] {
        let mut milliseconds: Vec<f64> = Vec::new();
        for _ in 0..20 {
            let started = Instant::now();
            let plan = synthesis
                .plan(SpeechJob::new(TWENTY_WORDS).with_voice(voice))
                .unwrap();
            let mut stream = synthesis.speak(plan, synthesis.admit().unwrap());
            let loud = loop {
                let clip = stream
                    .next()
                    .await
                    .expect("it ended without a sound")
                    .unwrap();
                if clip.samples.iter().any(|sample| sample.abs() > 0.003_162) {
                    break started.elapsed();
                }
            };
            milliseconds.push(loud.as_secs_f64() * 1e3);
            while stream.next().await.is_some() {}
        }
        milliseconds.sort_by(f64::total_cmp);
        let (median, p95) = (milliseconds[10], milliseconds[18]);
        println!("{voice}: first sample above -50 dBFS: median {median:.1} ms, p95 {p95:.1} ms");
    }
}
