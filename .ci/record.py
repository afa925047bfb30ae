"""A campaign's result, small enough to be committed: pytest's JUnit file and the commit → JSON on standard output.

Of each case: how it ended, its seconds, and the commit that it ran on; the first line of the reason where it did not
pass; and what it recorded by `record_property`, such as the mutants that were drawn and those that no test found.

    python3 .ci/record.py campaign.xml COMMIT [EARLIER.json]

A campaign may run in parts (`.ci/campaign -k kill`): what a part did not run is taken from the earlier result.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import xml.etree.ElementTree as ElementTree  # pytest's own file, not a stranger's
from collections.abc import Mapping
from pathlib import Path
from typing import Any

OUTCOMES = ("failure", "error", "skipped")


def record(root: ElementTree.Element, commit: str, earlier: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The result of the campaign that this JUnit document tells of, with what ran earlier and not in this part."""
    cases: dict[str, dict[str, Any]] = {}
    for case in root.iter("testcase"):
        found = next((child for child in case if child.tag in OUTCOMES), None)
        entry = {
            "outcome": "passed" if found is None else found.tag,
            "seconds": round(float(case.get("time", 0)), 1),
            "commit": commit,
            "python": platform.python_version(),
            "cores": os.cpu_count(),
        }
        if found is not None:
            entry["reason"] = (found.get("message") or found.text or "").strip().partition("\n")[0]
        properties = {str(each.get("name")): each.get("value") for each in case.iter("property")}
        cases[f"{case.get('classname', '')}.{case.get('name', '')}"] = entry | properties
    return dict(sorted(({**(earlier or {}), **cases}).items()))


def main(arguments: list[str]) -> None:
    """Print the result of a part, joined with the earlier one where that is there."""
    document = ElementTree.parse(arguments[0])  # noqa: S314 - as above
    earlier = Path(arguments[2]) if len(arguments) > 2 else None
    known = json.loads(earlier.read_text(encoding="utf-8")) if earlier is not None and earlier.is_file() else {}
    print(json.dumps(record(document.getroot(), arguments[1], known), indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
