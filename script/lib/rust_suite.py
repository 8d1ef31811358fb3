"""Runs all Rust tests of the workspace, in as little time as two cores allow.

    rust_suite.py --logs FOLDER --report FILE [--faults ROUNDS] [GROUP...]

The test binaries run one after another, each with threads of its own, as `cargo test` does; then the
tests in documentation of the crates that have any (`doctest` in their manifests). Beside them run those
of the program's commands, which mostly wait for processes, and the fault tests, which stop services and
wait: in groups, each over a set of services of its own, so that no group stops what another needs. A
GROUP is `SET:MODULE,MODULE,...`, one without modules takes what the others leave; without any group the
fault tests run over the services of the environment, at the end.

With --faults only the fault tests run, so many times. Every job's output goes to a file in FOLDER while
it runs; FILE is the JUnit report of all of them, and what failed is printed.
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

import libtest

ROOT = Path(__file__).resolve().parents[2]
FAULTS = ("mynah", "pipeline")
CRATE_FAULTS = ("mynah-pipeline", "pipeline")
COMMANDS = ("mynah", "cli")
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

    def __init__(
        self, name, command, folder=ROOT, services=None, environment=libtest.ENVIRONMENT, limit=JOB_LIMIT_S
    ):
        self.name = name
        self.command = command
        self.folder = folder
        self.services = services
        self.environment = environment
        self.limit = limit

    def run(self, logs: Path) -> libtest.Run:
        log = logs / f"{self.name}.log"
        command = [*self.command, *libtest.ARGUMENTS]
        if self.services:
            command = ["bash", ROOT / "script/lib/in_set", self.services, *command]
        environment = {**os.environ, "CARGO_MANIFEST_DIR": str(self.folder), **self.environment}
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
                code = process.wait(self.limit)
            except subprocess.TimeoutExpired:
                stop(process)
                code = "no end"
            running.discard(process)
        seconds = time.monotonic() - began
        run = libtest.read(self.name, log.read_text(errors="replace"), code, seconds)
        with printing:
            counts = ", ".join(f"{run.count(own)} {own}" for own in ("passed", "failed", "skipped"))
            print(f"{self.name}: {counts} in {seconds:.1f} s")
            for case in run.cases:
                if case.outcome == "failed":
                    print(f"---- {self.name} {case.name} ----\n{case.output}")
            sys.stdout.flush()
        return run


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
    for module in (module.removesuffix("::") for own in named.values() for module in own):
        if not (folder / "tests" / FAULTS[1] / f"{module}.rs").is_file():
            sys.exit(f"there are no fault tests {module}")
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


def all_lanes(found, groups):
    """Jobs that run one after another, lanes that run side by side."""
    faults = fault_jobs(found, groups)
    binary, folder = found.pop(COMMANDS)
    commands = [Job("-".join(COMMANDS), [binary], folder)]
    ordinary = [
        Job(f"{package}-{target.replace(' ', '-')}", [binary], folder)
        for (package, target), (binary, folder) in found.items()
    ]
    documentation = ["cargo", "test", "--workspace", "--doc", "--no-fail-fast", "--"]
    rustdoc = {"RUSTDOC": str(ROOT / "script/lib/rustdoc")}
    ordinary.append(Job("doc", documentation, environment=rustdoc))
    return [ordinary, commands, *faults] if groups else [[*ordinary, *commands, *faults[0]]]


def repeated_faults(found, rounds):
    """The fault tests of the program, then those of the crate, round after round."""
    jobs = []
    for number in range(1, rounds + 1):
        for package, target in (FAULTS, CRATE_FAULTS):
            binary, folder = found[package, target]
            jobs.append(Job(f"{package}-{target}.{number}", [binary], folder, limit=4 * JOB_LIMIT_S))
    return jobs


def run_lanes(lanes, logs):
    """Runs all jobs; those of one lane in order."""
    runs = []

    def lane(jobs):
        for job in jobs:
            runs.append(job.run(logs))

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
    return runs


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--logs", type=Path, required=True)
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--faults", type=int, metavar="ROUNDS")
    parser.add_argument("groups", nargs="*", type=lambda text: tuple(text.split(":", 1)))
    options = parser.parse_args()
    options.logs.mkdir(parents=True, exist_ok=True)

    found = binaries()
    if options.faults is not None:
        lanes = [repeated_faults(found, options.faults)]
    else:
        lanes = all_lanes(found, options.groups)
    runs = run_lanes(lanes, options.logs)
    libtest.write_junit(options.report, runs)
    complete = len(runs) == sum(map(len, lanes))
    sys.exit(0 if complete and not any(run.count("failed") for run in runs) else 1)


main()
