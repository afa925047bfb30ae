"""NPU time by layer, from tables as the compile stage writes them."""

import csv
import io

import pytest

from edgecask.analysis.layer_costs import layer_label, npu_time, owners, read_operators
from pipeline.heads.pose import BRANCHES

CLOCK_HZ = 1e6  # a thousand cycles are a millisecond
# Two convolutions, the first with an activation and the second joined by a copy; TensorFlow joins names as it likes.
CONVOLUTION_0 = {
    "name": "m/add/Add;m/tf.nn.convolution_4/convolution;m/tf.nn.convolution/convolution;Const_1",
    "kind": "Conv2DBias",
    "block": "ConvolutionMxN",
    "reads": "",
    "kernel_height": 3,
    "kernel_width": 3,
    "height": 8,
    "width": 8,
    "channels": 16,
    "macs": 2_000_000,
    "compute_cycles": 3000,
    "weight_cycles": 1000,
    "activation_cycles": 0,
    "weight_bytes": 2048,
    "sram_bytes": 4096,
}
SILU = {
    "name": "m/multiply/Mul_silu",
    "kind": "Mul",
    "block": "ElementWise",
    "reads": "0",
    "kernel_height": 1,
    "kernel_width": 1,
    "height": 8,
    "width": 8,
    "channels": 16,
    "macs": 0,
    "compute_cycles": 500,
    "weight_cycles": 0,
    "activation_cycles": 0,
    "weight_bytes": 256,
    "sram_bytes": 4096,
}
CONVOLUTION_1 = dict(
    CONVOLUTION_0, name="m/tf.nn.convolution_7/convolution;Const", reads="1", kernel_height=1, kernel_width=1,
    channels=51, macs=1_000_000, compute_cycles=1500, weight_cycles=0, activation_cycles=250, sram_bytes=8192,
)  # fmt: skip
COPY = dict(
    SILU, name="keypoints0_avgpool", kind="AvgPool", block="Pooling", reads="2", macs=9, weight_bytes=0, sram_bytes=1024
)
ROWS = [CONVOLUTION_0, SILU, CONVOLUTION_1, COPY]
NETWORK = {
    "branches": BRANCHES,
    "layers": ["Conv", "Pose"],
    "convolutions": [
        {"name": "0", "kernel": [3, 3], "channels": 16},
        {"name": "1.cv4.2.2", "kernel": [1, 1], "channels": 51},
    ],
}


def table(rows):
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(CONVOLUTION_0))
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def test_operators_are_counted_with_the_layer_whose_result_they_work_on():
    time = npu_time(table(ROWS), clock_hz=CLOCK_HZ, network=NETWORK)
    assert [(layer.name, layer.operators) for layer in time.layers] == [("0 Conv", 2), ("keypoints, stride 32", 2)]
    first, second = (layer.times for layer in time.layers)
    assert (first.multiplying, first.elementwise, first.weights, first.activations) == (3.0, 0.5, 1.0, 0.0)
    assert (second.multiplying, second.elementwise, second.weights, second.activations) == (1.5, 0.5, 0.0, 0.25)
    assert (
        time.layers[0].megamacs == 2.0 and time.layers[1].megamacs == 1.0
    )  # copies count theirs, but multiply nothing
    assert time.layers[0].weights_kib == 2.25


def test_nothing_is_lost():
    time = npu_time(table(ROWS), clock_hz=CLOCK_HZ, network=NETWORK)
    assert time.total.total == pytest.approx(6.75)
    assert sum(layer.times.total for layer in time.layers) == pytest.approx(time.total.total)
    assert sum(layer.times.total for layer in time.slowest) == pytest.approx(time.total.total)
    assert time.slowest[0].name.startswith("0: 3×3 → 8×8×16")


def test_memory_is_a_row_of_steps_without_gaps():
    steps = npu_time(table(ROWS), clock_hz=CLOCK_HZ, network=NETWORK).memory
    assert [(step.start, step.end, step.kib) for step in steps] == [
        (0.0, 4.5, 4.0), (4.5, 6.25, 8.0), (6.25, 6.75, 1.0),
    ]  # fmt: skip


def test_layers_stand_in_the_order_of_the_network_whatever_the_npu_does_first():
    later = [dict(CONVOLUTION_1, reads=""), dict(COPY, reads="0"), CONVOLUTION_0, dict(SILU, reads="2")]
    time = npu_time(table(later), clock_hz=CLOCK_HZ, network=NETWORK)
    assert [layer.name for layer in time.layers] == ["0 Conv", "keypoints, stride 32"]


@pytest.mark.parametrize(
    "convolutions",
    [
        [],
        NETWORK["convolutions"][:1],
        list(reversed(NETWORK["convolutions"])),
        [NETWORK["convolutions"][0], dict(NETWORK["convolutions"][1], channels=1)],
        [NETWORK["convolutions"][0], dict(NETWORK["convolutions"][1], name="<script>alert(1)</script>")],
        [NETWORK["convolutions"][0], dict(NETWORK["convolutions"][1], name="1" * 41)],
    ],
)
def test_a_network_that_does_not_match_is_shown_by_its_convolutions(convolutions):
    time = npu_time(table(ROWS), clock_hz=CLOCK_HZ, network={**NETWORK, "convolutions": convolutions})
    assert [layer.name for layer in time.layers] == ["operator 0: 3×3 → 8×8×16", "operator 2: 1×1 → 8×8×51"]
    assert sum(layer.times.total for layer in time.layers) == pytest.approx(6.75)


def test_numbers_that_repeat_match_nothing():
    rows = [CONVOLUTION_0, SILU, dict(CONVOLUTION_1, name=CONVOLUTION_0["name"]), COPY]
    time = npu_time(table(rows), clock_hz=CLOCK_HZ, network=NETWORK)
    assert time.layers[0].name.startswith("operator 0")


def test_many_layers_become_the_slowest_and_the_rest():
    time = npu_time(table(ROWS * 5), clock_hz=CLOCK_HZ, network={}, most_layers=3)
    assert len(time.layers) == 3 and [layer.name for layer in time.layers].count("all others") == 1
    assert sum(layer.times.total for layer in time.layers) == pytest.approx(5 * 6.75)


def test_an_operator_belongs_to_its_nearest_convolution():
    both = dict(SILU, reads="1 3")
    assert owners(read_operators(table([*ROWS, both]))) == (0, 0, 2, 2, 2)
    assert owners(read_operators(table([COPY]))) == (0,)


@pytest.mark.parametrize(
    ("convolution", "label"),
    [
        ("0", "0 Conv"), ("1.cv2.0.0", "boxes, stride 8"), ("1.cv3.1.2", "scores, stride 16"), ("1.cv9.0", "1 Pose"),
        ("7.cv1", "7.cv1"), ("neck.cv1", "neck.cv1"),
    ],
)  # fmt: skip
def test_labels(convolution, label):
    assert layer_label(convolution, ["Conv", "Pose"], BRANCHES) == label
