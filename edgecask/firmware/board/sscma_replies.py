"""What replies of Seeed's firmware say: of itself, its model and its thresholds, and why it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from edgecask.errors import BoardError
from edgecask.firmware.board.framing import Reply

CODES = {
    1: "try again",
    2: "it could not be run",
    3: "it took too long",
    4: "no camera answers, or its data do not arrive",
    5: "it is not valid",
    6: "too little memory",
    7: "busy",
    8: "not supported",
    9: "not permitted",
    10: "it failed",
}
"""el_err_code_t, core/el_types.h."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model in the board's flash by its id and address; id 0 stands for none."""

    id: int
    address: int


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What the board says it is; `software` is the day on which its firmware was compiled, like 2024.12.07."""

    name: str
    software: str
    hardware: str
    models: tuple[Model, ...]
    chosen: Model
    info: str


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """In whole percent, as they are in force."""

    score: int
    iou: int


def thresholds_in(reply: Reply) -> Thresholds | None:
    """Those that a reply to AT+INVOKE tells of; None where it does not."""
    config = value_of(value_of(reply.data, "algorithm"), "config")
    if isinstance(config, dict) and isinstance(config.get("tscore"), int) and isinstance(config.get("tiou"), int):
        return Thresholds(score=config["tscore"], iou=config["tiou"])
    return None


def refuse_model(reply: Reply, port: str) -> None:
    """Raise BoardError where the board says that it cannot load a model."""
    if reply.code == 2:
        raise BoardError(
            "The board cannot load its model: an operator that its firmware does not have, or too small an arena.",
            advice="`edgecask check --firmware=DATE` with the day of AT+VER? tells which; update the firmware.",
        )
    if reply.code:
        raise _no_model(port)


def refuse_start(reply: Reply, port: str) -> NoReturn:
    """Raise BoardError that says why the board does not run its model."""
    if reply.code == 4:
        raise BoardError("The board's camera does not answer.", advice="Check its ribbon cable, then reset the board.")
    if model_of(value_of(reply.data, "model")).id == 0:
        raise _no_model(port)
    if value_of(value_of(reply.data, "algorithm"), "type") == 0:
        raise BoardError(
            "No decoder of the board's firmware takes the outputs of its model.",
            advice="Flash a model that `edgecask check` accepts, or update the firmware.",
        )
    raise BoardError(
        f"The board does not run its model: code {reply.code}, {meaning(reply.code)}.", advice="Flash it again."
    )


def crc16_maxim(data: bytes) -> int:
    """CRC-16/MAXIM, as the firmware computes it of AT+INFO (core/utils/el_hash.cpp)."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return value ^ 0xFFFF


def _no_model(port: str) -> BoardError:
    return BoardError(f"The board on {port} has no model.", advice="Run `edgecask flash` first.")


def meaning(code: int) -> str:
    """What a code of the firmware stands for."""
    return CODES.get(code, "a code that is not known")


def value_of(value: object, key: str) -> object:
    """What a table has for a key; None where it is none, or has none."""
    return value.get(key) if isinstance(value, dict) else None


def text_of(value: object) -> str:
    """A text; empty where it is none."""
    return value if isinstance(value, str) else ""


def model_of(value: object) -> Model:
    """The model that a reply tells of; id 0 where it tells of none."""
    number, address = value_of(value, "id"), value_of(value, "address")
    return Model(id=number if type(number) is int else 0, address=address if type(address) is int else 0)
