//! Several checkpoints as one `Synthesizer`: the voices of all, and how many are in memory.

mod common;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

use common::loud::Loud;
use common::{Case, checkpoint, preset_request};
use mynah_audio::{Clip, Format, SampleRate, Tags, encode_whole};
use mynah_qwen3::engine::EngineOptions;
use mynah_qwen3::kernels::Precision;
use mynah_qwen3::model::Options;
use mynah_qwen3::synthesizer::{Qwen3, SynthesizerOptions};
use mynah_speech::{
    Cancel, Consent, Reference, ScorerFactory, SpeechError, SpeechRequest, Synthesizer as _,
    VoiceKind,
};

/// Frames of each utterance.
const FRAMES: usize = 4;

fn both(loaded: usize) -> Qwen3 {
    let folders = [checkpoint("tiny-custom_voice"), checkpoint("tiny-base")];
    let options = SynthesizerOptions {
        model: Options {
            precision: Precision::F32,
            threads: Some(1),
            ..Options::default()
        },
        engine: EngineOptions {
            streams: 2,
            ..EngineOptions::default()
        },
        loaded,
        scorer: Some(ScorerFactory::new(|| Box::new(Loud))),
        frames: Some(FRAMES),
        ..SynthesizerOptions::default()
    };
    Qwen3::new(folders.iter().map(|folder| &**folder), options)
}

fn cloned() -> SpeechRequest {
    let (samples, _) = Case::open("tiny-base", "clone_prompt").tensor("ref_wav");
    let clip = Clip::new(SampleRate::HZ_24000, samples.repeat(2));
    let file = encode_whole(&clip, Format::Flac, &Tags::default()).expect("a file");
    SpeechRequest {
        voice: "qwen3/clone".parse().expect("a voice"),
        reference: Some(Arc::new(Reference {
            audio: file.into(),
            text: Some("A hum, twice.".into()),
            x_vector_only: false,
            provenance: Consent::now("Ana", "Use my voice.")
                .expect("consent")
                .into(),
        })),
        ..preset_request()
    }
}

/// The samples of an utterance.
fn speak(qwen3: &Qwen3, request: &SpeechRequest) -> Result<Vec<f32>, SpeechError> {
    let mut samples = Vec::new();
    let mut sink = |clip: Clip| {
        samples.extend(clip.samples);
        ControlFlow::Continue(())
    };
    qwen3.speak(request, &Cancel::new(), &mut sink)?;
    Ok(samples)
}

#[test]
fn voices_and_capabilities_are_those_of_all_checkpoints() {
    let qwen3 = both(1);
    let voices = qwen3.voices();
    let has = |kind| voices.iter().any(|voice| voice.kind == kind);
    assert!(has(VoiceKind::Preset) && has(VoiceKind::Cloned));
    assert!(!has(VoiceKind::Designed));
    let capability = qwen3.capability();
    assert!(capability.clone && !capability.design);
}

#[test]
fn each_request_is_spoken_by_the_checkpoint_with_its_voice() {
    for loaded in [1, 2] {
        let qwen3 = both(loaded);
        let first = speak(&qwen3, &preset_request()).expect("a preset");
        assert_eq!(first.len(), FRAMES * 1920);
        let other = speak(&qwen3, &cloned()).expect("a clone");
        assert_ne!(first, other);
        // A checkpoint that was replaced in between speaks the same.
        assert_eq!(speak(&qwen3, &preset_request()).expect("a preset"), first);
        assert_eq!(speak(&qwen3, &cloned()).expect("a clone"), other);
    }
}

#[test]
fn a_busy_checkpoint_is_not_replaced() {
    let qwen3 = both(1);
    let lease = qwen3.open(&mut |_| ()).expect("the preset's checkpoint");
    let (done, result) = mpsc::channel();
    let (other, request) = (qwen3.clone(), cloned());
    let thread = thread::spawn(move || done.send(speak(&other, &request).map(|s| s.len())));
    // The lease is counted as an utterance. A cancelled request does not wait for its end.
    let cancel = Cancel::new();
    cancel.cancel();
    let mut sink = |_: Clip| ControlFlow::Continue(());
    let cancelled = qwen3.speak(&cloned(), &cancel, &mut sink);
    assert_eq!(cancelled, Err(SpeechError::Cancelled));
    assert!(result.try_recv().is_err(), "the lease is still there");
    drop(lease);
    assert_eq!(result.recv().expect("an answer"), Ok(FRAMES * 1920));
    thread.join().expect("no panic").expect("received");
}

#[test]
fn concurrent_requests_for_both_checkpoints_are_all_answered() {
    let qwen3 = both(1);
    let threads: Vec<_> = (0..8)
        .map(|number| {
            let qwen3 = qwen3.clone();
            let request = if number % 2 == 0 {
                preset_request()
            } else {
                cloned()
            };
            thread::spawn(move || speak(&qwen3, &request).map(|samples| samples.len()))
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().expect("no panic"), Ok(FRAMES * 1920));
    }
}
