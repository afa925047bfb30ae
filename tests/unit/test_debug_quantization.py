"""The tables of `edgecask debug-quantization`: what lost most comes first, under the checkpoint's own names."""

import pytest

from edgecask.cli.debug_quantization import (
    MOST_LAYERS,
    MOST_ROWS,
    REQUEST,
    convolution_labels,
    decibels,
    print_keypoints,
    print_table,
    run,
)
from edgecask.data import weights
from edgecask.errors import WeightsError


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")


def tensor(name, operator="CONV_2D", **changes):
    common = {"shape": [1, 24, 24, 8], "added": 0.01, "nsr": 0.001, "scale": 0.5, "low": -1.0, "high": 6.0}
    return {"name": name, "operator": operator, **common, **changes}


FIRST, SECOND, THIRD = (f"tf.nn.convolution{number}/convolution" for number in ("", "_7", "_12"))
"""As onnx2tf numbers them; where TensorFlow joined several names to one, the convolution's own comes last."""
NETWORK = {"layers": ["Conv", "C2f"], "convolutions": [{"name": "0.conv"}, {"name": "1.cv1.conv"}]}


@pytest.mark.parametrize(("ratio", "expected"), [(1, 0), (0.1, 10), (0.001, 30), (10, -10), (0, 120)])
def test_a_ratio_in_decibels(ratio, expected):
    assert decibels(ratio) == pytest.approx(expected)


def test_weights_are_looked_for_where_no_clean_is_at_work(directories, monkeypatch):
    """A download holds a lock, and lies in a folder, that `clean` removes."""

    def find(found, name):
        assert found == directories and len(list((directories.home / "running").glob("*-*.lock"))) == 1
        raise WeightsError("none")

    monkeypatch.setenv("EDGECASK_HOME", str(directories.home))
    monkeypatch.setenv("EDGECASK_STORE", str(directories.store))
    monkeypatch.setattr(weights, "find_weights", find)
    with pytest.raises(WeightsError, match="none"):
        run(REQUEST(target="grove", weights="mine.pt", calibration=None))


def test_convolutions_are_named_in_the_order_of_their_numbers():
    joined = f"{FIRST};{SECOND}"
    labels = convolution_labels([tensor(joined), tensor(FIRST), tensor("tf.math.add", "ADD")], NETWORK)
    assert labels == {FIRST: "0.conv  (0 Conv)", joined: "1.cv1.conv  (1 C2f)"}


@pytest.mark.parametrize("names", [[FIRST], [SECOND, f"x;{SECOND}"], [FIRST, SECOND, THIRD], []])
def test_names_that_do_not_match_are_not_guessed(names):
    tensors = [tensor(name) for name in names]
    assert convolution_labels(tensors, NETWORK) == {} == convolution_labels(tensors, {})


def test_what_adds_most_comes_first_and_outputs_before(capsys):
    tensors = [tensor(f"t{number}", "ADD", added=number / 1000) for number in range(MOST_ROWS + 5)]
    print_table({"images": 16, "outputs": [{"name": "[red]out", "nsr": 0.01}], "tensors": tensors}, {})
    text = capsys.readouterr().out
    assert "on 16 calibration pictures" in text and "[red]out" in text and "20.0 dB" in text
    rows = [line for line in text.splitlines() if "ADD t" in line]
    assert len(rows) == MOST_ROWS and f"t{MOST_ROWS + 4} " in rows[0] and "2.90 %" in rows[0]
    assert "24×24×8" in rows[0] and "-1.00 to 6.00" in rows[0] and "0.5000" in rows[0]


def test_a_float_tensor_has_no_step(capsys):
    print_table({"images": 1, "outputs": [], "tensors": [tensor("x;last", "ADD", scale=0)]}, {})
    text = capsys.readouterr().out
    assert "ADD last" in text and "0.0000" not in text


def test_layers_are_named_by_what_they_cost_the_keypoints(capsys):
    rows = [{"name": f"x;layer{number}", "lost": 9 - number / 10} for number in range(MOST_LAYERS + 3)]
    rows[0] |= {"name": FIRST, "weights": 7.5, "activations": 1.25}
    print_keypoints({"people": 12, "lost": 10.5, "layers": rows}, {FIRST: "22.cv4.0.2  (22 Pose)"})
    text = capsys.readouterr().out
    assert "12 people" in text and "10.50 points of OKS" in text
    lines = [line.split() for line in text.splitlines() if "layer" in line or "Pose" in line][-MOST_LAYERS:]
    assert [word for word in lines[0] if word[0].isdigit()] == ["22.cv4.0.2", "9.00", "7.50", "1.25"]
    assert "layer1" in text and "8.90" in text and f"layer{MOST_LAYERS} " not in text


def test_where_nobody_is_seen_no_layer_is_blamed(capsys):
    print_keypoints({"people": 0}, {})
    assert "sure of nobody" in capsys.readouterr().out
