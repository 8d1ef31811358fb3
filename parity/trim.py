"""Cuts one run of parity_probe.py to what the tests read, so that it can lie in the repository.
Usage: trim.py PROBE_OUT DUMPS   -> DUMPS/<ckpt>/: every checkpoint whole, every case's .json, and of each case's
.safetensors the tensors named by keep(). Names, types and numbers stay as they are. Needs safetensors and numpy."""
import os, re, shutil, sys
from safetensors.numpy import load_file, save_file

# One case of each shape keeps every layer of the talker and every stage of the codec.
WHOLE = {("tiny-custom_voice", "nonstream"), ("tiny17-custom_voice", "instruct")}
# This one keeps its talker, the only clone with layers; its codec stages are those of codec_short, but longer.
LAYERS = {("tiny-base", "icl_stream")}
ALWAYS = re.compile(r"codes(\.\d+)?$|wav(\.\d+)?$|prompt\.|ref_|spk\.mel$|spk_embedding$|talker\.first_codes$")
LOGITS = re.compile(r"(talker\.logits|predictor\.logits\.g(?:1|2|15))\.(\d+)$")
# The stages of speaker and codec encoder, first call only: the probe runs both encoders twice over one input.
# The first convolutions are as long as the waveform, and what they compute is seen in those that follow.
ENCODERS = re.compile(r"spk\.(block\d+|mfa|asp)\.0$|enc\.(tf|down)\.0$|enc\.conv([6-9]|\d\d)\.0$")

def keep(ckpt, case, name, last):
    if (ckpt, case) in WHOLE or case.startswith("codec_"): return True
    if (ckpt, case) in LAYERS and not name.startswith("codec."): return True
    if ALWAYS.match(name) or ENCODERS.match(name): return True
    m = LOGITS.match(name)
    if not m: return False
    stage, call = m[1], int(m[2])
    if stage == "talker.logits": return call in (0, 1, last[stage])
    return call == 0 or (stage.endswith("g15") and call == last[stage])

def main(source, target):
    for ckpt in sorted(os.listdir(source)):
        for folder, _, files in os.walk(os.path.join(source, ckpt)):
            to = os.path.join(target, os.path.relpath(folder, source)); os.makedirs(to, exist_ok=True)
            for file in sorted(files):
                a, b = os.path.join(folder, file), os.path.join(to, file)
                if file == "model.safetensors" or not file.endswith(".safetensors"): shutil.copyfile(a, b); continue
                tensors, last = load_file(a), {}
                for m in filter(None, map(LOGITS.match, tensors)): last[m[1]] = max(last.get(m[1], 0), int(m[2]))
                case = file[:-len(".safetensors")]
                save_file({k: v for k, v in tensors.items() if keep(ckpt, case, k, last)}, b)

if __name__ == "__main__": main(*sys.argv[1:3])
