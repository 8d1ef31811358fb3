//! Batched utterances in one engine: each depends only on its own request.

mod common;

use std::sync::Arc;

use common::checkpoint;
use common::engines::{NO_RUNAWAY_STOP, engine, forced, open, speaker, synthesize};
use mynah_qwen3::Qwen3Error;
use mynah_qwen3::engine::{Engine, GenerationOptions};
use mynah_qwen3::prompt::TextLayout;
use mynah_qwen3::request::{
    ClonePrompt, EncodedReference, Method, Request, SamplingOverrides, ValidationMode,
};
use mynah_qwen3::trace::Tensors;
use mynah_speech::{Cancel, FinishReason};
use proptest::prelude::*;

/// Requests that differ in everything.
fn unequal() -> Vec<Request> {
    (0..8)
        .map(|number| {
            let names = ["ryan", "vivian", "sohee", "dylan"];
            let mut request = forced(
                &"Some words. ".repeat(1 + number),
                speaker(names[number % 4]),
                number as u64,
                3 + 5 * number,
            );
            request.language = if number % 2 == 0 { "english" } else { "auto" }.into();
            if number % 3 == 0 {
                request.text_layout = Some(TextLayout::Streaming);
            }
            request
        })
        .collect()
}

#[test]
fn utterances_do_not_depend_on_batch_or_threads() {
    let model = open("tiny-custom_voice", 2);
    let requests = unequal();
    let alone: Vec<_> = {
        let engine = engine(&open("tiny-custom_voice", 1));
        let heard = requests
            .iter()
            .map(|one| synthesize(&engine, one, NO_RUNAWAY_STOP));
        heard.collect()
    };
    let engine = engine(&model);
    let together: Vec<_> = std::thread::scope(|scope| {
        let asked: Vec<_> = requests
            .iter()
            .map(|one| scope.spawn(|| synthesize(&engine, one, NO_RUNAWAY_STOP)))
            .collect();
        asked
            .into_iter()
            .map(|one| one.join().expect("no panic"))
            .collect()
    });
    for (number, (alone, together)) in alone.iter().zip(&together).enumerate() {
        assert_eq!(alone.1.codes, together.1.codes, "codes of {number}");
        assert!(alone.0 == together.0, "samples of {number}");
    }
}

#[test]
fn streamed_audio_equals_one_decode() {
    let model = open("tiny-custom_voice", 2);
    let engine = engine(&model);
    let (sound, report) = synthesize(
        &engine,
        &forced("Hello.", speaker("ryan"), 3, 31),
        NO_RUNAWAY_STOP,
    );
    let codec = model.codec();
    let mut state = codec.state();
    let mut batch = [(&mut state, &report.codes[..])];
    let whole = codec
        .decode(model.thread_pool(), &mut codec.workspace(), &mut batch)
        .expect("codes of its own");
    assert!(sound == whole[0]);
    assert_eq!(report.finish_reason, FinishReason::Length);
    assert_eq!(report.codes.len(), 31);
}

#[test]
fn cached_prefixes_change_no_code() {
    let engine = engine(&open("tiny-custom_voice", 2));
    let request = forced("Hello there.", speaker("vivian"), 9, 12);
    let first = synthesize(&engine, &request, NO_RUNAWAY_STOP);
    // The prefix of its prompt is cached now.
    let again = synthesize(&engine, &request, NO_RUNAWAY_STOP);
    assert_eq!(first.1.codes, again.1.codes);
    assert!(first.0 == again.0);
}

#[test]
fn without_a_seed_utterances_differ_and_report_their_seed() {
    let engine = engine(&open("tiny-custom_voice", 2));
    let mut request = forced("Hello there.", speaker("vivian"), 0, 12);
    request.sampling.seed = None;
    let (_, first) = synthesize(&engine, &request, NO_RUNAWAY_STOP);
    let (_, second) = synthesize(&engine, &request, NO_RUNAWAY_STOP);
    assert_ne!(first.codes, second.codes);
    request.sampling.seed = Some(first.seed);
    assert_eq!(
        synthesize(&engine, &request, NO_RUNAWAY_STOP).1.codes,
        first.codes
    );
}

#[test]
fn runaway_speech_is_stopped_and_reported() {
    let engine = engine(&open("tiny-custom_voice", 2));
    // Far longer than one word can be.
    let request = forced("Hi.", speaker("ryan"), 5, 1500);
    let (sound, report) = synthesize(&engine, &request, GenerationOptions::default());
    assert_eq!(report.finish_reason, FinishReason::Runaway);
    assert_eq!(report.seed, 5);
    assert!(report.codes.len() < 200, "{}", report.codes.len());
    assert_eq!(sound.len(), report.codes.len() * 1920);
}

/// The voice that the parity dumps clone.
fn cloned(in_context: bool) -> Method {
    let path = checkpoint("tiny-base").join("clone_prompt.safetensors");
    let tensors = Tensors::load(&path).expect("a dump");
    let (_, embedding) = tensors.numbers("spk_embedding").expect("an embedding");
    let (_, codes) = tensors.integers("ref_code").expect("codes");
    Method::Clone(Arc::new(ClonePrompt {
        embedding,
        reference: in_context.then(|| EncodedReference {
            text: "A reference text.".into(),
            codes: codes.iter().map(|code| *code as u32).collect(),
        }),
    }))
}

#[test]
fn utterances_shorter_than_their_reference_are_complete() {
    let engine = engine(&open("tiny-base", 2));
    let Method::Clone(short) = cloned(true) else {
        unreachable!()
    };
    // So long that the codec still decodes it when the last frame is generated.
    let mut long = (*short).clone();
    let reference = long.reference.as_mut().expect("a reference");
    reference.codes = reference.codes.repeat(12);
    let request = forced("Hi.", Method::Clone(Arc::new(long)), 1, 2);
    let (sound, report) = synthesize(&engine, &request, NO_RUNAWAY_STOP);
    assert_eq!(report.codes.len(), 2);
    assert_eq!(sound.len(), 2 * 1920);
}

#[test]
fn cloned_voices_speak_with_and_without_transcript() {
    let engine = engine(&open("tiny-base", 2));
    let by_vector = synthesize(
        &engine,
        &forced("Hello.", cloned(false), 1, 6),
        NO_RUNAWAY_STOP,
    );
    let in_context = synthesize(
        &engine,
        &forced("Hello.", cloned(true), 1, 6),
        NO_RUNAWAY_STOP,
    );
    assert_eq!(by_vector.0.len(), 6 * 1920);
    assert_eq!(
        in_context.0.len(),
        6 * 1920,
        "the reference itself is not heard"
    );
    assert_ne!(by_vector.1.codes, in_context.1.codes);

    // The audio continues that of the reference, also when its state is cached.
    let method = cloned(true);
    let Method::Clone(prompt) = &method else {
        unreachable!()
    };
    let reference = prompt.reference.as_ref().expect("a reference");
    let request = forced("Hello.", method.clone(), 1, 6);
    for _ in 0..2 {
        let (sound, report) = synthesize(&engine, &request, NO_RUNAWAY_STOP);
        assert_eq!(report.codes, in_context.1.codes);
        let model = engine.model();
        let mut frames: Vec<[u16; 16]> = reference
            .codes
            .chunks_exact(16)
            .map(|codes| std::array::from_fn(|group| codes[group] as u16))
            .collect();
        let before = frames.len();
        frames.extend(&report.codes);
        let mut state = model.codec().state();
        let mut work = model.codec().workspace();
        let mut batch = [(&mut state, &frames[..])];
        let whole = model
            .codec()
            .decode(model.thread_pool(), &mut work, &mut batch)
            .expect("codes of its own");
        assert!(sound == whole[0][before * 1920..]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn valid_requests_never_fail(
        text in "\\PC{1,60}",
        instruct in proptest::option::of("\\PC{1,30}"),
        language in proptest::sample::select(vec!["auto", "English", "zh", "ja", "fr", "russian"]),
        whole in any::<bool>(),
        sampled in any::<bool>(),
        temperature in 0.01_f32..5.0,
        top_k in 0_usize..200,
        top_p in 0.01_f32..=1.0,
        penalty in 0.5_f32..3.0,
        seed in any::<u64>(),
        frames in 1_usize..12,
    ) {
        static ENGINE: std::sync::OnceLock<Engine> = std::sync::OnceLock::new();
        let engine = ENGINE.get_or_init(|| engine(&open("tiny17-custom_voice", 2)));
        let request = Request {
            text,
            method: Method::CustomVoice { speaker: Some("Ryan".into()), instruct },
            language: language.into(),
            text_layout: Some(if whole { TextLayout::Whole } else { TextLayout::Streaming }),
            sampling: SamplingOverrides {
                do_sample: Some(sampled),
                temperature: Some(temperature),
                top_k: Some(top_k),
                top_p: Some(top_p),
                repetition_penalty: Some(penalty),
                seed: Some(seed),
                max_frames: Some(frames),
                min_frames: Some(frames.min(2)),
                ..SamplingOverrides::default()
            },
        };
        let prepared = match engine.model().prepare(&request, ValidationMode::Strict) {
            Ok(prepared) => prepared,
            Err(Qwen3Error::Invalid { .. }) => return Ok(()),
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        };
        let mut speech = engine.speak(prepared, GenerationOptions::default(), &Cancel::new()).expect("a slot");
        let mut samples = 0;
        while let Some(sound) = speech.read().expect("it speaks") {
            samples += sound.len();
        }
        let report = speech.report().expect("it ended");
        prop_assert_eq!(samples, report.codes.len() * 1920);
        prop_assert!(report.codes.len() <= frames);
    }
}
