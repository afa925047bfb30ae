"""Which port the board is at, and why one cannot be opened."""

import os

import pytest
import serial
from boot_loader import BootLoader

from edgecask.errors import FlashError
from edgecask.firmware.flash import flash
from edgecask.firmware.flash import serial_ports as ports
from edgecask.target.target import load_target


@pytest.mark.parametrize("target", ["grove", "xiao"])
def test_a_port_that_is_not_there(request_for, target):
    made, _, _ = request_for(target, port="/dev/does-not-exist")
    with pytest.raises(FlashError, match="there is no such port"):
        flash(made)


def test_a_port_that_is_a_file(request_for, tmp_path):
    (tmp_path / "port").touch()
    made, _, _ = request_for(port=str(tmp_path / "port"))
    with pytest.raises(FlashError, match="is not a serial port"):
        flash(made)


def test_a_port_that_another_program_uses(request_for):
    board = BootLoader(silent=True)
    board.start()
    with ports.open_port(board.port, 921600):
        made, _, _ = request_for(port=board.port)
        with pytest.raises(FlashError, match="another program uses it"):
            flash(made)


@pytest.mark.parametrize("use", [lambda port: ports.open_port(port, 921600), ports.require_port], ids=["open", "look"])
def test_no_permission(tmp_path, use):
    port = tmp_path / "port"
    port.touch(mode=0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)  # root may open every port
    try:
        with pytest.raises(FlashError, match="no permission.*dialout"):
            use(str(port))
    finally:
        if root:
            os.seteuid(0)


class Port:
    def __init__(self, device, vid, pid):
        self.device, self.vid, self.pid = device, vid, pid


@pytest.mark.parametrize(
    ("connected", "result"),
    [
        ([], "No board"),
        ([Port("/dev/ttyUSB0", 0x10C4, 0xEA60), Port("/dev/ttyS0", None, None)], "No board"),
        ([Port("/dev/ttyACM1", 0x1A86, 0x55D3), Port("/dev/ttyACM0", 0x1A86, 0x55D2)], "/dev/ttyACM0, /dev/ttyACM1"),
        ([Port("/dev/ttyACM0", 0x1A86, 0x55D3), Port("/dev/ttyUSB0", 0x10C4, 0xEA60)], None),
    ],
)
def test_looking_for_the_board(monkeypatch, connected, result):
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: connected)
    usb_ids = load_target("grove").flash.usb_ids
    if result is None:
        assert ports.find_port(usb_ids) == "/dev/ttyACM0"
    else:
        with pytest.raises(FlashError, match=result):
            ports.find_port(usb_ids)


def test_a_port_that_gives_nothing_is_told_in_words(pulled_terminal):
    """The error is pyserial's own, of a terminal whose other end is closed."""
    assert ports.why_broken(pulled_terminal) == "the cable was pulled, or another program reads the port"
    assert ports.why_broken(OSError(5, "Input/output error")) == "[Errno 5] Input/output error"


@pytest.fixture
def pulled_terminal():
    controller, terminal = os.openpty()
    port = serial.Serial(os.ttyname(terminal), timeout=1)
    os.close(terminal)
    os.close(controller)
    with pytest.raises(serial.SerialException) as caught, port:
        port.read()
    return caught.value
