"""Prints "passed failed skipped" of a JUnit report.

    junit_counts.py FILE
"""

import sys
import xml.etree.ElementTree as ElementTree

tests = failed = skipped = 0
for suite in ElementTree.parse(sys.argv[1]).iter("testsuite"):
    tests += int(suite.get("tests", 0))
    failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
    skipped += int(suite.get("skipped", 0))
print(tests - failed - skipped, failed, skipped)
