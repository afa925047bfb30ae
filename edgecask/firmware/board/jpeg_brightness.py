"""How bright each 8 × 8 block of a JPEG is: enough to tell two pictures apart, without a library for pictures.

A block's brightness is the DC coefficient of its luminance (ITU-T T.81). Baseline JPEG with Huffman codes, which is
what the encoders of the boards make (hardware on the WE2, JPEGENC on the XIAO); anything else is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_SIDE = 4096
SOF0, DHT, SOS, DQT, DRI, EOI = 0xC0, 0xC4, 0xDA, 0xDB, 0xDD, 0xD9
RESTARTS = range(0xD0, 0xD8)
Codes = dict[tuple[int, int], int]
"""From the length of a code in bits and its value to the symbol."""


@dataclass(frozen=True, kw_only=True)
class Component:
    """A colour channel: how many blocks of it an MCU holds across and down, and its tables."""

    identifier: int
    across: int
    down: int
    quantization: int


class _Bits:
    """The entropy-coded bits; stuffed zeros are gone, restart markers are kept as places to align to."""

    def __init__(self, data: bytes) -> None:
        self._data, self._place, self._held, self._count = data, 0, 0, 0

    def take(self, count: int) -> int:
        """So many bits as a number; raises ValueError at the end."""
        while self._count < count:
            if self._place >= len(self._data):
                raise ValueError("the picture ends too early")
            byte = self._data[self._place]
            self._place += 1
            if byte == 0xFF:
                following = self._data[self._place] if self._place < len(self._data) else EOI
                if following:
                    raise ValueError("a marker within the picture")
                self._place += 1
            self._held = (self._held << 8 | byte) & 0xFFFFFFFF
            self._count += 8
        self._count -= count
        return self._held >> self._count & ((1 << count) - 1)

    def symbol(self, codes: Codes) -> int:
        """The next symbol of a Huffman table."""
        code = 0
        for length in range(1, 17):
            code = code << 1 | self.take(1)
            found = codes.get((length, code))
            if found is not None:
                return found
        raise ValueError("no such code")

    def signed(self, size: int) -> int:
        """A number of `size` bits, negative where its first bit is 0."""
        if not size:
            return 0
        if size > 16:
            raise ValueError("too large a number")
        value = self.take(size)
        return value if value >> (size - 1) else value - (1 << size) + 1

    def restart(self) -> None:
        """Go on behind the next restart marker."""
        self._held = self._count = 0
        if self._data[self._place : self._place + 1] != b"\xff" or self._data[self._place + 1] not in RESTARTS:
            raise ValueError("no restart marker")
        self._place += 2


def block_brightness(jpeg: bytes) -> list[list[float]]:
    """Rows of the mean brightness of each 8 × 8 block, 0 to 255; raises ValueError for what is no baseline JPEG."""
    try:
        return _read(jpeg)
    except (IndexError, KeyError, ZeroDivisionError) as error:
        raise ValueError("a damaged JPEG") from error


def _read(jpeg: bytes) -> list[list[float]]:
    if jpeg[:2] != b"\xff\xd8":
        raise ValueError("no JPEG")
    place, interval = 2, 0
    steps: dict[int, int] = {}
    tables: dict[int, Codes] = {}
    size = (0, 0)
    components: list[Component] = []
    while True:
        if jpeg[place] != 0xFF:
            raise ValueError("no marker")
        marker = jpeg[place + 1]
        length = int.from_bytes(jpeg[place + 2 : place + 4], "big")
        segment = jpeg[place + 4 : place + 2 + length]
        place += 2 + length
        if length < 2 or marker == EOI:
            raise ValueError("no picture")
        if marker == DQT:
            steps |= _first_steps(segment)
        elif marker == DHT:
            tables |= _huffman(segment)
        elif marker == DRI:
            interval = int.from_bytes(segment[:2], "big")
        elif marker == SOF0:
            size, components = _frame(segment)
        elif 0xC1 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            raise ValueError("no baseline JPEG")
        elif marker == SOS:
            return _scan(jpeg[place:], segment, size, components, steps, tables, interval)


def _first_steps(segment: bytes) -> dict[int, int]:
    """The step of the DC coefficient, by table."""
    found, place = {}, 0
    while place < len(segment):
        wide = segment[place] >> 4
        found[segment[place] & 15] = int.from_bytes(segment[place + 1 : place + 2 + wide], "big")
        place += 1 + 64 * (1 + wide)
    return found


def _huffman(segment: bytes) -> dict[int, Codes]:
    """Tables by class and identifier (T.81, annex C)."""
    found, place = {}, 0
    while place < len(segment):
        key, counts = segment[place], segment[place + 1 : place + 17]
        place += 17
        codes: Codes = {}
        code = 0
        for length, count in enumerate(counts, start=1):
            for _ in range(count):
                codes[length, code] = segment[place]
                code, place = code + 1, place + 1
            code <<= 1
        found[key] = codes
    return found


def _frame(segment: bytes) -> tuple[tuple[int, int], list[Component]]:
    height, width = int.from_bytes(segment[1:3], "big"), int.from_bytes(segment[3:5], "big")
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise ValueError("too large a picture")
    components = []
    for index in range(segment[5]):
        identifier, sampling, table = segment[6 + 3 * index : 9 + 3 * index]
        across, down = sampling >> 4, sampling & 15
        if not (1 <= across <= 4 and 1 <= down <= 4):
            raise ValueError("no such sampling")
        components.append(Component(identifier=identifier, across=across, down=down, quantization=table))
    return (width, height), components


def _scan(
    data: bytes,
    header: bytes,
    size: tuple[int, int],
    components: list[Component],
    steps: dict[int, int],
    tables: dict[int, Codes],
    interval: int,
) -> list[list[float]]:
    chosen = {header[1 + 2 * index]: header[2 + 2 * index] for index in range(header[0])}
    if not components or set(chosen) != {each.identifier for each in components}:
        raise ValueError("not all channels in one scan")
    if len(components) == 1:  # then an MCU is one block, whatever the sampling says
        only = components[0]
        components = [Component(identifier=only.identifier, across=1, down=1, quantization=only.quantization)]
    luminance = components[0]
    across, down = max(each.across for each in components), max(each.down for each in components)
    if (luminance.across, luminance.down) != (across, down):
        raise ValueError("brightness is not the finest channel")
    wide, high = -(-size[0] // (8 * across)), -(-size[1] // (8 * down))
    rows = [[0.0] * (wide * across) for _ in range(high * down)]
    bits = _Bits(data)
    before = dict.fromkeys(chosen, 0)
    for number in range(wide * high):
        if interval and number and number % interval == 0:
            bits.restart()
            before = dict.fromkeys(chosen, 0)
        top, left = number // wide * down, number % wide * across
        for component in components:
            key = component.identifier
            for block in range(component.across * component.down):
                before[key] += _block(bits, tables[chosen[key] >> 4], tables[16 + (chosen[key] & 15)])
                if component is luminance:
                    mean = before[key] * steps[component.quantization] / 8 + 128
                    rows[top + block // across][left + block % across] = min(max(mean, 0.0), 255.0)
    return [row[: -(-size[0] // 8)] for row in rows[: -(-size[1] // 8)]]


def _block(bits: _Bits, first: Codes, others: Codes) -> int:
    """How much the DC coefficient differs from the last one's; the 63 others are passed over."""
    difference = bits.signed(bits.symbol(first))
    place = 1
    while place < 64:
        symbol = bits.symbol(others)
        size = symbol & 15
        if not size and symbol != 0xF0:
            break
        place += (symbol >> 4) + 1
        bits.signed(size)
    return difference
