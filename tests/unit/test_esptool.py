"""What esptool is called with, and what it says."""

import subprocess
import sys

import pytest

from edgecask.errors import FlashError
from edgecask.firmware.flash import esptool as espressif


def test_esptools_arguments_are_what_esptool_takes(request_for, tmp_path):
    """esptool itself parses them, and fails at the port, which is a plain file."""
    (tmp_path / "port").touch()
    made, lines, _ = request_for("xiao", port=str(tmp_path / "port"))
    with pytest.raises(FlashError, match=r"did not write .*ERROR: .*Could not open .*port"):
        espressif.flash(made)
    assert any("--chip esp32s3" in line and "write-flash 0x400000" in line for line in lines)
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
