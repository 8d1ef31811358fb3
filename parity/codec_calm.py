"""python codec_calm.py DUMPS: the tiny codec with quieter weights, decoded by the official package. As it is, the tiny codec
amplifies its noise until nearly every sample is clipped, which hides mistakes; with the vocoder's convolutions halved
(a power of two, so that a test can do the same exactly) none is. Writes DUMPS/tiny-base/codec_calm.safetensors."""
import json, sys
import torch
try: import ta_stub  # noqa: F401
except ImportError: pass
from qwen_tts.core.tokenizer_12hz.modeling_qwen3_tts_tokenizer_v2 import Qwen3TTSTokenizerV2Model
from safetensors.torch import load_file, save_file

SCALE = 0.5
d = f"{sys.argv[1]}/tiny-base"
dec = Qwen3TTSTokenizerV2Model.from_pretrained(f"{d}/speech_tokenizer", dtype=torch.float32).decoder
with torch.no_grad():
    for name, p in dec.decoder.named_parameters():
        if name.endswith("conv.weight"): p.mul_(SCALE)
short = load_file(f"{d}/codec_short.safetensors")["codes"]
long = load_file(f"{d}/codec_chunked.safetensors")["codes"]
with torch.no_grad():
    wav = dec(short.T[None].long())[0, 0]
    # As the official package decodes: 300 frames at a time, 25 of them again.
    seam = dec.chunked_decode(long.T[None].long(), chunk_size=300, left_context_size=25)[0, 0, 298 * 1920:303 * 1920]
print("largest", wav.abs().max().item(), seam.abs().max().item())
exact = dec.double()(short.T[None].long())[0, 0]
print("the package's own rounding", (wav.double() - exact).abs().max().item())
save_file({"wav": wav.contiguous(), "seam": seam.contiguous()}, f"{d}/codec_calm.safetensors")
json.dump(dict(scale=SCALE, seam_from_frame=298), open(f"{d}/codec_calm.json", "w"), indent=1)
