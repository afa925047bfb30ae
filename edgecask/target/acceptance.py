"""Refuses a finished model that the target's device would not take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from edgecask.errors import CompileError, ContractError
from edgecask.store.result import StageResult
from edgecask.target import contract
from edgecask.target.memory_rules import KIBIBYTE, smaller_network
from edgecask.target.model_file import ModelFile
from edgecask.target.rules import Row
from edgecask.target.target import Target

OWN_FAULT = "edgecask made this model, so the fault is edgecask's: report it with the lines above."


def refuse_cpu_operators(target: Target, compiled: StageResult) -> None:
    """Raise CompileError where operators stay on the CPU and the target's firmware does not run them."""
    left = compiled.report["metrics"]["cpu_ops"]
    if target.compile is not None and not target.compile.cpu_operators and left:
        names = ", ".join(compiled.report["cpu_operators"]) or "not named by Vela"
        raise CompileError(
            f"{left} operators stay on the CPU, and {target.firmware} does not run them: {names}.",
            advice="The network has layers the NPU does not know; train from a plain checkpoint of YOLOv8.",
        )


def refuse_too_large(target: Target, weights: str, exported: Mapping[str, Any]) -> None:
    """Raise ContractError where the weights alone, as the export counted them, are more than the device has room for.

    What TensorFlow Lite writes has a byte for each; Vela codes them, and gets no further than their entropy.
    `--compress-weights` makes them coarser, which only the finished model tells.
    """
    if target.compile is None:
        least = exported["weights"]
    elif not target.quantization.compressed:
        least = exported["weight_entropy_bytes"]
    else:
        return
    room = target.memory.flash_limit_kib
    if least > room * KIBIBYTE:
        raise ContractError(
            f"{weights} is too large for {target.name}: its {exported['weights'] / 1e6:.1f} million weights take at "
            f"least {least / KIBIBYTE:,.0f} KiB, and there is room for {room:,.0f}.",
            advice=smaller_network(target),
        )


def check(
    target: Target,
    model: ModelFile,
    results: Mapping[str, StageResult],
    *,
    family_rows: Iterable[Row],
    claimed_granularity: str | None,
) -> contract.Report:
    """The finished model against the rules of the target and its family; raises ContractError where one is broken."""
    report = contract.check(
        model,
        target,
        family_rows=family_rows,
        arena_bytes=results["arena"].report["arena_bytes"] if "arena" in results else None,
        claimed_granularity=claimed_granularity,
    )
    if report.failures:
        first = report.failures[0]
        raise ContractError(
            f"The model breaks {report.broken} of {target.firmware}; "
            f"{first.rule}: found {first.found}, needed {first.needed}.",
            # Never the command that has just been run.
            advice=OWN_FAULT if first.advice == contract.build_advice(target) else first.advice,
            details="\n".join(f"{row.rule}: found {row.found}, needed {row.needed}" for row in report.failures),
        )
    return report
