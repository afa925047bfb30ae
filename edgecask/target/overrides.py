"""What the options of a build say otherwise than target.toml, by its tables."""

from __future__ import annotations

from typing import Any

import msgspec

from edgecask.common_options import CompileOptions, NumberFormatOptions, QuantizationOptions
from edgecask.errors import UsageError
from edgecask.options import Request
from edgecask.target.tables import Compile, Quantization, Strict

COMPILE_CHOICES = {
    "silu": "SiLU",
    "zero_copy_concat": "copies",
    "prefetch": "weights brought ahead",
    "sram_limit": "SRAM",
}
"""What options for Vela are about, by the keys of [compile]."""


def quantization_as_asked(
    quantization: Quantization, options: QuantizationOptions | NumberFormatOptions, *, target: str, is_compiled: bool
) -> Quantization:
    """The [quantization] of a target as `options` want it; raises UsageError where two of them contradict."""
    asked = _asked(options, Quantization)
    if getattr(options, "fast", False):
        asked = _fast(asked)
    if "granularity" in asked:  # by the user, who means it
        asked["steps"] = []
    if asked.get("gptq") or asked.get("range_search") is False:  # another way than the target's
        asked = {"rounding": "nearest", **asked}
    quantization = msgspec.structs.replace(quantization, **asked)
    if quantization.compressed and not is_compiled:
        raise UsageError(
            f"{target} reads its weights as they are, so it gains nothing from coarser ones.",
            advice="Leave it out.",
        )
    for option, chosen in (
        ("--compress-weights", quantization.compress_weights in ("smaller", "smallest")),
        ("--gptq", quantization.gptq),
        ("--rounding=sensitivity", quantization.rounding == "sensitivity"),
    ):
        if chosen and not quantization.range_search:
            raise UsageError(f"{option} and --no-range-search exclude each other.", advice="Leave one of them out.")
    if quantization.limited and quantization.rounding != "sensitivity":
        raise UsageError(
            "--max-ms and --max-flash choose among weights that --rounding=sensitivity makes.",
            advice="Leave them out, or --rounding=nearest, --gptq, --fast and --no-range-search.",
        )
    if quantization.limited and quantization.compress_weights != "auto":
        raise UsageError(
            "--max-ms and --max-flash choose how far weights are compressed, and so does --compress-weights.",
            advice="Leave one of them out.",
        )
    if quantization.gptq and quantization.rounding == "sensitivity":
        raise UsageError(
            "--gptq and --rounding=sensitivity exclude each other.",
            advice="Leave --gptq out: errors cancel with --rounding=sensitivity, too.",
        )
    return quantization


def compile_as_asked(table: Compile | None, options: CompileOptions, *, target: str) -> Compile | None:
    """The [compile] of a target as `options` want it; raises UsageError where they want something without Vela."""
    asked = _asked(options, Compile)
    if getattr(options, "fast", False) and table is not None:
        asked.setdefault("prefetch", False)
    if not asked:
        return table
    if table is None:
        subjects = " and ".join(words for name, words in COMPILE_CHOICES.items() if name in asked)
        raise UsageError(
            f"Nothing is compiled for {target} here, so there is nothing to choose about {subjects}.",
            advice="Leave the option out.",
        )
    return msgspec.structs.replace(table, **asked)


def _asked(options: Request, table: type[Strict]) -> dict[str, Any]:
    """What `options` say otherwise than a table of target.toml, by the table's own keys."""
    found = {name: getattr(options, name, None) for name in table.__struct_fields__}
    return {name: value for name, value in found.items() if value is not None}


def _fast(asked: dict[str, Any]) -> dict[str, Any]:
    """What `--fast` asks of [quantization] besides; raises UsageError where it contradicts the rest."""
    slow = {"gptq": True, "range_search": True, "rounding": "sensitivity"}
    named = [name.replace("_", "-") for name, value in slow.items() if asked.get(name) == value]
    if asked.get("compress_weights", "off") not in ("auto", "off"):
        named.append("compress-weights")
    if named:
        raise UsageError(f"--fast and --{named[0]} exclude each other.", advice="Leave one of them out.")
    return {**asked, "range_search": False}
