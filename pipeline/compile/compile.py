"""int8 TFLite → TFLite for the Ethos-U, in the environment `vela` (ethos-u-vela).

Parameters: `accelerator`, `system_config`, `memory_mode`, `optimise` (Vela's own options of those names), `silu`:
"separate" (as Vela does it), "table" (one operator), or "convolution" (none; see silu_lut.py), `zero_copy_concat`:
whether concatenations do without copies (zero_copy_concat.py), `arena_kib`: how much SRAM the device has for it, by the
side of the image ("" for all others), so that copies are made all the same where nothing else fits, and
`prefetch_bytes`: None, or the SRAM that weights may be brought ahead into (prefetch.py); where that is not possible,
the file is Vela's own, and the report says why.
Inputs `model.tflite` and `vela_config.ini`; outputs `model.tflite`, `vela_summary.csv`, `operators.csv` (see
operator_costs.py), and `timeline.json` (see ../npu/clock.py).
"""

from __future__ import annotations

import contextlib
import csv
import importlib.metadata
import io
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ethosu.vela import vela
from ethosu.vela.tensor import TensorAddressMap
from ethosu.vela.tflite.Model import Model

from pipeline.compile import (
    block_choice,
    block_config_cache,
    operator_costs,
    prefetch,
    silu_lut,
    written_depth,
    zero_copy_concat,
)
from pipeline.compile.prefetch_state import NotPossibleError, Prefetched
from pipeline.harness import INPUTS, OUTPUTS, Refused
from pipeline.npu import clock

# The three forms in which Vela says so (tflite_supported_operators.py, tflite_model_semantic.py).
CPU_OPERATOR = re.compile(
    r"^(?:Info|Warning): (?:Unsupported TensorFlow Lite semantics for )?(\S+) '([^']*)'.*\bCPU\b", re.MULTILINE
)


@contextlib.contextmanager
def captured_output() -> Iterator[io.StringIO]:
    """What is printed, Vela's own default streams included (they are bound when it is imported); printed afterwards."""
    log = io.StringIO()
    sys.stdout.flush()
    kept = os.dup(1)
    with tempfile.TemporaryFile("w+") as capture:
        os.dup2(capture.fileno(), 1)
        try:
            yield log
        finally:
            sys.stdout.flush()
            os.dup2(kept, 1)
            os.close(kept)
            capture.seek(0)
            log.write(capture.read())
            print(log.getvalue(), flush=True)


def read_summary(path: Path) -> dict[str, str]:
    """The one row of Vela's summary, by column name."""
    with path.open(newline="") as stream:
        return next(iter(csv.DictReader(stream)))


def count(log: str, processor: str) -> int:
    """Vela's own count of the operators placed on `processor`; exit code 0 says nothing about it."""
    found = re.search(rf"^{processor} operators = (\d+)", log, re.MULTILINE)
    if found is None:
        raise Refused("compile", f"Vela did not report how many operators run on the {processor}.")
    return int(found[1])


@contextlib.contextmanager
def silu_as(kind: str) -> Iterator[silu_lut.Fused]:
    """What becomes of the SiLUs while Vela runs."""
    if kind == "separate":
        yield silu_lut.Fused()
    else:
        with silu_lut.fused(into_convolution=kind == "convolution") as fused:
            yield fused


def refuse_missed_silus(expected: int, fused: int) -> None:
    """Raise Refused where Vela's graph did not hold the SiLUs as the model's file does."""
    if fused != expected:
        raise Refused(
            "compile",
            f"Only {fused} of {expected} SiLUs became one operator.",
            "Build with --no-fuse-silu, and report it as an issue.",
        )


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """One file with what is known of it: the files of the stage by their names, and its report."""

    files: dict[str, bytes]
    report: dict[str, Any]

    @property
    def milliseconds(self) -> float:
        """By the event timeline."""
        return float(self.report["metrics"]["timeline_ms"])

    def written(self) -> dict[str, Any]:
        """Write the files; the report."""
        for name, content in self.files.items():
            (OUTPUTS / name).write_bytes(content)
        return self.report

    @property
    def kibibytes(self) -> float:
        """Of SRAM."""
        return float(self.report["metrics"]["sram_kib"])


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Compile, and read what Vela made of it."""
    made = with_or_without_prefetch(parameters)
    arena = room_for((INPUTS / "model.tflite").read_bytes(), parameters["arena_kib"])
    if parameters["zero_copy_concat"] and arena is not None and made.kibibytes > arena:
        # Without copies a concatenation is there from its first part on, which may be what is too much.
        other = with_or_without_prefetch({**parameters, "zero_copy_concat": False})
        made = min(made, other, key=lambda item: item.kibibytes)
    return made.written()


def room_for(content: bytes, arenas: dict[str, float]) -> float | None:
    """The KiB that the device has for a network with the input of this .tflite; None where nobody knows."""
    graph = Model.GetRootAs(content, 0).Subgraphs(0)
    side = str(graph.Tensors(graph.Inputs(0)).Shape(1))
    return arenas.get(side, arenas.get(""))


def with_or_without_prefetch(parameters: dict[str, Any]) -> Compiled:
    """One file, with its weights brought ahead where that is asked for and possible."""
    limit = parameters["prefetch_bytes"]
    if limit is None:
        return compiled(parameters, contextlib.nullcontext())
    try:
        made = with_prefetch(parameters, limit)
        said: dict[str, Any] = {"possible": True}
    except NotPossibleError as error:
        made = compiled(parameters, contextlib.nullcontext())
        said = {"possible": False, "reason": str(error)}
    return Compiled(files=made.files, report={**made.report, "prefetch": said})


def with_prefetch(parameters: dict[str, Any], limit: int) -> Compiled:
    """The faster of two files: operators in Vela's order, and in one that leaves less to compute at the end."""
    found = Prefetched()
    own = compiled(parameters, prefetch.prefetched(found, limit=limit))
    order = found.better_order()
    if order == tuple(sorted(order)):
        return own
    try:
        other = compiled(parameters, prefetch.prefetched(Prefetched(order=order), limit=limit))
    except NotPossibleError:
        return own
    return min(own, other, key=lambda item: item.milliseconds)


def compiled(parameters: dict[str, Any], prefetching: contextlib.AbstractContextManager[Any]) -> Compiled:
    """One file, its costs and its timeline."""
    # Where Vela put a constant in one file binds the next that has the same, as long as the process lives.
    TensorAddressMap.address_map.clear()
    with tempfile.TemporaryDirectory() as temporary:
        output = Path(temporary)
        arguments = [
            str(INPUTS / "model.tflite"),
            "--config", str(INPUTS / "vela_config.ini"),
            "--accelerator-config", parameters["accelerator"],
            "--system-config", parameters["system_config"],
            "--memory-mode", parameters["memory_mode"],
            "--optimise", parameters["optimise"],
            "--output-dir", str(output),
        ]  # fmt: skip
        try:
            with (
                captured_output() as log,
                silu_as(parameters["silu"]) as silus,
                zero_copy_concat.zero_copy() if parameters["zero_copy_concat"] else contextlib.nullcontext() as copies,
                operator_costs.recorded() as costs,
                block_config_cache.remembered(),
                block_choice.chosen(),
                written_depth.costed(),
                prefetching,
            ):
                vela.main(arguments)
        except (SystemExit, vela.VelaError) as error:
            lines = [line for line in log.getvalue().splitlines() if line.strip()]
            reason = str(error) if not isinstance(error, SystemExit) else (lines or ["no reason given"])[-1]
            raise Refused(
                "compile", f"Vela refused the model: {reason}", "Check the target's vela_config.ini."
            ) from error
        content = (output / "model_vela.tflite").read_bytes()
        (summary_path,) = output.glob("*_summary_*.csv")
        summary_bytes, summary = summary_path.read_bytes(), read_summary(summary_path)
    found = clock.clocked(
        content,
        config=INPUTS / "vela_config.ini",
        system_config=parameters["system_config"],
        memory_mode=parameters["memory_mode"],
    )
    if parameters["silu"] != "separate":
        refuse_missed_silus(silu_lut.count_in((INPUTS / "model.tflite").read_bytes()), silus.count)
    text = log.getvalue()
    report = {
        "metrics": {
            "npu_ms": round(float(summary["inference_time"]) * 1000, 3),
            "timeline_ms": found["total_ms"],
            "sram_kib": float(summary["sram_memory_used"]),
            "flash_kib": float(summary["off_chip_flash_memory_used"]),
            "npu_ops": count(text, "NPU"),
            "cpu_ops": count(text, "CPU"),
        },
        "timeline": {name: found[name] for name in ("kernel_ms", "transfer_ms", "sensitivity")},
        "core_clock_hz": costs.core_clock_hz,
        "fused_silus": silus.count,
        "copies_avoided": copies.count if copies is not None else 0,
        "cpu_operators": [f"{kind} {name}" for kind, name in CPU_OPERATOR.findall(text)],
        "versions": {"ethos-u-vela": importlib.metadata.version("ethos-u-vela")},
    }
    return Compiled(
        files={
            "model.tflite": content,
            "operators.csv": costs.as_csv(),
            "timeline.json": json.dumps(found, sort_keys=True).encode(),
            "vela_summary.csv": summary_bytes,
        },
        report=report,
    )
