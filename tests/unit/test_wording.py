"""Commands in texts for users."""

import pytest

from edgecask.cli.tasks import DEVELOPMENT_COMMANDS
from edgecask.wording import (
    CLONES_OWN,
    as_called,
    counted,
    did_you_mean,
    markdown_text,
    program_name,
    shorten,
    shown,
    shown_value,
)


@pytest.mark.parametrize(
    ("called", "name"),
    [
        ("/usr/bin/edgecask", "edgecask"),
        ("C:/Scripts/edgecask.exe", "edgecask"),
        ("/x/edgecask/__main__.py", "edgecask"),
        ("/x/.venv/bin/invoke", "invoke"),
        ("inv", "invoke"),
        ("/x/site-packages/invoke/__main__.py", "invoke"),
        ("", "edgecask"),
    ],
)
def test_the_name_of_the_program(called, name):
    assert program_name(called) == name


def test_commands_are_what_the_user_types():
    text = (
        "Run `invoke build --target=x`, then `edgecask flash`; `invoke lock` and invoke itself stay, and `docker ps`."
    )
    assert as_called(text, "edgecask") == text.replace("`invoke build", "`edgecask build")
    assert as_called(text, "invoke") == text.replace("`edgecask flash", "`invoke flash")


def test_what_a_clone_alone_has():
    assert set(CLONES_OWN) == set(DEVELOPMENT_COMMANDS)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("per\x1b[31mson\x07", r"per\x1b[31mson\x07"),
        ("a\x9b2Jb", r"a\x9b2Jb"),  # one character that begins a sequence, too
        ("exe.\u202egpj", r"exe.\u202egpj"),  # turns the order round
        ("caf\udce9.jpg", r"caf\udce9.jpg"),
        ("a\rb", r"a\rb"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("می\u200cخواهم 人 ü", "می\u200cخواهم 人 ü"),
        ("tcp://user:pass@host:2375/x", "tcp://host:2375/x"),
        (
            "at http://a@b:p@ss@proxy:3128: refused, and https://me@there",
            "at http://proxy:3128: refused, and https://there",
        ),
        ("mail me@example.org at https://example.org/a@b", "mail me@example.org at https://example.org/a@b"),
    ],
)
def test_what_is_shown(text, clean):
    assert shown(text) == clean
    assert as_called(text) == clean
    assert shown(clean) == clean


def test_a_name_has_no_meaning_in_markdown():
    name = "# head\n<img src=x> [a](http://x) `b` **c** ~~d~~ |e \x1b[1m &amp;"
    text = markdown_text(name)
    assert "\n" not in text and "<" not in text and "://" not in text and "\x1b" not in text
    for mark in "#[]`*~|":
        assert all(text[at - 1] == "\\" for at, letter in enumerate(text) if letter == mark and text[at - 1] != "&")


def test_values_of_pages():
    class Safe(str):
        def __html__(self):
            return self

    assert shown_value("a\x1b") == r"a\x1b" and shown_value(3) == 3
    assert shown_value(Safe("a\x1b")) == "a\x1b"  # the page's own


def test_what_was_probably_meant():
    assert did_you_mean("grvoe", ["grove", "xiao"]) == "Did you mean grove?"
    assert did_you_mean("toaster", ["grove", "xiao"]) == ""


def test_so_many_of_something():
    assert [counted(count, "rule") for count in (0, 1, 2)] == ["0 rules", "1 rule", "2 rules"]
    assert counted(3, "class", "classes") == "3 classes"


def test_a_long_text_is_shortened_to_one_line():
    assert shorten("a\nb") == "a b" and len(shorten("x" * 1000)) == 60
