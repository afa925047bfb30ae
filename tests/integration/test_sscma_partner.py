"""The simulated boards are honest: Seeed's own python-sscma and lrzsz, which nobody here wrote, work with them too."""

import json
import os
import random
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from boot_loader import BootLoader
from sscma_board import GROVE_2025, XIAO, Faults, Scene, SscmaBoard

from edgecask.firmware.board.model_note import write_note
from edgecask.firmware.flash.xmodem import preamble
from edgecask.runner.environments.lock_files import uv_variables
from edgecask.runner.environments.wheelhouse import uv_program

pytestmark = pytest.mark.extended
SCRIPT = Path(__file__).with_name("speak_python_sscma.py")
BEST_MATCH = "--index-strategy=unsafe-best-match"  # of all indexes that the user has set
PACKAGES = ("python-sscma==0.5.7", "pyserial==3.5", "pillow", "paho-mqtt==2.1.0", "xmodem==0.4.7", "tqdm==4.67.1")


@pytest.fixture(scope="module")
def python(made_once):
    """An interpreter with python-sscma; without OpenCV, which it imports for windows alone."""

    def make(folder):
        environment = {**os.environ, **uv_variables()}
        made = folder / "environment"
        subprocess.run([uv_program(), "venv", "--quiet", "--python", sys.executable, made], check=True, env=environment)
        pip = [uv_program(), "pip", "install", "--quiet", "--python", made / "bin" / "python", "--no-deps", BEST_MATCH]
        subprocess.run([*pip, *PACKAGES], check=True, env=environment)

    return made_once("python-sscma", make) / "environment" / "bin" / "python"


def speak(python, *arguments):
    done = subprocess.run(
        [python, SCRIPT, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("faults", [{}, {"chop": True}], ids=str)
@pytest.mark.parametrize("kind", [GROVE_2025, XIAO], ids=["grove", "xiao"])
def test_its_client_hears_what_the_board_says(python, kind, faults):
    board = SscmaBoard(kind, scene=Scene(milliseconds=[(6, 56, 2)], seconds=0.05), faults=Faults(**faults))
    board.settings.info = {0: (note := write_note({"name": "best 192", "classes": ["person"]})), 1: note}
    board.start()
    found = json.loads(speak(python, "client", board.port))
    board.stopped.set()
    assert (found["name"], found["id"], found["model"]) == (kind.name, "8cb1a1e2", "best 192")
    assert board.settings.tscore == 35 and found["tscore"] == 35
    assert len(found["heard"]) == 3
    for event in found["heard"]:
        assert event["perf"] == [6, 56, 2] and event["image"] > 100
        assert event["keypoints"] == [[[120, 110, 60, 160, 82, 0], [[120, 40, 91, 0], [126, 36, 88, 1]]]]


def test_its_flasher_puts_a_file_into_the_boot_loader(python, tmp_path):
    content = random.Random(1).randbytes(128 * 20)
    (tmp_path / "model.tflite").write_bytes(content)
    board = BootLoader(menu=True)
    board.start()
    speak(python, "flash", board.port, tmp_path / "model.tflite", "0x400000")
    board.join(5)
    assert board.wrong == [] and board.files == [preamble(0x400000), content] and board.answers == [b"n", b"y"]


@pytest.mark.skipif(shutil.which("sx") is None, reason="needs lrzsz")
def test_lrzsz_sends_a_file_into_the_boot_loader(tmp_path):
    """The model's address, then the model, by a third sender."""
    content = random.Random(2).randbytes(128 * 20)
    board = BootLoader()
    board.start()
    line = os.open(board.port, os.O_RDWR | os.O_NOCTTY)

    def heard(prompt):
        found = b""
        while prompt not in found:
            found += os.read(line, 1)

    os.write(line, b"1")
    heard(b"from your terminal")
    for name, data, answer in (("address", preamble(0x400000), b"n"), ("model", content, b"y")):
        (tmp_path / name).write_bytes(data)
        subprocess.run(["sx", "-q", tmp_path / name], stdin=line, stdout=line, check=True, timeout=60)
        # It empties the line when it ends, so that the question may be gone.
        while select.select([line], [], [], 0.5)[0]:
            os.read(line, 4096)
        os.write(line, answer)
    board.join(5)
    os.close(line)
    assert board.wrong == [] and board.files == [preamble(0x400000), content] and board.answers == [b"n", b"y"]
