"""How far the quantized model agrees with the float one, without labels: the measure by which quantization is judged.

The people are what the float model itself is sure of, so that any images will do. On 80 photographs it ranks ways to
quantize as 1,000 labelled ones do, with far less noise than AP on 80 labelled ones has.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from edgecask.errors import AgreementError
from edgecask.plan import evaluation_stages as plan
from edgecask.plan.graph import Content, Node, Results, Settled
from edgecask.store.result import StageResult
from edgecask.target.package_tables import Agreement
from edgecask.task.pose import sigmas_for

NODE = "agreement"
FULL_SCORE = 100
WIDE_INTERVAL = 20.0
"""Points of AP: more than what TensorFlow Lite alone and the best of our ways to quantize differ by. Eighty photographs
of people give about as much."""
ADVICE = (
    "Pass --calibration=FOLDER with more images from the camera, or --data; `invoke debug-quantization` shows where "
    "it is lost."
)


def agreement_node(
    *,
    reference: Sequence[Content],
    model: Sequence[Content],
    sigmas: Sequence[float] | None = None,
    task: str = "pose",
) -> Node:
    """The figures of a model against the float one, whose detections are `reference`, in the same parts.

    Without `sigmas` they are those for as many keypoints as the node `export` finds.
    """
    node = plan.agreement_stage(reference=reference, model=model, sigmas=sigmas, task=task)
    if sigmas is not None:
        return node

    def settle(results: Results) -> Settled:
        return Settled(parameters={"sigmas": list(sigmas_for(results["export"].report["keypoints"], None)[0])})

    return replace(node, needs=("export",), settle=settle)


def agreement_of(measured: StageResult, *, source: str, sha256: str, sigmas: str) -> Agreement:
    """The table `agreement` of the manifest; `sigmas` says whose OKS constants were taken."""
    found = json.loads(measured.outputs["agreement.json"].path.read_text(encoding="utf-8"))
    agreement: Agreement = {
        "data": {
            "images": found.pop("images"),
            "people": found.pop("people"),
            "source": source,
            "sha256": sha256,
            "sigmas": sigmas,
        }
    }
    if "AP" in found:
        agreement.update(found)
    else:
        agreement["reason"] = f"the float model is sure of nobody in {of_images(agreement)}"
    return agreement


def of_images(agreement: Agreement) -> str:
    """The images in words: "16 images held out from calibration"."""
    images = agreement["data"]["images"]
    return f"{images:,} image{'' if images == 1 else 's'} {agreement['data']['source']}"


def points(agreement: Agreement) -> float:
    """The measure in points of 100."""
    return FULL_SCORE * agreement["AP"]


def is_wide(agreement: Agreement) -> bool:
    """Whether the interval is too wide to tell one way to quantize from another."""
    if "AP" not in agreement:
        return False
    low, high = agreement["interval"]
    return FULL_SCORE * (high - low) > WIDE_INTERVAL


def warning(agreement: Agreement) -> str:
    """What the user should know of a measure that rests on few images, or nothing."""
    if not is_wide(agreement):
        return ""
    low, high = (FULL_SCORE * end for end in agreement["interval"])
    return (
        f"the agreement with the float model rests on {of_images(agreement)} with {agreement['data']['people']:,} "
        f"{nouns(agreement)[1]}, its 95 % interval is {low:.0f} to {high:.0f}: more images would say more"
    )


def gate(agreement: Agreement, minimum: float) -> None:
    """Raise AgreementError where the agreement is less than `minimum` points, or was not measured."""
    if "AP" not in agreement:
        raise not_measured(agreement["reason"])
    if points(agreement) < minimum:
        low, high = (FULL_SCORE * end for end in agreement["interval"])
        raise AgreementError(
            f"The integer model agrees with the float one by {points(agreement):.1f} points of AP (95 % interval "
            f"{low:.1f} to {high:.1f}, {of_images(agreement)}); --min-agreement asks for {minimum:g}.",
            advice=ADVICE,
        )


def not_measured(reason: str) -> AgreementError:
    """The error where --min-agreement asks for what cannot be measured."""
    return AgreementError(
        f"There is no agreement to hold against --min-agreement: {reason}.",
        advice="Pass --calibration=FOLDER with more images from the camera, or --data.",
    )


def describe(agreement: Agreement) -> list[str]:
    """The measure as lines of text, for the end of a build and of an evaluation."""
    if "AP" not in agreement:
        return [f"{'agreement':<12}none: {agreement['reason']}"]
    low, high = (FULL_SCORE * end for end in agreement["interval"])
    people, (one, several) = agreement["data"]["people"], nouns(agreement)
    text = (
        f"{'agreement':<12}{points(agreement):.1f} AP with the float model (95 % interval {low:.1f} to {high:.1f}; "
        f"{of_images(agreement)}, {people:,} {one if people == 1 else several})"
    )
    lines = [text]
    pixels = agreement["distance"]["pixels"]
    if pixels is not None:
        missed = f"; {agreement['missed']:,} of the people not found" if agreement["missed"] else ""
        lines.append(f"{'keypoints':<12}{pixels:.2f} pixels of the input from the float model's on average{missed}")
    elif agreement.get("overlap") is not None:
        missed = f"; {agreement['missed']:,} of the boxes not found" if agreement["missed"] else ""
        lines.append(
            f"{'boxes':<12}overlap the float model's by an IoU of {agreement['overlap']:.3f} on average{missed}"
        )
    return lines


def nouns(agreement: Agreement) -> tuple[str, str]:
    """What was compared, one and several of them."""
    return ("box", "boxes") if "overlap" in agreement else ("person", "people")
