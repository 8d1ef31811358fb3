//! What is spoken from GGUF files is what is spoken from the safetensors that they were made of.

use std::path::Path;
use std::sync::Arc;

use mynah_qwen3::Qwen3Error;
use mynah_qwen3::generate::Frame;
use mynah_qwen3::kernels::Precision;
use mynah_qwen3::request::Method;
use mynah_qwen3::trace::{Tensors, TraceRequest};

use crate::common::engines::{NO_RUNAWAY_STOP, engine, forced, speaker, synthesize};
use crate::common::{Case, checkpoint, copy, difference, integers};
use crate::{BASE, CODEC, LLAMA, MMPROJ, TALKER, copies, fixture, open, own};

const FRAMES: usize = 12;

/// Sampled speech of a fixed length, and its codes.
fn speak(path: &Path, precision: Precision, method: Method) -> (Vec<f32>, Vec<Frame>) {
    let model = Arc::new(open(path, precision).expect("a checkpoint"));
    let request = forced("Good morning to all of you.", method, 7, FRAMES);
    let (sound, report) = synthesize(&engine(&model), &request, NO_RUNAWAY_STOP);
    (sound, report.codes)
}

#[test]
fn f32_files_have_the_codes_of_safetensors() {
    let (sound, codes) = speak(&fixture(TALKER), Precision::F32, speaker("ryan"));
    let folder = checkpoint("tiny-custom_voice");
    let (expected, expected_codes) = speak(&folder, Precision::F32, speaker("ryan"));
    assert_eq!(codes.len(), FRAMES);
    assert_eq!(codes, expected_codes);
    assert!(sound == expected, "the sound differs");
}

#[test]
fn packed_files_have_the_codes_of_packed_safetensors() {
    let files = copies(&[TALKER, CODEC]);
    let folder = tempfile::tempdir().expect("a folder");
    copy(&checkpoint("tiny-custom_voice"), folder.path());
    for precision in [Precision::Bf16, Precision::Int8, Precision::Int4] {
        let path = own(&files, TALKER);
        let (sound, codes) = speak(&path, precision, speaker("eric"));
        let (expected, expected_codes) = speak(folder.path(), precision, speaker("eric"));
        assert_eq!(codes, expected_codes, "{precision}");
        assert!(sound == expected, "{precision}: the sound differs");
        let packed = format!("mynah/tiny-custom_voice-f32-{precision}.safetensors");
        assert!(files.path().join(packed).is_file(), "{precision}");
    }
}

/// The codes that the official package computed for a case, and those of a file.
fn traced(path: &Path, name: &str, case: &str, method: &str) -> (Vec<i64>, Vec<i64>) {
    let folder = checkpoint(name);
    let mut request = Case::open(name, case).request;
    request["greedy"] = true.into();
    request["frames"] = 8.into();
    request["method"] = method.into();
    if method == "voice_clone" {
        request["inputs"] = "clone_prompt.safetensors".into();
        request["x_vector_only_mode"] = true.into();
    }
    let request = TraceRequest::parse(request.to_string().as_bytes()).expect(case);
    let model = open(path, Precision::F32).expect("a checkpoint");
    let ours: Tensors = request.run(&model, &folder).expect(case);
    let (_, ours) = ours.integers("codes.0").expect("codes");
    let official = integers(&folder.join(format!("{case}.safetensors")), "codes.0");
    (official.0, ours)
}

#[test]
fn files_have_the_codes_of_the_official_package() {
    for case in ["nonstream", "stream", "auto", "dialect"] {
        let (official, ours) = traced(&fixture(TALKER), "tiny-custom_voice", case, "custom_voice");
        assert_eq!(official, ours, "{case}");
    }
    let (official, ours) = traced(&fixture(LLAMA), "tiny-base", "xvec", "voice_clone");
    assert_eq!(official, ours);
}

#[test]
fn f16_files_encode_a_reference_as_safetensors_do() {
    let (samples, _) = Case::open("tiny-base", "clone_prompt").tensor("ref_wav");
    let prompt = |path: &Path| {
        let model = open(path, Precision::F32).expect("a checkpoint");
        let prompt = model.create_clone_prompt(&samples, Some("A hum."));
        prompt.expect("a recording")
    };
    let (ours, expected) = (prompt(&fixture(BASE)), prompt(&checkpoint("tiny-base")));
    // The codec is F32; the speaker encoder is F16.
    let codes = |prompt: &mynah_qwen3::request::ClonePrompt| {
        prompt.reference.clone().expect("a reference").codes
    };
    assert_eq!(codes(&ours), codes(&expected));
    let worst = difference(&ours.embedding, &expected.embedding);
    assert!(worst > 0.0 && worst < 5e-3, "{worst}");
}

#[test]
fn llama_files_clone_by_the_embedding_alone() {
    let files = copies(&[LLAMA, MMPROJ]);
    let model = open(&own(&files, LLAMA), Precision::F32).expect("a checkpoint");
    let (samples, _) = Case::open("tiny-base", "clone_prompt").tensor("ref_wav");
    let ours = model.create_clone_prompt(&samples, None).expect("a voice");
    let folder = open(&checkpoint("tiny-base"), Precision::F32).expect("a checkpoint");
    let expected = folder.create_clone_prompt(&samples, None).expect("a voice");
    assert_eq!(ours.embedding, expected.embedding);

    let refused = model.create_clone_prompt(&samples, Some("A hum."));
    match refused.expect_err("there is no encoder") {
        Qwen3Error::Unsupported { param, message } => {
            assert_eq!(param, "ref_text");
            assert!(
                message.contains("without the recording's text"),
                "{message}"
            );
        }
        other => panic!("{other}"),
    }
}

#[test]
fn metadata_has_the_configuration_of_the_json_files() {
    use mynah_qwen3::config::{GenerationConfig, ModelConfig};
    for (file, name) in [(TALKER, "tiny-custom_voice"), (BASE, "tiny-base")] {
        let ours = ModelConfig::load(&fixture(file)).expect("a configuration");
        let expected = ModelConfig::load(&checkpoint(name)).expect("a configuration");
        // The official file states a dialect of every speaker, `false` where there is none, and
        // position streams that are all the same.
        let mut expected = expected;
        expected.talker_config.rope_scaling = None;
        let speakers = &mut expected.talker_config.spk_is_dialect;
        speakers.retain(|_, dialect| dialect.name().is_some());
        assert_eq!(format!("{ours:?}"), format!("{expected:?}"), "{name}");
        let model = open(&fixture(file), Precision::F32).expect("a checkpoint");
        let generation = GenerationConfig::load(&checkpoint(name)).expect("sampling");
        assert_eq!(*model.generation(), generation);
    }
    let ours = ModelConfig::load(&fixture(LLAMA)).expect("a configuration");
    let expected = ModelConfig::load(&checkpoint("tiny-base")).expect("a configuration");
    let (ours, expected) = (ours.talker_config, expected.talker_config);
    assert_eq!(ours.codec_language_id, expected.codec_language_id);
    assert_eq!(ours.codec_pad_id, expected.codec_pad_id);
    assert_eq!(ours.codec_eos_token_id, expected.codec_eos_token_id);
    assert_eq!(ours.text_vocab_size, expected.text_vocab_size);
}
