"""What doctor says of machines that edgecask does not run on in full, and of this one."""

import platform

import pytest

from edgecask.cli import doctor
from edgecask.errors import EngineError
from edgecask.runner.container import engine


@pytest.fixture
def examine(directories, monkeypatch):
    """The findings by subject, on a machine of the given kind where no container engine answers."""

    def refuse():
        raise EngineError("No container engine answers.")

    def call(system, machine):
        monkeypatch.setattr(platform, "system", lambda: system)
        monkeypatch.setattr(platform, "machine", lambda: machine)
        monkeypatch.setattr(engine, "connect", refuse)
        return {finding.subject: finding for finding in doctor.examine(directories)}

    return call


@pytest.mark.parametrize(
    ("system", "machine", "words"),
    [
        ("Darwin", "arm64", ["macOS on arm64", "emulate", "Rosetta"]),
        ("Darwin", "x86_64", ["macOS on x86_64", "Docker Desktop"]),
        ("Windows", "AMD64", ["Windows on AMD64", "WSL 2"]),
        ("Linux", "aarch64", ["Linux on aarch64", "emulate"]),
    ],
)
def test_elsewhere_it_says_what_works_and_what_does_not(examine, system, machine, words):
    findings = examine(system, machine)
    found = findings["platform"]
    assert found.state == "limited" and not found.required
    text = f"{found.found} {found.remedy}"
    for word in [*words, "check, flash", "containers alone", "--runner=venv does not work", "has not been tried"]:
        assert word in text
    assert ("emulate" in text) == (machine in ("arm64", "aarch64"))
    assert findings["container engine"].required  # no build runs without one
    assert not [subject for subject in findings if "venv" in subject]


def test_linux_on_x86_64_does_without_an_engine(examine):
    findings = examine("Linux", "x86_64")
    assert findings["platform"].state == "ok"
    assert findings["container engine"].state == "missing" and not findings["container engine"].required
    assert "Python 3.11 for venv" in findings and "venv isolation" in findings


def test_every_command_that_is_said_to_work_everywhere_is_one():
    from edgecask.cli.tasks import COMMANDS

    assert set(doctor.WITHOUT_ENVIRONMENT) <= set(COMMANDS)
