"""What Vela hands to the Ethos-U driver, read as the driver reads it.

The words of a payload are those of ethosu_driver.c (struct cop_data_s, ethosu_invoke_async) and ethosu55_interface.h
(struct config_r, struct id_r), in Seeed_Grove_Vision_AI_Module_V2 @d3265e2, library/inference/tflmtag2412_u55tag2411;
tflmtag2209_u55tag2205, which Seeed's firmware is built with (sscma-example-we2 1.0.x @97978d9), asks for the same.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

WORD = 4
ALIGNMENT = 16
PRODUCTS = {0: "Ethos-U55", 1: "Ethos-U65", 2: "Ethos-U85"}
OPERATOR_TYPE = 1
"""What TFLite Micro wants to find in the operator's options (CO_TYPE_ETHOSU, kernels/ethos_u/ethosu.cc)."""
MOST_ACTIONS = 1000
"""Vela writes a configuration, up to three words that fill up to sixteen bytes, and a command stream or two."""
MOST_OPTION_BYTES = 64
"""Of an operator's options, from their end: FlexBuffers are read from there."""


class Action(IntEnum):
    """What the driver does with a word (enum DRIVER_ACTION_e)."""

    OPTIMIZER_CONFIG = 1
    COMMAND_STREAM = 2
    NOP = 5


@dataclass(frozen=True, kw_only=True)
class NpuPayload:
    """One ethos-u operator.

    `command_stream` is the payload's fourcc. `architecture` ("major.minor.patch"), `macs` a cycle, `product`,
    `stream_version` and `custom_dma` are what the file was compiled for; all are None where it does not say.
    `misalignment` and `weights_misalignment` are offsets in the file modulo 16, `damage` says why the driver would stop
    reading, and `operator_type` is None where the operator's options hold no number.
    """

    command_stream: str
    architecture: str | None
    macs: int | None
    product: str | None
    stream_version: int | None
    custom_dma: bool | None
    misalignment: int
    weights_misalignment: int
    damage: str
    operator_type: int | None
    scratch_bytes: int
    flash_bytes: int


@dataclass(frozen=True, kw_only=True)
class Walked:
    """What the driver finds on its way through a payload.

    `configuration` and `identity` are the words of the optimiser's configuration, `stream` is the word at which the
    command stream begins, `damage` says why the driver would stop.
    """

    fourcc: bytes
    configuration: int | None
    identity: int | None
    stream: int | None
    damage: str


def parse_payload(
    walked: Walked,
    *,
    start: int,
    options: bytes,
    constants: Sequence[int],
    scratch_bytes: int,
    flash_bytes: int,
) -> NpuPayload:
    """Read the payload that begins at `start` of a file, as `walk` found it.

    `options` are the last bytes of the operator's own, `constants` the places in the file of its further inputs that
    lie there.
    """
    configuration, identity, stream = walked.configuration, walked.identity, walked.stream
    return NpuPayload(
        command_stream=walked.fourcc.decode("latin-1"),
        architecture=_architecture(identity) if identity is not None else None,
        macs=1 << (configuration & 0xF) if configuration is not None else None,
        product=_product(configuration >> 28) if configuration is not None else None,
        stream_version=configuration >> 4 & 0xF if configuration is not None else None,
        custom_dma=bool(configuration >> 27 & 1) if configuration is not None else None,
        misalignment=(start + WORD * stream) % ALIGNMENT if stream is not None else 0,
        weights_misalignment=max((place % ALIGNMENT for place in constants), default=0),
        damage=walked.damage,
        operator_type=_operator_type(options),
        scratch_bytes=scratch_bytes,
        flash_bytes=flash_bytes,
    )


def walk(content: bytes, *, start: int, length: int) -> Walked:
    """Follow the `length` bytes of payload that begin at `start` of a file's content as the driver does.

    Raises struct.error or ValueError where they do not lie in the file.
    """
    if length < WORD or start + length > len(content):
        raise ValueError("a payload outside the file")
    (fourcc,) = struct.unpack_from("<4s", content, start)
    configuration, identity, stream, damage = _walk(memoryview(content)[start : start + length])
    if length % WORD:
        damage = damage or f"{length} bytes, not whole words"
    return Walked(fourcc=fourcc, configuration=configuration, identity=identity, stream=stream, damage=damage)


def _walk(payload: memoryview) -> tuple[int | None, int | None, int | None, str]:
    """Configuration, identity, the word at which the command stream begins, and what the driver refuses."""
    count = len(payload) // WORD
    configuration, identity, stream = None, None, None
    position = 1  # behind the fourcc
    for _ in range(MOST_ACTIONS + 1):
        if position >= count:
            break
        (word,) = struct.unpack_from("<I", payload, WORD * position)
        action = word & 0xFF
        if action == Action.OPTIMIZER_CONFIG:
            if position + 2 >= count:
                return configuration, identity, stream, "the configuration is cut off"
            configuration, identity = struct.unpack_from("<2I", payload, WORD * (position + 1))
            position += 3
        elif action == Action.COMMAND_STREAM:
            stream = position + 1
            position += 1 + ((word >> 8 & 0xFF) << 16 | word >> 16)
            if position > count:
                return configuration, identity, stream, "the command stream is cut off"
        elif action == Action.NOP:
            position += 1
        else:
            return configuration, identity, stream, f"the driver knows no action {action}"
    else:
        return configuration, identity, stream, f"more than {MOST_ACTIONS} actions"
    return configuration, identity, stream, "" if stream is not None else "there is no command stream"


def _architecture(identity: int) -> str:
    return f"{identity >> 28}.{identity >> 20 & 0xFF}.{identity >> 16 & 0xF}"


def _product(number: int) -> str:
    return PRODUCTS.get(number, f"product {number}")


def _operator_type(options: bytes) -> int | None:
    """The number that FlexBuffers' root holds: value, type, width in bytes (flatbuffers' flexbuffers.h)."""
    if len(options) < 3 or options[-1] != 1 or options[-2] >> 2 not in (1, 2):
        return None
    return options[-3]
