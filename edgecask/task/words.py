"""What the things that a network finds are called, where users read of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Words:
    """One of them and several ("person", "people"), what stands for them ("who") and for none of them ("nobody").

    `moving` is what to let move before a camera; `points` are what of them is compared in pixels, and `likeness` is the
    measure by which two are the same.
    """

    one: str
    several: str
    who: str
    none: str
    moving: str
    points: str
    likeness: str
