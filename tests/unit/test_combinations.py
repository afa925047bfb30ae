import pytest

from edgecask.build_request import BuildRequest
from edgecask.errors import UsageError
from edgecask.matrix.combinations import combinations
from edgecask.options import options_of

OPTIONS = {each.name: each for each in options_of(BuildRequest)}


def named(axes, **rules):
    return {each.name: dict(each.values) for each in combinations(axes, options=OPTIONS, **rules)}


def test_every_value_with_every_other_in_the_order_of_the_axes():
    found = named({"target": ["grove", "xiao"], "image_size": [192, 256], "weights": ["demo"]})
    assert list(found) == ["grove-192", "grove-256", "xiao-192", "xiao-256"]
    assert found["xiao-192"] == {"target": "xiao", "image_size": 192, "weights": "demo"}


def test_a_value_that_stands_twice_and_an_axis_without_values_count_for_nothing():
    assert list(named({"target": ["grove", "grove"], "image_size": []})) == ["grove"]


def test_checkpoints_of_one_name_are_told_apart_by_their_folders():
    found = named({"target": ["grove"], "weights": ["runs/a/weights/best.pt", "runs/b/weights/best.pt"]})
    assert list(found) == ["grove-a", "grove-b"]
    found = named({"target": ["grove"], "weights": ["best.pt", "runs/best.pt"]})
    assert len(found) == 2


def test_names_are_names_of_folders_on_any_system():
    (name,) = named({"target": ["../my board:1/"], "weights": ["a.pt"]})
    assert name == "my_board_1"


def test_what_is_excluded_is_left_out_and_what_is_included_takes_the_first_values():
    found = named(
        {"target": ["grove", "xiao"], "image_size": [192, 256], "weights": ["a.pt"]},
        exclude=["target=xiao imgsz=256"],
        include=["target=stm32n6 imgsz=320 gptq=true"],
    )
    assert [(each["target"], each["image_size"]) for each in found.values()] == [
        ("grove", 192), ("grove", 256), ("xiao", 192), ("stm32n6", 320),
    ]  # fmt: skip
    assert list(found.values())[-1] == {"target": "stm32n6", "image_size": 320, "weights": "a.pt", "gptq": True}
    assert len(set(found)) == 4


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"exclude": ["target=stm32n6"]}, "takes no combination away"),
        ({"exclude": ["target=grove"]}, "no combination left"),
        ({"include": ["imgs=256"]}, "Did you mean imgsz"),
        ({"include": ["imgsz=200"]}, "imgsz=200 is not a multiple of 32"),
        ({"include": ["imgsz"]}, "has no value"),
        ({"include": [" "]}, "holds no option"),
    ],
)
def test_a_rule_that_makes_no_sense_is_told(rules, said):
    with pytest.raises(UsageError, match=said):
        named({"target": ["grove"]}, **rules)


def test_a_slip_of_the_keyboard_is_not_planned():
    axes = {"image_size": list(range(200)), "weights": [f"{number}.pt" for number in range(200)]}
    with pytest.raises(UsageError, match="40,000 combinations"):
        named(axes)
