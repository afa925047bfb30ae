"""The second file of a package: the same model with its weights brought ahead (pipeline/compile/prefetch.py).

No board has run it yet, and what no board has run is not what people flash unasked: it lies beside the model in Vela's
own order, under a name of its own, and `edgecask flash --prefetch` takes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgecask.errors import CompileError
from edgecask.files import sha256_file
from edgecask.firmware.family import family_rows
from edgecask.store.result import StageResult
from edgecask.store.store import Store
from edgecask.target.acceptance import check
from edgecask.target.model_facts import model_facts
from edgecask.target.package_tables import Metrics, PrefetchEntry
from edgecask.target.target import Target

FILE = "model-prefetch.tflite"
METRICS = ("timeline_ms", "sram_kib", "flash_kib")


@dataclass(frozen=True, kw_only=True)
class Prefetch:
    """The second file, or the reason why there is none."""

    model: Path | None = None
    metrics: Metrics | None = None
    reason: str = ""

    def facts(self) -> PrefetchEntry:
        """The table `prefetch` of the manifest."""
        if self.model is None or self.metrics is None:
            return {"reason": self.reason}
        return {
            "file": FILE,
            "sha256": sha256_file(self.model),
            "bytes": self.model.stat().st_size,
            "metrics": dict(self.metrics),
        }


def why_left_out(compiled: StageResult, prefetched: StageResult) -> str:
    """Why the second file is not worth having, or nothing; `invoke plan` asks, too, which runs no step."""
    if not prefetched.report["prefetch"]["possible"]:
        return str(prefetched.report["prefetch"]["reason"])
    slower = prefetched.report["metrics"]["timeline_ms"] >= compiled.report["metrics"]["timeline_ms"]
    return "it would gain nothing" if slower else ""


def look_at_prefetch(store: Store, target: Target, compiled: StageResult, prefetched: StageResult) -> Prefetch:
    """Whether the second file is worth having; raises where it breaks a rule that the first one keeps.

    Raises CompileError where the user's own limit on SRAM is less than the model needs at all.
    """
    own, other = compiled.report["metrics"], prefetched.report["metrics"]
    asked = target.compile.sram_limit if target.compile is not None else None
    if asked is not None and asked < own["sram_kib"]:
        raise CompileError(
            f"--sram-limit={asked:g} KiB is less than the {own['sram_kib']:.1f} KiB that the model needs without "
            "weights brought ahead.",
            advice="Give it more, or leave the option out.",
        )
    reason = why_left_out(compiled, prefetched)
    if reason:
        return Prefetch(reason=reason)
    blob = prefetched.outputs["model.tflite"]
    model = model_facts(store, blob)
    check(target, model, {}, family_rows=family_rows(model, target), claimed_granularity=None)
    return Prefetch(model=blob.path, metrics={name: other[name] for name in METRICS})
