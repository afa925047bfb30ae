"""What a description of a network to train may hold: whatever is wrong with it is one line that names the layer."""

import copy
import random

import pytest

from pipeline.harness import Refused
from pipeline.train.layers import LAYERS, checked_layers

BACKBONE = [
    [-1, 1, "Conv", [64, 3, 2]],
    [-1, 1, "Conv", [128, 3, 2, None, 1]],
    [-1, 3, "C2f", [128, True]],
    [-1, 2, "C3k2", [256, False, 0.25]],
    [-1, 1, "SPPF", [256, 5]],
    [-1, 2, "C2PSA", [256]],
]
HEAD = [
    [-1, 1, "nn.Upsample", [None, 2, "nearest"]],
    [[-1, 2], 1, "Concat", [1]],
    [-3, 1, "Conv", [64, 1]],
    [[2, 6], 1, "Detect", ["nc"]],
    [[2, 6, 7], 1, "Pose", ["nc", "kpt_shape"]],
]
WRONG = [
    None, -1, 0, -7, 1.5, float("nan"), float("inf"), 10**30, True, "", "-1", "conv", "None of it", "x" * 5000, "a\nb",
    "\x1b[31m", b"Conv", [], [[]], [-1], ["Conv"], [None], {}, {"Conv": 1}, {1, 2}, [64, [3]], [1] * 9, ["nc", "nc"],
]  # fmt: skip


def reason(layers, before=0):
    with pytest.raises(Refused) as caught:
        checked_layers(layers, before=before)
    assert caught.value.failure["kind"] == "model"
    return str(caught.value)


def test_layers_of_both_families_pass_as_they_are():
    assert checked_layers(BACKBONE, before=0) == BACKBONE
    assert checked_layers(HEAD, before=len(BACKBONE)) == HEAD


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ([-1, 1, ["Conv"], [64]], "The network of {weights} has a layer ['Conv'] that cannot be trained."),
        ([-1, 1, {"Conv": 1}, [64]], "The network of {weights} has a layer {'Conv': 1} that cannot be trained."),
        ([-1, 1, 3, [64]], "The network of {weights} has a layer 3 that cannot be trained."),
        ([-1, 1, "torch_safe_load", ["x.pt"]], "has a layer 'torch_safe_load' that cannot be trained."),
        ("Conv", "Layer 2 of {weights} is not a list of from, repeats, module and arguments."),
        ([-1, 1, "Conv"], "Layer 2 of {weights} is not a list of from, repeats, module and arguments."),
        (["-1", 1, "Conv", [64]], "Layer 2 (Conv) of {weights} reads from '-1', which is not a layer before it."),
        ([[-1], 1, "Conv", [64]], "Layer 2 (Conv) of {weights} reads from [-1], which is not a layer before it."),
        ([2, 1, "Conv", [64]], "Layer 2 (Conv) of {weights} reads from 2, which is not a layer before it."),
        ([-3, 1, "Conv", [64]], "Layer 2 (Conv) of {weights} reads from -3, which is not a layer before it."),
        ([-1, 1, "Concat", [1]], "(Concat) of {weights} reads from -1, which is not a list of layers before it."),
        ([[], 1, "Detect", ["nc"]], "(Detect) of {weights} reads from [], which is not a list of layers before it."),
        ([-1, -2, "Conv", [64]], "Layer 2 (Conv) of {weights} has -2 as its repeats."),
        ([-1, "1", "Conv", [64]], "Layer 2 (Conv) of {weights} has '1' as its repeats."),
        ([-1, 99, "Conv", [64]], "Layers of {weights} are repeated over 100 times."),
        ([-1, 1, "Conv", None], "Layer 2 (Conv) of {weights} has None in place of a list of arguments."),
        ([-1, 1, "Conv", "nc"], "Layer 2 (Conv) of {weights} has 'nc' in place of a list of arguments."),
        ([-1, 1, "Conv", []], "has 0 arguments, which are its channels, kernel, stride, padding, groups, dilation."),
        ([-1, 1, "SPPF", [1, 2, 3, True, 5]], "has 5 arguments, which are its channels, kernel, repeats, shortcut."),
        ([-1, 1, "Conv", [None, 3]], "Layer 2 (Conv) of {weights} has None as its channels."),
        ([-1, 1, "Conv", [10**9]], "Layer 2 (Conv) of {weights} has 1000000000 as its channels."),
        ([-1, 1, "Conv", ["__import__('os')"]], "has \"__import__('os')\" as its channels."),
        ([-1, 1, "Conv", [64, 3, -2]], "Layer 2 (Conv) of {weights} has -2 as its stride."),
        ([-1, 1, "Conv", [64, 4096]], "Layer 2 (Conv) of {weights} has 4096 as its kernel."),
        ([-1, 1, "C2f", [64, "yes"]], "Layer 2 (C2f) of {weights} has 'yes' as its shortcut."),
        ([-1, 1, "nn.Upsample", [None, 0.0]], "Layer 2 (nn.Upsample) of {weights} has 0.0 as its factor."),
        ([[0, 1], 1, "Pose", ["nc", [17, "x"]]], "(Pose) of {weights} has [17, 'x'] as its shape of keypoints."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_of_the_layer(layer, message):
    assert message in reason([*BACKBONE[:2], layer])


@pytest.mark.parametrize("layers", [None, "Conv", b"Conv", 3, {}, {"Conv": 1}, [], BACKBONE[:1] * 101])
def test_no_layers_at_all(layers):
    assert reason(layers) == "{weights} does not say what its network is made of."


def places(value, path=()):
    yield path
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from places(one, (*path, number))


def test_wrong_values_at_all_places_are_one_short_line_or_layers_of_the_rules():
    """Every place with every value, and some thousand of several at once."""
    generator = random.Random(0)
    every = list(places(BACKBONE + HEAD))
    changes = [[(path, value)] for path in every[1:] for value in WRONG]
    changes += [[(generator.choice(every[1:]), generator.choice(WRONG)) for _ in range(3)] for _ in range(3000)]
    refused = 0
    for change in changes:
        layers = copy.deepcopy(BACKBONE + HEAD)
        for path, value in change:
            holder = layers
            for step in path[:-1]:
                holder = holder[step] if isinstance(holder, list) and step < len(holder) else None
            if isinstance(holder, list) and path[-1] < len(holder):
                holder[path[-1]] = copy.deepcopy(value)
        try:
            for source, repeats, name, arguments in checked_layers(layers, before=0):
                assert isinstance(source, int | list) and repeats > 0 and name in LAYERS and isinstance(arguments, list)
        except Refused as error:
            refused += 1
            assert str(error).isprintable() and len(str(error)) < 250, change
    assert refused > 0.9 * len(changes)


def test_lists_that_hold_one_list_many_times_are_told_at_once():
    """Written out, this one would be longer than any memory."""
    many = [1]
    for _ in range(60):
        many = [many, many]
    for layer in ([many, 1, "Conv", [64]], [-1, many, "Conv", [64]], [-1, 1, many, [64]], [-1, 1, "Conv", [64, many]]):
        assert len(reason([BACKBONE[0], layer])) < 200
