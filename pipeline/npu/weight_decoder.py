"""Vela's decoder of weights in a process of its own: a damaged stream ends that, and not the one that asks."""

from __future__ import annotations

import contextlib
import struct
import subprocess
import sys
import weakref
from typing import Any

import numpy

from pipeline.harness import Refused
from pipeline.npu import decode_streams  # so that the file is one of every program's that this module is

LENGTH = struct.Struct("<I")
Weights = numpy.ndarray[Any, numpy.dtype[numpy.int64]]


class WeightDecoder:
    """Decodes streams one after the other; the process starts with the first, and ends with this."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def decode(self, stream: bytes, count: int) -> Weights:
        """The first `count` weights of a stream; raises Refused where it is damaged or holds fewer."""
        process = self._started()
        try:
            self._pipe(process.stdin).write(LENGTH.pack(len(stream)) + stream)
            self._pipe(process.stdin).flush()
            (found,) = LENGTH.unpack(self._pipe(process.stdout).read(LENGTH.size))
            content = self._pipe(process.stdout).read(2 * found)
        except (OSError, struct.error):
            content, found = b"", 0
        if found < count or len(content) != 2 * found:
            _end(process)
            self._process = None
            raise Refused("model-file", "{model} is damaged: a stream of weights in it cannot be decoded.")
        return numpy.frombuffer(content, "<i2")[:count].astype(numpy.int64)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            command = [sys.executable, "-P", decode_streams.__file__]
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            weakref.finalize(self, _end, self._process)
        return self._process

    @staticmethod
    def _pipe(pipe: Any) -> Any:
        assert pipe is not None
        return pipe


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    process.kill()
    process.wait()
