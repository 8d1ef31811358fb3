"""Results of Rust test binaries, read from the events that they write as JSON, and their JUnit report.

The events are unstable in libtest, and the toolchain is pinned: `RUSTC_BOOTSTRAP=1` in the environment
of a test binary permits them without a rebuild. `INSTA_WORKSPACE_ROOT` is where snapshots are: a binary that
another checkout left in the shared cache looks for them there. A process for each test, as nextest has it, would build
the fixtures that many tests share (models, voices, recognizers) once for each of them.
"""

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

ARGUMENTS = ("--format", "json", "-Z", "unstable-options", "--show-output", "--report-time")
ENVIRONMENT = {"RUSTC_BOOTSTRAP": "1", "INSTA_WORKSPACE_ROOT": str(Path(__file__).resolve().parents[2])}
# A test that cannot run on this machine prints a line that begins so, with the reason, and returns.
SKIPPED = "skipped: "
# How an event of a test begins.
TEST_EVENT = '{ "type": "test"'
# Characters that XML cannot hold.
NOT_XML = {code: "\ufffd" for code in [*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF]}


@dataclass
class Case:
    """One test: `outcome` is passed, failed or skipped."""

    name: str
    outcome: str
    seconds: float = 0.0
    output: str = ""


@dataclass
class Run:
    """The tests of one binary."""

    name: str
    seconds: float
    cases: list[Case] = field(default_factory=list)

    def count(self, outcome: str) -> int:
        return sum(case.outcome == outcome for case in self.cases)


def skip_reason(output: str) -> str | None:
    for line in output.splitlines():
        if line.startswith(SKIPPED):
            return line.removeprefix(SKIPPED)
    return None


def read(name: str, log: str, code: int | str, seconds: float) -> Run:
    """The results that a binary has written to its log; `code` is its exit code or why it has none.

    A test that began and has no result has failed, and so has a binary that ends with an error
    although none of its tests failed.
    """
    run = Run(name, seconds)
    begun: list[str] = []
    for line in log.splitlines():
        # What children of a test print may stand in the same line.
        start = line.find(TEST_EVENT)
        if start < 0:
            continue
        try:
            event, _ = json.JSONDecoder().raw_decode(line[start:])
        except json.JSONDecodeError:
            continue
        test, kind, output = event.get("name", ""), event.get("event"), event.get("stdout", "")
        if kind == "started":
            begun.append(test)
            continue
        reason = skip_reason(output)
        if kind == "ignored" or (kind == "ok" and reason is not None):
            case = Case(test, "skipped", output=reason or event.get("message", "ignored"))
        elif kind in ("ok", "failed"):
            case = Case(test, {"ok": "passed"}.get(kind, kind), event.get("exec_time", 0.0), output)
        else:
            continue
        if test in begun:
            begun.remove(test)
        run.cases.append(case)
    run.cases += [Case(test, "failed", output=f"no result; {name} ended with {code}") for test in begun]
    if code != 0 and not run.count("failed"):
        run.cases.append(Case(name, "failed", output=f"{name} ended with {code}\n{log[-4000:]}"))
    return run


def write_junit(path: Path, runs: list[Run]) -> None:
    """Writes all runs as one JUnit report."""
    root = ElementTree.Element("testsuites")
    for run in runs:
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=run.name,
            tests=str(len(run.cases)),
            failures=str(run.count("failed")),
            skipped=str(run.count("skipped")),
            time=f"{run.seconds:.3f}",
        )
        for case in run.cases:
            attributes = {"classname": run.name, "name": case.name, "time": f"{case.seconds:.3f}"}
            element = ElementTree.SubElement(suite, "testcase", attributes)
            if case.outcome == "failed":
                ElementTree.SubElement(element, "failure").text = case.output.translate(NOT_XML)
            elif case.outcome == "skipped":
                ElementTree.SubElement(element, "skipped", message=case.output.translate(NOT_XML))
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
