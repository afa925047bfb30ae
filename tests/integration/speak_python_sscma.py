"""Run beside Seeed's python-sscma: `client PORT` prints what it hears, `flash PORT FILE ADDRESS` flashes."""

import base64
import json
import sys
import time
from pathlib import Path

from sscma.flashers.core import HimaxFlasher
from sscma.micro import Device, SerialClient


def listen(port: str) -> None:
    """Three invocations with pictures, the thresholds, and what the device says it is."""
    heard = []
    device = Device(SerialClient(port, 921600), heartbeat=60)
    device.on_monitor = lambda _, message: heard.append(message)
    device.loop_start()
    device.Invoke(-1, False, True)
    deadline = time.monotonic() + 10
    while len(heard) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    device.tscore = 35
    time.sleep(0.2)
    found = {"name": device.info.name, "id": device.info.id, "model": device.model.name, "tscore": device.tscore}
    # Its own thread would sleep to the end of its heartbeat.
    device._deamon = False
    device.Break()
    device._client.loop_stop()
    for message in heard:
        message["image"] = len(base64.b64decode(message["image"])) if message.get("image") else 0
    print(json.dumps({**found, "heard": heard[:3]}), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "client":
        listen(sys.argv[2])
        import os

        os._exit(0)
    HimaxFlasher(sys.argv[2]).write(Path(sys.argv[3]).read_bytes(), offset=int(sys.argv[4], 16))
