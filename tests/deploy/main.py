"""Runs every check against deploy/, and against every spoilt copy that it has to refuse."""

import argparse
import copy
import sys

import files
import rules
import schemas
import spoil


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--compose", required=True, help="the schema of Compose")
    arguments.add_argument("--keda", required=True, help="KEDA's definition of a ScaledObject")
    arguments = arguments.parse_args()
    checks = {
        "compose schema": schemas.compose(arguments.compose),
        "kubernetes schema": schemas.kubernetes,
        "keda schema": schemas.keda(arguments.keda),
    } | {rule.__name__: rule for rule in rules.ALL}
    ours = files.read()
    passed, failed = 0, 0

    def count(holds, title):
        nonlocal passed, failed
        passed, failed = passed + holds, failed + (not holds)
        print("ok  " if holds else "FAIL", title)

    for name, check in checks.items():
        problems = check(ours)
        count(not problems, "; ".join([name, *problems]))
        spoilers = spoil.ALL.get(name, [])
        if not spoilers:
            count(False, f"{name}: nothing is known that it refuses")
        for number, spoiler in enumerate(spoilers, 1):
            spoilt = copy.deepcopy(ours)
            spoiler(spoilt)
            count(bool(check(spoilt)), f"{name}: refuses spoilt copy {number}")
    print(f"# pass {passed}\n# fail {failed}")
    return 1 if failed else 0


sys.exit(main())
