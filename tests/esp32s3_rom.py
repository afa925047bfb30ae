"""A simulated ESP32-S3 in its boot loader, and a XIAO that has one, on a pseudo-terminal.

The serial protocol of Espressif's boot loader and flasher stub, as esptool's documentation and loader.py (5.6) have
it: SLIP frames, commands, status bytes, the stub's larger set. esptool and esptool-js, which nobody here wrote, flash
it and read it back (tests/integration/test_xiao_flashing.py, test_board_in_browser.py). What cannot be simulated is
the code of the stub: whatever is uploaded into memory and started stands for it.
"""

from __future__ import annotations

import contextlib
import hashlib
import queue
import struct
import zlib

from sscma_board import XIAO, Kind, SscmaBoard

END, ESCAPE = 0xC0, 0xDB
SECTOR = 4096
FLASH_BYTES = 8 << 20
FLASH_ID = 0x1740C8
CHIP_ID = 9
CHECKSUM = 0xEF
REGISTER_USB = 0x3FCEF14C
USB_JTAG_SERIAL = 4
SPI = 0x60002000
SPI_USER_2, SPI_W0 = SPI + 0x20, SPI + 0x58
SPI_START = 1 << 18
READ_ID = 0x9F
FAILED, BAD_CHECKSUM, BAD_DATA = (1, 0x06), (1, 0x07), (1, 0x08)
UNKNOWN = (1, 0x05)
IDLE_SECONDS = 0.02
BOOT_COMMAND = b"\xc0\x00\x08"
"""How the first command of a host begins: a frame with SYNC."""
TABLE_ADDRESS, ENTRY = 0x8000, struct.Struct("<2sBBII16sI")
PARTITIONS = (
    ("nvs", 1, 2, 0x3CC000, 0x4000),
    ("factory", 0, 0, 0x10000, 0x3BC000),
    ("db", 1, 0x82, 0x3D0000, 0x30000),
    ("models", 1, 0x82, 0x400000, 0x400000),
)
"""sscma-example-esp32 1.1.x, examples/at_server_demo/partitions.csv: name, type, subtype, offset, size."""


def partition_table(partitions=PARTITIONS) -> bytes:
    """As ESP-IDF's gen_esp32part.py writes it: entries, their MD5, and FF to its end."""
    entries = b"".join(
        ENTRY.pack(b"\xaa\x50", kind, subtype, offset, size, name.encode(), 0)
        for name, kind, subtype, offset, size in partitions
    )
    digest = b"\xeb\xeb" + b"\xff" * 14 + hashlib.md5(entries, usedforsecurity=False).digest()
    return (entries + digest).ljust(0xC00, b"\xff")


def slip(packet: bytes) -> bytes:
    """A frame."""
    return b"\xc0" + packet.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0"


class Chip:
    """The boot loader's answers; `send` takes bytes for the host, `chip_id` is that of the ESP32-S3.

    `corrupt` are writes (counted from 1) whose data arrive damaged, as a checksum shows.
    """

    def __init__(
        self, send, *, chip_id: int = CHIP_ID, corrupt: frozenset[int] = frozenset(), table=PARTITIONS
    ) -> None:
        self.send, self.chip_id, self.corrupt = send, chip_id, corrupt
        self.flash = bytearray(b"\xff" * FLASH_BYTES)
        self.flash[TABLE_ADDRESS : TABLE_ADDRESS + 0xC00] = partition_table(table)
        self.erased: list[tuple[int, int]] = []
        self.commands: list[int] = []
        self.registers: dict[int, int] = {REGISTER_USB: USB_JTAG_SERIAL}
        self.restarted = False
        self.writes = 0
        self.enter()

    def enter(self) -> None:
        """What a reset into the boot loader leaves: no stub, nothing begun."""
        self.stub = self.restarted = False
        self._frame: bytearray | None = None
        self._escaped = False
        self._memory, self._memory_wanted = b"", 0
        self._at, self._end, self._sequence = 0, 0, 0
        self._inflate = None
        self._reading: list[bytes] = []
        self._read_total, self._read_acknowledged = 0, 0

    # Frames.

    def feed(self, data: bytes) -> None:
        """What the host sent."""
        for byte in data:
            if byte == END:
                if self._frame:
                    frame, self._frame = bytes(self._frame), None
                    self.take(frame)
                else:
                    self._frame = bytearray()
            elif self._frame is None:
                continue  # no frame has begun: noise
            elif self._escaped:
                self._frame.append({0xDC: END, 0xDD: ESCAPE}[byte])
                self._escaped = False
            elif byte == ESCAPE:
                self._escaped = True
            else:
                self._frame.append(byte)

    def reply(self, operation: int, *, value: int = 0, data: bytes = b"", status: tuple[int, int] = (0, 0)) -> None:
        """Two status bytes, and two more that are reserved before the stub runs."""
        body = data + bytes(status) + (b"" if self.stub else b"\0\0")
        self.send(slip(struct.pack("<BBHI", 1, operation, len(body), value) + body))

    def take(self, frame: bytes) -> None:
        """A command, or the acknowledgement of a part that was read."""
        if self._reading or self._read_total > self._read_acknowledged:
            if len(frame) == 4:
                self._read_acknowledged = int.from_bytes(frame, "little")
                self._read_on()
                return
            self._reading, self._read_total = [], self._read_acknowledged  # another command: the host gave up
        if len(frame) < 8 or frame[0] != 0:
            return
        _, operation, size, checksum = struct.unpack("<BBHI", frame[:8])
        body = frame[8:]
        self.commands.append(operation)
        if len(body) != size:
            self.reply(operation, status=BAD_DATA)
            return
        handler = self.STUB.get(operation) if self.stub else None
        handler = handler or self.ROM.get(operation)
        if handler is None:
            self.reply(operation, status=UNKNOWN)
            return
        getattr(self, handler)(operation, body, checksum)

    # Commands of both.

    def sync(self, operation, body, checksum) -> None:
        if body != b"\x07\x07\x12\x20" + b"\x55" * 32:
            return
        for _ in range(8):
            self.reply(operation, value=0 if self.stub else 0x20120707)

    def read_register(self, operation, body, checksum) -> None:
        (address,) = struct.unpack("<I", body)
        self.reply(operation, value=self.registers.get(address, 0))

    def write_register(self, operation, body, checksum) -> None:
        for place in range(0, len(body), 16):
            address, value, mask, _ = struct.unpack("<IIII", body[place : place + 16])
            self.registers[address] = self.registers.get(address, 0) & ~mask | value & mask
            if address == SPI and value & SPI_START:
                command = self.registers.get(SPI_USER_2, 0) & 0xFFFF
                self.registers[SPI_W0] = FLASH_ID if command == READ_ID else 0
                self.registers[SPI] = 0
        self.reply(operation)

    def done(self, operation, body, checksum) -> None:
        self.reply(operation)

    def security(self, operation, body, checksum) -> None:
        self.reply(operation, data=struct.pack("<IB7xII", 0, 0, self.chip_id, 0))

    def memory_begin(self, operation, body, checksum) -> None:
        size, _, _, _ = struct.unpack("<IIII", body[:16])
        self._memory, self._memory_wanted = b"", size
        self.reply(operation)

    def memory_data(self, operation, body, checksum) -> None:
        data = self._data_of(body, checksum)
        if data is None:
            self.reply(operation, status=BAD_CHECKSUM)
            return
        self._memory += data
        self.reply(operation)

    def memory_end(self, operation, body, checksum) -> None:
        stays, entry = struct.unpack("<II", body)
        if len(self._memory) != self._memory_wanted:
            self.reply(operation, status=BAD_DATA)
            return
        self.reply(operation)
        if not stays and entry:
            self.stub = True
            self.send(slip(b"OHAI"))

    def flash_begin(self, operation, body, checksum) -> None:
        """Erase whole sectors; compressed data say here how much they become."""
        size, _, _, offset = struct.unpack("<IIII", body[:16])
        if offset % SECTOR or offset + size > FLASH_BYTES:
            self.reply(operation, status=FAILED)
            return
        end = -(-(offset + size) // SECTOR) * SECTOR
        self.flash[offset:end] = b"\xff" * (end - offset)
        self.erased.append((offset, end))
        self._at, self._end, self._sequence = offset, end, 0
        self._inflate = zlib.decompressobj() if operation == 0x10 else None
        self.reply(operation)

    def flash_data(self, operation, body, checksum) -> None:
        self.writes += 1
        sequence = struct.unpack("<I", body[4:8])[0]
        data = self._data_of(body, checksum)
        if data is None or self.writes in self.corrupt:
            self.reply(operation, status=BAD_CHECKSUM)
            return
        if sequence != self._sequence:
            self.reply(operation, status=FAILED)
            return
        self._sequence += 1
        if self._inflate is not None:
            data = self._inflate.decompress(data)
        data = data[: self._end - self._at]  # a last block is filled up beyond what was erased
        self.flash[self._at : self._at + len(data)] = data
        self._at += len(data)
        self.reply(operation)

    def flash_end(self, operation, body, checksum) -> None:
        (stays,) = struct.unpack("<I", body[:4])
        self.reply(operation)
        self.restarted = not stays

    def digest(self, operation, body, checksum) -> None:
        address, size, _, _ = struct.unpack("<IIII", body)
        found = hashlib.md5(self.flash[address : address + size], usedforsecurity=False)
        self.reply(operation, data=found.digest() if self.stub else found.hexdigest().encode())

    def read_flash(self, operation, body, checksum) -> None:
        address, size, block, _ = struct.unpack("<IIII", body)
        content = bytes(self.flash[address : address + size])
        self._reading = [content[place : place + block] for place in range(0, size, block)]
        self._reading.append(hashlib.md5(content, usedforsecurity=False).digest())
        self._read_total = self._read_acknowledged = 0
        self.reply(operation)
        self._read_on()

    def _read_on(self) -> None:
        """The next part when the last one was acknowledged; their MD5 ends it."""
        if self._reading and self._read_acknowledged >= self._read_total:
            part = self._reading.pop(0)
            self._read_total += len(part) if self._reading else 0
            self.send(slip(part))
            if not self._reading:
                self._read_total = self._read_acknowledged

    def restart(self, operation, body, checksum) -> None:
        self.restarted = True

    @staticmethod
    def _data_of(body: bytes, checksum: int) -> bytes | None:
        """A block's data; None where its checksum is another one."""
        (size,) = struct.unpack("<I", body[:4])
        data, found = body[16:], CHECKSUM
        for byte in data:
            found ^= byte
        return data if size == len(data) and found == checksum & 0xFF else None

    ROM = {
        0x02: "flash_begin", 0x03: "flash_data", 0x04: "flash_end", 0x05: "memory_begin", 0x06: "memory_end",
        0x07: "memory_data", 0x08: "sync", 0x09: "write_register", 0x0A: "read_register", 0x0B: "done", 0x0D: "done",
        0x0F: "done", 0x10: "flash_begin", 0x11: "flash_data", 0x12: "flash_end", 0x13: "digest", 0x14: "security",
    }  # fmt: skip
    STUB = {0xD2: "read_flash", 0xD3: "restart"}


class XiaoBoard(SscmaBoard):
    """A XIAO: Seeed's firmware, or the boot loader.

    Its lines are those of the chip's USB serial/JTAG (ESP32-S3 Technical Reference Manual, the table of RTS and DTR):
    neither clears the flag of the boot loader, DTR alone sets it, RTS alone restarts the chip, both do nothing. A
    system that opens the port sets both. A pseudo-terminal has no lines: there the beginning of the boot loader's first
    command stands for the reset into it, and a command of SSCMA's for the one out of it.
    """

    def __init__(self, kind: Kind = XIAO, *, model: bytes = b"", has_lines: bool = False, **options) -> None:
        chip = {name: options.pop(name) for name in ("chip_id", "corrupt", "table") if name in options}
        super().__init__(kind, **options)
        self.chip = Chip(self._to_host, **chip)
        self.has_lines, self.in_rom, self.rom_unplug_after = has_lines, False, -1
        self._lines = {"rts": True, "dtr": True}
        self._line_changes: queue.SimpleQueue[tuple[str, bool]] = queue.SimpleQueue()
        self._boot_flag = False
        if model:
            self.chip.flash[0x400000 : 0x400000 + len(model)] = model
        self.look_for_models()

    def _to_host(self, data: bytes) -> None:
        if self.chip.writes == self.rom_unplug_after:
            self.unplug()
        with contextlib.suppress(OSError):
            self.send(data)

    def look_for_models(self) -> None:
        """What SSCMA finds when it starts: TFL3 at byte 4 of each KiB of the partition."""
        start = next((offset for name, _, _, offset, _ in PARTITIONS if name == "models"), 0)
        content = bytes(self.chip.flash[start : start + 0x400000])
        self.flash = {
            start + place: content[place : place + 1024]
            for place in range(0, len(content), 1024)
            if content[place + 4 : place + 8] == b"TFL3"
        }

    def set_line(self, name: str, value: bool) -> None:
        """The host sets rts or dtr: before whatever it sends next."""
        self._line_changes.put((name, value))

    def _follow_lines(self) -> None:
        while not self._line_changes.empty():
            name, value = self._line_changes.get()
            if self._lines[name] == value:
                continue
            self._lines[name] = value
            rts, dtr = self._lines["rts"], self._lines["dtr"]
            if not rts:
                self._boot_flag = dtr
            elif not dtr:
                self._start(rom=self._boot_flag)

    def _start(self, *, rom: bool) -> None:
        self.in_rom = rom
        self._buffer = b""
        if rom:
            self.chip.enter()
            self.send(b"ESP-ROM:esp32s3-20210327\r\nboot:0x3 (DOWNLOAD(USB/UART0))\r\nwaiting for download\r\n")
        else:
            self.resets += 1
            self._deaf = False
            self.look_for_models()
            self.boot()

    def converse(self) -> None:
        self.boot()
        while not self.stopped.is_set():
            busy = self._invoking or self._sampling
            data = self.receive(self.scene.seconds if busy else IDLE_SECONDS)
            self._follow_lines()
            if not self.has_lines and self.in_rom and data.lstrip(b"\r").startswith(b"AT+"):
                self._start(rom=False)
            elif not self.has_lines and not self.in_rom and BOOT_COMMAND in data:
                data = data[data.index(BOOT_COMMAND) :]
                self._start(rom=True)
            if self.in_rom:
                self.chip.feed(data)
                if self.chip.restarted:
                    self._start(rom=False)
                continue
            self._buffer += data
            while b"\r" in self._buffer:
                line, self._buffer = self._buffer.split(b"\r", 1)
                self.command("".join(chr(byte) for byte in line if 32 <= byte < 127))
            if self._invoking or self._sampling:
                self.event()
