//! The configuration of a checkpoint: what is read, and what is refused.
#![allow(clippy::unwrap_used)]

mod common;

use common::{CHECKPOINTS, checkpoint};
use mynah_qwen3::Qwen3Error;
use mynah_qwen3::config::{GenerationConfig, ModelConfig, ModelKind, SamplingSettings};
use serde_json::{Value, json};

#[test]
fn every_tiny_checkpoint_is_read() {
    for name in CHECKPOINTS {
        let folder = checkpoint(name);
        let config = ModelConfig::load(&folder).unwrap();
        assert_eq!(config.talker_config.num_code_groups, 16, "{name}");
        assert_eq!(
            config.talker_config.projects_to_predictor(),
            name.starts_with("tiny17"),
            "{name}"
        );
        let generation = GenerationConfig::load(&folder).unwrap();
        assert_eq!(generation.max_new_tokens, 8192, "{name}");
        assert_eq!(generation.talker, SamplingSettings::RELEASED, "{name}");
    }
}

#[test]
fn kinds_speakers_and_languages_are_read() {
    let custom = ModelConfig::load(&checkpoint("tiny-custom_voice")).unwrap();
    assert_eq!(custom.kind, ModelKind::CustomVoice);
    assert!(!custom.follows_instructions());
    let talker = &custom.talker_config;
    assert_eq!(talker.speakers().count(), 9);
    assert_eq!(talker.languages().count(), 10);
    assert!(talker.languages().all(|name| !name.contains("dialect")));
    assert_eq!(
        talker.spk_is_dialect["dylan"].name(),
        Some("beijing_dialect")
    );
    assert_eq!(talker.spk_is_dialect["ryan"].name(), None);

    let custom = ModelConfig::load(&checkpoint("tiny17-custom_voice")).unwrap();
    assert!(custom.follows_instructions());
    let design = ModelConfig::load(&checkpoint("tiny17-voice_design")).unwrap();
    assert!(design.follows_instructions());
    let base = ModelConfig::load(&checkpoint("tiny-base")).unwrap();
    assert_eq!(base.kind, ModelKind::Base);
    assert!(!base.follows_instructions());
    assert_eq!(base.speaker_encoder_config.unwrap().enc_dim, 64);
}

#[test]
fn missing_keys_have_the_released_values() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("generation_config.json");
    std::fs::write(&path, r#"{"temperature": 0.5, "top_k": null}"#).unwrap();
    let config = GenerationConfig::load(folder.path()).unwrap();
    assert_eq!(config.max_new_tokens, 2048);
    assert!((config.repetition_penalty - 1.05).abs() < 1e-6);
    assert_eq!(config.talker.top_k, 50);
    assert!((config.talker.temperature - 0.5).abs() < 1e-6);
    assert_eq!(config.predictor, SamplingSettings::RELEASED);

    for (key, value) in [
        ("temperature", json!(0.0)),
        ("top_p", json!(1.5)),
        ("subtalker_top_p", json!(0)),
        ("repetition_penalty", json!(-1)),
        ("max_new_tokens", json!(1)),
    ] {
        std::fs::write(&path, json!({ key: value }).to_string()).unwrap();
        let error = GenerationConfig::load(folder.path()).unwrap_err();
        assert!(matches!(error, Qwen3Error::Checkpoint { .. }), "{error}");
        assert!(error.to_string().contains(key), "{error}");
    }
}

#[test]
fn base_checkpoints_may_use_default_encoder_sizes() {
    let config = altered("tiny-base", |json| {
        json["speaker_encoder_config"] = json!({"enc_dim": 64, "sample_rate": 24000});
    })
    .unwrap();
    let encoder = config.speaker_encoder_config.unwrap();
    assert_eq!(encoder.mel_dim, 128);
    assert_eq!(encoder.enc_channels, [512, 512, 512, 512, 1536]);
}

type Change = fn(&mut Value);

#[test]
fn unsupported_values_are_refused_by_key() {
    let table: &[(&str, Change)] = &[
        ("model_type", |j| j["model_type"] = json!("qwen3")),
        ("tokenizer_type", |j| j["tokenizer_type"] = json!("25hz")),
        ("tts_pad_token_id", |j| j["tts_pad_token_id"] = json!(320)),
        ("num_attention_heads is 5", |j| {
            j["talker_config"]["num_attention_heads"] = json!(5);
        }),
        ("head_dim is 33", |j| {
            j["talker_config"]["head_dim"] = json!(33);
        }),
        ("hidden_size is 0", |j| {
            j["talker_config"]["hidden_size"] = json!(0);
        }),
        ("num_code_groups is 1", |j| {
            j["talker_config"]["num_code_groups"] = json!(1);
        }),
        ("num_code_groups is 8", |j| {
            j["talker_config"]["code_predictor_config"]["num_code_groups"] = json!(8);
        }),
        ("vocab_size is 1024", |j| {
            j["talker_config"]["vocab_size"] = json!(1024);
        }),
        ("codec_eos_token_id", |j| {
            j["talker_config"]["codec_eos_token_id"] = json!(1152);
        }),
        ("spk_id.ryan", |j| {
            j["talker_config"]["spk_id"]["ryan"] = json!(1152);
        }),
        ("spk_id is empty", |j| {
            j["talker_config"]["spk_id"] = json!({});
        }),
        ("beijing_dialect", |j| {
            let languages = &mut j["talker_config"]["codec_language_id"];
            languages.as_object_mut().unwrap().remove("beijing_dialect");
        }),
        ("mrope_section", |j| {
            j["talker_config"]["rope_scaling"]["mrope_section"] = json!([6, 5, 6]);
        }),
        ("rope_type", |j| {
            j["talker_config"]["rope_scaling"]["rope_type"] = json!("yarn");
        }),
        ("attention_bias", |j| {
            j["talker_config"]["attention_bias"] = json!(true);
        }),
        ("unknown variant", |j| j["tts_model_type"] = json!("singer")),
        ("missing field `talker_config`", |j| {
            j.as_object_mut().unwrap().remove("talker_config");
        }),
    ];
    for (named, change) in table {
        let error = altered("tiny-custom_voice", *change).unwrap_err();
        assert!(matches!(error, Qwen3Error::Checkpoint { .. }), "{error}");
        assert!(error.to_string().contains(named), "{named}: {error}");
    }
    let error = altered("tiny-base", |j| {
        j.as_object_mut().unwrap().remove("speaker_encoder_config");
    })
    .unwrap_err();
    assert!(
        error.to_string().contains("speaker_encoder_config"),
        "{error}"
    );
}

#[test]
fn missing_configurations_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = ModelConfig::load(folder.path()).unwrap_err();
    assert!(matches!(error, Qwen3Error::File { .. }), "{error}");
    assert!(error.to_string().contains("config.json"), "{error}");
}

fn altered(name: &str, change: Change) -> Result<ModelConfig, Qwen3Error> {
    let text = std::fs::read(checkpoint(name).join("config.json")).unwrap();
    let mut json: Value = serde_json::from_slice(&text).unwrap();
    change(&mut json);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.json"), json.to_string()).unwrap();
    ModelConfig::load(folder.path())
}
