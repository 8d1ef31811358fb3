#!/usr/bin/env python3
"""What 10 000 kept voices cost: voices.py PROGRAM. The method is in bench/voices.md.

One voice is cloned by PROGRAM in a home of its own; its rows are copied in the database, so that
every voice has a recording. Then the server is started, and asked by one client and by fifty.
"""

import argparse
import http.client
import json
import multiprocessing
import os
import sqlite3
import subprocess
import tempfile
import time
import uuid
from urllib.parse import urlsplit

TEXT = "The weather is very nice today, and we walk along the river until the evening."
CONSENT = ["--consent-speaker", "Ana Lima", "--consent-statement", "I agree."]
LISTS = {
    "list of 50": "/api/v1/voices?limit=50",
    "search by words": "/api/v1/voices?q=narrator%2077",
    "list by tag and language": "/api/v1/voices?tag=warm&language=en",
    "voices of the speech API": "/v1/audio/voices",
    "prompts by words": "/api/v1/prompts?q=river&limit=50",
}


class Server:
    """`mynah serve` on a free port."""

    def __init__(self, program, environment):
        began = time.monotonic()
        self.process = subprocess.Popen(
            [program, "serve", "--listen", "127.0.0.1:0"],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        for line in self.process.stdout:
            if line.startswith("listening on "):
                self.address = urlsplit(line.split()[-1]).netloc
                break
        else:
            raise SystemExit("the server ended before it listened")
        connection = self.connect()
        while fetch(connection, "GET", "/readyz")[0] != 200:
            time.sleep(0.002)
        self.seconds = time.monotonic() - began

    def connect(self):
        return http.client.HTTPConnection(self.address, timeout=60)

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            line = next(line for line in status if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait()


def fetch(connection, method, path, body=None):
    """The status, and the seconds to the first byte and to the last one."""
    headers = {"content-type": "application/json"} if body else {}
    began = time.monotonic()
    connection.request(method, path, body=body, headers=headers)
    response = connection.getresponse()
    response.read(1)
    first = time.monotonic() - began
    response.read()
    return response.status, first, time.monotonic() - began


def percentile(values, share):
    values = sorted(values)
    return values[max(0, -(-int(len(values) * share * 1000) // 1000) - 1)]


def copy_voice(database, count):
    """Copies the first recorded voice, with its prompt and the row of its clip."""
    own = sqlite3.connect(database)
    own.row_factory = sqlite3.Row

    def row(statement, *values):
        return dict(own.execute(statement, values).fetchone())

    def insert(table, values):
        names = ", ".join(values)
        marks = ", ".join("?" for _ in values)
        own.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values()))

    def fresh(prefix):
        return prefix + uuid.uuid4().hex

    voice = row("SELECT * FROM voices WHERE origin = 'recording'")
    consent = row("SELECT * FROM consents WHERE id = ?", voice["consent_id"])
    prompt = row("SELECT * FROM prompts WHERE voice_id = ?", voice["id"])
    clip = row("SELECT * FROM clips WHERE id = ?", prompt["clip_id"])
    revision = row("SELECT revision FROM voices_revision")["revision"]
    with own:
        for number in range(1, count):
            revision += 1
            ids = {"voice": fresh("voc_"), "consent": fresh("cons_"), "clip": fresh("clp_")}
            name = f"Narrator {number}"
            insert("consents", {**consent, "id": ids["consent"], "voice_id": ids["voice"]})
            insert("voices", {
                **voice, "id": ids["voice"], "name": name, "name_key": name.lower(),
                "tags": json.dumps(["warm"] if number % 10 == 0 else ["calm"]),
                "languages": '["en"]', "consent_id": ids["consent"], "revision": revision,
            })
            insert("clips", {**clip, "id": ids["clip"]})
            insert("prompts", {
                **prompt, "id": fresh("prm_"), "voice_id": ids["voice"], "clip_id": ids["clip"],
            })
        own.execute("UPDATE voices_revision SET revision = ?", [revision])
    own.close()


def kept_voices(server):
    connection = server.connect()
    connection.request("GET", "/api/v1/voices?limit=1")
    return json.load(connection.getresponse())["total"]


def by_one(server, path, rounds):
    connection = server.connect()
    times = []
    for _ in range(rounds):
        status, _, whole = fetch(connection, "GET", path)
        assert status == 200, (path, status)
        times.append(whole * 1000)
    return times[rounds // 10:]


def client(address, number, rounds):
    """One of many clients, with one connection: each list in turn."""
    connection, times, paths = http.client.HTTPConnection(address, timeout=60), [], list(LISTS.values())
    for step in range(rounds):
        status, _, whole = fetch(connection, "GET", paths[(number + step) % len(paths)])
        assert status == 200, status
        times.append(whole * 1000)
    return times


def by_many(server, clients, rounds):
    """Every list by so many clients at once. Processes, since threads of Python wait for one another."""
    with multiprocessing.Pool(clients) as pool:
        calls = [(server.address, number, rounds) for number in range(clients)]
        return sum(pool.starmap(client, calls, chunksize=1), [])


def first_sounds(server, rounds):
    """Milliseconds to the first byte of speech, by a preset and by a kept voice of it, in turns."""
    connection, times = server.connect(), {"espeak/en-us": [], "Walker": []}
    for step in range(rounds + 10):
        for voice, own in times.items():
            body = json.dumps({"model": "tts-1", "input": "Good morning.", "voice": voice,
                               "response_format": "pcm"})
            status, first, _ = fetch(connection, "POST", "/v1/audio/speech", body)
            assert status == 200, (voice, status)
            if step >= 10:
                own.append(first * 1000)
    return times["espeak/en-us"], times["Walker"]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--voices", type=int, default=10_000)
    arguments.add_argument("--rounds", type=int, default=300)
    own = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="mynah-bench-") as home:
        environment = {"PATH": os.environ["PATH"], "HOME": home, "MYNAH_LOG__FILTER": "error",
                       # All clients have one address here.
                       "MYNAH_SERVER__LIMITS__REQUESTS_PER_MINUTE": "0",
                       # The test engine speaks with the voice of a recording, and takes no time.
                       "MYNAH_ENGINES__TONE__ENABLED": "true"}

        def run(*words):
            subprocess.run([own.program, *words], env=environment, cwd=home, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        run("say", TEXT, "--voice", "espeak/en-us", "-o", "a.wav")
        run("voices", "clone", "a.wav", "--name", "Narrator", "--ref-text", TEXT, *CONSENT)
        run("voices", "preset", "espeak/en-us", "--name", "Walker")
        rows, starts = [], {}
        for voices in (1, own.voices):
            if voices > 1:
                copy_voice(os.path.join(home, ".local/share/mynah/mynah.db"), voices)
            seconds = []
            for _ in range(5):
                server = Server(own.program, environment)
                seconds.append(server.seconds * 1000)
                memory = server.memory()
                server.stop()
            starts[voices] = percentile(seconds, 0.5)
            count = f"{voices} voices" if voices > 1 else "1 voice"
            rows.append((f"ready with {count}, median", starts[voices], "ms", None))
            rows.append((f"memory with {count}", memory, "MiB", None))
        rows.append(("ready later by", starts[own.voices] - starts[1], "ms", 1000))
        server = Server(own.program, environment)
        assert kept_voices(server) == own.voices + 1
        for name, path in LISTS.items():
            bar = 30 if path.startswith("/api/v1/voices") else None
            rows.append((f"{name}, p95", percentile(by_one(server, path, own.rounds), 0.95), "ms", bar))
        rows.append(("50 clients, all of these, p99", percentile(by_many(server, 50, 20), 0.99), "ms", 200))
        preset, kept = first_sounds(server, own.rounds)
        added = percentile(kept, 0.95) - percentile(preset, 0.95)
        rows.append(("first sound of a preset, p95", percentile(preset, 0.95), "ms", None))
        rows.append(("added by a kept voice, p95", added, "ms", 5))
        server.stop()
    print(f"| with {own.voices} voices | measured | bar |\n|---|---|---|")
    missed = False
    for name, value, unit, bar in rows:
        mark = "" if bar is None else f"≤ {bar} {unit}" + (" **missed**" if value > bar else "")
        missed |= bar is not None and value > bar
        print(f"| {name} | {value:.1f} {unit} | {mark} |")
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
