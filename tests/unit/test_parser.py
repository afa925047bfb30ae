"""Command lines as users type them, right and wrong."""

import pytest
from invoke.exceptions import Exit, ParseError
from invoke.parser.argument import Argument
from invoke.parser.context import ParserContext

from edgecask.cli.parser import CommandLineError, CommandParser
from edgecask.cli.tasks import COMMANDS


def parse(*words):
    core = ParserContext(args=[Argument(names=("help", "h"), optional=True), Argument(names=("echo",), kind=bool)])
    return CommandParser(initial=core, commands=COMMANDS).parse_argv(list(words))


def given(context):
    return {name: value for name, value in context.as_kwargs.items() if value is not None}


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["build", "--target=grove", "--imgsz", "192"], {"target": "grove", "image_size": "192"}),
        (["build", "--gptq", "--no-range-search"], {"gptq": True, "range_search": False}),
        (["build", "--no-gptq", "--range-search"], {"gptq": False, "range_search": True}),
        (["check", "a.tflite", "--target=grove"], {"model": "a.tflite", "target": "grove"}),
        (["check", "--target=grove", "a.tflite"], {"model": "a.tflite", "target": "grove"}),
        (["check", "--model=--odd--"], {"model": "--odd--"}),
        (["check", "build"], {"model": "build"}),
        (["build", "--weights=a=b.pt"], {"weights": "a=b.pt"}),
        (["build", "--imgsz", "-1"], {"image_size": "-1"}),
        (["build", "--imgsz=64", "--imgsz=96"], {"image_size": "96"}),
        (["build", "--data="], {"data": ""}),
        (["matrix", "--include=imgsz=64", "--include", "imgsz=96"], {"include": "imgsz=64,imgsz=96"}),
        (["matrix", "--targets=grove", "--targets=xiao,ne301"], {"targets": "grove,xiao,ne301"}),
        (["matrix", "--imgsz=64", "--imgsz", "96", "--imgsz=128"], {"image_sizes": "64,96,128"}),
        (["matrix", "--cluster=local:2", "--cluster=local:4"], {"cluster": "local:4"}),
    ],
)
def test_what_was_typed(words, values):
    assert given(parse(*words)[1]) == values


def test_several_commands_and_the_rest():
    core, build, targets = result = parse("build", "--target=grove", "targets", "--markdown", "--", "a", "b")
    assert (build.name, targets.name) == ("build", "targets") and result.remainder == "a b"
    assert given(core) == {} and given(targets) == {"markdown": True}


@pytest.mark.parametrize(
    "words", [["build", "--help"], ["check", "-h"], ["check", "--help"], ["build", "-h", "--gptq"]]
)
def test_help_is_help_and_no_value(words):
    assert parse(*words)[0].args["help"].value == words[0]


def test_core_options_behind_a_command():
    assert parse("targets", "--echo")[0].args["echo"].value is True


@pytest.mark.parametrize(
    ("old", "new", "values"),
    [
        ("--no-refine", "--no-range-search", {"range_search": False}),
        ("--compensate", "--gptq", {"gptq": True}),
        ("--compact=smaller", "--compress-weights", {"compress_weights": "smaller"}),
        ("--no-in-place", "--no-zero-copy-concat", {"zero_copy_concat": False}),
    ],
)
def test_old_names_work_and_say_what_they_are_now(old, new, values, capsys):
    assert given(parse("build", old)[1]) == values
    (line,) = capsys.readouterr().err.splitlines()
    assert new in line and old.split("=")[0] in line


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["biuld"], ["no command 'biuld'", "Did you mean build?"]),
        (["toaster"], ["no command 'toaster'", "--list"]),
        (["--taget=grove"], ["no option --taget"]),
        (["build", "--taget=grove"], ["no option --taget of build", "Did you mean --target?"]),
        (["build", "--compres-weights=smallest"], ["Did you mean --compress-weights?"]),
        (["build", "-e", "3"], ["no option -e of build", "--help"]),
        (["build", "--no-target"], ["no option --no-target"]),
        (["build", "--target"], ["--target has no value", "--target=NAME"]),
        (["build", "--weights", "--target=grove"], ["--weights has no value"]),
        (["build", "--gptq=yes"], ["--gptq takes no value", "--no-gptq"]),
        (["build", "grove"], ["build does not know what to do with 'grove'"]),
        (["check", "a.tflite", "b.tflite"], ["'b.tflite'"]),
        (["build", "x" * 500], ["…"]),
    ],
)
def test_what_makes_no_sense_is_one_line_and_exit_code_2(words, says):
    with pytest.raises(CommandLineError) as caught:
        parse(*words)
    line = str(caught.value)
    assert line.startswith("error: ") and "\n" not in line and all(word in line for word in says), line
    # Invoke prints it as a ParseError, ends as its Exit says, and completes by its context.
    assert isinstance(caught.value, ParseError) and isinstance(caught.value, Exit) and caught.value.code == 2
    assert (caught.value.context.name if caught.value.context else None) == (words[0] if words[0] in COMMANDS else None)
