"""kokoro-onnx beside Mynah's Kokoro: the same graph and voices, with so many threads.

Arguments: threads, the folder of the model. Each line of standard input is {"text", "voice", "language"}; each
answer is {"audio", "took"} in seconds. The phonemes are part of the work, as they are on the other side.
"""

import json
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnxruntime
from kokoro_onnx import Kokoro

threads, folder = int(sys.argv[1]), Path(sys.argv[2])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads
session = onnxruntime.InferenceSession(
    str(folder / "kokoro-v1.0.int8.im2col.onnx"), options, providers=["CPUExecutionProvider"]
)
voices = {
    path.stem: np.fromfile(path, dtype="<f4").reshape(-1, 1, 256) for path in (folder / "voices").glob("*.bin")
}
with tempfile.TemporaryDirectory() as kept:
    file = Path(kept) / "voices.npz"
    np.savez(file, **voices)
    kokoro = Kokoro.from_session(session, str(file))
    print(json.dumps({"version": f"{version('kokoro-onnx')}, onnxruntime {version('onnxruntime')}"}), flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        began = time.perf_counter()
        samples, rate = kokoro.create(job["text"], voice=job["voice"], lang=job["language"])
        took = time.perf_counter() - began
        print(json.dumps({"audio": len(samples) / rate, "took": took}), flush=True)
