//! The configuration of the codec: what is read, and what is refused.
#![allow(clippy::unwrap_used)]

mod common;

use common::{CHECKPOINTS, checkpoint};
use mynah_qwen3::Qwen3Error;
use mynah_qwen3::config::EncoderConfig;
use serde_json::{Value, json};

/// The tiny codec's configuration with something changed.
fn altered(change: impl FnOnce(&mut Value)) -> Result<EncoderConfig, Qwen3Error> {
    let path = checkpoint("tiny-base").join("speech_tokenizer/config.json");
    let mut json: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    change(&mut json);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.json"), json.to_string()).unwrap();
    EncoderConfig::load(folder.path())
}

#[test]
fn every_tiny_codec_is_read() {
    for name in CHECKPOINTS {
        let config = EncoderConfig::load(&checkpoint(name).join("speech_tokenizer")).unwrap();
        assert_eq!(config.strides().collect::<Vec<_>>(), [4, 5, 6, 8], "{name}");
        assert_eq!(config.head_dim(), 8, "{name}");
    }
}

#[test]
fn missing_keys_have_the_released_values() {
    let config = altered(|json| {
        json["encoder_config"] = json!({});
        json.as_object_mut()
            .unwrap()
            .remove("encoder_valid_num_quantizers");
    })
    .unwrap();
    assert_eq!((config.num_filters, config.hidden_size), (64, 512));
    assert_eq!((config.head_dim(), config.num_hidden_layers), (64, 8));
    assert_eq!((config.codebook_size, config.codebook_dim), (2048, 256));
}

#[test]
fn unsupported_values_are_refused_by_key() {
    let many = [vec![1; 80], vec![960]].concat();
    for (key, value, named) in [
        ("audio_channels", json!(2), "audio_channels"),
        ("sampling_rate", json!(16_000), "sampling_rate"),
        ("num_residual_layers", json!(2), "num_residual_layers"),
        ("use_conv_shortcut", json!(true), "use_conv_shortcut"),
        ("use_causal_conv", json!(false), "use_causal_conv"),
        ("pad_mode", json!("reflect"), "pad_mode"),
        (
            "upsampling_ratios",
            json!([8, 6, 5, 0]),
            "upsampling_ratios",
        ),
        (
            "upsampling_ratios",
            json!([usize::MAX, 2]),
            "upsampling_ratios",
        ),
        ("upsampling_ratios", json!(many), "num_filters, doubled"),
        ("num_filters", json!(0), "num_filters"),
        ("compress", json!(3), "compress"),
        ("num_key_value_heads", json!(3), "num_key_value_heads"),
        ("head_dim", json!(7), "head_dim"),
        ("hidden_act", json!("silu"), "hidden_act"),
        ("attention_bias", json!(true), "attention_bias"),
        ("norm_eps", json!(0), "norm_eps"),
        ("rope_theta", json!(-1), "rope_theta"),
        ("codebook_dim", json!(8), "codebook_dim"),
        ("codebook_size", json!(65_537), "codebook_size"),
        ("num_quantizers", json!(15), "num_quantizers"),
    ] {
        let error = altered(|json| json["encoder_config"][key] = value).unwrap_err();
        assert!(matches!(error, Qwen3Error::Checkpoint { .. }), "{error}");
        assert!(error.to_string().contains(named), "{key}: {error}");
    }
    let error = altered(|json| json["encoder_valid_num_quantizers"] = json!(8)).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("encoder_valid_num_quantizers is 8"),
        "{error}"
    );
}
