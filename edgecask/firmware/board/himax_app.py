"""Himax' apps on their serial line: they take no commands, and print a frame after the other.

send_result.cpp and cvapp_yolov8_pose.cpp of Seeed_Grove_Vision_AI_Module_V2 @d3265e2. Four bytes switch the transfer or
restart the chip (00, fd, fe, ff): nothing is ever sent.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable

from edgecask.errors import BoardError
from edgecask.firmware.board.connection import Connection
from edgecask.firmware.board.frames import Frame, read_frame
from edgecask.firmware.board.framing import Reply, Text

FRAME_SECONDS = 10.0
NO_APP = (
    "Reset the board; if it stays silent, its app sends over SPI until power is cut, or it runs another firmware "
    "(--target=grove for Seeed's)."
)


def is_app(heard: Iterable[Reply | Text]) -> bool:
    """Whether one of these comes from Himax' app: an event with its one figure, or its name."""
    return any(
        isinstance(each, Reply)
        and ((isinstance(each.data, dict) and "algo_tick" in each.data) or str(each.data).startswith("kris Grove"))
        for each in heard
    )


class Himax:
    """A board that runs one of the apps; everything that goes wrong is a BoardError."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def frames(self, count: int) -> Generator[Frame]:
        """So many frames, -1 for no end; those that came in part are left out."""
        taken = 0
        for reply in self.connection.replies(FRAME_SECONDS):
            if reply.kind != 1 or reply.command != "INVOKE":
                continue
            try:
                frame = read_frame(reply.data)
            except ValueError:
                self.connection.broken += 1
                continue
            if frame.ticks is None:
                raise BoardError(
                    f"The board on {self.connection.name} runs Seeed's firmware, not Himax' app.",
                    advice="Use --target=grove, or flash the app.",
                )
            taken += 1
            yield frame
            if taken == count:
                return
        raise BoardError(
            f"The board on {self.connection.name} has sent no result for {FRAME_SECONDS:.0f} seconds"
            f"{self.connection.said()}.",
            advice=NO_APP,
        )
