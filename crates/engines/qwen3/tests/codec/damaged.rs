//! Codes, tensors and configurations that are wrong are named.

use std::collections::BTreeMap;

use mynah_qwen3::Qwen3Error;
use mynah_qwen3::codec::CodecConfig;
use mynah_qwen3::kernels::Precision;

use crate::bench::{Bench, some_codes};
use crate::common::checkpoint;

#[test]
fn codes_beyond_the_codebook_are_errors_and_change_no_state() {
    let bench = Bench::open("tiny-base", Precision::F32, 1);
    let size = bench.decoder.codebook_size();
    let mut frames = some_codes(3, size, 7);
    frames[2][15] = size as u16;
    let (mut state, mut work) = (bench.decoder.state(), bench.decoder.workspace());
    let batch = &mut [(&mut state, frames.as_slice())];
    let error = bench
        .decoder
        .decode(&bench.pool, &mut work, batch)
        .unwrap_err();
    assert!(matches!(error, Qwen3Error::Invalid { param: "codes", .. }));
    assert_eq!(
        error.to_string(),
        "the code 128 is beyond the codec's codebooks, which have 128"
    );
    assert_eq!(state.frames(), 0);
    assert!(
        bench
            .decoder
            .decode_official(&bench.pool, &mut work, &frames)
            .is_err()
    );
}

#[test]
fn wrong_and_missing_tensors_are_named() {
    let source = checkpoint("tiny-base").join("speech_tokenizer");
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(
        source.join("config.json"),
        folder.path().join("config.json"),
    )
    .unwrap();
    let bytes = std::fs::read(source.join("model.safetensors")).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let victims = [
        "decoder.pre_conv.conv.weight",
        "decoder.pre_conv.conv.bias",
        "decoder.quantizer.rvq_rest.vq.layers.14._codebook.embedding_sum",
        "decoder.pre_transformer.layers.1.mlp.down_proj.weight",
        "decoder.upsample.1.1.dwconv.conv.weight",
        "decoder.decoder.4.block.1.conv.weight",
        "decoder.decoder.2.block.3.act2.beta",
        "decoder.decoder.6.conv.weight",
    ];
    for victim in victims {
        for gone in [true, false] {
            let mut tensors: BTreeMap<String, _> = file.tensors().into_iter().collect();
            if gone {
                tensors.remove(victim);
            } else {
                let view = &tensors[victim];
                let mut shape = view.shape().to_vec();
                shape.push(1);
                let odd = safetensors::tensor::TensorView::new(view.dtype(), shape, view.data());
                tensors.insert(victim.to_owned(), odd.unwrap());
            }
            let path = folder.path().join("model.safetensors");
            safetensors::serialize_to_file(tensors, None, &path).unwrap();
            let error = Bench::of(folder.path(), Precision::F32, 1).err().unwrap();
            let Qwen3Error::Tensor { tensor, .. } = error else {
                panic!("{error}")
            };
            assert_eq!(tensor, victim);
        }
    }
}

#[test]
fn unsupported_configurations_are_refused_by_key() {
    let source = checkpoint("tiny-base").join("speech_tokenizer/config.json");
    let good: serde_json::Value = serde_json::from_slice(&std::fs::read(source).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    for (key, value) in [
        ("codebook_size", serde_json::json!(0)),
        ("codebook_dim", serde_json::json!(33)),
        ("num_quantizers", serde_json::json!(8)),
        ("num_semantic_quantizers", serde_json::json!(2)),
        ("num_key_value_heads", serde_json::json!(3)),
        ("sliding_window", serde_json::json!(0)),
        ("sliding_window", serde_json::json!(4097)),
        ("hidden_act", serde_json::json!("gelu")),
        ("attention_bias", serde_json::json!(true)),
        ("rms_norm_eps", serde_json::json!(0.0)),
        ("decoder_dim", serde_json::json!(24)),
        ("upsample_rates", serde_json::json!([8, 5, 4, 0])),
        ("upsampling_ratios", serde_json::json!([2])),
    ] {
        let mut config = good.clone();
        config["decoder_config"][key] = value;
        std::fs::write(&path, config.to_string()).unwrap();
        let error = CodecConfig::load(folder.path()).unwrap_err().to_string();
        assert!(error.contains(key), "{key}: {error}");
        assert!(error.contains("config.json"), "{error}");
    }
    std::fs::write(&path, "{}").unwrap();
    assert!(CodecConfig::load(folder.path()).is_err());
}
