"""`edgecask run`: one command after the other, each with its own options."""

import pytest

from edgecask.cli import run as command
from edgecask.errors import FlashError, UsageError


@pytest.fixture
def called(monkeypatch):
    calls = []
    for module in (command.build, command.flash, command.watch):
        monkeypatch.setattr(module, "run", lambda request, module=module: calls.append((module.__name__, request)))
    return calls


def test_build_flash_and_watch(called, tmp_path):
    command.run(
        command.BuildAndRun(target="grove", weights="demo", output=tmp_path, port="/dev/tty9", frames=3, image_size=96)
    )
    assert [name.rpartition(".")[2] for name, _ in called] == ["build", "flash", "watch"]
    build, flash, watch = (request for _, request in called)
    assert (build.target, build.weights, build.output, build.image_size) == ("grove", "demo", tmp_path, 96)
    assert (flash.target, flash.output, flash.port, flash.model) == ("grove", tmp_path, "/dev/tty9", None)
    assert (watch.target, watch.port, watch.frames) == ("grove", "/dev/tty9", 3)


def test_what_fails_ends_it(called, monkeypatch):
    def fail(request):
        raise FlashError("no board")

    monkeypatch.setattr(command.flash, "run", fail)
    with pytest.raises(FlashError):
        command.run(command.BuildAndRun(target="grove"))
    assert len(called) == 1


def test_a_board_that_says_nothing_is_not_built_for(called):
    with pytest.raises(UsageError, match="serial line"):
        command.run(command.BuildAndRun(target="stm32n6"))
    assert called == []
