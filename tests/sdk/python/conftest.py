"""One real server for all tests, on a port of its own, and sounds made by the program itself."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from openai import OpenAI

MYNAH = os.environ["MYNAH_BIN"]
SENTENCE = "The weather is very nice today."


@pytest.fixture(scope="session")
def server():
    """The address of a running server."""
    process = subprocess.Popen(
        [MYNAH, "serve", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True
    )
    for line in process.stdout:
        found = re.search(r"listening on (http://\S+)", line)
        if found:
            break
    else:
        pytest.fail(f"the server ended with {process.wait()} before it listened")
    yield found.group(1)
    process.terminate()
    assert process.wait(timeout=20) == 0, "the server did not shut down cleanly"


@pytest.fixture(scope="session")
def client(server):
    return OpenAI(base_url=f"{server}/v1", api_key="not-needed-on-loopback", max_retries=0)


@pytest.fixture(scope="session")
def recording(tmp_path_factory) -> Path:
    """One spoken English sentence."""
    path = tmp_path_factory.mktemp("sounds") / "sentence.wav"
    subprocess.run([MYNAH, "say", SENTENCE, "--voice", "flite/slt", "-o", path], check=True)
    return path
