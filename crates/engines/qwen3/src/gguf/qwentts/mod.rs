//! The layout of qwentts.cpp: a talker with the code predictor, the tokenizer and, of `base`, the
//! speaker encoder; and the codec in a file of its own, which all talkers share.
//!
//! Names are those of `convert.py` of ServeurpersoCom/qwentts.cpp at a8a7716, which
//! Danmoreng/qwen3-tts.cpp writes too.

mod names;

use serde_json::{Map, Value, json};

use crate::Qwen3Error;
use crate::weights::Folded;

use super::file::GgufFile;
use super::speaker;
use super::vocabulary::Vocabulary;

pub(super) use names::{CODEC_NAMES, TALKER_NAMES};

/// The architectures of the talker and of the codec.
pub(super) const TALKER: &str = "qwen3-tts";
pub(super) const CODEC: &str = "qwen3-tts-tokenizer";

/// What the codec's file holds computed.
pub(super) const FOLDED: Folded = Folded {
    codebooks: true,
    snakes: false,
    text_projection: false,
};

/// `config.json` of a talker's file.
pub(super) fn config(talker: &GgufFile, vocabulary: &Vocabulary<'_>) -> Result<Value, Qwen3Error> {
    let key = |key: &str| format!("{TALKER}.{key}");
    let id = |name: &str| talker.u32(&key(name));
    let mut config = json!({
        "model_type": "qwen3_tts",
        "tokenizer_type": talker.string(&key("tokenizer_type"))?,
        "tts_model_size": talker.string(&key("model_size"))?,
        "tts_model_type": talker.string(&key("model_type"))?,
        "im_start_token_id": id("text.im_start_id")?,
        "im_end_token_id": id("text.im_end_id")?,
        "tts_pad_token_id": id("text.tts_pad_id")?,
        "tts_bos_token_id": id("text.tts_bos_id")?,
        "tts_eos_token_id": id("text.tts_eos_id")?,
        "assistant_token_id": vocabulary.id("assistant")?,
    });
    let mut inner = json!({
        "codec_pad_id": id("codec.pad_id")?,
        "codec_bos_id": id("codec.bos_id")?,
        "codec_eos_token_id": id("codec.eos_id")?,
        "codec_think_id": id("codec.think_id")?,
        "codec_nothink_id": id("codec.nothink_id")?,
        "codec_think_bos_id": id("codec.think_bos_id")?,
        "codec_think_eos_id": id("codec.think_eos_id")?,
        "text_vocab_size": id("talker.text_vocab_size")?,
        "text_hidden_size": id("talker.text_hidden_size")?,
        "codec_language_id": ids(talker, "language")?,
        "code_predictor_config": transformer(talker, "code_pred")?,
    });
    merge(&mut inner, transformer(talker, "talker")?);
    if talker.has(&key("codec.speaker_names")) {
        merge(&mut inner, speakers(talker)?);
    }
    config["talker_config"] = inner;
    if talker.has(&key("spk_enc.embedding_length")) {
        // The widths inside are those of the released encoders, except where the shapes differ.
        config["speaker_encoder_config"] = json!({
            "enc_dim": id("spk_enc.embedding_length")?,
            "sample_rate": id("spk_enc.sample_rate")?,
        });
        merge(
            &mut config["speaker_encoder_config"],
            speaker::widths(
                talker,
                &speaker::Names {
                    first: "spk_enc.conv0.weight",
                    aggregate: "spk_enc.mfa.weight",
                    attention: "spk_enc.asp.tdnn.weight",
                    group: "spk_enc.blk.1.res2net.0.weight",
                    squeeze: "spk_enc.blk.1.se.conv1.weight",
                },
            )?,
        );
    }
    Ok(config)
}

/// The sizes of the talker or of the code predictor.
fn transformer(talker: &GgufFile, part: &str) -> Result<Value, Qwen3Error> {
    let key = |name: &str| format!("{TALKER}.{part}.{name}");
    let size = |name: &str| talker.u32(&key(name));
    Ok(json!({
        "hidden_size": size("embedding_length")?,
        "intermediate_size": size("feed_forward_length")?,
        "num_hidden_layers": size("block_count")?,
        "num_attention_heads": size("attention.head_count")?,
        "num_key_value_heads": size("attention.head_count_kv")?,
        "head_dim": size("attention.key_length")?,
        "vocab_size": size("vocab_size")?,
        "max_position_embeddings": size("context_length")?,
        "num_code_groups": talker.u32(&format!("{TALKER}.num_code_groups"))?,
        "rope_theta": talker.f32(&key("rope.freq_base"))?,
        "rms_norm_eps": talker.f32(&key("attention.layer_norm_rms_epsilon"))?,
    }))
}

/// Names and ids, which are arrays of equal length: of languages or speakers.
fn ids(talker: &GgufFile, kind: &str) -> Result<Map<String, Value>, Qwen3Error> {
    let key = |part: &str| format!("{TALKER}.codec.{kind}_{part}");
    let (names, ids) = (talker.strings(&key("names"))?, talker.numbers(&key("ids"))?);
    if names.len() != ids.len() {
        return Err(talker.error(format!(
            "has {} {} and {} {}; they must be equally many",
            names.len(),
            key("names"),
            ids.len(),
            key("ids")
        )));
    }
    let names = names.into_iter().map(str::to_lowercase);
    Ok(names.zip(ids.into_iter().map(Value::from)).collect())
}

fn speakers(talker: &GgufFile) -> Result<Value, Qwen3Error> {
    let names = talker.strings(&format!("{TALKER}.codec.speaker_names"))?;
    let dialects = talker.strings(&format!("{TALKER}.codec.speaker_dialects"))?;
    let dialects: Map<String, Value> = names
        .into_iter()
        .map(str::to_lowercase)
        .zip(dialects)
        .map(|(name, dialect)| (name, dialect.into()))
        .filter(|(_, dialect): &(_, Value)| dialect != "")
        .collect();
    Ok(json!({"spk_id": ids(talker, "speaker")?, "spk_is_dialect": dialects}))
}

/// `generation_config.json` of a talker's file; what it lacks has the official default.
pub(super) fn generation(talker: &GgufFile) -> Result<Value, Qwen3Error> {
    let mut generation = Map::new();
    for prefix in ["", "subtalker_"] {
        let key = |name: &str| format!("generation.{prefix}{name}");
        for name in ["temperature", "top_p"] {
            if talker.has(&key(name)) {
                let number = talker.f32(&key(name))?;
                generation.insert(format!("{prefix}{name}"), number.into());
            }
        }
        if talker.has(&key("top_k")) {
            let number = talker.u32(&key("top_k"))?;
            generation.insert(format!("{prefix}top_k"), number.into());
        }
    }
    for (key, official) in [
        ("generation.do_sample", "do_sample"),
        ("generation.subtalker_do_sample", "subtalker_dosample"),
    ] {
        if talker.has(key) {
            generation.insert(official.into(), talker.bool(key)?.into());
        }
    }
    if talker.has("generation.repetition_penalty") {
        let number = talker.f32("generation.repetition_penalty")?;
        generation.insert("repetition_penalty".into(), number.into());
    }
    if talker.has("generation.max_new_tokens") {
        let number = talker.u32("generation.max_new_tokens")?;
        generation.insert("max_new_tokens".into(), number.into());
    }
    Ok(generation.into())
}

/// `speech_tokenizer/config.json` of a codec's file.
pub(super) fn codec_config(codec: &GgufFile) -> Result<Value, Qwen3Error> {
    let part = |part: &str, keys: &[&str]| {
        let mut sizes = Map::new();
        for name in keys {
            let number = codec.u32(&format!("{CODEC}.{part}{name}"))?;
            sizes.insert((*name).to_owned(), number.into());
        }
        Ok::<_, Qwen3Error>(Value::from(sizes))
    };
    let mut config = part(
        "",
        &[
            "output_sample_rate",
            "decode_upsample_rate",
            "encoder_valid_num_quantizers",
        ],
    )?;
    config["model_type"] = "qwen3_tts_tokenizer_12hz".into();
    let mut decoder = part(
        "decoder.",
        &[
            "codebook_size",
            "codebook_dim",
            "num_quantizers",
            "num_semantic_quantizers",
            "latent_dim",
            "hidden_size",
            "intermediate_size",
            "num_hidden_layers",
            "num_attention_heads",
            "num_key_value_heads",
            "head_dim",
            "sliding_window",
            "decoder_dim",
        ],
    )?;
    decoder["rms_norm_eps"] = codec.f32(&format!("{CODEC}.decoder.rms_norm_eps"))?.into();
    decoder["rope_theta"] = codec.f32(&format!("{CODEC}.decoder.rope_theta"))?.into();
    decoder["hidden_act"] = "silu".into();
    for rates in ["upsampling_ratios", "upsample_rates"] {
        decoder[rates] = codec.numbers(&format!("{CODEC}.decoder.{rates}"))?.into();
    }
    config["decoder_config"] = decoder;
    let mut encoder = part(
        "encoder.",
        &[
            "num_filters",
            "kernel_size",
            "last_kernel_size",
            "residual_kernel_size",
            "num_residual_layers",
            "compress",
            "hidden_size",
            "intermediate_size",
            "head_dim",
            "num_attention_heads",
            "num_key_value_heads",
            "num_hidden_layers",
            "codebook_dim",
            "codebook_size",
            "num_quantizers",
            "num_semantic_quantizers",
        ],
    )?;
    encoder["sampling_rate"] = codec.u32(&format!("{CODEC}.input_sample_rate"))?.into();
    let width = format!("{CODEC}.encoder.vector_quantization_hidden_dim");
    encoder["vector_quantization_hidden_dimension"] = codec.u32(&width)?.into();
    encoder["norm_eps"] = codec.f32(&format!("{CODEC}.encoder.norm_eps"))?.into();
    encoder["rope_theta"] = codec.f32(&format!("{CODEC}.encoder.rope_theta"))?.into();
    let ratios = format!("{CODEC}.encoder.upsampling_ratios");
    encoder["upsampling_ratios"] = codec.numbers(&ratios)?.into();
    config["encoder_config"] = encoder;
    Ok(config)
}

/// Adds the keys of one object to another.
fn merge(object: &mut Value, more: Value) {
    if let (Value::Object(object), Value::Object(more)) = (object, more) {
        object.extend(more);
    }
}
