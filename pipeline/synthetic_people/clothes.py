"""What people who are to be drawn look like: skin, hair, clothes and their patterns. Colours are RGB, 0–255."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy

from pipeline.synthetic_people.pose import between, chance, evenly, pick, weighted

Colour = tuple[float, float, float]

# From light to dark, with what lies between them (the Monk skin tone scale has the same span).
SKINS: tuple[Colour, ...] = (
    (246, 224, 208), (240, 208, 184), (228, 188, 156), (212, 165, 126), (186, 136, 96), (152, 104, 70), (116, 76, 52),
    (82, 55, 40), (62, 44, 36),
)  # fmt: skip
HAIRS: tuple[Colour, ...] = (
    (22, 18, 18), (40, 28, 22), (66, 44, 30), (96, 64, 40), (140, 100, 60), (190, 150, 96), (222, 196, 140),
    (130, 60, 34), (150, 150, 150), (214, 212, 208),
)  # fmt: skip
PLAIN: tuple[Colour, ...] = (
    (24, 24, 28), (245, 245, 242), (128, 130, 134), (70, 74, 82), (38, 52, 88), (62, 88, 134), (120, 148, 186),
    (170, 150, 120), (92, 74, 56), (60, 72, 52), (140, 30, 36), (200, 190, 176),
)  # fmt: skip
PATTERNS = {
    "plain": 0.46, "bands": 0.12, "lengthwise": 0.08, "checks": 0.09, "halves": 0.05, "blotches": 0.08, "print": 0.12,
}  # fmt: skip


def any_colour(random: numpy.random.Generator) -> Colour:
    """Any hue, mostly of middling strength and lightness."""
    red, green, blue = colorsys.hls_to_rgb(random.random(), between(random, 0.1, 0.9), between(random, 0.1, 1.0))
    return red * 255, green * 255, blue * 255


def cloth_colour(random: numpy.random.Generator) -> Colour:
    """What clothes are dyed: the usual ones, or any."""
    return any_colour(random) if chance(random, 0.55) else varied(random, pick(random, PLAIN), 14)


def scaled(colour: Colour, by: float) -> Colour:
    """A lighter or darker colour."""
    red, green, blue = (min(255.0, channel * by) for channel in colour)
    return red, green, blue


def varied(random: numpy.random.Generator, colour: Colour, by: float) -> Colour:
    """A colour near this one."""
    lighter = evenly(random, -by, by)
    red, green, blue = (min(255.0, max(0.0, channel + lighter + evenly(random, -by, by) / 2)) for channel in colour)
    return red, green, blue


@dataclass(frozen=True, kw_only=True)
class Cloth:
    """A pattern of one or two colours; `seed` fixes where blotches are."""

    pattern: str
    first: Colour
    second: Colour
    period: int
    seed: int

    def colours(self, rings: int, sectors: int) -> numpy.ndarray:
        """The colours (rings, sectors, 3) of a garment's faces, from its top ring down; the last sector is in front."""
        band, sector = numpy.arange(rings)[:, None], numpy.arange(sectors)[None, :]
        nothing = numpy.zeros((rings, sectors), bool)
        if self.pattern == "bands":
            marked = nothing | (band // self.period % 2 == 1)
        elif self.pattern == "lengthwise":
            marked = nothing | (sector % 2 == 1)
        elif self.pattern == "checks":
            marked = (band // self.period + sector) % 2 == 1
        elif self.pattern == "halves":
            marked = nothing | (band >= rings // 2)
        elif self.pattern == "blotches":
            marked = numpy.random.default_rng(self.seed).integers(0, 3, (rings, sectors)) == 0
        elif self.pattern == "print":
            marked = (band > rings // 4) & (band < rings // 2 + 1) & ((sector == 0) | (sector >= sectors - 2))
        else:
            marked = nothing
        return numpy.where(marked[..., None], numpy.array(self.second), numpy.array(self.first))


def sample_cloth(random: numpy.random.Generator, patterns: dict[str, float] | None = None) -> Cloth:
    """A cloth with one of the patterns."""
    return Cloth(
        pattern=weighted(random, patterns or PATTERNS),
        first=cloth_colour(random),
        second=cloth_colour(random),
        period=int(random.integers(1, 3)),
        seed=int(random.integers(1 << 30)),
    )


@dataclass(frozen=True, kw_only=True)
class Outfit:
    """Clothes and looks.

    `sleeve` and `leg` say how far cloth covers a limb: 1 to the elbow or knee, 2 to the wrist or ankle. `skirt` is
    the share of the thigh it covers, 0 where none is worn. `width` is how much trousers and sleeves stand off.
    """

    skin: Colour
    hair: Colour
    hair_style: str
    hairline: float
    beard: bool
    glasses: str
    hat: Colour | None
    shirt: Cloth
    sleeve: float
    trousers: Cloth
    leg: float
    skirt: float
    shoes: Colour
    gloves: Colour | None
    scarf: Colour | None
    backpack: Colour | None
    width: float


HAIR_STYLES = {"short": 0.40, "bald": 0.08, "long": 0.24, "bun": 0.10, "tail": 0.08, "wide": 0.10}


def sample_outfit(random: numpy.random.Generator) -> Outfit:
    """Somebody's looks."""
    shirt = sample_cloth(random)
    suit = chance(random, 0.18)
    trousers = shirt if suit else sample_cloth(random, {"plain": 0.85, "lengthwise": 0.08, "blotches": 0.07})
    skirt = evenly(random, 0.55, 1.0) if chance(random, 0.16) else 0.0
    return Outfit(
        skin=varied(random, pick(random, SKINS), 10),
        hair=varied(random, any_colour(random) if chance(random, 0.04) else pick(random, HAIRS), 10),
        hair_style=weighted(random, HAIR_STYLES),
        hairline=between(random, 0.25, 0.6),
        beard=chance(random, 0.12),
        glasses=weighted(random, {"none": 0.82, "clear": 0.10, "dark": 0.08}),
        hat=cloth_colour(random) if chance(random, 0.13) else None,
        shirt=shirt,
        sleeve=pick(random, (0.0, 0.35, 0.55, 1.0, 2.0, 2.0, 2.0)),
        trousers=trousers,
        leg=pick(random, (0.0, 0.3)) if skirt else pick(random, (0.45, 0.8, 1.2, 2.0, 2.0, 2.0, 2.0)),
        skirt=skirt,
        shoes=cloth_colour(random),
        gloves=cloth_colour(random) if chance(random, 0.05) else None,
        scarf=cloth_colour(random) if chance(random, 0.06) else None,
        backpack=cloth_colour(random) if chance(random, 0.06) else None,
        width=between(random, 0.0, 0.012),
    )
