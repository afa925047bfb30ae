"""A campaign's result, small enough to be committed: pytest's JUnit file and the commit → JSON on standard output.

Of each test function: how many of its cases ended how, and the seconds they took together; of each case that did not
pass its name and the first line of the reason; of each case what it recorded by `record_property`, such as the mutants
that were drawn and those that no test found.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import xml.etree.ElementTree as ElementTree  # pytest's own file, not a stranger's
from typing import Any

OUTCOMES = ("failure", "error", "skipped")


def record(root: ElementTree.Element, commit: str) -> dict[str, Any]:
    """The result of the campaign that this JUnit document tells of."""
    tests: dict[str, dict[str, Any]] = {}
    exceptions = []
    recorded = {}
    for case in root.iter("testcase"):
        name = f"{case.get('classname', '')}.{case.get('name', '').partition('[')[0]}"
        found = next((child for child in case if child.tag in OUTCOMES), None)
        outcome = "passed" if found is None else found.tag
        test = tests.setdefault(name, {"seconds": 0.0})
        test[outcome] = test.get(outcome, 0) + 1
        test["seconds"] = round(test["seconds"] + float(case.get("time", 0)), 1)
        properties = {str(entry.get("name")): entry.get("value") for entry in case.iter("property")}
        if properties:
            recorded[case.get("name")] = properties
        if found is not None:
            reason = (found.get("message") or found.text or "").strip().partition("\n")[0]
            exceptions.append({"test": case.get("name"), "outcome": outcome, "reason": reason})
    return {
        "commit": commit,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "tests": dict(sorted(tests.items())),
        "not passed": exceptions,
        "recorded": recorded,
    }


if __name__ == "__main__":
    document = ElementTree.parse(sys.argv[1])  # noqa: S314 - as above
    print(json.dumps(record(document.getroot(), sys.argv[2]), indent=2))
