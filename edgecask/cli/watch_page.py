"""The live page of `edgecask watch`."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from edgecask.wording import shown

if TYPE_CHECKING:
    from edgecask.cli.watch import Watch
    from edgecask.target.target import Target

LOOK_SECONDS = 0.2


def show_page(request: Watch, target: Target) -> None:
    """Serve the page, open it where that can be done, and wait for Ctrl-C or for the board to go.

    Raises what went wrong with the board; a recording simply ends.
    """
    from edgecask.firmware.board.opening import open_line
    from edgecask.firmware.board.page_server import STOP_COMMANDS, Address, PageServer
    from edgecask.package.board_page import render_served
    from edgecask.package.manifest import read_manifest

    manifest = read_manifest(request.output / target.name, target=target.name)

    def page(address: Address) -> bytes:
        return render_served(target, manifest, socket=address.socket_origin, replay=request.replay is not None)

    with open_line(target, port=request.port, record=request.record, replay=request.replay) as (line, name):
        server = PageServer(line, page=page, stop_command=STOP_COMMANDS.get(target.family, b""))
        with server.running(), contextlib.suppress(KeyboardInterrupt):
            print(shown(f"what {name} says is shown at {server.address.page}; Ctrl-C ends this"), flush=True)
            open_browser(server.address.page)
            while not server.ended.wait(LOOK_SECONDS):
                pass
    if server.broken is not None:
        if request.replay is None:
            raise server.broken
        print(shown(server.broken.message))


def open_browser(address: str) -> None:
    """Open the page where there is a browser with a window."""
    import webbrowser

    from edgecask.cli.watch import has_browser

    if has_browser():
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open_new_tab(address)
