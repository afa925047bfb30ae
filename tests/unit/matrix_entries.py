"""Builds of a matrix as they end, for its page and its files."""

from edgecask.matrix.table import Entry


def entry(name, **changes):
    facts = {
        "name": name,
        "target": "grove",
        "weights": "best.pt",
        "imgsz": 192,
        "compress_weights": "off",
        "state": "built",
        "figures": {"ms": 50.0, "flash": 2000.0, "ap": 60.0},
        "package": f"{name}/grove",
    }
    return Entry(**{**facts, **changes})


ENTRIES = [
    entry("one"),
    entry("two", figures={"ms": 30.0, "flash": 1000.0, "ap": 55.0}),
    entry("three", figures={"ms": 60.0, "flash": 1500.0, "ap": 50.0}),
    entry("bad", state="failed", figures={}, package="", error="It <b>fails</b>.", exit_code=12),
]
