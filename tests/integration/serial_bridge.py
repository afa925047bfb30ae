"""Stands for navigator.serial in a page: what the page writes goes to a simulated board's pseudo-terminal, and back."""

from __future__ import annotations

import base64
import os
import select
import time
import tty
from collections.abc import Callable

SCRIPT = """
window.bridge = { out: [], signals: [], refuse: "", hasLines: true,
  info: { usbVendorId: 0x1a86, usbProductId: 0x55d3 }, lines: [] };
const port = Object.assign(new EventTarget(), {
  async open(options) {
    if (bridge.refuse === "busy") throw new DOMException("Failed to open serial port.", "NetworkError");
    bridge.options = options;
    port.readable = new ReadableStream({ start(controller) { bridge.controller = controller; } });
    port.writable = new WritableStream({ write(chunk) { bridge.out.push(btoa(String.fromCharCode(...chunk))); } });
  },
  async setSignals(signals) {
    if (!bridge.hasLines) throw new DOMException("Failed to set control signals.", "NetworkError");
    bridge.signals.push(signals);
    bridge.lines.push(signals);
  },
  getInfo() { return bridge.info; },
  async close() { port.readable = port.writable = null; bridge.closed = (bridge.closed || 0) + 1; },
});
bridge.give = text => bridge.controller && port.readable &&
  bridge.controller.enqueue(Uint8Array.from(atob(text), each => each.charCodeAt(0)));
bridge.take = () => bridge.out.splice(0);
bridge.takeLines = () => bridge.lines.splice(0);
bridge.unplug = () => {
  const controller = bridge.controller;
  port.readable = null;
  controller.error(new DOMException("The device has been lost.", "NetworkError"));
  port.dispatchEvent(new Event("disconnect"));
};
bridge.stumble = () => {
  const controller = bridge.controller;
  port.readable = new ReadableStream({ start(next) { bridge.controller = next; } });
  controller.error(new DOMException("Break received", "BreakError"));
};
Object.defineProperty(navigator, "serial", { value: {
  async requestPort(options) {
    bridge.filters = options.filters;
    if (bridge.refuse === "none") throw new DOMException("No port selected by the user.", "NotFoundError");
    return port;
  },
} });
"""


LINES = {"requestToSend": "rts", "dataTerminalReady": "dtr"}


class Bridge:
    """Between a page and the pseudo-terminal `port`; `set_line` is told which lines of the port the page sets."""

    def __init__(self, page, port: str, *, set_line: Callable[[str, bool], None] | None = None) -> None:
        self._page, self._set_line = page, set_line
        self._end = os.open(port, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._end)
        self.sent = b""

    def close(self) -> None:
        """Leave the pseudo-terminal."""
        os.close(self._end)

    def until(self, condition: Callable[[], object], seconds: float = 30) -> None:
        """Carry bytes both ways until the condition holds; the error says what the page shows if it never does."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self._page.evaluate("document.getElementById('status').textContent")
            self.carry()

    def carry(self) -> None:
        """What waits on either side."""
        if self._set_line is not None:
            for signals in self._page.evaluate("bridge.takeLines()"):
                for name, value in signals.items():
                    self._set_line(LINES[name], value)
        for chunk in self._page.evaluate("bridge.take()"):
            data = base64.b64decode(chunk)
            self.sent += data
            os.write(self._end, data)
        if select.select([self._end], [], [], 0.005)[0]:
            data = base64.b64encode(os.read(self._end, 65536)).decode()
            self._page.evaluate(f"bridge.give('{data}')")
