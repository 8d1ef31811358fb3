"""Makes tests/data/expected.json: what transformers makes of the tests' random model.

    pip install numpy torch==2.7.1 transformers==4.53.3
    MYNAH_TINY=/tmp/tiny cargo test -p mynah-whisper --test reference -- --ignored write
    python crates/engines/whisper/tests/make_tiny.py /tmp/tiny > crates/engines/whisper/tests/data/expected.json

Reads the very file that whisper.cpp reads, puts its weights into
WhisperForConditionalGeneration in float32, and decodes greedily with the tokens suppressed that
whisper.cpp suppresses. The mel spectrogram is that of WhisperFeatureExtractor.
"""

import json
import re
import struct
import sys
from pathlib import Path

import numpy as np
import torch
from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration
from transformers.models.whisper.tokenization_whisper import LANGUAGES

EOT, SOT, TRANSLATE, TRANSCRIBE, NO_TIMES, TIMES = 50257, 50258, 50358, 50359, 50363, 50364
WORDS = 20


def read(path):
    data, place = Path(path).read_bytes(), 0

    def take(form):
        nonlocal place
        values = struct.unpack_from("<" + form, data, place)
        place += struct.calcsize("<" + form)
        return values

    assert take("I")[0] == 0x67676D6C
    numbers = take("11i")
    mels, bins = take("2i")
    filters = np.array(take(f"{mels * bins}f"), np.float32).reshape(mels, bins)
    words = []
    for _ in range(take("i")[0]):
        (length,) = take("i")
        words.append(data[place : place + length])
        place += length
    tensors = {}
    while place < len(data):
        dimensions, length, kind = take("3i")
        shape = take(f"{dimensions}i")[::-1]
        name = data[place : place + length].decode()
        place += length
        dtype = np.dtype("<f2" if kind else "<f4")
        count = int(np.prod(shape))
        tensors[name] = np.frombuffer(data, dtype, count, place).astype(np.float32).reshape(shape)
        place += count * dtype.itemsize
    return numbers, filters, words, tensors


# The original's names to those of transformers, in this order.
NAMES = [
    (r"encoder\.positional_embedding", "encoder.embed_positions.weight"),
    (r"decoder\.positional_embedding", "decoder.embed_positions.weight"),
    (r"decoder\.token_embedding", "decoder.embed_tokens"),
    (r"encoder\.ln_post", "encoder.layer_norm"),
    (r"decoder\.ln\.", "decoder.layer_norm."),
    (r"\.blocks\.", ".layers."),
    (r"\.cross_attn_ln", ".encoder_attn_layer_norm"),
    (r"\.attn_ln", ".self_attn_layer_norm"),
    (r"\.mlp_ln", ".final_layer_norm"),
    (r"\.cross_attn\.", ".encoder_attn."),
    (r"\.attn\.", ".self_attn."),
    (r"\.query", ".q_proj"),
    (r"\.key", ".k_proj"),
    (r"\.value", ".v_proj"),
    (r"\.out\.", ".out_proj."),
    (r"\.mlp\.0", ".fc1"),
    (r"\.mlp\.2", ".fc2"),
]


def model(numbers, tensors):
    n_vocab, audio_context, state, heads, audio_layers, text_context, _, _, text_layers, mels, _ = numbers
    made = WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=n_vocab, num_mel_bins=mels, d_model=state,
            encoder_layers=audio_layers, encoder_attention_heads=heads, encoder_ffn_dim=4 * state,
            decoder_layers=text_layers, decoder_attention_heads=heads, decoder_ffn_dim=4 * state,
            max_source_positions=audio_context, max_target_positions=text_context,
        )
    ).eval()
    named = {}
    for name, tensor in tensors.items():
        for pattern, other in NAMES:
            name = re.sub(pattern, other, name)
        if re.search(r"conv\d\.bias", name):
            tensor = tensor.reshape(-1)
        named["model." + name] = torch.from_numpy(tensor.copy())
    named["proj_out.weight"] = named["model.decoder.embed_tokens.weight"]
    made.load_state_dict(named, strict=True)
    return made


def suppressed(first):
    """As whisper.cpp does: at first the end and a space; always what is neither text nor time."""
    tokens = list(range(SOT, TIMES))
    return tokens + [EOT, 220] if first else tokens


def greedy(made, encoded):
    tokens = [SOT, SOT + 1, TRANSCRIBE, NO_TIMES]
    said, probabilities, gaps = [], [], []
    while len(said) < WORDS:
        answer = made(encoder_outputs=(encoded,), decoder_input_ids=torch.tensor([tokens]))
        logits = answer.logits[0, -1].clone()
        logits[suppressed(not said)] = -torch.inf
        logs = torch.log_softmax(logits, -1)
        # Neither a time nor the end may come near: their rules have no part in this.
        assert torch.logsumexp(logs[TIMES:], -1) < logs[:EOT].max() - 1
        (best, next_best), (token, _) = logs[: EOT + 1].topk(2)
        assert token != EOT
        gaps.append(float(best - next_best))
        said.append(int(token))
        probabilities.append(float(best.exp()))
        tokens.append(int(token))
    answer = made(encoder_outputs=(encoded,), decoder_input_ids=torch.tensor([tokens]))
    assert int(answer.logits[0, -1].argmax()) == EOT, "it ends after its words"
    return said, probabilities, min(gaps)


@torch.no_grad()
def main(folder):
    numbers, filters, words, tensors = read(folder / "model.bin")
    made = model(numbers, tensors)
    extractor = WhisperFeatureExtractor(feature_size=numbers[9])
    assert np.abs(extractor.mel_filters.T - filters).max() < 1e-6, "other mel filters"
    expected = {}
    for path in sorted(folder.glob("*.f32")):
        sound = np.fromfile(path, "<f4")
        features = extractor(sound, sampling_rate=16000, return_tensors="pt").input_features
        encoded = made.model.encoder(features).last_hidden_state
        first = made(encoder_outputs=(encoded,), decoder_input_ids=torch.tensor([[SOT]])).logits[0, 0]
        # The languages that a vocabulary of 51865 has tokens for.
        languages = torch.softmax(first[SOT + 1 : TRANSLATE], -1)
        said, probabilities, gap = greedy(made, encoded)
        expected[path.stem] = {
            "language": list(LANGUAGES)[int(languages.argmax())],
            "language_probability": float(languages.max()),
            "words": [words[token].decode().strip() for token in said],
            "probabilities": [round(p, 5) for p in probabilities],
            "smallest_gap": round(gap, 4),
        }
    json.dump(expected, sys.stdout, indent=1)
    print()


main(Path(sys.argv[1]))
