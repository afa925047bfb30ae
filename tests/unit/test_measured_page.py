"""The page of a measurement: its figures, and nothing that a board could put into it."""

from edgecask.package.measured_page import render_measured
from edgecask.target.target import load_target

MEASURED = {
    "schema": 1, "target": "grove", "date": "2026-11-26", "edgecask": "0.2", "frames": 100, "broken": 2, "people": 130,
    "board": {"name": "<script>alert(1)</script>", "software": "2024.12.07", "hardware": "1"},
    "model": {"name": "best 192", "sha256": "a" * 64, "said_by": "said by the last flash", "in_package": True},
    "milliseconds": {
        "preprocess": {"median": 6.0, "percentile_95": 7.0}, "inference": {"median": 56.5, "percentile_95": 58.0},
        "postprocess": {"median": 2.0, "percentile_95": 2.0},
    },
    "frames_per_second": 9.87, "resolution": [240, 240], "estimate": {"npu_ms": 55.4, "timeline_ms": 61.23},
}  # fmt: skip


def test_its_figures():
    page = render_measured(MEASURED, load_target("grove")).decode()
    for text in ("56.5 ms", "at most 58 ms", "9.87", "55.4", "61.2", "2 more came in part", "firmware of 2024.12.07"):
        assert text in page
    assert "<script" not in page and "&lt;script&gt;" in page
    assert "http" not in page.replace('http-equiv="Content-Security-Policy"', "")
    assert render_measured(MEASURED, load_target("grove")) == page.encode()


def test_without_phases_or_estimate():
    measured = {**MEASURED, "milliseconds": {"whole": {"median": 68.54, "percentile_95": 70.0}}}
    del measured["estimate"], measured["frames_per_second"]
    page = render_measured(measured, load_target("grove-himax")).decode()
    assert "68.54 ms" in page and "restart of the camera" in page and "Vela" not in page
