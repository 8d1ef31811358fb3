"""Writes GGUF files of the tiny checkpoints, with PyPI's `gguf`, in the layouts of two programs, and one file of blocks.
Usage: gguf_files.py DUMPS OUT   -> OUT/qwentts/{tiny-custom_voice-f32,tiny-base-f16,tokenizer-f32}.gguf, OUT/llama/{tiny-base,mmproj-tiny-base}-f32.gguf,
OUT/blocks.gguf. Names of tensors and metadata are those of the converters that crates/engines/qwen3/README.md lists.
Needs gguf, numpy and safetensors."""
import json, os, re, sys
import gguf, numpy as np
from safetensors.numpy import load_file

F = gguf.GGMLQuantizationType
LAYER = {"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
         "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
         "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down", "mlp.fc1": "ffn_up", "mlp.fc2": "ffn_down",
         "self_attn_layer_scale.scale": "attn_scale", "mlp_layer_scale.scale": "ffn_scale"}
# How the second file of llama.cpp calls the same.
CLIP = LAYER | {"input_layernorm": "ln1", "post_attention_layernorm": "ln2", "self_attn.o_proj": "attn_out",
                "self_attn_layer_scale.scale": "ls1.weight", "mlp_layer_scale.scale": "ls2.weight"}

def layer(rest, names):
    """`self_attn.q_proj.weight` by `names`; scales have no ending of their own."""
    if rest in names: return names[rest]
    part, ending = rest.rsplit(".", 1)
    return f"{names[part]}.{ending}"

def rules(name, table):
    """The first rule of `table` that matches: a pattern, and a template or a function of the match."""
    for pattern, target in table:
        m = re.fullmatch(pattern, name)
        if m: return target(m) if callable(target) else m.expand(target)

def read(folder):
    config = json.load(open(f"{folder}/config.json"))
    tensors = {k: v.astype(np.float32) for k, v in load_file(f"{folder}/model.safetensors").items()}
    return config, tensors

def codebook(tensors, name, total):
    """Sums divided by how often an entry was used."""
    usage = np.maximum(tensors[f"{name}.cluster_usage"], np.float32(1e-5))
    return tensors[f"{name}.{total}"] / usage[:, None]

def tokens(folder, count=None):
    """Tokens by id, their types in llama.h (1 normal, 3 control, 4 user-defined, 5 unused), and the pairs."""
    vocab = json.load(open(f"{folder}/vocab.json"))
    added = json.load(open(f"{folder}/tokenizer_config.json"))["added_tokens_decoder"]
    count = count or 1 + max([*vocab.values(), *map(int, added)])
    names, types = [f"[PAD{i}]" for i in range(count)], [5] * count
    for name, i in vocab.items(): names[i], types[i] = name, 1
    for i, token in added.items(): names[int(i)], types[int(i)] = token["content"], 3 if token["special"] else 4
    pairs = [line for line in open(f"{folder}/merges.txt").read().splitlines() if line and not line.startswith("#")]
    return names, types, pairs

def write(path, architecture, metadata, tensors):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    w = gguf.GGUFWriter(path, architecture)
    for key, value in metadata.items():
        if isinstance(value, str): w.add_string(key, value)
        elif isinstance(value, bool): w.add_bool(key, value)
        elif isinstance(value, int): w.add_uint32(key, value)
        elif isinstance(value, float): w.add_float32(key, value)
        else: w.add_array(key, value)
    for name, tensor in tensors.items():
        if isinstance(tensor, tuple): w.add_tensor(name, tensor[0], raw_dtype=tensor[1])
        else: w.add_tensor(name, np.ascontiguousarray(tensor))
    w.write_header_to_file(); w.write_kv_data_to_file(); w.write_tensors_to_file(); w.close()
    print(path, len(tensors), "tensors,", os.path.getsize(path), "bytes")

# ---------------- qwentts.cpp
TALKER = [
    (r"talker\.model\.text_embedding\.(\w+)", r"talker.text_embd.\1"), (r"talker\.model\.codec_embedding\.(\w+)", r"talker.codec_embd.\1"),
    (r"talker\.model\.norm\.(\w+)", r"talker.output_norm.\1"), (r"talker\.codec_head\.(\w+)", r"talker.codec_head.\1"),
    (r"talker\.text_projection\.linear_fc(\d)\.(\w+)", r"talker.text_proj.fc\1.\2"),
    (r"talker\.model\.layers\.(\d+)\.(.+)", lambda m: f"talker.blk.{m[1]}.{layer(m[2], LAYER)}"),
    (r"talker\.code_predictor\.model\.norm\.(\w+)", r"code_pred.output_norm.\1"),
    (r"talker\.code_predictor\.small_to_mtp_projection\.(\w+)", r"code_pred.mtp_proj.\1"),
    (r"talker\.code_predictor\.model\.codec_embedding\.(\d+)\.(\w+)", r"code_pred.codec_embd.\1.\2"),
    (r"talker\.code_predictor\.lm_head\.(\d+)\.(\w+)", r"code_pred.lm_head.\1.\2"),
    (r"talker\.code_predictor\.model\.layers\.(\d+)\.(.+)", lambda m: f"code_pred.blk.{m[1]}.{layer(m[2], LAYER)}"),
    (r"speaker_encoder\.blocks\.0\.conv\.(\w+)", r"spk_enc.conv0.\1"),
    (r"speaker_encoder\.blocks\.(\d+)\.res2net_block\.blocks\.(\d+)\.conv\.(\w+)", r"spk_enc.blk.\1.res2net.\2.\3"),
    (r"speaker_encoder\.blocks\.(\d+)\.se_block\.(conv\d)\.(\w+)", r"spk_enc.blk.\1.se.\2.\3"),
    (r"speaker_encoder\.blocks\.(\d+)\.(tdnn\d)\.conv\.(\w+)", r"spk_enc.blk.\1.\2.\3"),
    (r"speaker_encoder\.asp\.conv\.(\w+)", r"spk_enc.asp.conv.\1"), (r"speaker_encoder\.asp\.tdnn\.conv\.(\w+)", r"spk_enc.asp.tdnn.\1"),
    (r"speaker_encoder\.mfa\.conv\.(\w+)", r"spk_enc.mfa.\1"), (r"speaker_encoder\.fc\.(\w+)", r"spk_enc.fc.\1"),
]
CODEC = [
    (r"decoder\.quantizer\.rvq_(first|rest)\.output_proj\.(\w+)", r"tok_dec.vq_\1.output_proj.\2"),
    (r"decoder\.pre_conv\.conv\.(\w+)", r"tok_dec.pre_conv.\1"),
    (r"decoder\.pre_transformer\.(input_proj|output_proj|norm)\.(\w+)", r"tok_dec.pre_tfm.\1.\2"),
    (r"decoder\.pre_transformer\.layers\.(\d+)\.(.+)", lambda m: f"tok_dec.pre_tfm.blk.{m[1]}.{layer(m[2], LAYER)}"),
    (r"decoder\.upsample\.(\d)\.0\.conv\.(\w+)", r"tok_dec.upsample.\1.conv.\2"),
    (r"decoder\.upsample\.(\d)\.1\.dwconv\.conv\.(\w+)", r"tok_dec.upsample.\1.dwconv.\2"),
    (r"decoder\.upsample\.(\d)\.1\.(.+)", r"tok_dec.upsample.\1.\2"),
    (r"decoder\.decoder\.([06])\.conv\.(\w+)", r"tok_dec.dec.\1.conv.\2"), (r"decoder\.decoder\.5\.(\w+)", r"tok_dec.dec.5.snake.\1"),
    (r"decoder\.decoder\.(\d)\.block\.0\.(\w+)", r"tok_dec.dec.\1.snake.\2"),
    (r"decoder\.decoder\.(\d)\.block\.1\.conv\.(\w+)", r"tok_dec.dec.\1.conv_t.\2"),
    (r"decoder\.decoder\.(\d)\.block\.(\d)\.(act\d|conv\d)\.(?:conv\.)?(\w+)",
     lambda m: f"tok_dec.dec.{m[1]}.res.{int(m[2]) - 2}.{m[3]}.{m[4]}"),
    (r"encoder\.encoder\.layers\.(\d+)\.conv\.(\w+)", r"tok_enc.conv.\1.\2"),
    (r"encoder\.encoder\.layers\.(\d+)\.block\.(\d)\.conv\.(\w+)", r"tok_enc.res.\1.blk.\2.\3"),
    (r"encoder\.encoder_transformer\.layers\.(\d+)\.(.+)", lambda m: f"tok_enc.blk.{m[1]}.{layer(m[2], LAYER)}"),
    (r"encoder\.downsample\.conv\.(\w+)", r"tok_enc.downsample.\1"),
    (r"encoder\.quantizer\.(\w+?)_residual_vector_quantizer\.(input_proj|output_proj)\.(\w+)", r"tok_enc.vq_\1.\2.\3"),
]

def transformer(prefix, c):
    return {f"{prefix}.embedding_length": c["hidden_size"], f"{prefix}.feed_forward_length": c["intermediate_size"],
            f"{prefix}.block_count": c["num_hidden_layers"], f"{prefix}.attention.head_count": c["num_attention_heads"],
            f"{prefix}.attention.head_count_kv": c["num_key_value_heads"], f"{prefix}.attention.key_length": c["head_dim"],
            f"{prefix}.context_length": c["max_position_embeddings"], f"{prefix}.rope.freq_base": float(c["rope_theta"]),
            f"{prefix}.attention.layer_norm_rms_epsilon": float(c["rms_norm_eps"])}

def qwentts(folder, talker_path, codec_path, half=False):
    config, tensors = read(folder)
    t, p = config["talker_config"], config["talker_config"]["code_predictor_config"]
    arch = "qwen3-tts"
    m = {f"{arch}.tokenizer_type": config["tokenizer_type"], f"{arch}.model_size": config["tts_model_size"],
         f"{arch}.model_type": config["tts_model_type"], f"{arch}.num_code_groups": t["num_code_groups"]}
    m |= transformer(f"{arch}.talker", t) | transformer(f"{arch}.code_pred", p)
    m |= {f"{arch}.talker.vocab_size": t["vocab_size"], f"{arch}.talker.text_vocab_size": t["text_vocab_size"],
          f"{arch}.talker.text_hidden_size": t["text_hidden_size"], f"{arch}.code_pred.vocab_size": p["vocab_size"]}
    if s := config.get("speaker_encoder_config"):
        m |= {f"{arch}.spk_enc.embedding_length": s["enc_dim"], f"{arch}.spk_enc.sample_rate": s["sample_rate"]}
    for name in "pad_id bos_id think_id nothink_id think_bos_id think_eos_id".split(): m[f"{arch}.codec.{name}"] = t[f"codec_{name}"]
    m[f"{arch}.codec.eos_id"] = t["codec_eos_token_id"]
    m |= {f"{arch}.codec.language_names": list(t["codec_language_id"]), f"{arch}.codec.language_ids": list(t["codec_language_id"].values())}
    if t["spk_id"]:
        m |= {f"{arch}.codec.speaker_names": list(t["spk_id"]), f"{arch}.codec.speaker_ids": list(t["spk_id"].values()),
              f"{arch}.codec.speaker_dialects": [t["spk_is_dialect"].get(name) or "" for name in t["spk_id"]]}
    for name in "im_start im_end tts_pad tts_bos tts_eos".split(): m[f"{arch}.text.{name}_id"] = config[f"{name}_token_id"]
    g = json.load(open(f"{folder}/generation_config.json"))
    m |= {f"generation.{key.replace('dosample', 'do_sample')}": value for key, value in g.items()}
    names, types, pairs = tokens(folder)
    m |= {"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.tokens": names, "tokenizer.ggml.token_type": [4 if t == 3 else t for t in types],
          "tokenizer.ggml.merges": pairs}
    write(talker_path, arch, m, {rules(name, TALKER): tensor.astype(np.float16) if half and tensor.ndim > 1 else tensor
                                 for name, tensor in tensors.items()})

    config, tensors = read(f"{folder}/speech_tokenizer")
    arch, d, e = "qwen3-tts-tokenizer", config["decoder_config"], config["encoder_config"]
    m = {f"{arch}.{key}": value for key, value in config.items() if key.endswith("rate") or key == "encoder_valid_num_quantizers"}
    for part, c, keys in (("decoder", d, "latent_dim codebook_dim codebook_size decoder_dim hidden_size intermediate_size head_dim "
                           "num_attention_heads num_key_value_heads num_hidden_layers num_quantizers num_semantic_quantizers sliding_window "
                           "upsample_rates upsampling_ratios rms_norm_eps rope_theta"),
                          ("encoder", e, "num_filters kernel_size last_kernel_size residual_kernel_size num_residual_layers compress "
                           "upsampling_ratios hidden_size intermediate_size head_dim num_attention_heads num_key_value_heads "
                           "num_hidden_layers codebook_dim codebook_size num_quantizers num_semantic_quantizers norm_eps rope_theta")):
        for key in keys.split(): m[f"{arch}.{part}.{key}"] = float(c[key]) if key in ("rope_theta", "norm_eps", "rms_norm_eps") else c[key]
        m[f"{arch}.{part}.vector_quantization_hidden_dim"] = c["vector_quantization_hidden_dimension"]
    out = {rules(name, CODEC): tensor for name, tensor in tensors.items() if rules(name, CODEC)}
    for side in ("first", "rest"):
        for i in range(d["num_quantizers"] - 1 if side == "rest" else 1):
            out[f"tok_dec.vq_{side}.{i}.codebook"] = codebook(tensors, f"decoder.quantizer.rvq_{side}.vq.layers.{i}._codebook", "embedding_sum")
    for side in ("semantic", "acoustic"):
        for i in range(config["encoder_valid_num_quantizers"] - 1 if side == "acoustic" else 1):
            out[f"tok_enc.vq_{side}.{i}.codebook"] = codebook(
                tensors, f"encoder.quantizer.{side}_residual_vector_quantizer.layers.{i}.codebook", "embed_sum")
    write(codec_path, arch, m, out)

# ---------------- llama.cpp
def llama(folder, talker_path, second_path):
    config, tensors = read(folder)
    t, p = config["talker_config"], config["talker_config"]["code_predictor_config"]
    text = t["text_vocab_size"]
    names, types, pairs = tokens(folder, text)
    codes = [f"<|codec_{i}|>" for i in range(t["vocab_size"])]
    for key, value in t.items():
        if key.endswith("_id"):
            for more, i in {"": value}.items() if isinstance(value, int) else value.items():
                codes[i] = f"<|{key[:-3]}{'_' + more if more else ''}|>"
    m = transformer("qwen3tts", t) | {"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "qwen2", "tokenizer.ggml.tokens": names + codes,
                                      "tokenizer.ggml.token_type": types + [3] * len(codes), "tokenizer.ggml.merges": pairs}
    weight = lambda name: tensors[f"talker.{name}.weight"]
    bias = lambda name: tensors[f"talker.{name}.bias"]
    # The text embedding is stored as it is behind its projection, and the codes follow in one table.
    x = weight("model.text_embedding") @ weight("text_projection.linear_fc1").T + bias("text_projection.linear_fc1")
    x = (x / (1 + np.exp(-x))) @ weight("text_projection.linear_fc2").T + bias("text_projection.linear_fc2")
    out = {"token_embd.weight": np.concatenate([x, weight("model.codec_embedding")]), "output.weight": weight("codec_head"),
           "output_norm.weight": weight("model.norm")}
    for name, tensor in tensors.items():
        if m2 := re.fullmatch(r"talker\.model\.layers\.(\d+)\.(.+)", name): out[f"blk.{m2[1]}.{layer(m2[2], LAYER)}"] = tensor
    write(talker_path, "qwen3tts", m, out)

    clip = "clip.gen.audio"
    m = {"clip.has_audio_encoder": True, "clip.audio.projector_type": "qwen3tts_spkenc", "clip.has_gen_audio_encoder": True,
         f"{clip}.projector_type": "qwen3tts_gen", f"{clip}.projection_dim": t["hidden_size"], f"{clip}.embedding_length": p["hidden_size"],
         f"{clip}.feed_forward_length": p["intermediate_size"], f"{clip}.block_count": p["num_hidden_layers"],
         f"{clip}.attention.head_count": p["num_attention_heads"], f"{clip}.attention.head_count_kv": p["num_key_value_heads"],
         f"{clip}.attention.layer_norm_epsilon": float(p["rms_norm_eps"])}
    predictor = "talker.code_predictor"
    stack = lambda name: np.stack([tensors[f"{predictor}.{name}.{i}.weight"] for i in range(t["num_code_groups"] - 1)])
    out = {"a.gen.code.out_embd.weight": weight("model.codec_embedding"), "a.gen.code.embd.weight": stack("model.codec_embedding"),
           "a.gen.code.head.weight": stack("lm_head")}
    table = [(predictor + r"\.model\.norm\.(\w+)", r"a.gen.code.output_norm.\1"),
             (predictor + r"\.small_to_mtp_projection\.(\w+)", r"a.gen.code.proj_in.\1"),
             (predictor + r"\.model\.layers\.(\d+)\.(.+)", lambda m: f"a.gen.code.blk.{m[1]}.{layer(m[2], CLIP)}"),
             (r"speaker_encoder\.blocks\.0\.conv\.(\w+)", r"a.conv1d.0.\1"),
             (r"speaker_encoder\.blocks\.(\d+)\.tdnn(\d)\.conv\.(\w+)", r"a.blk.\1.conv_pw\2.\3"),
             (r"speaker_encoder\.blocks\.(\d+)\.res2net_block\.blocks\.(\d+)\.conv\.(\w+)", r"a.blk.\1.res2.\2.\3"),
             (r"speaker_encoder\.blocks\.(\d+)\.se_block\.(conv\d)\.(\w+)", r"a.blk.\1.se_\2.\3"),
             (r"speaker_encoder\.mfa\.conv\.(\w+)", r"a.conv_out.\1"), (r"speaker_encoder\.asp\.conv\.(\w+)", r"a.asp_attn.\1"),
             (r"speaker_encoder\.asp\.tdnn\.conv\.(\w+)", r"a.asp_tdnn.\1"), (r"speaker_encoder\.fc\.(\w+)", r"mm.a.fc.\1")]
    out |= {rules(name, table): tensor for name, tensor in tensors.items() if rules(name, table)}
    config, tensors = read(f"{folder}/speech_tokenizer")
    for side in ("first", "rest"):
        q = f"decoder.quantizer.rvq_{side}"
        for way in ("in", "out"): out[f"a.gen.wav.quant.{side}.{way}_proj.weight"] = tensors[f"{q}.{way}put_proj.weight"].squeeze(-1)
        books = [codebook(tensors, f"{q}.vq.layers.{i}._codebook", "embedding_sum")
                 for i in range(config["decoder_config"]["num_quantizers"] - 1 if side == "rest" else 1)]
        out[f"a.gen.wav.quant.{side}.codebook.weight"] = np.stack(books) if side == "rest" else books[0]
    table = [(r"decoder\.pre_conv\.conv\.(\w+)", r"a.gen.wav.pre_conv.\1"), (r"decoder\.pre_transformer\.norm\.(\w+)", r"a.gen.wav.tfm.output_norm.\1"),
             (r"decoder\.pre_transformer\.(in|out)put_proj\.(\w+)", r"a.gen.wav.tfm.\1_proj.\2"),
             (r"decoder\.pre_transformer\.layers\.(\d+)\.(.+)", lambda m: f"a.gen.wav.tfm.blk.{m[1]}.{layer(m[2], CLIP)}"),
             (r"decoder\.upsample\.(\d)\.0\.conv\.(\w+)", r"a.gen.wav.up.blk.\1.conv.\2"),
             (r"decoder\.upsample\.(\d)\.1\.dwconv\.conv\.(\w+)", r"a.gen.wav.up.blk.\1.dwconv.\2"),
             (r"decoder\.upsample\.(\d)\.1\.pwconv(\d)\.(\w+)", r"a.gen.wav.up.blk.\1.pw\2.\3"),
             (r"decoder\.upsample\.(\d)\.1\.(.+)", r"a.gen.wav.up.blk.\1.\2"), (r"decoder\.decoder\.0\.conv\.(\w+)", r"a.gen.wav.dac.entry.\1"),
             (r"decoder\.decoder\.5\.(\w+)", r"a.gen.wav.dac.post_snake.\1"), (r"decoder\.decoder\.6\.conv\.(\w+)", r"a.gen.wav.dac.post_conv.\1"),
             (r"decoder\.decoder\.(\d)\.block\.0\.(\w+)", lambda m: f"a.gen.wav.dac.blk.{int(m[1]) - 1}.snake.{m[2]}"),
             (r"decoder\.decoder\.(\d)\.block\.1\.conv\.(\w+)", lambda m: f"a.gen.wav.dac.blk.{int(m[1]) - 1}.conv.{m[2]}"),
             (r"decoder\.decoder\.(\d)\.block\.(\d)\.(act\d|conv\d)\.(?:conv\.)?(\w+)",
              lambda m: f"a.gen.wav.dac.blk.{int(m[1]) - 1}.res.{int(m[2]) - 2}.{m[3]}.{m[4]}")]
    for name, tensor in tensors.items():
        # The exponentials of the activation are stored computed.
        if name.endswith(".alpha"): tensor = np.exp(tensor)
        if name.endswith(".beta"): tensor = np.float32(1) / (np.exp(tensor) + np.float32(1e-9))
        if own := rules(name, table):
            # Kernels of convolutions are always of 16 bits, those of transposed ones never.
            half = tensor.ndim == 3 and not own.endswith(".conv.weight")
            out[own] = tensor.astype(np.float16) if half else tensor
    write(second_path, "clip", m, out)

# ---------------- every format, of random bytes, with what the package itself makes of them
def blocks(path):
    random, out = np.random.default_rng(13), {}
    for kind, scales in ((F.F16, None), (F.BF16, None), (F.Q8_0, [0]), (F.Q4_0, [0]), (F.Q4_K, [0, 2]), (F.Q5_K, [0, 2]), (F.Q6_K, [208])):
        block, size = gguf.GGML_QUANT_SIZES[kind]
        name, count = kind.name.lower(), 3 * 512 // block
        if scales is None: raw = (random.standard_normal(count) * 3).astype(np.float16).tobytes()
        else:
            raw = random.integers(0, 256, (count, size), dtype=np.uint8)
            for at in scales: raw[:, at:at + 2] = (random.standard_normal(count) * 0.1).astype(np.float16).view(np.uint8).reshape(count, 2)
            raw = raw.tobytes()
        raw = np.frombuffer(raw, np.uint8).reshape(3, -1)
        out[f"{name}.expected"] = gguf.quants.dequantize(raw, kind).astype(np.float32).reshape(3, 512)
        out[name] = (raw.view(np.float16) if kind == F.F16 else raw, kind)
    write(path, "blocks", {}, out)

if __name__ == "__main__":
    dumps, out = sys.argv[1:3]
    qwentts(f"{dumps}/tiny-custom_voice", f"{out}/qwentts/tiny-custom_voice-f32.gguf", f"{out}/qwentts/tokenizer-f32.gguf")
    # Both talkers share the codec.
    qwentts(f"{dumps}/tiny-base", f"{out}/qwentts/tiny-base-f16.gguf", f"{out}/qwentts/tokenizer-f32.gguf", half=True)
    llama(f"{dumps}/tiny-base", f"{out}/llama/tiny-base-f32.gguf", f"{out}/llama/mmproj-tiny-base-f32.gguf")
    blocks(f"{out}/blocks.gguf")
