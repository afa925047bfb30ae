"""Flash and tensor arena: what a file takes, in KiB, against what the firmware has."""

from __future__ import annotations

from collections.abc import Iterator

from edgecask.target.firmware_changes import last_change
from edgecask.target.model_file import ModelFile
from edgecask.target.rules import Row, judge
from edgecask.target.target import Target

KIBIBYTE = 1024


def smaller_network(target: Target) -> str:
    """What helps where a model is too large for a target."""
    coarser = "" if target.compile is None else ", or coarser weights (--compress-weights=smallest)"
    return f"Use a smaller network, such as one of the size n{coarser}."


def memory_rows(model: ModelFile, target: Target, arena_bytes: int | None) -> Iterator[Row]:
    """The file against the room for it, and its tensor arena; see edgecask.target.contract.check."""
    memory = target.memory
    kibibytes = model.size / KIBIBYTE
    yield judge(
        "flash",
        kibibytes <= memory.flash_limit_kib,
        f"{kibibytes:.1f} KiB",
        f"at most {memory.flash_limit_kib:g} KiB",
        smaller_network(target),
    )
    limit = memory.arena_limits_kib.get(str(model.image_size), memory.arena_limit_kib)
    if memory.arena == "unknown":
        yield Row(rule="tensor arena", verdict="unknown", found="not measured", needed=memory.arena_note,
                  advice="The vendor's tool reports it.")  # fmt: skip
    if limit is None:
        return
    if model.npu:
        arena_bytes = max(payload.scratch_bytes for payload in model.npu)
    if arena_bytes is None:
        yield Row(rule="tensor arena", verdict="unknown", found="not measured", needed=f"at most {limit:g} KiB",
                  advice="--arena measures it.")  # fmt: skip
        return
    yield _arena_row(target, arena_bytes / KIBIBYTE, limit, interpreter=memory.interpreter_kib if model.npu else 0.0)


def _arena_row(target: Target, used: float, arena: float, *, interpreter: float) -> Row:
    """What a model needs of the arena, in KiB, beside what TFLite Micro's interpreter takes of it."""
    limit = arena - interpreter
    last = last_change(target, "arena_limit_kib")
    needed = f"at most {limit:g} KiB"
    if interpreter:
        needed += f": {arena:g} less {interpreter:g} for the interpreter"
    if last is not None:
        needed += f" (firmware from {last.since} on)"
    found, proven = f"{used:.1f} KiB", target.memory.arena_proven_kib
    if used > limit or proven is None or used <= proven:
        return judge("tensor arena", used <= limit, found, needed, "Use a smaller --imgsz.")
    advice = f"It should fit, but no model above {proven:g} KiB is known to have run on a board: try a smaller --imgsz."
    found = f"{found}, {limit - used:.1f} KiB left"
    return Row(rule="tensor arena", verdict="warn", found=found, needed=needed, advice=advice)
