"""Simulated boards that run Seeed's SSCMA-Micro 1.0.x or Himax' app, on a pseudo-terminal, byte for byte.

What they say and how is read from the sources (SSCMA-Micro @3de7983, which sscma-example-we2 1.0.x pins, and @fb0c6ed
for the XIAO; send_result.cpp of Seeed_Grove_Vision_AI_Module_V2 @d3265e2), and Seeed's own python-sscma talks to them
in tests/integration/test_sscma_partner.py. No board was at hand.
"""

from __future__ import annotations

import base64
import contextlib
import os
import random
import re
import select
import threading
import time
import tty
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from boot_loader import BootLoader

Person = tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]
"""(x, y, width, height, score, target) of the box, then (x, y, score, target) of each keypoint, as printed."""
OK, LOGIC, IO, INVALID, NOT_SUPPORTED = 0, 2, 4, 5, 8
COMMAND_BYTES = 4096
POSE, POSE_CATEGORY = 5, 2
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////"
    "////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AN//Z"
)
"""A picture of one pixel, for boards that were given none."""


def crc16_maxim(data: bytes) -> int:
    """CRC-16/MAXIM (el_hash.cpp, el_crc16_maxim)."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return value ^ 0xFFFF


def quoted(text: str) -> str:
    """What utility.hpp's quoted() makes of a text: backslashes and quotes are escaped, and nothing else."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What differs between boards: `early` are those of SSCMA-Micro @fb0c6ed.

    `one_too_many`: SSCMA-Micro of December 2024 (682ea48, 3de7983) sends one byte more than the picture, whatever lies
    there (utility.hpp, img_2_json_str; mended by 2025-01-02). Seeed's own python-sscma drops such frames.
    """

    name: str
    software: str
    early: bool = False
    one_too_many: bool = False
    models_from: int = 0x400000
    models_to: int = 0xE00000


GROVE = Kind(name="Grove Vision AI V2", software="2024.12.07", one_too_many=True)
GROVE_2025 = Kind(name="Grove Vision AI V2", software="2025.01.02")
XIAO = Kind(name="Seeed Studio XIAO (ESP32-S3)", software="2024.10.08", early=True, models_to=0x800000)


@dataclass
class Scene:
    """What the camera sees, one after the other and again: pictures, who is on them, and how long the phases take."""

    images: Sequence[bytes] = (JPEG,)
    people: Sequence[Sequence[Person]] = ((((120, 110, 60, 160, 82, 0), ((120, 40, 91, 0), (126, 36, 88, 1))),),)
    milliseconds: Sequence[tuple[int, int, int]] = ((6, 56, 2),)
    resolution: tuple[int, int] = (240, 240)
    seconds: float = 0.002
    boxes: bool = False
    """Whether the decoder is one of detection, which prints no keypoints."""
    see: Callable[[bytes, int, int], Sequence[Person]] | None = None
    """Runs a model on a picture, given the thresholds in percent; without it `people` are those who are seen."""


@dataclass
class Faults:
    """`chop`: in pieces of a few bytes. `chatter`: free text before each reply. `half`: events that end in the middle.
    `unplug_at`: the event before which the cable is pulled. `fail_at`: the event at which a code ends it all.
    """

    chop: bool = False
    chatter: bytes = b""
    half: frozenset[int] = frozenset()
    unplug_at: int = -1
    fail_at: tuple[int, int] = (-1, 0)
    silent: bool = False
    model_code: int = OK
    no_decoder: bool = False
    camera_state: int = 1
    stale: bytes = b"A"
    info_flips: int = 0
    deaf_until_reset: bool = False
    rotate: int = 0


@dataclass
class Settings:
    """What a board keeps in its flash, over resets too."""

    model_id: int = 1
    tscore: int = 50
    tiou: int = 45
    info: dict[int, str] = field(default_factory=dict)
    sensor_option: int = 0


class Terminal(threading.Thread):
    """One end of a pseudo-terminal; `port` is the name of the other one."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.controller, self.end = os.openpty()
        tty.setraw(self.end)
        self.port = os.ttyname(self.end)
        self.stopped = threading.Event()

    def receive(self, seconds: float) -> bytes:
        """What has come within the time."""
        if select.select([self.controller], [], [], seconds)[0]:
            return os.read(self.controller, 4096)
        return b""

    def send(self, data: bytes) -> None:
        """All of it."""
        while data:
            data = data[os.write(self.controller, data) :]

    def unplug(self) -> None:
        """As if the cable were pulled."""
        self.stopped.set()
        with contextlib.suppress(OSError):
            os.close(self.end)
            os.close(self.controller)

    def run(self) -> None:
        with contextlib.suppress(OSError):
            self.converse()

    def converse(self) -> None:
        raise NotImplementedError


class SscmaBoard(Terminal):
    """A board with SSCMA; `flash` is what lies in its flash, by address."""

    def __init__(
        self,
        kind: Kind = GROVE,
        *,
        scene: Scene | None = None,
        faults: Faults | None = None,
        flash: dict[int, bytes] | None = None,
        loader: dict | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.kind, self.scene, self.faults = kind, scene or Scene(), faults or Faults()
        self.flash = {0x400000: b"\x1c\0\0\0TFL3"} if flash is None else flash
        self.settings = Settings()
        self.commands: list[str] = []
        self.loaders: list[BootLoader] = []
        self.resets = 0
        self._loader = loader or {}
        self._random = random.Random(seed)
        self._buffer = b""
        self._loaded = False
        self._left, self._count, self._name, self._results_only = 0, 0, "", False
        self._invoking = self._sampling = False
        self._deaf = self.faults.deaf_until_reset

    # What the firmware prints.

    def say(self, text: str | bytes) -> None:
        data = text if isinstance(text, bytes) else text.encode()
        data = self.faults.chatter + data
        if not self.faults.chop:
            self.send(data)
            return
        while data:
            size = self._random.randint(1, 37)
            self.send(data[:size])
            data = data[size:]
            time.sleep(0.0002)

    def reply(self, name: str, data: str, *, code: int = OK, kind: int = 0) -> None:
        self.say(f'\r{{"type": {kind}, "name": "{name}", "code": {code}, "data": {data}}}\n')

    def log(self, text: str) -> None:
        self.say(f'\r{{"type": 2, "name": "AT", "code": {INVALID}, "data": {quoted(text)}}}\n')

    def models(self) -> list[tuple[int, int]]:
        """Ids and addresses (el_data_models.cpp): by address, for each TFL3 at byte 4 of a step of a KiB."""
        inside = sorted(
            address
            for address, content in self.flash.items()
            if self.kind.models_from <= address < self.kind.models_to and content[4:8] == b"TFL3"
        )
        return list(enumerate(inside, start=1))[:15]

    def model(self, number: int) -> str:
        """A model as JSON; type and size are 0 for a plain .tflite."""
        address = dict(self.models()).get(number)
        found = 0 if address is None else number
        return f'{{"id": {found}, "type": 0, "address": {address or 0}, "size": 0}}'

    def sensor(self) -> str:
        return (
            f'{{"id": 1, "type": 1, "state": {self.faults.camera_state}, "opt_id": {self.settings.sensor_option}, '
            '"opt_detail": "240x240 Auto"}'
        )

    def algorithm(self, kind: int, *, config: bool) -> str:
        head = f'{{"type": {kind}, "categroy": {POSE_CATEGORY if kind else 0}, "input_from": {1 if kind else 0}'
        if not config:
            return head + "}"
        return head + f', "config": {{"tscore": {self.settings.tscore}, "tiou": {self.settings.tiou}}}}}'

    # What it does.

    def converse(self) -> None:
        self.boot()
        while not self.stopped.is_set():
            busy = self._invoking or self._sampling
            self._buffer += self.receive(self.scene.seconds if busy else 0.02)
            while b"\r" in self._buffer:
                line, self._buffer = self._buffer.split(b"\r", 1)
                if len(line) <= COMMAND_BYTES:
                    self.command("".join(chr(byte) for byte in line if 32 <= byte < 127))
            if self._invoking or self._sampling:
                self.event()

    def boot(self) -> None:
        self._invoking = self._sampling = self._loaded = False
        if self.faults.silent or self._deaf:
            return
        self.say(b"\x00\r\n1st BOOT ROM\r\n")
        if self.kind.early:
            self.load("INIT@MODEL", kind=1)
        self.reply("INIT@STAT?", '{"boot_count": 0, "is_ready": 1}')

    def reset(self) -> None:
        """What the reset line and AT+RST do: the boot loader listens for a moment, then the firmware starts."""
        self.resets += 1
        self._deaf = False
        self._buffer = b""
        if not self.kind.early:
            loader = BootLoader(terminal=self, patience_for_press=0.4, **self._loader)
            self.loaders.append(loader)
            loader.converse()
            if loader.files:
                targets = [int.from_bytes(each[2:6], "little") for each in loader.files[::2]]
                for address, content in zip(targets, loader.files[1::2], strict=False):
                    self.write_flash(address, content)
        self.boot()

    def write_flash(self, address: int, content: bytes) -> None:
        """Whatever began where this goes is gone."""
        for other in [each for each in self.flash if address <= each < address + len(content)]:
            del self.flash[other]
        self.flash[address] = content

    def load(self, name: str, *, kind: int = 0, number: int | None = None) -> int:
        """main_task.hpp, set_model: code 2 where the arena is too small or an operator is not registered."""
        wanted = self.settings.model_id if number is None else number
        code = self.faults.model_code if wanted in dict(self.models()) else INVALID
        self._loaded = code == OK
        text = self.model(wanted)
        if code == OK:
            self.settings.model_id = wanted
        elif code != INVALID:
            self.settings.model_id = 0
        self.reply(name, f'{{"model": {text}}}', code=code, kind=kind)
        return code

    def command(self, line: str) -> None:
        if self.faults.silent or self._deaf or not line:
            return
        self.commands.append(line)
        name, _, arguments = line.partition("=")
        name = name.upper()
        full = name.removeprefix("AT+")
        bare = full.rpartition("@")[2]
        counts = {"MODEL": 1, "INVOKE": 3, "SAMPLE": 1, "INFO": 1, "SENSOR": 3}
        if self._invoking:
            counts |= {"TSCORE": 1, "TIOU": 1}
        known = {"ID?", "NAME?", "VER?", "STAT?", "MODELS?", "MODEL?", "ALGOS?", "SENSOR?", "INFO?", "BREAK", "RST",
                 "INVOKE?", "SAMPLE?", *counts}  # fmt: skip
        if self._invoking:
            known |= {"TSCORE?", "TIOU?"}
        if not name.startswith("AT+") or bare not in known:
            self.log(f"Unknown command: {line}")
            return
        given = self.arguments(arguments, counts.get(bare, 0))
        if len(given) != counts.get(bare, 0):
            self.log(f"Command {full} got wrong arguements.")
            return
        self.obey(bare, full, given)

    @staticmethod
    def arguments(text: str, most: int) -> list[str]:
        """server.hpp, m_exec_cmd: strings in quotes with backslashes, runs of hex digits, anything else is skipped."""
        found: list[str] = []
        index = 0
        while index < len(text) and len(found) < most:
            if text[index] in "'\"":
                quote, word, index = text[index], "", index + 1
                while index < len(text) and text[index] != quote:
                    if text[index] == "\\" and index + 1 < len(text):
                        index += 1
                    word += text[index]
                    index += 1
                found.append(word)
                index += 1
            elif match := re.compile(r"[-0-9a-fA-F][0-9a-fA-F]*").match(text, index):
                found.append(match[0])
                index = match.end()
            else:
                index += 1
        return found

    @staticmethod
    def number(text: str) -> int:
        """std::atoi."""
        match = re.match(r"-?\d+", text)
        return int(match[0]) if match else 0

    def obey(self, bare: str, full: str, given: list[str]) -> None:
        settings = self.settings
        answers = {
            "ID?": lambda: '"8cb1a1e2"',
            "NAME?": lambda: quoted(self.kind.name),
            "VER?": lambda: f'{{"at_api": "v0", "software": "{self.kind.software}", "hardware": "1"}}',
            "STAT?": lambda: '{"boot_count": 0, "is_ready": 1}',
            "MODELS?": lambda: f"[{', '.join(self.model(number) for number, _ in self.models())}]",
            "MODEL?": lambda: self.model(settings.model_id),
            "ALGOS?": lambda: "[]",
            "SENSOR?": self.sensor,
            "INVOKE?": lambda: str(int(self._invoking)),
            "SAMPLE?": lambda: str(int(self._sampling)),
            "TSCORE?": lambda: str(settings.tscore),
            "TIOU?": lambda: str(settings.tiou),
        }
        if bare in answers:
            self.reply(full, answers[bare]())
        elif bare == "BREAK":
            self._invoking = self._sampling = False
            self.reply(full, str(int(time.monotonic() * 1000) % 1_000_000))
        elif bare == "RST":
            self.reset()
        elif bare == "MODEL":
            self._invoking = self._sampling = False
            self.load(full, number=self.number(given[0]))
        elif bare == "INFO":
            text = given[0][: COMMAND_BYTES - 1]
            stored = text
            if self.faults.info_flips:
                self.faults.info_flips -= 1
                stored = text[:-1] + "?"
            settings.info[self.info_key()] = stored
            self.reply(full, f'{{"crc16_maxim": {crc16_maxim(stored.encode())}, "retries": 0}}')
        elif bare == "INFO?":
            text = settings.info.get(self.info_key(), "")
            self.reply(full, f'{{"crc16_maxim": {crc16_maxim(text.encode())}, "info": {quoted(text)}}}')
        elif bare in ("TSCORE", "TIOU"):
            value, code = self.number(given[0]) % 256, OK
            if value > 100:
                code = INVALID
            else:
                setattr(settings, bare.lower(), value)
            self.reply(full, str(getattr(settings, bare.lower())), code=code)
        elif bare == "SENSOR":
            settings.sensor_option = self.number(given[2])
            self.reply(full, f'{{"sensor": {self.sensor()}}}')
        else:
            self.start_events(bare, full, given)

    def info_key(self) -> int:
        """One text for each model since 2024-03-26 (8ef2f15), one for all before."""
        return 0 if self.kind.early else self.settings.model_id

    def start_events(self, bare: str, full: str, given: list[str]) -> None:
        """callback/invoke.hpp and sample.hpp: prepare and direct_reply."""
        self._invoking = self._sampling = False
        self._left, self._count, self._name = self.number(given[0]), 0, full
        if bare == "SAMPLE":
            code = OK if self.faults.camera_state == 1 else IO
            self.reply(full, f'{{"sensor": {self.sensor()}}}', code=code)
            self._sampling, self._results_only = code == OK, False
            return
        self._results_only = self.number(given[2]) != 0
        if not self._loaded and not self.kind.early:
            self.load("MODEL")
        kind = 0 if self.faults.no_decoder or not self._loaded else POSE
        known = self.settings.model_id in dict(self.models())
        code = IO if self.faults.camera_state != 1 else OK if known and kind else INVALID
        model = self.model(self.settings.model_id) if code != IO else '{"id": 0, "type": 0, "address": 0, "size": 0}'
        algorithm = self.algorithm(kind, config=code == OK)
        self.reply(full, f'{{"model": {model}, "algorithm": {algorithm}, "sensor": {self.sensor()}}}', code=code)
        self._invoking = code == OK

    def event(self) -> None:
        """event_loop_cam of both."""
        if self._left >= 0 and self._count >= self._left:
            self._invoking = self._sampling = False
            return
        self._count += 1
        if self._count == self.faults.unplug_at:
            self.unplug()
            return
        time.sleep(self.scene.seconds)
        if self._count == self.faults.fail_at[0]:
            self._invoking = self._sampling = False
            code = self.faults.fail_at[1]
            self.say(f'\r{{"type": 1, "name": "{self._name}", "code": {code}, "data": {{"count": {self._count}}}}}\n')
            return
        at = (self._count - 1) % max(len(self.scene.images), len(self.scene.people), len(self.scene.milliseconds))
        image = self.scene.images[at % len(self.scene.images)]
        data = f'"count": {self._count}'
        if self._invoking:
            data += f", {self.results(image, at)}"
        width, height = self.scene.resolution
        with_image = not self._results_only
        if not (self.kind.early and with_image):
            data += f', "resolution": [{width}, {height}]'
        line = f'\r{{"type": 1, "name": "{self._name}", "code": 0, "data": {{{data}'.encode()
        if with_image:
            line += b', "image": "' + base64.b64encode(image)
            line += (
                b'"'
                if self.kind.early
                else (self.faults.stale if self.kind.one_too_many else b"")
                + f'", "rotate": {self.faults.rotate}'.encode()
            )
        line += b"}}\n"
        if self._count in self.faults.half:
            self.say(line[: len(line) // 2] + b"\ntimeout\n")
            return
        self.say(line)

    def results(self, image: bytes, at: int) -> str:
        """utility.hpp, algorithm_results_2_json_str: ascending by score."""
        if self.scene.see is not None:
            people = self.scene.see(image, self.settings.tscore, self.settings.tiou)
        else:
            people = self.scene.people[at % len(self.scene.people)]
            people = sorted((each for each in people if each[0][4] >= self.settings.tscore), key=lambda one: one[0][4])
        times = self.scene.milliseconds[at % len(self.scene.milliseconds)]
        if self.scene.boxes:
            return f'"perf": {list(times)}, "boxes": [{", ".join(str(list(box)) for box, _ in people)}]'
        shown = ", ".join(
            f"[{list(box)}, [{', '.join(str(list(point)) for point in points)}]]" for box, points in people
        )
        return f'"perf": {list(times)}, "keypoints": [{shown}]'


class MainLineBoard(SscmaBoard):
    """SSCMA-Micro's main branch (@60e2ede): no ALGOS?, a constant version, and an INVOKE of two arguments."""

    def command(self, line: str) -> None:
        name = line.partition("=")[0].upper()
        if name.rpartition("@")[2].removeprefix("AT+") == "ALGOS?":
            self.reply("AT", quoted(f"Uknown command: {line}"), code=INVALID, kind=1)
            return
        super().command(line)


MAIN_LINE = Kind(name="Grove Vision AI V2", software="2025.02.11")


class HimaxApp(Terminal):
    """tflm_yolov8_pose: it starts by itself, takes no commands and prints without end (send_result.cpp)."""

    def __init__(self, *, ticks: Sequence[int] = (28_000_000,), seconds: float = 0.005, image: bytes = JPEG) -> None:
        super().__init__()
        self.ticks, self.seconds, self.image = ticks, seconds, image
        self.received = b""

    def converse(self) -> None:
        frame = 0
        while not self.stopped.is_set():
            self.received += self.receive(self.seconds)
            if set(self.received) & {0x00, 0xFD, 0xFE, 0xFF}:
                return  # it switches its transfer mode or restarts
            for name, data in (
                ("NAME?", '"kris Grove Vision AI (WE2)"'),
                ("VER?", '{"software": "Jan 24 2024 10:00:00", "hardware": "V2"}'),
                ("ID?", "1"),
                ("INFO?", '{"crc16_maxim": 0, "info": ""}'),
                ("MODEL?", '{"id": 0, "type": 0, "address": 3735928559, "size": 195948557}'),
            ):
                self.send(f'\r{{"type": 0, "name": "{name}", "code": 0, "data": {data}}}\n'.encode())
            ticks = self.ticks[frame % len(self.ticks)]
            self.send(
                f'\r{{"type": 1, "name": "INVOKE", "code": 0, "data": {{"count": 0, "algo_tick": [[{ticks}]], '
                '"keypoints": [[[90, 30, 60, 160, 82, 0], [[120, 40, 91, 0], [126, 36, 88, 1]]]], "image": "'.encode()
                + base64.b64encode(self.image)
                + b'"}}\n'
            )
            frame += 1
