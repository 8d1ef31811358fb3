"""Checks that every crate depends only on crates of lower layers.

The layers are the table under "Layers" in ARCHITECTURE.md: a line begins with the layer's number and names
its crates by their folders under `crates/`, until two spaces begin the explanation. Dependencies are what
`cargo metadata` says; those of tests alone are free.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def table(text: str) -> list[tuple[int, list[str]]]:
    """The layers and the crates that stand in each line of the table."""
    section = text.split("\n## Layers\n", 1)[1].split("\n## ", 1)[0]
    lines, layer = [], None
    for line in section.split("```")[1].splitlines()[1:]:
        found = re.match(r"(\d| )  (\S+(?: \S+)*)", line)
        if not found:
            continue
        if found[1] != " ":
            layer = int(found[1])
        lines.append((layer, found[2].split()))
    return lines


def layers(folders: list[str]) -> dict[str, int]:
    """Each folder's layer."""
    found: dict[str, int] = {}
    for layer, names in table((ROOT / "ARCHITECTURE.md").read_text()):
        for name in names:
            own = [folder for folder in folders if Path(folder).match(name.replace("crates/", ""))]
            if not own:
                sys.exit(f"ARCHITECTURE.md: layer {layer} names {name}, which is no crate")
            for folder in own:
                if folder in found:
                    sys.exit(f"ARCHITECTURE.md: {folder} stands in the table twice")
                found[folder] = layer
    if missing := [folder for folder in folders if folder not in found]:
        sys.exit(f"ARCHITECTURE.md: no layer for {', '.join(missing)}")
    return found


def main() -> None:
    metadata = subprocess.run(
        ["cargo", "metadata", "--no-deps", "--format-version", "1", "--locked", "--offline"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    packages = json.loads(metadata.stdout)["packages"]
    folder_of = {
        package["name"]: str(Path(package["manifest_path"]).parent.relative_to(ROOT)).removeprefix("crates/")
        for package in packages
    }
    layer_of = layers(sorted(folder_of.values()))
    wrong = [
        f"{own} (layer {layer_of[own]}) depends on {other} (layer {layer_of[other]})"
        for package in packages
        for dependency in package["dependencies"]
        if dependency["kind"] != "dev" and dependency["name"] in folder_of
        for own, other in [(folder_of[package["name"]], folder_of[dependency["name"]])]
        if layer_of[other] >= layer_of[own]
    ]
    print("\n".join(wrong) or f"{len(folder_of)} crates in {len(set(layer_of.values()))} layers")
    sys.exit(1 if wrong else 0)


main()
