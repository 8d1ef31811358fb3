"""Writes the numbers that onnxruntime computes for Silero VAD, for the tests of mynah-silero.

    pip install onnxruntime numpy silero-vad==6.2.3 --no-deps
    python parity/silero_reference.py crates/engines/silero/model/silero_vad_openvino_16k.onnx \
        crates/engines/silero/tests/data

The signal is 3 s at 16 kHz in 16 bits: noise, a sentence that flite synthesizes, and the sentence under
noise. The state is reset before frame 40, as a segment's end does.
"""

import json
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

import numpy as np
import onnxruntime

FRAME, CONTEXT, RESET_BEFORE = 512, 64, 40


def sentence() -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/spoken.wav"
        text = "Where is the nearest station?"
        subprocess.run(["flite", "-voice", "slt", "-t", text, "-o", path], check=True)
        with wave.open(path) as file:
            assert file.getframerate() == 16_000 and file.getnchannels() == 1
            return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64) / 32768


def signal() -> np.ndarray:
    spoken = sentence()[:24_000]
    samples = np.zeros(48_000)
    samples[4_000 : 4_000 + len(spoken)] = spoken
    samples[30_000:46_000] += spoken[:16_000]
    noise = np.random.default_rng(7).uniform(-1, 1, 48_000)
    samples += noise * np.where(np.arange(48_000) < 30_000, 0.002, 0.05)
    return np.round(np.clip(samples, -1, 1) * 32767).astype("<i2")


def main(model: str, folder: Path) -> None:
    session = onnxruntime.InferenceSession(model)
    samples = signal()
    clean = samples.astype(np.float32) / np.float32(32768)
    scores = []
    for number in range(len(clean) // FRAME):
        if number in (0, RESET_BEFORE):
            state = np.zeros((2, 1, 128), np.float32)
            context = np.zeros(CONTEXT, np.float32)
        frame = clean[number * FRAME : (number + 1) * FRAME]
        inputs = {"input": np.concatenate([context, frame])[None], "state": state}
        score, state = session.run(None, inputs)
        scores.append(float(score[0, 0]))
        context = frame[-CONTEXT:]
    with wave.open(str(folder / "signal.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(samples.tobytes())
    reference = {
        "onnxruntime": onnxruntime.__version__,
        "reset_before_frame": RESET_BEFORE,
        "scores": scores,
    }
    (folder / "scores.json").write_text(json.dumps(reference, indent=1) + "\n")


main(sys.argv[1], Path(sys.argv[2]))
