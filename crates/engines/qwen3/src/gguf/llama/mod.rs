//! The layout of llama.cpp: a talker whose text embedding has its projection applied and whose
//! vocabulary goes on with the codes; and an mmproj file (`--mmproj`) with the code predictor, the
//! speaker encoder and the codec's decoder. Its converter takes `base` checkpoints alone, and
//! leaves the codec's encoder out.
//!
//! Names are those of `conversion/qwen3tts.py` of ggml-org/llama.cpp, and values that it does not
//! write are those of `tools/mtmd/clip.cpp`, both as in the Python package `llama-cpp-python` 0.3.36.

mod names;

use serde_json::{Map, Value, json};

use crate::Qwen3Error;
use crate::weights::Folded;

use super::file::GgufFile;
use super::speaker;
use super::vocabulary::Vocabulary;

pub(super) use names::{CODEBOOKS, CODEC_NAMES, MMPROJ_NAMES, STACKED, TALKER_NAMES};

/// The architecture of the talker.
pub(super) const TALKER: &str = "qwen3tts";

/// The architecture of the mmproj file, and what it is for.
pub(super) const MMPROJ: &str = "clip";
pub(super) const PROJECTOR: &str = "clip.gen.audio.projector_type";
pub(super) const QWEN3_TTS: &str = "qwen3tts_gen";

/// The width of the talker that the mmproj file is for.
pub(super) const PROJECTION: &str = "clip.gen.audio.projection_dim";

/// What the files hold computed.
pub(super) const FOLDED: Folded = Folded {
    codebooks: true,
    snakes: true,
    text_projection: true,
};

/// The embeddings of the text, then those of the codes.
pub(super) const EMBEDDINGS: &str = "token_embd.weight";
pub(super) const TEXT_EMBEDDING: &str = "talker.model.text_embedding.weight";

/// Values that the converter does not write and every released checkpoint has.
const PREDICTOR_ROPE_THETA: f32 = 1e6;
const CODEC_HEADS: usize = 16;
const CODEC_WINDOW: usize = 72;
const CODEC_EPSILON: f32 = 1e-5;
const CODEC_ROPE_THETA: f32 = 1e4;
const SAMPLE_RATE: u32 = 24_000;

/// The hidden size of the 0.6B checkpoints, which are told apart by it.
const SMALL_HIDDEN_SIZE: u32 = 1024;

/// How many tokens of text there are: the codes follow.
///
/// # Errors
/// `Checkpoint` where there are no codes.
pub(super) fn text_tokens(vocabulary: &Vocabulary<'_>) -> Result<u32, Qwen3Error> {
    vocabulary.id("<|codec_0|>")
}

/// `config.json` of a talker's file and the mmproj one.
pub(super) fn config(
    talker: &GgufFile,
    mmproj: &GgufFile,
    vocabulary: &Vocabulary<'_>,
) -> Result<Value, Qwen3Error> {
    let size = |name: &str| talker.u32(&format!("{TALKER}.{name}"));
    let text = text_tokens(vocabulary)?;
    let code = |names: &[&str]| {
        let found = names.iter().find_map(|name| vocabulary.find(name));
        let found = found.and_then(|id| id.checked_sub(text));
        found.ok_or_else(|| talker.error(format!("lacks the token {:?}", names.join(" or "))))
    };
    let hidden = size("embedding_length")?;
    let [codes, ..] = talker.shape::<2>("output.weight")?;
    let [others, ..] = mmproj.shape::<3>("a.gen.code.head.weight")?;
    let groups = others.saturating_add(1);
    Ok(json!({
        "model_type": "qwen3_tts",
        "tokenizer_type": "qwen3_tts_tokenizer_12hz",
        "tts_model_size": if hidden == SMALL_HIDDEN_SIZE { "0b6" } else { "1b7" },
        "tts_model_type": "base",
        "im_start_token_id": vocabulary.id("<|im_start|>")?,
        "im_end_token_id": vocabulary.id("<|im_end|>")?,
        "assistant_token_id": vocabulary.id("assistant")?,
        "tts_pad_token_id": vocabulary.id("<tts_pad>")?,
        "tts_bos_token_id": vocabulary.id("<tts_text_bos>")?,
        "tts_eos_token_id": vocabulary.id("<tts_text_eod>")?,
        "talker_config": {
            "hidden_size": hidden,
            "intermediate_size": size("feed_forward_length")?,
            "num_hidden_layers": size("block_count")?,
            "num_attention_heads": size("attention.head_count")?,
            "num_key_value_heads": size("attention.head_count_kv")?,
            "head_dim": size("attention.key_length")?,
            "max_position_embeddings": size("context_length")?,
            "rope_theta": talker.f32(&format!("{TALKER}.rope.freq_base"))?,
            "rms_norm_eps": talker.f32(&format!("{TALKER}.attention.layer_norm_rms_epsilon"))?,
            "vocab_size": codes,
            "text_vocab_size": text,
            "text_hidden_size": hidden,
            "num_code_groups": groups,
            // The same id under two keys, of which the converter keeps one.
            "codec_pad_id": code(&["<|codec_pad|>", "<|pad_token|>"])?,
            "codec_bos_id": code(&["<|codec_bos|>"])?,
            "codec_eos_token_id": code(&["<|codec_eos_token|>"])?,
            "codec_think_id": code(&["<|codec_think|>"])?,
            "codec_nothink_id": code(&["<|codec_nothink|>"])?,
            "codec_think_bos_id": code(&["<|codec_think_bos|>"])?,
            "codec_think_eos_id": code(&["<|codec_think_eos|>"])?,
            "codec_language_id": languages(vocabulary, text),
            "code_predictor_config": predictor(mmproj, groups)?,
        },
        "speaker_encoder_config": speaker_encoder(mmproj)?,
    }))
}

/// The languages, which are names of codes.
fn languages(vocabulary: &Vocabulary<'_>, text: u32) -> Map<String, Value> {
    let codes = vocabulary.tokens_from(text).zip(0_u32..);
    codes
        .filter_map(|(token, id)| {
            let name = token.strip_prefix("<|codec_language_")?;
            let name = name.strip_suffix("|>")?;
            Some((name.to_lowercase(), id.into()))
        })
        .collect()
}

fn predictor(mmproj: &GgufFile, groups: usize) -> Result<Value, Qwen3Error> {
    let size = |name: &str| mmproj.u32(&format!("clip.gen.audio.{name}"));
    let heads = size("attention.head_count")?;
    let [_, codes, _] = mmproj.shape("a.gen.code.head.weight")?;
    let queries = mmproj.rows("a.gen.code.blk.0.attn_q.weight")?;
    Ok(json!({
        "hidden_size": size("embedding_length")?,
        "intermediate_size": size("feed_forward_length")?,
        "num_hidden_layers": size("block_count")?,
        "num_attention_heads": heads,
        "num_key_value_heads": size("attention.head_count_kv")?,
        "head_dim": queries.checked_div(heads as usize).unwrap_or_default(),
        "vocab_size": codes,
        "num_code_groups": groups,
        "rms_norm_eps": mmproj.f32("clip.gen.audio.attention.layer_norm_epsilon")?,
        "rope_theta": PREDICTOR_ROPE_THETA,
        // A frame takes as many positions as it has codes.
        "max_position_embeddings": groups,
    }))
}

fn speaker_encoder(mmproj: &GgufFile) -> Result<Value, Qwen3Error> {
    let mut config = speaker::widths(
        mmproj,
        &speaker::Names {
            first: "a.conv1d.0.weight",
            aggregate: "a.conv_out.weight",
            attention: "a.asp_tdnn.weight",
            group: "a.blk.1.res2.0.weight",
            squeeze: "a.blk.1.se_conv1.weight",
        },
    )?;
    config["enc_dim"] = mmproj.rows("mm.a.fc.weight")?.into();
    config["sample_rate"] = SAMPLE_RATE.into();
    Ok(config)
}

/// `generation_config.json` of a talker's file, as far as it states the talker's sampling.
pub(super) fn generation(talker: &GgufFile) -> Result<Value, Qwen3Error> {
    let key = |name: &str| format!("general.sampling.{name}");
    let mut generation = Map::new();
    for (name, official) in [
        ("temp", "temperature"),
        ("top_p", "top_p"),
        ("penalty_repeat", "repetition_penalty"),
    ] {
        if talker.has(&key(name)) {
            generation.insert(official.into(), talker.f32(&key(name))?.into());
        }
    }
    if talker.has(&key("top_k")) {
        generation.insert("top_k".into(), talker.u32(&key("top_k"))?.into());
    }
    Ok(generation.into())
}

/// `speech_tokenizer/config.json`, without the encoder, which the files lack.
pub(super) fn codec_config(mmproj: &GgufFile) -> Result<Value, Qwen3Error> {
    let numbered = |name: &str| {
        let mut tensors = Vec::new();
        while mmproj.has_tensor(&name.replace("{}", &tensors.len().to_string())) {
            tensors.push(name.replace("{}", &tensors.len().to_string()));
        }
        tensors
    };
    let kernels = |name: &str| {
        let tensors = numbered(name);
        let kernels = tensors.iter().map(|tensor| mmproj.shape::<3>(tensor));
        kernels
            .map(|shape| shape.map(|[.., kernel]| kernel))
            .collect::<Result<Vec<usize>, Qwen3Error>>()
    };
    let [others, codes, entry] = mmproj.shape(CODEBOOKS.0)?;
    let ratios = kernels("a.gen.wav.up.blk.{}.conv.weight")?;
    // A kernel of the vocoder is twice as long as its stride.
    let rates = kernels("a.gen.wav.dac.blk.{}.conv.weight")?;
    let rates: Vec<usize> = rates.into_iter().map(|kernel| kernel / 2).collect();
    let samples = ratios
        .iter()
        .chain(&rates)
        .try_fold(1_usize, |all, rate| all.checked_mul(*rate));
    let queries = mmproj.rows("a.gen.wav.tfm.blk.0.attn_q.weight")?;
    Ok(json!({
        "model_type": "qwen3_tts_tokenizer_12hz",
        "output_sample_rate": SAMPLE_RATE,
        "decode_upsample_rate": samples,
        "decoder_config": {
            "codebook_size": codes,
            "codebook_dim": entry.saturating_mul(2),
            "num_quantizers": others.saturating_add(1),
            "num_semantic_quantizers": 1,
            "latent_dim": mmproj.rows("a.gen.wav.pre_conv.weight")?,
            "hidden_size": mmproj.rows("a.gen.wav.tfm.in_proj.weight")?,
            "intermediate_size": mmproj.rows("a.gen.wav.tfm.blk.0.ffn_gate.weight")?,
            "num_hidden_layers": numbered("a.gen.wav.tfm.blk.{}.attn_q.weight").len(),
            "num_attention_heads": CODEC_HEADS,
            "num_key_value_heads": CODEC_HEADS,
            "head_dim": queries / CODEC_HEADS,
            "sliding_window": CODEC_WINDOW,
            "rms_norm_eps": CODEC_EPSILON,
            "rope_theta": CODEC_ROPE_THETA,
            "hidden_act": "silu",
            "decoder_dim": mmproj.rows("a.gen.wav.dac.entry.weight")?,
            "upsampling_ratios": ratios,
            "upsample_rates": rates,
        },
    }))
}
