//! Damaged checkpoints are named in errors; packed weights follow their checkpoint.

mod common;

use std::path::Path;

use common::{checkpoint, copy};
use mynah_qwen3::Qwen3Error;
use mynah_qwen3::kernels::Precision;
use mynah_qwen3::model::{Model, Options};
use mynah_qwen3::request::{Method, Request, ValidationMode};
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use tempfile::TempDir;

fn own() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&checkpoint("tiny-custom_voice"), folder.path());
    folder
}

fn open(folder: &Path, precision: Precision) -> Result<Model, Qwen3Error> {
    let options = Options {
        precision,
        threads: Some(1),
        ..Options::default()
    };
    Model::open(folder, &options, &mut |_| ())
}

/// Rewrites a file of tensors with the result of `change` for each; None removes it.
fn rewrite(path: &Path, change: impl for<'d> Fn(&str, TensorView<'d>) -> Option<TensorView<'d>>) {
    let bytes = std::fs::read(path).expect("tensors");
    let file = SafeTensors::deserialize(&bytes).expect("tensors");
    let views: Vec<_> = file
        .iter()
        .filter_map(|(name, view)| Some((name.to_owned(), change(name, view)?)))
        .collect();
    safetensors::serialize_to_file(views, None, path).expect("a write");
}

fn fails(folder: &Path, words: &[&str]) {
    let error = open(folder, Precision::F32).expect_err("it is damaged");
    let message = error.to_string();
    for word in words {
        assert!(message.contains(word), "no {word:?} in: {message}");
    }
}

#[test]
fn missing_and_misshapen_tensors_are_named_with_their_file() {
    for (file, tensor) in [
        (
            "model.safetensors",
            "talker.model.layers.1.mlp.down_proj.weight",
        ),
        ("model.safetensors", "talker.model.text_embedding.weight"),
        (
            "model.safetensors",
            "talker.code_predictor.lm_head.14.weight",
        ),
        (
            "model.safetensors",
            "talker.text_projection.linear_fc2.bias",
        ),
        (
            "speech_tokenizer/model.safetensors",
            "decoder.decoder.2.block.1.conv.weight",
        ),
        (
            "speech_tokenizer/model.safetensors",
            "decoder.pre_transformer.norm.weight",
        ),
    ] {
        let folder = own();
        rewrite(&folder.path().join(file), |name, view| {
            (name != tensor).then_some(view)
        });
        fails(folder.path(), &[file, tensor, "missing"]);

        let folder = own();
        rewrite(&folder.path().join(file), |name, view| {
            if name != tensor {
                return Some(view);
            }
            let mut shape = view.shape().to_vec();
            shape.insert(0, 1);
            TensorView::new(view.dtype(), shape, view.data()).ok()
        });
        fails(folder.path(), &[file, tensor, "shape"]);
    }
}

#[test]
fn truncated_files_are_named() {
    for file in ["model.safetensors", "speech_tokenizer/model.safetensors"] {
        for keep in [0, 7, 1000, 500_000] {
            let folder = own();
            let path = folder.path().join(file);
            let bytes = std::fs::read(&path).expect("tensors");
            std::fs::write(&path, &bytes[..keep]).expect("a write");
            fails(folder.path(), &[file]);
        }
        let folder = own();
        std::fs::remove_file(folder.path().join(file)).expect("a removal");
        fails(folder.path(), &[file]);
    }
    for file in [
        "config.json",
        "vocab.json",
        "merges.txt",
        "speech_tokenizer/config.json",
    ] {
        let folder = own();
        std::fs::write(folder.path().join(file), "{").expect("a write");
        if file != "merges.txt" {
            fails(folder.path(), &[file]);
        }
        std::fs::remove_file(folder.path().join(file)).expect("a removal");
        fails(folder.path(), &[file]);
    }
}

#[test]
fn packed_weights_are_written_once_per_checkpoint() {
    let folder = own();
    let opened = |made: &mut usize| {
        let options = Options {
            precision: Precision::Int8,
            threads: Some(1),
            ..Options::default()
        };
        Model::open(folder.path(), &options, &mut |_| *made += 1).expect("a checkpoint")
    };
    let mut made = 0;
    let first = opened(&mut made);
    assert!(made > 20);
    let packed = folder.path().join("mynah/int8.safetensors");
    assert!(packed.exists());
    let mut again = 0;
    assert_eq!(opened(&mut again).identity(), first.identity());
    assert_eq!(again, 0, "nothing is packed twice");

    rewrite(&folder.path().join("model.safetensors"), |name, view| {
        (name != "talker.nothing").then_some(view)
    });
    let config = folder.path().join("config.json");
    let text = std::fs::read_to_string(&config).expect("a configuration");
    std::fs::write(&config, format!("{text}\n")).expect("a write");
    let mut anew = 0;
    assert_ne!(opened(&mut anew).identity(), first.identity());
    assert_eq!(anew, made, "another checkpoint is packed anew");

    let bytes = std::fs::read(&packed).expect("packed weights");
    std::fs::write(&packed, &bytes[..bytes.len() / 2]).expect("a write");
    let error = open(folder.path(), Precision::Int8).expect_err("it is damaged");
    assert!(error.to_string().contains("delete it"), "{error}");
}

#[test]
fn non_finite_weights_are_an_error_and_no_panic() {
    use mynah_qwen3::engine::{Engine, EngineOptions, GenerationOptions};
    let folder = own();
    let path = folder.path().join("speech_tokenizer/model.safetensors");
    let bytes = std::fs::read(&path).expect("tensors");
    let file = SafeTensors::deserialize(&bytes).expect("tensors");
    let name = "decoder.decoder.6.conv.bias";
    let nan = f32::NAN.to_le_bytes();
    let views: Vec<_> = file
        .iter()
        .map(|(own, view)| {
            let data = if own == name { &nan[..] } else { view.data() };
            let changed = TensorView::new(view.dtype(), view.shape().to_vec(), data);
            (own.to_owned(), changed.expect("a tensor"))
        })
        .collect();
    let changed = folder.path().join("changed");
    safetensors::serialize_to_file(views, None, &changed).expect("a write");
    std::fs::rename(changed, &path).expect("a rename");
    let model = open(folder.path(), Precision::F32).expect("it can be opened");
    let engine = Engine::start(model.into(), EngineOptions::default()).expect("a thread");
    let method = Method::CustomVoice {
        speaker: Some("ryan".into()),
        instruct: None,
    };
    let request = Request::new("Hello.", method);
    let prepared = engine
        .model()
        .prepare(&request, ValidationMode::Strict)
        .expect("good");
    let cancel = mynah_speech::Cancel::new();
    let mut speech = engine
        .speak(prepared, GenerationOptions::default(), &cancel)
        .expect("a place");
    let error = loop {
        match speech.read() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it spoke"),
            Err(error) => break error,
        }
    };
    assert!(
        matches!(&error, Qwen3Error::Failed(reason) if reason.contains("finite")),
        "{error}"
    );
}
