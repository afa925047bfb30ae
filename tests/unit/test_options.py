"""Options as they are declared on a request, and what follows from that."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from edgecask.errors import UsageError
from edgecask.options import Request, option, options_of, path_of


@dataclass(frozen=True, kw_only=True)
class Shared(Request):
    GROUP = "Shared"

    folder: Path | None = option(None, help="a folder")


@dataclass(frozen=True, kw_only=True)
class Example(Shared):
    side: int = option(192, name="imgsz", help="a side", minimum=32, maximum=640, multiple=32, example="192")
    share: float = option(0.5, help="a share", minimum=0, maximum=1)
    level: Literal["off", "safe", "max"] | None = option(None, help="a level", old_names=("compact",))
    fast: bool = option(False, help="be fast")
    search: bool | None = option(None, help="do not search", negative=True)
    sizes: tuple[int, ...] = option((), help="several", minimum=1)
    model: str = option(help="a model", positional=True)
    key: int = 7


def of(name):
    return next(each for each in options_of(Example) if each.name == name)


def test_what_a_declaration_says():
    assert [each.name for each in options_of(Example)] == [
        "model", "folder", "imgsz", "share", "level", "fast", "search", "sizes",
    ]  # fmt: skip
    assert of("model").required and not of("imgsz").required and of("imgsz").attribute == "side"
    assert of("folder").group == "Shared" and of("imgsz").group == ""
    assert [of(name).usage for name in ("imgsz", "level", "fast", "search", "sizes")] == [
        "--imgsz=N", "--level=off|safe|max", "--fast", "--no-search", "--sizes=N,…",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("imgsz", "224", 224),
        ("share", "0.25", 0.25),
        ("level", "max", "max"),
        ("sizes", "1,2", (1, 2)),
        ("folder", "a b", Path("a b")),
        ("folder", "~/x", Path.home() / "x"),
    ],
)
def test_a_value_that_was_typed(name, text, value):
    assert of(name).parse(text) == value


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("imgsz", "big", ["--imgsz=big", "multiple of 32 from 32 to 640", "--imgsz=192"]),
        ("imgsz", "²", ["--imgsz=²"]),
        ("imgsz", "200", ["--imgsz=200", "multiple of 32"]),
        ("imgsz", "9" * 5000, ["--imgsz=999", "…"]),
        ("share", "nan", ["a number from 0 to 1"]),
        ("share", "2", ["--share=2"]),
        ("level", "saef", ["one of off, safe, max", "Did you mean safe?"]),
        ("sizes", "1,,2", ["--sizes=1,,2"]),
        ("folder", "", ["--folder", "no value"]),
        ("folder", "~nobody-of-that-name/x", ["--folder"]),
    ],
)
def test_a_value_that_makes_no_sense_is_one_line(name, text, words):
    with pytest.raises(UsageError) as caught:
        of(name).parse(text)
    line = str(caught.value)
    assert all(word in line for word in words) and "\n" not in line and len(line) < 300


def test_a_request_keeps_to_the_limits_whoever_makes_it():
    assert Example(model="m", folder=Path("~")).folder == Path.home()
    for wrong in ({"side": 100}, {"side": "192"}, {"level": "most"}, {"share": float("inf")}, {"fast": 1}):
        with pytest.raises(UsageError):
            Example(model="m", **wrong)


def test_a_path_that_stands_in_a_file(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert path_of("~/pictures") == tmp_path / "pictures" and path_of("a~/b").parts == ("a~", "b")
    with pytest.raises(UsageError, match="nobody-is-called-so.*does not exist"):
        path_of("~nobody-is-called-so/pictures")
