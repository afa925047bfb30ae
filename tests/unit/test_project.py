"""edgecask.toml: what it says, what wins, and what is wrong with it."""

import re

import pytest
from locations import REPOSITORY

from edgecask.cli.project import MAX_BYTES, read_project
from edgecask.cli.tasks import COMMANDS
from edgecask.errors import UsageError

TEXT = """
weights = "best.pt"
imgsz = 224
targets = ["grove", "xiao"]

[build]
gptq = true
imgsz = 256

[target.xiao]
imgsz = 96
"""


def project(tmp_path, text):
    (tmp_path / "edgecask.toml").write_text(text)
    return read_project(tmp_path, COMMANDS)


def test_the_nearer_table_wins(tmp_path):
    read = project(tmp_path, TEXT)
    assert read.targets == ("grove", "xiao")
    assert read.values(COMMANDS["build"], "grove") == {"weights": "best.pt", "image_size": 256, "gptq": True}
    assert read.values(COMMANDS["build"], "xiao")["image_size"] == 96
    assert read.values(COMMANDS["train"], None) == {"weights": "best.pt", "image_size": 224}
    assert read.values(COMMANDS["doctor"], None) == {}


@pytest.mark.parametrize("page", ["docs/reference/project-file.md", "docs/guide/many-builds.md"])
def test_what_the_documentation_shows_is_valid(tmp_path, page):
    examples = re.findall(r"```toml\n(.*?)```", (REPOSITORY / page).read_text(), re.DOTALL)
    assert examples
    for text in examples:
        read = project(tmp_path, text)
        for command in COMMANDS.values():
            for target in (None, *read.targets):
                read.values(command, target)


def test_a_folder_without_the_file(tmp_path):
    assert read_project(tmp_path, COMMANDS).values(COMMANDS["build"], "grove") == {}


def test_an_old_name_still_works(tmp_path):
    assert project(tmp_path, "compensate = true").values(COMMANDS["build"], None) == {"gptq": True}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('wieghts = "x"', ["unknown key, wieghts", "Did you mean weights?"]),
        ("[biuld]\ngptq = true", ["unknown key, biuld", "Did you mean build?"]),
        ("[build]\ngtpq = true", ["[build]", "gtpq", "Did you mean gptq?"]),
        ("[target.grove]\nimgzs = 1", ["[target.grove]", "Did you mean imgsz?"]),
        ("[build]\nbatch = 3", ["[build]", "batch"]),
        ('target = "grove"', ["table of tables", "targets ="]),
        ('targets = "grove"', ["not a list"]),
        ("targets = [1]", ["not a list"]),
        ("imgsz = x", ["no valid TOML", "line 1"]),
        ("imgsz = [[" + "[" * 5000, ["no valid TOML"]),
        ("images = 3\n[images]\n", ["no valid TOML"]),
    ],
)
def test_what_is_wrong_is_one_line_that_names_it(tmp_path, text, says):
    with pytest.raises(UsageError) as caught:
        project(tmp_path, text)
    line = str(caught.value)
    assert "edgecask.toml" in line and all(word in line for word in says) and "\n" not in line, line


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('imgsz = "big"', 'imgsz = "big" (edgecask.toml)'),
        ("[build]\nimgsz = 200", "imgsz = 200 ([build] in edgecask.toml)"),
        ("[target.grove]\ngptq = 1", "gptq = 1 ([target.grove] in edgecask.toml)"),
        ('compress-weights = "smaler"', "Did you mean smaller?"),
        ("weights = true", "weights = true"),
        ('data = ""', "data"),
        ('data = "a\\u0000b"', "data"),
    ],
)
def test_a_value_that_makes_no_sense_names_its_place(tmp_path, text, says):
    with pytest.raises(UsageError) as caught:
        project(tmp_path, text).values(COMMANDS["build"], "grove")
    assert says in str(caught.value)


def test_what_is_no_text_or_too_much(tmp_path):
    for content in (b"\xff\xfe", b"#" * (MAX_BYTES + 1)):
        (tmp_path / "edgecask.toml").write_bytes(content)
        with pytest.raises(UsageError, match="edgecask.toml"):
            read_project(tmp_path, COMMANDS)


def test_a_folder_of_that_name(tmp_path):
    (tmp_path / "edgecask.toml").mkdir()
    with pytest.raises(UsageError, match="cannot be read"):
        read_project(tmp_path, COMMANDS)


def test_own_targets(tmp_path):
    folder = tmp_path / "targets" / "mine"
    folder.mkdir(parents=True)
    (folder / "target.toml").write_text("")
    read = read_project(tmp_path, COMMANDS)
    assert read.own_targets() == [folder] and read.own_target("mine") == folder
    assert read.own_target("other") is None and read.own_target("../targets/mine") is None
