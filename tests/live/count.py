"""Reads pytest's report for tests/run.sh: one line for each test that failed or was skipped, then `passed N`."""

import sys
import xml.etree.ElementTree as ElementTree

passed = 0
for case in ElementTree.parse(sys.argv[1]).iter("testcase"):
    name = f"{case.get('classname')}::{case.get('name')}"
    bad = case.find("failure") if case.find("failure") is not None else case.find("error")
    skipped = case.find("skipped")
    if bad is not None:
        print("FAILED", name)
    elif skipped is not None:
        print("SKIPPED", f"{name}: {skipped.get('message')}")
    else:
        passed += 1
print("passed", passed)
