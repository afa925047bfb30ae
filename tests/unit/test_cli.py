"""The command line as a user calls it: exit codes and lines."""

import os
import subprocess
import sys

import pytest

from edgecask.directories import REPOSITORY


@pytest.fixture
def invoke(tmp_path):
    def call(*arguments, **variables):
        environment = {
            **os.environ,
            "EDGECASK_HOME": str(tmp_path / "home"),
            "DOCKER_HOST": "unix:///nowhere",
            **variables,
        }
        return subprocess.run(
            [sys.executable, "-m", "invoke", "--search-root", str(REPOSITORY), *arguments],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return call


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--target=toaster"], 10, ["toaster", "grove"]),
        (["--target=grove", "--imgsz=200"], 2, ["200", "multiple of 32"]),
        (["--target=grove", "--imgsz=big"], 2, ["big"]),
        (["--target=grove", "--imgsz=²"], 2, ["²"]),
        (["--target=grove", "--calibration-count=²"], 2, ["²"]),
        (["--target=grove", "--weights=gone.pt"], 11, ["gone.pt", "demo"]),
        (["--target=grove", "--weights=demo", "--runner=podman"], 2, ["podman", "docker"]),
        (["--target=grove", "--weights=demo", "--runner=docker"], 14, ["No container engine", "--runner=venv"]),
        (["--target=grove", "--weights=demo", "--calibration=gone"], 13, ["gone"]),
    ],
)
def test_what_a_user_does_wrong(invoke, tmp_path, options, code, words):
    result = invoke("build", *options)
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    line = result.stderr.strip().splitlines()[-1]
    assert line.startswith("error: ") and all(word in line for word in words)
    assert not (tmp_path / "dist").exists()
    # Before anything was fetched or made.
    assert not (tmp_path / "home" / "environments").exists() and not (tmp_path / "home" / "wheelhouse").exists()


def test_without_an_engine_auto_says_what_it_does_instead(invoke):
    result = invoke("build", "--target=grove", "--weights=gone.pt")
    assert "virtual environments" in result.stdout


def test_targets_and_help(invoke):
    assert "grove" in invoke("targets").stdout
    listed = invoke("--list").stdout
    for name in ("build", "targets", "images", "lock", "doctor", "clean", "test"):
        assert name in listed


def test_a_home_that_cannot_be_written(invoke, tmp_path):
    (tmp_path / "file").write_text("")
    result = invoke(
        "build", "--target=grove", "--weights=demo", "--runner=venv", EDGECASK_HOME=str(tmp_path / "file" / "x")
    )
    assert result.returncode == 20 and "Traceback" not in result.stderr


RAW, VELA = (str(REPOSITORY / "tests" / "data" / f"{name}.tflite") for name in ("raw", "raw_vela"))


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--target=grove", VELA], 0, ["SSCMA-Micro 1.0.x)", "no rule is broken"]),
        (["--target=grove", VELA, "--firmware=2024.12.07"], 0, ["SSCMA-Micro 1.0.x of 2024-12-07"]),
        (["--target=grove", VELA, "--firmware=2023-12-19"], 18, ["decoder", "2024-01-11", "1 rule is broken"]),
        (["--target=grove", RAW], 18, ["rules are broken: do not flash this file"]),
    ],
)
def test_a_file_is_checked_against_the_firmware_of_a_day(invoke, options, code, words):
    result = invoke("check", *options)
    assert result.returncode == code, result.stderr
    assert all(word in result.stdout for word in words), result.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--target=grove", VELA, "--firmware=soon"], ["--firmware=soon", "2024-12-07"]),
        (["--target=grove", VELA, "--firmware=2019-01-01"], ["2023-11-02", "AT+VER?"]),
        (["--target=stm32n6", VELA, "--firmware=2024-01-01"], ["stm32n6", "--firmware"]),
    ],
)
def test_a_day_without_a_firmware_is_one_line(invoke, options, words):
    result = invoke("check", *options)
    assert result.returncode == 2 and result.stdout == ""
    (line,) = result.stderr.strip().splitlines()
    assert line.startswith("error: ") and all(word in line for word in words)
