//! Real-time factors of one stream, each engine in turns with its peer in Python.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use mynah_audio::Clip;
use mynah_speech::{Cancel, Language, Recognizer, SpeechRequest};
use serde_json::json;

use super::peer::{Peer, PeerProgram};
use super::{EngineBench, EngineFigures, everyday};
use crate::figure::percentile;
use crate::{Figure, SpeechSet};

/// Runs of each program.
const MAX_ROUNDS: usize = 5;
/// Sentences that Kokoro speaks in a run.
const MAX_SENTENCES: usize = 10;
const VOICE: &str = "af_heart";
/// The most that an engine may take by what its peer takes.
const MAX_RATIO: f64 = 1.1;

pub(super) async fn measure(bench: &EngineBench) -> anyhow::Result<EngineFigures> {
    let bench = bench.clone();
    tokio::task::spawn_blocking(move || {
        let mut all = EngineFigures::default();
        synthesis(&bench, &mut all)?;
        let base = (&bench.base, "whisper-base", 0.35);
        let tiny = (&bench.tiny, "whisper-tiny.en", 0.13);
        for (engine, name, most) in [base, tiny] {
            recognition(&bench, engine, name, most, &mut all)?;
        }
        Ok(all)
    })
    .await?
}

fn synthesis(bench: &EngineBench, all: &mut EngineFigures) -> anyhow::Result<()> {
    let sentences: Vec<_> = everyday("en")?
        .take(bench.limit.min(MAX_SENTENCES))
        .collect();
    let jobs: Vec<_> = sentences
        .iter()
        .map(|text| json!({"text": text, "voice": VOICE, "language": "en-us"}))
        .collect();
    let peer = PeerProgram {
        name: "kokoro-onnx",
        code: include_str!("../../peers/kokoro.py"),
        arguments: vec![bench.models.join("kokoro")],
    };
    let name = format!("Kokoro, {} sentences", sentences.len());
    let ours = || kokoro_factor(bench, &sentences);
    in_turns(bench, (&name, 0.30), ours, &peer, &jobs, all)
}

fn recognition(
    bench: &EngineBench,
    engine: &Arc<dyn Recognizer>,
    model: &str,
    most: f64,
    all: &mut EngineFigures,
) -> anyhow::Result<()> {
    let mut set = SpeechSet::read(&bench.speech.join("long"), Language::english())?;
    set.clips.truncate(bench.limit);
    let jobs: Vec<_> = set
        .clips
        .iter()
        .map(|clip| json!({"file": clip.file}))
        .collect();
    let peer = PeerProgram {
        name: "faster-whisper",
        code: include_str!("../../peers/whisper.py"),
        arguments: vec![bench.peers.join(model)],
    };
    let name = format!("{model}, {} clips of 10 to 40 s", set.clips.len());
    let ours = || Ok(set.score(&**engine, |_, _| {})?.real_time_factor());
    in_turns(bench, (&name, most), ours, &peer, &jobs, all)
}

/// The real-time factors of an engine and of its peer, run after run, and their ratio.
fn in_turns(
    bench: &EngineBench,
    (name, most): (&str, f64),
    ours: impl Fn() -> anyhow::Result<f64>,
    peer: &PeerProgram,
    jobs: &[serde_json::Value],
    all: &mut EngineFigures,
) -> anyhow::Result<()> {
    let mut other = Peer::start(peer, &bench.peers, bench.threads);
    let (mut own, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds.min(MAX_ROUNDS) {
        own.push(ours()?);
        if let Ok(running) = &mut other {
            match running.real_time_factor(jobs) {
                Ok(factor) => theirs.push(factor),
                Err(error) => other = Err(error),
            }
        }
    }
    let own = percentile(&mut own, 0.5);
    let title = format!("real-time factor, {name}");
    all.figures
        .push(Figure::new(&title, own, "").with_max(most));
    let beside = format!("{title}, by {}", peer.name);
    match other {
        Ok(running) => {
            let theirs = percentile(&mut theirs, 0.5);
            let title = format!("{title}: {} {}", peer.name, running.version);
            all.figures.push(Figure::new(title, theirs, ""));
            all.figures
                .push(Figure::new(beside, own / theirs, "").with_max(MAX_RATIO));
        }
        Err(error) => all
            .absent
            .push((beside, format!("{} is absent: {error:#}", peer.name))),
    }
    Ok(())
}

/// Kokoro's real-time factor over these sentences, the first one spoken once before.
fn kokoro_factor(bench: &EngineBench, sentences: &[&str]) -> anyhow::Result<f64> {
    let engine = bench.engines.synthesizer("kokoro");
    let engine = engine.context("this build has no Kokoro")?;
    let voices = engine.voices();
    let voice = voices.iter().find(|voice| voice.id.name() == VOICE);
    let voice = voice.with_context(|| format!("Kokoro has no voice {VOICE}: is it installed?"))?;
    let speak = |text: &str| {
        let request = SpeechRequest {
            text: text.to_owned(),
            voice: voice.id.clone(),
            language: voice.languages.first().context("no language")?.clone(),
            instruct: None,
            reference: None,
            seed: None,
        };
        let mut audio = Duration::ZERO;
        let mut sink = |clip: Clip| {
            audio += clip.duration();
            ControlFlow::Continue(())
        };
        let began = Instant::now();
        engine.speak(&request, &Cancel::new(), &mut sink)?;
        anyhow::Ok((began.elapsed(), audio))
    };
    let (mut took, mut audio) = (Duration::ZERO, Duration::ZERO);
    if let Some(first) = sentences.first() {
        speak(first)?;
    }
    for sentence in sentences {
        let (own, duration) = speak(sentence)?;
        took += own;
        audio += duration;
    }
    Ok(took.as_secs_f64() / audio.as_secs_f64())
}
