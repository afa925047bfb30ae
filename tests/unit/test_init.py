"""The file that `edgecask init` writes."""

import re
import tomllib

from edgecask.cli.init import project_file
from edgecask.cli.project import read_project
from edgecask.cli.tasks import COMMANDS


def uncommented():
    """The file with every example in force."""
    text = project_file(COMMANDS)
    assert all(not line or line.startswith("# ") for line in text.splitlines())
    return "\n".join(
        line.removeprefix("# ") for line in text.splitlines() if re.match(r"# ([a-z-]+ = |\[[a-z.]+\]$)", line)
    )


def test_as_it_is_written_it_says_nothing():
    assert tomllib.loads(project_file(COMMANDS)) == {}


def test_every_example_is_valid(tmp_path):
    (tmp_path / "edgecask.toml").write_text(uncommented())
    project = read_project(tmp_path, COMMANDS)
    assert project.targets == ("grove",) and project.common["weights"] == "yolov8n-pose.pt"
    for command in COMMANDS.values():
        project.values(command, "grove")


def test_every_option_of_a_build_is_there():
    table = tomllib.loads(uncommented())
    options = {option.name for option in COMMANDS["build"].options} - {"target"}
    assert options == options & (set(table) | set(table["build"]))
    assert "epochs" not in table  # at the top it would make every build train first
