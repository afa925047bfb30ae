"""Refuses a finished model that the target's device would not take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from edgecask.errors import CompileError, ContractError
from edgecask.store.result import StageResult
from edgecask.target import contract
from edgecask.target.model_file import ModelFile
from edgecask.target.rules import Row
from edgecask.target.target import Target


def refuse_cpu_operators(target: Target, compiled: StageResult) -> None:
    """Raise CompileError where operators stay on the CPU and the target's firmware does not run them."""
    left = compiled.report["metrics"]["cpu_ops"]
    if target.compile is not None and not target.compile.cpu_operators and left:
        names = ", ".join(compiled.report["cpu_operators"]) or "not named by Vela"
        raise CompileError(
            f"{left} operators stay on the CPU, and {target.firmware} does not run them: {names}.",
            advice="The network has layers the NPU does not know; train from a plain yolov8-pose checkpoint.",
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
            f"The model breaks {len(report.failures)} rules of {target.firmware}; "
            f"{first.rule}: found {first.found}, needed {first.needed}.",
            advice=first.advice,
            details="\n".join(f"{row.rule}: found {row.found}, needed {row.needed}" for row in report.failures),
        )
    return report
