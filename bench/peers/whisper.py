"""faster-whisper beside Mynah's Whisper: the same weights, in int8, with so many threads.

Arguments: threads, the folder of a model of CTranslate2. Each line of standard input is {"file"}, a recording
in 16-bit mono at 16 kHz; each answer is {"audio", "took"} in seconds. As on the other side the likeliest token
is followed, and nothing is known of the window before.
"""

import json
import sys
import time
import wave
from importlib.metadata import version

import numpy as np
from faster_whisper import WhisperModel

threads, folder = int(sys.argv[1]), sys.argv[2]
model = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True)
print(json.dumps({"version": f"{version('faster-whisper')}, ctranslate2 {version('ctranslate2')}"}), flush=True)
for line in sys.stdin:
    with wave.open(json.loads(line)["file"], "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16000, 1, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float32) / 32768
    began = time.perf_counter()
    segments, _ = model.transcribe(
        samples, language="en", beam_size=1, condition_on_previous_text=False, without_timestamps=True
    )
    text = " ".join(segment.text for segment in segments)
    took = time.perf_counter() - began
    print(json.dumps({"audio": len(samples) / 16000, "took": took, "text": text}), flush=True)
