"""Writes the evidence of one test run as JSON: reads `name|passed|failed|skipped|seconds|reason` lines,
which are sums over all rounds.

    evidence.py ROUNDS BUSY
"""

import json
import platform
import subprocess
import sys
from datetime import datetime, timezone


def first_line(*command: str) -> str | None:
    """The first line a command prints, or None where it cannot run."""
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = (run.stdout or run.stderr).strip().splitlines()
    return lines[0].strip() if lines else None


def package(name: str) -> str | None:
    return first_line("dpkg-query", "-W", "-f=${Version}", name)


def suite(line: str) -> dict:
    name, passed, failed, skipped, seconds, reason = line.rstrip("\n").split("|", 5)
    return {
        "name": name,
        "passed": int(passed),
        "failed": int(failed),
        "skipped": int(skipped),
        "seconds": int(seconds),
        "reason": reason or None,
    }


engines = {
    "flite": ("libflite1", first_line("flite", "--version")),
    "espeak-ng": ("espeak-ng", first_line("espeak-ng", "--version")),
    "pocketsphinx": ("libpocketsphinx3", package("pocketsphinx-en-us")),
    "apertium": ("apertium-eng-spa", first_line("apertium", "-V")),
    "ffmpeg": ("ffmpeg", first_line("ffmpeg", "-version")),
}
json.dump(
    {
        "commit": first_line("git", "rev-parse", "HEAD"),
        "clean": first_line("git", "status", "--porcelain") is None,
        "rounds": int(sys.argv[1]),
        "busy_processes": int(sys.argv[2]),
        "finished": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "machine": {"system": platform.platform(), "cores": first_line("nproc")},
        "tools": {
            "rustc": first_line("rustc", "--version"),
            "node": first_line("node", "--version"),
            "python": platform.python_version(),
            "chromium": first_line("chromium", "--version"),
        },
        "services": {
            name: {"installed": package(debian) is not None, "package": package(debian), "says": says}
            for name, (debian, says) in engines.items()
        },
        "suites": [suite(line) for line in sys.stdin if line.strip()],
    },
    sys.stdout,
    indent=2,
)
print()
