"""Commands in texts for users."""

import pytest

from edgecask.cli.tasks import DEVELOPMENT_COMMANDS
from edgecask.wording import CLONES_OWN, as_called, program_name


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
