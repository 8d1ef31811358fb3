"""Lists public names and file names that have a word of the project's old, private vocabulary.

A name is cut into its words (`TextChunk`: text, chunk). `WORDS` stand in no name; `NAMES` are no names on
their own, for they say nothing or hide a name of the standard library. Exceptions stand in
`names.allow`, a line each: the name, then the reason.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = Path(__file__).with_name("names.allow")

WORDS = set(
    """
    house houses room rooms floor floors door doors desk ear ears leg legs crew seat seats strand vault pump
    outlet hub lane ledger memo bury buried heed heeds tally breath tidy again longest shortest largest
    smallest newest most fewest least whoever whose whom nobody somebody someone anybody anyone told tells
    tell says said say heard hears hear hearing wish wishes visitor visitors gate gates performance draft
    unread happening happened judge judges restrain excess party piece pieces ticket letter letters station
    errand guest porter clerk spoken speaks goes gone leave leaves arrive arrives
    recognise recognised recogniser recognising synthesise synthesised normalise normalised quantise quantised
    """.split()
)
NAMES = set(
    """
    input order sent take line table stack geometry team guard rounded choose single from result behind
    finished done beginning feed past news turn place places body hold keep look pause watch own room
    """.split()
)

ITEM = re.compile(
    r"^\s*pub(?:\([a-z: ]+\))?\s+(?:const\s+|async\s+|unsafe\s+|extern\s+\"C\"\s+)*"
    r"(?:fn|struct|enum|trait|type|const|static|mod|union)\s+(?:r#)?([A-Za-z_]\w*)"
)
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def tracked(*patterns: str) -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--", *patterns], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    return listed.stdout.splitlines()


def names() -> list[tuple[str, str]]:
    """Each public name and each file's name, with where it stands."""
    found = []
    for path in tracked("crates", "bench", "fuzz/*.rs", "script", "web/src", "tests"):
        if not (ROOT / path).is_file():
            continue
        if path.endswith((".rs", ".py", ".sh", ".ts", ".tsx")):
            found.append((Path(path).stem, path))
        if path.endswith(".rs"):
            for number, line in enumerate((ROOT / path).read_text().splitlines(), 1):
                if item := ITEM.match(line):
                    found.append((item[1], f"{path}:{number}"))
    return found


def allowed() -> dict[str, str]:
    """The exceptions and their reasons."""
    exceptions = {}
    for line in ALLOWED.read_text().splitlines():
        if line and not line.startswith("#"):
            name, _, reason = line.partition(" ")
            if not reason.strip():
                sys.exit(f"{ALLOWED.name}: {name} has no reason")
            exceptions[name] = reason.strip()
    return exceptions


def main() -> None:
    exceptions = allowed()
    unused = set(exceptions)
    found = []
    for name, place in names():
        parts = [part.lower() for part in PART.findall(name)]
        if not (WORDS.intersection(parts) or name.lower() in NAMES):
            continue
        if name in exceptions:
            unused.discard(name)
        else:
            found.append(f"{place}: {name}")
    found += [f"{ALLOWED.name}: {name} is not needed" for name in sorted(unused)]
    print("\n".join(found) or f"no name has a word of the old vocabulary; {len(exceptions)} exceptions")
    sys.exit(1 if found else 0)


main()
