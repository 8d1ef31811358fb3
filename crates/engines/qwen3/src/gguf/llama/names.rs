//! The names of tensors in the files of llama.cpp.

/// The talker's file.
pub(in crate::gguf) const TALKER_NAMES: &[(&str, &str)] = &[
    ("output.weight", "talker.codec_head.weight"),
    ("output_norm.weight", "talker.model.norm.weight"),
    (
        "blk.{}.attn_norm.{}",
        "talker.model.layers.{}.input_layernorm.{}",
    ),
    (
        "blk.{}.ffn_norm.{}",
        "talker.model.layers.{}.post_attention_layernorm.{}",
    ),
    (
        "blk.{}.attn_q.{}",
        "talker.model.layers.{}.self_attn.q_proj.{}",
    ),
    (
        "blk.{}.attn_k.{}",
        "talker.model.layers.{}.self_attn.k_proj.{}",
    ),
    (
        "blk.{}.attn_v.{}",
        "talker.model.layers.{}.self_attn.v_proj.{}",
    ),
    (
        "blk.{}.attn_output.{}",
        "talker.model.layers.{}.self_attn.o_proj.{}",
    ),
    (
        "blk.{}.attn_q_norm.{}",
        "talker.model.layers.{}.self_attn.q_norm.{}",
    ),
    (
        "blk.{}.attn_k_norm.{}",
        "talker.model.layers.{}.self_attn.k_norm.{}",
    ),
    (
        "blk.{}.ffn_gate.{}",
        "talker.model.layers.{}.mlp.gate_proj.{}",
    ),
    ("blk.{}.ffn_up.{}", "talker.model.layers.{}.mlp.up_proj.{}"),
    (
        "blk.{}.ffn_down.{}",
        "talker.model.layers.{}.mlp.down_proj.{}",
    ),
];

/// Code predictor and speaker encoder, which are in the mmproj file.
pub(in crate::gguf) const MMPROJ_NAMES: &[(&str, &str)] = &[
    (
        "a.gen.code.out_embd.weight",
        "talker.model.codec_embedding.weight",
    ),
    (
        "a.gen.code.output_norm.weight",
        "talker.code_predictor.model.norm.weight",
    ),
    (
        "a.gen.code.proj_in.{}",
        "talker.code_predictor.small_to_mtp_projection.{}",
    ),
    (
        "a.gen.code.blk.{}.ln1.{}",
        "talker.code_predictor.model.layers.{}.input_layernorm.{}",
    ),
    (
        "a.gen.code.blk.{}.ln2.{}",
        "talker.code_predictor.model.layers.{}.post_attention_layernorm.{}",
    ),
    (
        "a.gen.code.blk.{}.attn_q.{}",
        "talker.code_predictor.model.layers.{}.self_attn.q_proj.{}",
    ),
    (
        "a.gen.code.blk.{}.attn_k.{}",
        "talker.code_predictor.model.layers.{}.self_attn.k_proj.{}",
    ),
    (
        "a.gen.code.blk.{}.attn_v.{}",
        "talker.code_predictor.model.layers.{}.self_attn.v_proj.{}",
    ),
    (
        "a.gen.code.blk.{}.attn_out.{}",
        "talker.code_predictor.model.layers.{}.self_attn.o_proj.{}",
    ),
    (
        "a.gen.code.blk.{}.attn_q_norm.{}",
        "talker.code_predictor.model.layers.{}.self_attn.q_norm.{}",
    ),
    (
        "a.gen.code.blk.{}.attn_k_norm.{}",
        "talker.code_predictor.model.layers.{}.self_attn.k_norm.{}",
    ),
    (
        "a.gen.code.blk.{}.ffn_gate.{}",
        "talker.code_predictor.model.layers.{}.mlp.gate_proj.{}",
    ),
    (
        "a.gen.code.blk.{}.ffn_up.{}",
        "talker.code_predictor.model.layers.{}.mlp.up_proj.{}",
    ),
    (
        "a.gen.code.blk.{}.ffn_down.{}",
        "talker.code_predictor.model.layers.{}.mlp.down_proj.{}",
    ),
    ("a.conv1d.0.{}", "speaker_encoder.blocks.0.conv.{}"),
    (
        "a.blk.{}.conv_pw1.{}",
        "speaker_encoder.blocks.{}.tdnn1.conv.{}",
    ),
    (
        "a.blk.{}.conv_pw2.{}",
        "speaker_encoder.blocks.{}.tdnn2.conv.{}",
    ),
    (
        "a.blk.{}.res2.{}.{}",
        "speaker_encoder.blocks.{}.res2net_block.blocks.{}.conv.{}",
    ),
    (
        "a.blk.{}.se_conv1.{}",
        "speaker_encoder.blocks.{}.se_block.conv1.{}",
    ),
    (
        "a.blk.{}.se_conv2.{}",
        "speaker_encoder.blocks.{}.se_block.conv2.{}",
    ),
    ("a.conv_out.{}", "speaker_encoder.mfa.conv.{}"),
    ("a.asp_attn.{}", "speaker_encoder.asp.conv.{}"),
    ("a.asp_tdnn.{}", "speaker_encoder.asp.tdnn.conv.{}"),
    ("mm.a.fc.{}", "speaker_encoder.fc.{}"),
];

/// Tensors of the mmproj file that hold one tensor for each code behind the first, stacked; the
/// name of each is the prefix, its number and `.weight`.
pub(in crate::gguf) const STACKED: &[(&str, &str)] = &[
    (
        "a.gen.code.embd.weight",
        "talker.code_predictor.model.codec_embedding",
    ),
    ("a.gen.code.head.weight", "talker.code_predictor.lm_head"),
];

/// The codec's decoder, which is in the mmproj file.
pub(in crate::gguf) const CODEC_NAMES: &[(&str, &str)] = &[
    (
        "a.gen.wav.quant.first.codebook.weight",
        "decoder.quantizer.rvq_first.vq.layers.0._codebook.embedding_sum",
    ),
    (
        "a.gen.wav.quant.first.out_proj.{}",
        "decoder.quantizer.rvq_first.output_proj.{}",
    ),
    (
        "a.gen.wav.quant.rest.out_proj.{}",
        "decoder.quantizer.rvq_rest.output_proj.{}",
    ),
    ("a.gen.wav.pre_conv.{}", "decoder.pre_conv.conv.{}"),
    (
        "a.gen.wav.tfm.in_proj.{}",
        "decoder.pre_transformer.input_proj.{}",
    ),
    (
        "a.gen.wav.tfm.out_proj.{}",
        "decoder.pre_transformer.output_proj.{}",
    ),
    (
        "a.gen.wav.tfm.output_norm.{}",
        "decoder.pre_transformer.norm.{}",
    ),
    (
        "a.gen.wav.tfm.blk.{}.ln1.{}",
        "decoder.pre_transformer.layers.{}.input_layernorm.{}",
    ),
    (
        "a.gen.wav.tfm.blk.{}.ln2.{}",
        "decoder.pre_transformer.layers.{}.post_attention_layernorm.{}",
    ),
    (
        "a.gen.wav.tfm.blk.{}.attn_q.{}",
        "decoder.pre_transformer.layers.{}.self_attn.q_proj.{}",
    ),
    (
        "a.gen.wav.tfm.blk.{}.attn_k.{}",
        "decoder.pre_transformer.layers.{}.self_attn.k_proj.{}",
    ),
    (
        "a.gen.wav.tfm.blk.{}.attn_v.{}",
        "decoder.pre_transformer.layers.{}.self_attn.v_proj.{}",
    ),
    (
        "a.gen.wav.tfm.blk.{}.attn_out.{}",
        "decoder.pre_transformer.layers.{}.self_attn.o_proj.{}",
    ),
    (
        "a.gen.wav.tfm.blk.{}.ls1.weight",
        "decoder.pre_transformer.layers.{}.self_attn_layer_scale.scale",
    ),
    (
        "a.gen.wav.tfm.blk.{}.ls2.weight",
        "decoder.pre_transformer.layers.{}.mlp_layer_scale.scale",
    ),
    (
        "a.gen.wav.tfm.blk.{}.ffn_gate.{}",
        "decoder.pre_transformer.layers.{}.mlp.gate_proj.{}",
    ),
    (
        "a.gen.wav.tfm.blk.{}.ffn_up.{}",
        "decoder.pre_transformer.layers.{}.mlp.up_proj.{}",
    ),
    (
        "a.gen.wav.tfm.blk.{}.ffn_down.{}",
        "decoder.pre_transformer.layers.{}.mlp.down_proj.{}",
    ),
    (
        "a.gen.wav.up.blk.{}.conv.{}",
        "decoder.upsample.{}.0.conv.{}",
    ),
    (
        "a.gen.wav.up.blk.{}.dwconv.{}",
        "decoder.upsample.{}.1.dwconv.conv.{}",
    ),
    (
        "a.gen.wav.up.blk.{}.norm.{}",
        "decoder.upsample.{}.1.norm.{}",
    ),
    (
        "a.gen.wav.up.blk.{}.pw1.{}",
        "decoder.upsample.{}.1.pwconv1.{}",
    ),
    (
        "a.gen.wav.up.blk.{}.pw2.{}",
        "decoder.upsample.{}.1.pwconv2.{}",
    ),
    ("a.gen.wav.up.blk.{}.gamma", "decoder.upsample.{}.1.gamma"),
    ("a.gen.wav.dac.entry.{}", "decoder.decoder.0.conv.{}"),
    (
        "a.gen.wav.dac.blk.{}.snake.{}",
        "decoder.decoder.{+1}.block.0.{}",
    ),
    (
        "a.gen.wav.dac.blk.{}.conv.{}",
        "decoder.decoder.{+1}.block.1.conv.{}",
    ),
    (
        "a.gen.wav.dac.blk.{}.res.{}.act1.{}",
        "decoder.decoder.{+1}.block.{+2}.act1.{}",
    ),
    (
        "a.gen.wav.dac.blk.{}.res.{}.act2.{}",
        "decoder.decoder.{+1}.block.{+2}.act2.{}",
    ),
    (
        "a.gen.wav.dac.blk.{}.res.{}.conv1.{}",
        "decoder.decoder.{+1}.block.{+2}.conv1.conv.{}",
    ),
    (
        "a.gen.wav.dac.blk.{}.res.{}.conv2.{}",
        "decoder.decoder.{+1}.block.{+2}.conv2.conv.{}",
    ),
    ("a.gen.wav.dac.post_snake.{}", "decoder.decoder.5.{}"),
    ("a.gen.wav.dac.post_conv.{}", "decoder.decoder.6.conv.{}"),
];

/// The stacked codebooks behind the first: prefix and suffix of the name of each.
pub(in crate::gguf) const CODEBOOKS: (&str, &str, &str) = (
    "a.gen.wav.quant.rest.codebook.weight",
    "decoder.quantizer.rvq_rest.vq.layers",
    "_codebook.embedding_sum",
);
