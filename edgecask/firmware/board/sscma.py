"""Seeed's firmware on its serial line: who it is, what it sees, its thresholds and what it is told about its model.

Commands and answers as SSCMA-Micro 1.0.x has them (@ff48a1c, sscma/main_task.hpp and sscma/callback; @fb0c6ed on the
XIAO). Its main branch takes other arguments, and Himax' apps take none: both are recognised and told.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator

from edgecask.errors import BoardError
from edgecask.firmware.board.connection import ANSWER_SECONDS, NO_ANSWER, Connection, UnknownCommandError
from edgecask.firmware.board.frames import Frame, read_frame
from edgecask.firmware.board.framing import Reply
from edgecask.firmware.board.himax_app import is_app
from edgecask.firmware.board.sscma_replies import (
    Identity,
    Model,
    Thresholds,
    crc16_maxim,
    meaning,
    model_of,
    refuse_model,
    refuse_start,
    text_of,
    thresholds_in,
    value_of,
)

BOOT_SECONDS = 3.0
"""Seeed's page waits two after a reset of the XIAO before it asks again."""
FRAME_SECONDS = 60.0
"""A frame takes a tenth of a second on the Grove, and seconds on the XIAO."""
LOAD_SECONDS = 20.0
SLICE_SECONDS = 1.0
MAIN_BRANCH = "Install SSCMA-Micro 1.0.x with Seeed's web tool (SenseCraft AI)."


class Sscma:
    """A board that runs SSCMA-Micro 1.0.x; everything that goes wrong is a BoardError."""

    def __init__(self, connection: Connection, *, reset_line: str, patience: float = ANSWER_SECONDS) -> None:
        self.connection, self._reset_line, self._patience = connection, reset_line, patience
        self.thresholds: Thresholds | None = None
        self.overheard_name = self.overheard_software = ""

    def wake(self, *, reset: bool = True) -> None:
        """Stop whatever runs; a board that does not answer is reset once, as a XIAO needs that was powered elsewhere.

        What an earlier program left of a line, such as a row of `1`, spoils the first command and no other.
        """
        for attempt in range(3):
            try:
                self.connection.ask("BREAK", seconds=self._patience)
            except UnknownCommandError:
                continue
            except BoardError:
                if is_app(self.connection.heard):
                    raise BoardError(
                        f"The board on {self.connection.name} runs Himax' app, which takes no commands.",
                        advice="Use --target=grove-himax, or install Seeed's firmware with their web tool.",
                    ) from None
                if attempt or not reset or not self.connection.reset(self._reset_line):
                    raise
                self.wait_for_start()
            else:
                return
        raise BoardError(f"The board on {self.connection.name} takes no commands.", advice=NO_ANSWER)

    def wait_for_start(self, seconds: float = BOOT_SECONDS) -> bool:
        """Wait until the firmware says that it is ready; whether it did."""
        deadline = time.monotonic() + seconds
        for reply in self.connection.replies(seconds):
            if reply.name == "INIT@STAT?" or time.monotonic() > deadline:
                return reply.name == "INIT@STAT?"
        return False

    def identify(self, *, reset: bool = True) -> Identity:
        """Who it is and which model it has chosen; with `reset` a silent board is reset once."""
        self.wake(reset=reset)
        version = self._table("VER?")
        try:
            self.connection.ask("ALGOS?")
        except UnknownCommandError:
            raise BoardError(
                f"The board on {self.connection.name} runs SSCMA-Micro's main branch "
                f"({text_of(version.get('software'))}), which takes other commands and may print no keypoints.",
                advice=MAIN_BRANCH,
            ) from None
        return Identity(
            name=text_of(self._ask("NAME?").data),
            software=text_of(version.get("software")),
            hardware=text_of(version.get("hardware")),
            models=self._models(),
            chosen=model_of(self._ask("MODEL?").data),
            info=self.info(),
        )

    def info(self) -> str:
        """The text that a host left about the chosen model; empty where none did."""
        return text_of(self._table("INFO?").get("info"))

    def leave_info(self, text: str) -> None:
        """Leave a text about the chosen model, and read it back."""
        told = self._table(f'INFO="{text}"')
        kept = self.info()
        if told.get("crc16_maxim") != crc16_maxim(text.encode()) or kept != text:
            raise BoardError(
                f"The board on {self.connection.name} did not keep what it was told of its model (AT+INFO).",
                advice="Run this again; the model itself is on the board.",
            )

    def choose(self, number: int) -> Model:
        """Load a model, which the board remembers; raises BoardError where it cannot."""
        reply = self._ask(f"MODEL={number}", seconds=LOAD_SECONDS)
        refuse_model(reply, self.connection.name)
        return model_of(reply.data.get("model") if isinstance(reply.data, dict) else None)

    def frames(self, count: int, *, images: bool) -> Generator[Frame]:
        """Run the model on so many frames, -1 for no end; frames that came in part are left out.

        It is stopped when the caller stops taking.
        """
        name = self._start(count, images=images)
        broken_before, taken, silent = self.connection.broken, 0, 0.0
        try:
            while silent < FRAME_SECONDS:
                for reply in self.connection.replies(SLICE_SECONDS):
                    silent = 0.0
                    frame = self._frame_of(reply, name)
                    if frame is None:
                        continue
                    taken += 1
                    yield frame
                    if frame.count == count:
                        return
                silent += SLICE_SECONDS
                if 0 < count <= taken + self.connection.broken - broken_before:
                    return  # the last one came in part
            raise BoardError(
                f"The board on {self.connection.name} has sent no result for {FRAME_SECONDS:.0f} seconds"
                f"{self.connection.said()}.",
                advice="Reset it and try again.",
            )
        finally:
            with contextlib.suppress(BoardError, UnknownCommandError):
                self.connection.ask("BREAK")

    def overheard(self) -> Generator[Frame]:
        """The frames of a conversation that somebody else has, or had: nothing is asked.

        Raises BoardError where that goes wrong, and where a recording ends.
        """
        name = ""
        for reply in self.connection.replies(FRAME_SECONDS):
            if reply.kind == 0 and reply.command == "MODEL" and reply.code == 2:
                refuse_model(reply, self.connection.name)
            elif reply.kind == 0 and reply.command == "NAME?":
                self.overheard_name = text_of(reply.data)
            elif reply.kind == 0 and reply.command == "VER?":
                self.overheard_software = text_of(value_of(reply.data, "software"))
            elif reply.kind == 0 and reply.command == "INVOKE":
                name = reply.name
                if reply.code:
                    refuse_start(reply, self.connection.name)
                self.thresholds = thresholds_in(reply) or self.thresholds
            elif name or reply.command == "INVOKE":  # before that a restart is no fault
                frame = self._frame_of(reply, name or reply.name)
                if frame is not None:
                    yield frame

    def _frame_of(self, reply: Reply, name: str) -> Frame | None:
        """The frame that a reply holds; None where it is about something else or came in part."""
        if reply.kind != 1 or reply.name != name:
            if reply.name == "INIT@STAT?":
                raise BoardError(
                    "The board restarted by itself while it ran its model.",
                    advice="Give it enough power, without a hub; if it happens again, flash the model again.",
                )
            return None
        if reply.code:
            raise BoardError(
                f"The board stopped at a frame with code {reply.code}: {meaning(reply.code)}.",
                advice="Check the camera's ribbon cable; reset the board.",
            )
        try:
            return read_frame(reply.data)
        except ValueError:
            self.connection.broken += 1
            return None

    def set_thresholds(self, *, score: int | None, iou: int | None) -> Thresholds:
        """Set what is given, in whole percent, and read both back. They exist only while the model runs."""
        self._start(-1, images=False)
        found = {}
        try:
            for name, wanted in (("TSCORE", score), ("TIOU", iou)):
                if wanted is not None:
                    self._ask(f"{name}={wanted}", seconds=FRAME_SECONDS)
                found[name] = self._ask(f"{name}?", seconds=FRAME_SECONDS).data
                if wanted is not None and found[name] != wanted:
                    raise BoardError(
                        f"The board was told AT+{name}={wanted} and has {found[name]}.", advice="Run this again."
                    )
        finally:
            with contextlib.suppress(BoardError, UnknownCommandError):
                self.connection.ask("BREAK")
        self.thresholds = Thresholds(score=found["TSCORE"], iou=found["TIOU"])
        return self.thresholds

    def restart(self) -> None:
        """Restart the board by command; nothing answers."""
        self.connection.write(b"AT+RST\r")

    def _start(self, count: int, *, images: bool) -> str:
        """Begin; the name that the events will have. What the board said of a model that it loaded first counts too."""
        self.connection.drop()
        command = f"INVOKE={count},0,{0 if images else 1}"
        reply = self._ask(command, seconds=LOAD_SECONDS)
        for earlier in self.connection.heard:
            if isinstance(earlier, Reply) and earlier.name == "MODEL" and earlier.code == 2:
                refuse_model(earlier, self.connection.name)
        if reply.code == 5 and model_of(value_of(reply.data, "model")).id == 0 and (there := self._models()):
            # It could not be loaded before, and only the attempt says why; or it never was chosen.
            self.choose(there[0].id)
            reply = self._ask(command, seconds=LOAD_SECONDS)
        if reply.code:
            refuse_start(reply, self.connection.name)
        self.thresholds = thresholds_in(reply) or self.thresholds
        return reply.name

    def _models(self) -> tuple[Model, ...]:
        """What is in the flash, chosen or not."""
        listed = self._ask("MODELS?").data
        return tuple(map(model_of, listed if isinstance(listed, list) else []))

    def _table(self, command: str) -> dict[str, object]:
        data = self._ask(command).data
        return data if isinstance(data, dict) else {}

    def _ask(self, command: str, *, seconds: float = ANSWER_SECONDS) -> Reply:
        try:
            return self.connection.ask(command, seconds=seconds)
        except UnknownCommandError as error:
            raise BoardError(
                f"The board on {self.connection.name} does not know AT+{command.partition('=')[0]} "
                f"({str(error)[:60]!r}).",
                advice=MAIN_BRANCH,
            ) from error
