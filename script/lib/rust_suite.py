"""Runs all Rust tests of the workspace, in as little time as two cores allow.

    rust_suite.py --logs FOLDER [GROUP...]

The test binaries run one after another, each with threads of its own, as `cargo test` does; then the
tests in documentation. Beside them run the fault tests, which stop services and mostly wait: in
groups, each over a set of services of its own, so that no group stops what another needs. A GROUP is
`SET:MODULE,MODULE,...`, one without modules takes what the others leave; without any group the fault
tests run over the services of the environment, at the end.

Every job's output goes to a file in FOLDER while it runs, and to stdout when it has ended.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FAULTS = ("mynah", "pipeline")
# A test that kills the broker under its own feet runs only where it has one to itself.
BROKER_RESTART = (("mynah-bus", "buses"), ["--ignored", "--exact"])
BROKER_RESTART_TEST = "kafka_only::a_restart_of_the_broker_loses_and_skips_nothing"
# A job that takes longer hangs.
JOB_LIMIT_S = 30 * 60
STOP_LIMIT_S = 5

printing = threading.Lock()
running: set[subprocess.Popen] = set()


class Job:
    """A command, the folder it runs in, and the set of services it talks to (None: the environment's)."""

    def __init__(self, name, command, folder=ROOT, services=None):
        self.name = name
        self.command = command
        self.folder = folder
        self.services = services

    def run(self, logs: Path) -> bool:
        log = logs / f"{self.name}.log"
        command = self.command
        if self.services:
            command = ["bash", ROOT / "script/lib/in_set", self.services, *command]
        environment = {**os.environ, "CARGO_MANIFEST_DIR": str(self.folder)}
        began = time.monotonic()
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(part) for part in command],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            running.add(process)
            try:
                code = process.wait(JOB_LIMIT_S)
            except subprocess.TimeoutExpired:
                stop(process)
                code = "no end"
            running.discard(process)
        said = log.read_text(errors="replace")
        with printing:
            print(f"     Running {self.name}", said, sep="\n", end="")
            print(f"    Finished {self.name} in {time.monotonic() - began:.1f} s")
            if code != 0 and "test result: FAILED" not in said:
                print(f"{self.name} ended with {code}")
                print("test result: FAILED. 0 passed; 1 failed; 0 ignored")
            sys.stdout.flush()
        return code == 0


def stop(*processes):
    """Ends jobs and all their children."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        for process in processes:
            try:
                os.killpg(process.pid, how)
            except ProcessLookupError:
                pass
        until = time.monotonic() + STOP_LIMIT_S
        for process in processes:
            try:
                process.wait(max(0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass


def binaries():
    """Builds all test binaries: (package, target) to path and the package's folder."""
    built = subprocess.run(
        ["cargo", "test", "--workspace", "--no-run", "--message-format=json-render-diagnostics"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    if built.returncode != 0:
        sys.exit(built.returncode)
    found = {}
    for line in built.stdout.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["profile"]["test"]:
            folder = Path(message["manifest_path"]).parent
            target = message["target"]
            name = target["name"]
            # A crate's own tests, which may be named as one of its folder `tests`.
            if target["kind"] != ["test"]:
                name = f"{target['kind'][0]} {name}"
            found[package_of(folder), name] = (message["executable"], folder)
    return found


def package_of(folder):
    for line in (folder / "Cargo.toml").read_text().splitlines():
        if line.startswith("name = "):
            return line.split('"')[1]
    raise ValueError(f"{folder} is no package")


def fault_jobs(found, groups):
    """The jobs of each group; those of one group run one after another."""
    binary, folder = found.pop(FAULTS)
    if not groups:
        return [[Job("mynah-pipeline-faults", [binary], folder)]]
    named = {number: modules.split(",") if modules else [] for number, modules in groups}
    lanes = []
    for number, modules in named.items():
        others = [module for own in named.values() for module in own if own is not modules]
        choice = modules or [word for module in others for word in ("--skip", module)]
        lanes.append([Job(f"mynah-faults-{number}", [binary, *choice], folder, number)])
    (key, options) = BROKER_RESTART
    binary, folder = found[key]
    command = [binary, *options, BROKER_RESTART_TEST]
    lanes[-1].append(Job("mynah-bus-restart", command, folder, groups[-1][0]))
    return lanes


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--logs", type=Path, required=True)
    parser.add_argument("groups", nargs="*", type=lambda text: tuple(text.split(":", 1)))
    options = parser.parse_args()
    options.logs.mkdir(parents=True, exist_ok=True)

    found = binaries()
    faults = fault_jobs(found, options.groups)
    ordinary = [
        Job(f"{package}-{target.replace(' ', '-')}", [binary], folder)
        for (package, target), (binary, folder) in found.items()
    ]
    ordinary.append(Job("doc", ["cargo", "test", "--workspace", "--doc", "--no-fail-fast"]))
    lanes = [ordinary, *faults] if options.groups else [[*ordinary, *faults[0]]]

    results = []

    def lane(jobs):
        results.extend([job.run(options.logs) for job in jobs])

    def interrupted(number, _):
        stop(*running)
        os._exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupted)
    threads = [threading.Thread(target=lane, args=(jobs,)) for jobs in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.exit(0 if len(results) == sum(map(len, lanes)) and all(results) else 1)


main()
