"""A stage that tries what it should not be able to, and reports what it could."""

from __future__ import annotations

PROBE = """
import ctypes, json, os, signal, socket, subprocess
from pathlib import Path
from pipeline.harness import INPUTS, OUTPUTS

def attempt(function):
    try:
        function()
        return True
    except (OSError, ValueError):
        return False

def connect(family, address):
    with socket.socket(family) as opened:
        opened.settimeout(2)
        opened.connect(address)

def new_namespace():
    if ctypes.CDLL(None, use_errno=True).unshare(0x10000000 | 0x20000) != 0:
        raise OSError(ctypes.get_errno())

def start(command):
    # In a session of its own, with nothing that ties it to the stage.
    subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

def run(parameters):
    start(["sleep", parameters["nap"]])
    given = (INPUTS / "in").read_text()  # before it is tried to write there
    could = {
        "read the user's files": attempt(lambda: Path(parameters["secret"]).read_text()),
        "list the user's files": attempt(lambda: os.listdir(Path(parameters["secret"]).parent)),
        "write the user's files": attempt(lambda: Path(parameters["secret"]).write_text("x")),
        "write beside them": attempt(lambda: Path(parameters["secret"] + "-2").write_text("x")),
        "read the store": attempt(lambda: Path(parameters["blob"]).read_bytes()),
        "write the store": attempt(lambda: Path(parameters["blob"] + "-2").write_bytes(b"x")),
        "write its input": attempt(lambda: (INPUTS / "in").write_text("x")),
        "write its environment": attempt(lambda: Path(parameters["environment"], "x").write_text("x")),
        "write its program": attempt(lambda: Path(__file__).write_text("x")),
        "read /etc/shadow": attempt(lambda: Path("/etc/shadow").read_text()),
        "write /etc": attempt(lambda: Path("/etc/x").write_text("x")),
        "write /var/tmp": attempt(lambda: Path("/var/tmp/edgecask-probe").write_text("x")),
        "reach the network": attempt(lambda: connect(socket.AF_INET, ("192.0.2.1", 80))),
        "reach the loopback": attempt(lambda: connect(socket.AF_INET, ("127.0.0.1", parameters["port"]))),
        "reach a socket of the engine": attempt(lambda: connect(socket.AF_UNIX, parameters["socket"])),
        "signal the client": attempt(lambda: os.kill(parameters["client"], 0)),
        "see the client's variables": attempt(lambda: Path(f"/proc/{parameters['client']}/environ").read_bytes()),
        "make a namespace": attempt(new_namespace),
    }
    needed = {
        "read its input": given,
        "write scratch": attempt(lambda: Path(os.environ.get("TMPDIR", "/tmp"), "x").write_text("x")),
        "uid": os.getuid(),
        "environment": sorted(os.environ),
    }
    (OUTPUTS / "out").write_text("done")
    return {"could": sorted(name for name, could in could.items() if could), "needed": needed}
"""
