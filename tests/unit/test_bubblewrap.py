"""What is put on bubblewrap's command line; that it holds is test_isolation.py."""

from pathlib import Path

from edgecask.runner.bubblewrap import INSIDE, filter_descriptor, wrapped

WORK = Path("/var/tmp/stage")


def arguments(**named):
    given = {"work": WORK, "readable": [Path("/home/user/environment")], "gpus": False, "seccomp": 7, **named}
    return wrapped(["python", "-m", "pipeline"], **given)


def pairs(found, option):
    return [(found[at + 1], found[at + 2]) for at, word in enumerate(found) if word == option]


def test_only_folders_of_its_own_can_be_written():
    found = arguments()
    assert pairs(found, "--bind") == [
        (f"{WORK}/tmp", "/tmp"), (f"{WORK}/outputs", f"{INSIDE}/outputs"), (f"{WORK}/published", f"{INSIDE}/published"),
        (f"{WORK}/own", f"{INSIDE}/own"),
    ]  # fmt: skip
    assert (str(WORK), str(INSIDE)) in pairs(found, "--ro-bind")
    assert ("/home/user/environment", "/home/user/environment") in pairs(found, "--ro-bind")
    # What is mounted later lies over what was mounted before.
    assert found.index(f"{INSIDE}/outputs") > found.index(str(INSIDE)) > found.index("/home/user/environment")


def test_nothing_of_the_user_and_of_etc_is_there():
    places = {place for option in ("--ro-bind", "--ro-bind-try", "--bind") for _, place in pairs(arguments(), option)}
    assert not places & {"/", "/etc", "/home", "/root", "/var", "/run", "/sys", "/dev"}


def test_the_command_comes_last_and_dies_with_its_parent():
    found = arguments()
    assert found[found.index("--") + 1 :] == ["python", "-m", "pipeline"]
    for option in ("--die-with-parent", "--unshare-net", "--unshare-pid", "--unshare-ipc", "--unshare-user"):
        assert option in found
    assert found[found.index("--seccomp") + 1] == "7"


def test_gpus_bring_their_devices(monkeypatch):
    monkeypatch.setattr(Path, "glob", lambda path, pattern: [Path("/dev/nvidia0"), Path("/dev/nvidiactl")])
    assert pairs(arguments(gpus=True), "--dev-bind-try") == [
        ("/dev/nvidia0", "/dev/nvidia0"), ("/dev/nvidiactl", "/dev/nvidiactl"),
    ]  # fmt: skip
    assert pairs(arguments(), "--dev-bind-try") == []


def test_a_filter_is_read_from_its_beginning():
    import os

    number = filter_descriptor(b"program")
    try:
        assert os.read(number, 100) == b"program"
    finally:
        os.close(number)
