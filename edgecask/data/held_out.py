"""Calibration images that do not calibrate: what a build without labelled images is judged by."""

from __future__ import annotations

from collections.abc import Mapping

FEWEST = 25
"""Of fewer images all calibrate: they are few for that already (see calibration.FEW_IMAGES)."""
ONE_IN = 5
MOST = 80
"""More than that would change the measure little, and take time in every build."""


def held_out(digests: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the images that are held out, sorted; `digests` are the images' sha256 by their names.

    At most one in ONE_IN and at most MOST, those whose sha256 come first: neighbouring frames of a film are chosen as
    blindly as any others, and another image changes hardly anybody's side. Copies of one image are on the same side,
    so that none that judges calibrates under another name.
    """
    if len(digests) < FEWEST:
        return ()
    room = min(len(digests) // ONE_IN, MOST)
    copies: dict[str, list[str]] = {}
    for name, digest in digests.items():
        copies.setdefault(digest, []).append(name)
    chosen: list[str] = []
    for _, names in sorted(copies.items()):
        if len(chosen) + len(names) <= room:
            chosen += names
    return tuple(sorted(chosen))


def too_few(count: int) -> str:
    """Why nothing is held out of so many images."""
    return f"all {count} calibration images are needed to calibrate (of {FEWEST} or more some are held out)"
