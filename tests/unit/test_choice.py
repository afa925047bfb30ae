import pytest

from edgecask.errors import UsageError
from edgecask.matrix.choice import Condition, choose, front, parse_conditions

BUILDS = {
    "small": {"ms": 20.0, "agreement": 80.0, "flash": 900.0},
    "fast": {"ms": 30.0, "agreement": 88.0, "flash": 1500.0},
    "best": {"ms": 50.0, "agreement": 90.0, "flash": 2200.0},
    "waste": {"ms": 60.0, "agreement": 89.0, "flash": 2300.0},
    "unmeasured": {"ms": 1.0},
}


def test_conditions_are_read():
    assert parse_conditions("agreement>=85, ms<35.5") == [
        Condition(figure="agreement", comparison=">=", limit=85),
        Condition(figure="ms", comparison="<", limit=35.5),
    ]


@pytest.mark.parametrize("text", ["agreement", "agreement=85", "agrement>=85", "ms<=fast", "", "ms<=1;flash<=2"])
def test_what_is_no_condition_is_told(text):
    with pytest.raises(UsageError, match="--best"):
        parse_conditions(text)


@pytest.mark.parametrize(
    ("conditions", "chosen"),
    [
        ("agreement>=85, ms<=35", "fast"),
        ("ms<=100", "best"),
        ("agreement>=88", "best"),
        ("flash<1000", "small"),
        ("agreement>90", None),
        ("ms<10", "unmeasured"),
    ],
)
def test_the_most_accurate_of_those_that_fit_is_chosen(conditions, chosen):
    assert choose(BUILDS, parse_conditions(conditions)) == chosen


def test_equals_are_told_apart_by_time_then_size_then_name():
    same = {"agreement": 90.0, "ms": 10.0, "flash": 5.0}
    assert choose({"b": same, "a": same, "c": same | {"ms": 11.0}, "d": same | {"flash": 6.0}}, []) == "a"


def test_on_the_front_nobody_is_both_better_and_cheaper():
    assert front(BUILDS, better="agreement", cheaper="ms") == ["small", "fast", "best"]
    known = {name: found for name, found in BUILDS.items() if "agreement" in found}
    for name in front(BUILDS, better="agreement", cheaper="ms"):
        assert not any(
            other["ms"] <= known[name]["ms"] and other["agreement"] > known[name]["agreement"]
            for other in known.values()
        )
