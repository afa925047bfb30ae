"""Commands and their answers on one port, and what its reset line does."""

import socket
import threading
import time

import pytest
import serial
from serial import rfc2217
from sscma_board import SscmaBoard

from edgecask.errors import BoardError
from edgecask.firmware.board.connection import Connection, UnknownCommandError
from edgecask.firmware.flash.serial_ports import open_port


@pytest.fixture
def simulated():
    board = SscmaBoard()
    board.start()
    yield board
    board.stopped.set()


def test_an_answer_is_told_from_another(simulated):
    with open_port(simulated.port, 921600) as port:
        port.write(b"AT+OTHER@NAME?\rAT+NAME?\r")
        connection = Connection(port, name=simulated.port)
        reply = connection.ask("NAME?")
    assert (reply.name, reply.command, reply.data) == ("ECAAB@NAME?", "NAME?", "Grove Vision AI V2")


def test_a_command_that_is_not_there(simulated):
    with (
        open_port(simulated.port, 921600) as port,
        pytest.raises(UnknownCommandError, match=r"Unknown command: AT\+ECAAB"),
    ):
        Connection(port, name=simulated.port).ask("TSCORE?")


def test_what_a_board_said_instead():
    class Talking:
        timeout, in_waiting = None, 1

        def read(self, size=1, /):
            time.sleep(0.01)
            return b"perf: 41 ms\n"

        def write(self, data, /):
            return len(data)

    started = time.monotonic()
    with pytest.raises(BoardError, match=r"did not answer 'VER\?'; it said 'perf: 41 ms'"):
        Connection(Talking(), name="x").ask("VER?", seconds=0.2)
    assert time.monotonic() - started < 2


def test_the_cable_is_pulled(simulated):
    with open_port(simulated.port, 921600) as port:
        connection = Connection(port, name=simulated.port)
        connection.ask("NAME?")
        simulated.unplug()
        with pytest.raises(BoardError, match="broke off"):
            connection.ask("NAME?")


def test_a_port_without_lines_has_no_reset(simulated):
    with open_port(simulated.port, 921600) as port:
        assert not Connection(port, name=simulated.port).reset("rts")


class Wires:
    """What pyserial's own RFC 2217 server drives: a serial port whose lines can be watched."""

    def __init__(self):
        self.pulses = []
        self.baudrate, self.bytesize, self.parity, self.stopbits = 921600, 8, "N", 1
        self.cts = self.dsr = self.ri = self.cd = False
        self.xonxoff = self.rtscts = self.dsrdtr = self.break_condition = False

    def reset_input_buffer(self):
        """Nothing is ever sent."""

    reset_output_buffer = reset_input_buffer

    def __setattr__(self, name, value):
        if name in ("rts", "dtr"):
            self.pulses.append((name, bool(value), time.monotonic()))
        object.__setattr__(self, name, value)


def test_the_reset_line_goes_off_and_on_again():
    """Through pyserial's RFC 2217, which carries the lines; a pseudo-terminal has none."""
    wires = Wires()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            connected, _ = server.accept()
            manager = rfc2217.PortManager(wires, type("Out", (), {"write": staticmethod(connected.sendall)}))
            while data := connected.recv(1024):
                b"".join(manager.filter(data))

        threading.Thread(target=serve, daemon=True).start()
        with serial.serial_for_url(f"rfc2217://127.0.0.1:{server.getsockname()[1]}", 921600, timeout=0.1) as port:
            wires.pulses.clear()
            assert Connection(port, name="x").reset("rts")
    lines = [(name, value) for name, value, _ in wires.pulses if name == "rts"]
    assert lines[:2] == [("rts", False), ("rts", True)]
    times = [at for name, _, at in wires.pulses if name == "rts"]
    assert times[1] - times[0] >= 0.09
