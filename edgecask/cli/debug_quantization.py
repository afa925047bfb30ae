"""`edgecask debug-quantization`: where the integer model loses against the float one."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from edgecask.analysis.layer_costs import NUMBERED, Network, layer_label
from edgecask.common_options import (
    CalibrationOptions,
    CropOption,
    ImageSizeOption,
    JsonOption,
    QuantizationOptions,
    RunnerOption,
    TargetOption,
    WeightsOption,
)
from edgecask.progress import make_console

MOST_ROWS = 25
MOST_LAYERS = 15


def decibels(ratio: float) -> float:
    """A noise-to-signal ratio as a signal-to-noise ratio in dB."""
    return -10 * math.log10(max(ratio, 1e-12))


def convolution_labels(tensors: Sequence[Mapping[str, Any]], network: Network) -> dict[str, str]:
    """The checkpoint's names of the convolutions by the names of their tensors; empty where they do not match."""
    numbers = {
        str(row["name"]): int(found[-1] or 0)
        for row in tensors
        if row["operator"] == "CONV_2D" and (found := NUMBERED.findall(str(row["name"])))
    }
    known = network.get("convolutions", [])
    if len(numbers) != len(known) or len(set(numbers.values())) != len(numbers):
        return {}
    kinds, branches = network.get("layers", []), network.get("branches", {})
    in_order = sorted(numbers, key=numbers.__getitem__)
    return {
        name: f"{convolution['name']}  ({layer_label(convolution['name'], kinds, branches)})"
        for name, convolution in zip(in_order, known, strict=True)
    }


@dataclass(frozen=True, kw_only=True)
class DebugQuantization(
    JsonOption,
    RunnerOption,
    QuantizationOptions,
    CropOption,
    CalibrationOptions,
    ImageSizeOption,
    WeightsOption,
    TargetOption,
):
    """A build up to the quantized model, as `edgecask build` would do it."""


REQUEST = DebugQuantization


def run(request: DebugQuantization) -> None:
    """Build up to the quantized model, compare it with the float one, and print a table sorted by damage."""
    import sys

    from edgecask.build_nodes import CALIBRATION, QUANTIZED, float_nodes, quantized_nodes
    from edgecask.calibration_nodes import Job, plan_calibration
    from edgecask.cli.session import make_execution
    from edgecask.data.weights import find_weights, ingest_weights, target_for
    from edgecask.directories import user_directories
    from edgecask.plan import evaluation_stages as plan
    from edgecask.plan.graph import Graph, Results, Settled
    from edgecask.plan.model_stages import FLOAT
    from edgecask.progress import PlainDisplay, make_display
    from edgecask.store.in_use import keep_in_use
    from edgecask.target.target import load_target
    from edgecask.task.pose import sigmas_for

    target = load_target(request.target)
    display = PlainDisplay(sys.stderr) if request.json else make_display()
    directories = user_directories()
    keep_in_use(directories)
    weights = find_weights(directories, request.weights)
    target.image_size(request.image_size)  # before an engine is asked for
    execution = make_execution(request.runner, display, require_isolation=request.require_isolation)
    store = execution.store
    blob = ingest_weights(store, weights)
    target = target_for(target, weights, blob).quantized_as(request).seen_with(request.crop)
    size = target.image_size(request.image_size)
    job = Job(store=store, target=target, image_size=size, weights=weights, weights_blob=blob)
    planned = plan_calibration(job, folder=request.calibration, count=request.calibration_count)
    if planned.notice:
        display.warn(planned.notice)
    noise = plan.noise_stage(target, model=QUANTIZED, floating=FLOAT, calibration=CALIBRATION)

    def settle(results: Results) -> Settled:
        return Settled(parameters={"sigmas": list(sigmas_for(results["export"].report["keypoints"], None)[0])})

    nodes = [
        *planned.nodes,
        *float_nodes(job),
        *quantized_nodes(job, warn=display.warn),
        replace(noise, needs=("export",), settle=settle),
    ]
    results = execution.run_graph(Graph(nodes))
    result = results["noise"]
    found = json.loads(result.outputs["noise.json"].path.read_text(encoding="utf-8"))
    if request.json:
        print(json.dumps(found, sort_keys=True, indent=2))
        return
    print_table(found, results["export"].report.get("network", {}), boxes=not results["export"].report["keypoints"])


def print_table(noise: Mapping[str, Any], network: Network, *, boxes: bool = False) -> None:
    """The outputs, then the operators that add most noise."""
    from rich.markup import escape
    from rich.table import Table

    console = make_console()
    outputs = Table(
        "output", "signal to noise", title=f"on {noise['images']} calibration pictures", title_justify="left"
    )
    for row in noise["outputs"]:
        outputs.add_row(escape(row["name"]), f"{decibels(row['nsr']):.1f} dB")
    console.print(outputs)
    labels = convolution_labels(noise["tensors"], network)
    table = Table(
        "operator", "shape", "adds", "signal to noise", "step", "float range", title="by damage", title_justify="left"
    )
    worst = sorted(noise["tensors"], key=lambda row: (-row["added"], row["name"]))[:MOST_ROWS]
    for row in worst:
        label = labels.get(row["name"], row["name"].split(";")[-1])
        table.add_row(
            f"{row['operator']} {escape(label)}",
            "×".join(map(str, row["shape"][1:])),
            f"{100 * row['added']:.2f} %",
            f"{decibels(row['nsr']):.1f} dB",
            f"{row['scale']:.4f}" if row["scale"] else "",
            f"{row['low']:.2f} to {row['high']:.2f}",
        )
    console.print(table)
    print_keypoints(noise.get("keypoints", {}), labels, boxes=boxes)


def print_keypoints(damage: Mapping[str, Any], labels: Mapping[str, str], *, boxes: bool = False) -> None:
    """The layers whose int8 costs the keypoints most, or the `boxes`; `labels` are the checkpoint's names of the
    convolutions.
    """
    from rich.markup import escape
    from rich.table import Table

    console = make_console()
    if not damage.get("people"):
        what, whom = ("boxes", "nothing") if boxes else ("keypoints", "nobody")
        console.print(f"what each layer costs the {what} is not known: the float model is sure of {whom} in them")
        return
    measure = "IoU" if boxes else "OKS"
    of = f"{damage['people']} boxes" if boxes else f"the keypoints of {damage['people']} people"
    table = Table(
        "layer",
        f"{measure} lost",
        "by weights",
        "by activations",
        title=f"by what it costs {of}, alone in the float network; int8 as a "
        f"whole loses {damage['lost']:.2f} points of {measure}",
        title_justify="left",
    )
    for row in damage["layers"][:MOST_LAYERS]:
        alone = [f"{row[kind]:.2f}" if kind in row else "" for kind in ("weights", "activations")]
        table.add_row(escape(labels.get(row["name"], row["name"].split(";")[-1])), f"{row['lost']:.2f}", *alone)
    console.print(table)
