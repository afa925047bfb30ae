"""What esptool is called with, and what it says."""

import subprocess
import sys

import pytest
from test_esp_partitions import partition_table

from edgecask.errors import FlashError
from edgecask.firmware.flash import esptool as espressif
from edgecask.firmware.flash import holds


def test_esptools_arguments_are_what_esptool_takes(request_for, tmp_path):
    """esptool itself parses them, and fails at the port, which is a plain file."""
    (tmp_path / "port").touch()
    made, lines, _ = request_for("xiao", port=str(tmp_path / "port"))
    with pytest.raises(FlashError, match=r"did not read the partition table .*ERROR: .*Could not open .*port"):
        espressif.flash(made)
    assert any("--chip esp32s3" in line and "read-flash 0x8000 0xc00" in line for line in lines)
    assert not any("No such option" in line or "Usage" in line for line in lines)


def test_esptools_progress_is_understood():
    """What esptool's own logger prints where its output is not a terminal."""
    program = (
        "from esptool.logger import log\n"
        "for done in range(0, 5):\n"
        "    log.progress_bar(done, 4, prefix='Writing at 0x00400000 ', suffix=f' {done}/4 bytes...')\n"
        "log.print('Hash of data verified.')\n"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True).stdout
    assert [espressif.percent_written(line) for line in printed.splitlines()] == [0, 25, 50, 75, 100, None]


def stand_in(tmp_path, monkeypatch, table):
    """A program in esptool's place: it hands the table over, and keeps what it is given to write."""
    program = tmp_path / "esptool.py"
    program.write_text(
        "import json, pathlib, shutil, sys\n"
        "arguments = sys.argv[1:]\n"
        "folder = pathlib.Path(__file__).parent\n"
        "if 'read-flash' in arguments:\n"
        f"    pathlib.Path(arguments[-1]).write_bytes({table!r})\n"
        "elif 'verify-flash' in arguments:\n"
        "    held = (folder / 'held').read_bytes() if (folder / 'held').exists() else None\n"
        "    given = pathlib.Path(arguments[-1]).read_bytes()\n"
        "    print('A fatal error occurred: No serial data received.' if held is None else\n"
        "          'Verification failed (digest mismatch).' if held != given else '')\n"
        "    sys.exit(held != given)\n"
        "else:\n"
        "    shutil.copyfile(arguments[-1], folder / 'written')\n"
        "with open(folder / 'calls', 'a') as file:\n"
        "    file.write(' '.join(arguments[4:-1]) + chr(10))\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "port").touch()


@pytest.mark.parametrize("offset", [0x400000, 0x410000])
def test_the_model_goes_to_the_boards_own_partition(request_for, tmp_path, monkeypatch, offset):
    stand_in(tmp_path, monkeypatch, partition_table(("nvs", 0x9000, 0x4000), ("models", offset, 0x400000)))
    made, lines, _ = request_for("xiao", port=str(tmp_path / "port"))
    assert espressif.flash(made)
    assert (tmp_path / "calls").read_text().splitlines() == ["read-flash 0x8000 0xc00", f"write-flash {offset:#x}"]
    assert (tmp_path / "written").read_bytes() == made.content
    assert any("on this board" in line for line in lines) == (offset != 0x400000)


def test_a_board_without_such_a_partition_is_not_written(request_for, tmp_path, monkeypatch):
    stand_in(tmp_path, monkeypatch, partition_table(("nvs", 0x9000, 0x4000), ("spiffs", 0x400000, 0x400000)))
    made, _, _ = request_for("xiao", port=str(tmp_path / "port"))
    with pytest.raises(FlashError, match="no partition for models, only nvs, spiffs"):
        espressif.flash(made)
    assert not (tmp_path / "written").exists()


def test_what_the_flash_holds_is_said_by_its_md5(request_for, tmp_path, monkeypatch):
    stand_in(tmp_path, monkeypatch, partition_table(("models", 0x410000, 0x400000)))
    made, _, _ = request_for("xiao", port=str(tmp_path / "port"))
    (tmp_path / "held").write_bytes(made.content)
    assert holds(made.flash, made.port, made.content) is True
    assert holds(made.flash, made.port, b"another") is False
    assert (tmp_path / "calls").read_text().splitlines()[0] == "read-flash 0x8000 0xc00"
    (tmp_path / "held").unlink()
    with pytest.raises(FlashError, match="did not compare the model .*No serial data received"):
        holds(made.flash, made.port, made.content)


def test_the_words_are_those_of_esptool():
    import inspect

    from esptool import cmds

    source = inspect.getsource(cmds.verify_flash)
    assert espressif.DIGEST_DIFFERS in source and "flash_md5sum" in source


def test_a_grove_cannot_say_it(request_for):
    made, _, _ = request_for("grove")
    assert holds(made.flash, "/nowhere", made.content) is None
