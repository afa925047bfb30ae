"""A page on this machine alone, with a WebSocket that stands for the board's serial line.

Bytes pass as binary messages. A text message of the page is a line of the port to set, as WebSerial's setSignals has
it; one of the server says why the connection ends. Nobody but the page gets in: it is served at 127.0.0.1 below a path
that cannot be guessed, the Host of each request has to be this one (a name that somebody else's DNS turns into
127.0.0.1 is another one), and a WebSocket has to come from the page's own origin.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from edgecask.errors import BoardError, EdgecaskError
from edgecask.firmware.board.connection import Port
from edgecask.firmware.flash.serial_ports import connection_errors, why_broken

if TYPE_CHECKING:
    from websockets.http11 import Request, Response
    from websockets.sync.server import Server, ServerConnection

HOST = "127.0.0.1"
READ_SECONDS = 0.02
MAX_MESSAGE = 1 << 20
SIGNALS = {"requestToSend": "rts", "dataTerminalReady": "dtr"}
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Type": "text/html; charset=utf-8",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
SOCKET = "serial"
STOP_COMMANDS = {"sscma": b"\rAT+BREAK\r"}
"""What makes a family's firmware stop telling what it sees; Himax' app knows no commands."""
BREAKS: tuple[type[Exception], ...] = (BoardError, *connection_errors())
BUSY = "another tab shows this board"


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where the page is: `host` as the header Host has it, and the path's secret."""

    host: str
    token: str

    @property
    def page(self) -> str:
        """For a browser."""
        return f"http://{self.host}/{self.token}/"

    @property
    def origin(self) -> str:
        """Of the page, as a browser sends it."""
        return f"http://{self.host}"

    @property
    def socket_origin(self) -> str:
        """For the page's Content-Security-Policy."""
        return f"ws://{self.host}"


class PageServer:
    """The page and the line; `family` is that of the firmware, `port` is open."""

    def __init__(self, port: Port, *, page: Callable[[Address], bytes], stop_command: bytes) -> None:
        self._port, self._page, self._stop_command = port, page, stop_command
        self._listener = socket.create_server((HOST, 0))
        self.address = Address(host=f"{HOST}:{self._listener.getsockname()[1]}", token=secrets.token_urlsafe(24))
        self._in_use = threading.Lock()
        self.broken: EdgecaskError | None = None
        self.ended = threading.Event()

    @contextlib.contextmanager
    def running(self) -> Iterator[Server]:
        """Serve for as long as the context lasts."""
        from websockets.sync.server import serve

        with serve(
            self._talk,
            sock=self._listener,
            process_request=self._answer,
            origins=[self.address.origin],  # type: ignore[list-item]
            compression=None,
            max_size=MAX_MESSAGE,
            logger=_quiet(),
        ) as server:
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            try:
                yield server
            finally:
                self.ended.set()
                server.shutdown()
                thread.join(5)

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """The page; None where a WebSocket may be opened; a refusal for everything else."""
        if request.headers.get_all("Host") != [self.address.host]:
            return connection.respond(HTTPStatus.FORBIDDEN, "another host\n")
        if _is(request.path, f"/{self.address.token}/{SOCKET}"):
            return None
        if not _is(request.path, f"/{self.address.token}/"):
            return connection.respond(HTTPStatus.NOT_FOUND, "nothing here\n")
        from websockets.datastructures import Headers
        from websockets.http11 import Response

        body = self._page(self.address)
        headers = Headers({**HEADERS, "Content-Length": str(len(body)), "Connection": "close"})
        return Response(HTTPStatus.OK.value, HTTPStatus.OK.phrase, headers, body)

    def _talk(self, connection: ServerConnection) -> None:
        """Carry bytes both ways, for one page at a time."""
        from websockets.exceptions import ConnectionClosed

        if not self._in_use.acquire(blocking=False):
            with contextlib.suppress(ConnectionClosed):
                connection.send(BUSY)
            return
        gone = threading.Event()
        reader = threading.Thread(target=self._carry_out, args=(connection, gone), daemon=True)
        reader.start()
        try:
            for message in connection:
                self._take(message)
        except ConnectionClosed:
            pass
        except BREAKS as error:
            self._lose(connection, error)
        finally:
            gone.set()
            reader.join(5)
            with contextlib.suppress(*connection_errors()):
                self._port.write(self._stop_command)
            self._in_use.release()

    def _take(self, message: str | bytes) -> None:
        """A message of the page: bytes for the board, or lines of the port."""
        if isinstance(message, bytes):
            self._port.write(message)
            return
        with contextlib.suppress(ValueError, RecursionError):
            signals: Any = json.loads(message)
            for name, value in signals.items() if isinstance(signals, dict) else ():
                if name in SIGNALS and isinstance(value, bool):
                    setattr(self._port, SIGNALS[name], value)

    def _carry_out(self, connection: ServerConnection, gone: threading.Event) -> None:
        """What the board says, until the page is gone or the board is."""
        from websockets.exceptions import ConnectionClosed

        clock: Any = getattr(self._port, "now", None)
        begun = time.monotonic()
        try:
            while not gone.is_set() and not self.ended.is_set():
                self._port.timeout = READ_SECONDS
                data = self._port.read(max(1, self._port.in_waiting))
                if clock is not None:  # a recording, at its own pace
                    gone.wait(max(0.0, clock() - (time.monotonic() - begun)))
                if data:
                    connection.send(data)
        except ConnectionClosed:
            pass
        except BREAKS as error:
            self._lose(connection, error)

    def _lose(self, connection: ServerConnection, error: Exception) -> None:
        """The board is gone, or the recording ends: say so to the page and to whoever waits."""
        from websockets.exceptions import ConnectionClosed

        told = (
            error
            if isinstance(error, BoardError)
            else BoardError(
                f"The connection broke off ({why_broken(error)}).", advice="Connect the board again and start over."
            )
        )
        self.broken = told
        self.ended.set()
        with contextlib.suppress(ConnectionClosed):
            connection.send(told.message)
            connection.close()


def _is(path: str, secret: str) -> bool:
    """Whether a path is this one, in a time that tells nothing of it."""
    return hmac.compare_digest(path.encode(), secret.encode())


def _quiet() -> Any:
    """A logger that says nothing: strangers who knock are no news."""
    import logging

    logger = logging.getLogger("edgecask.page_server")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return logger
