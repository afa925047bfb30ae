"""Decodes streams of weights until its input ends: a program of its own, started by weight_decoder.py.

Each stream comes as 4 bytes of its length, little-endian, and the bytes; each answer is 4 bytes of the count, and the
weights as int16. Vela's decoder ends the process that it runs in where a stream is damaged. Needs nothing of this
package.
"""

import resource
import struct
import sys

import numpy

LENGTH = struct.Struct("<I")
SECONDS = 60
"""Of the processor, for all streams of a model; a second does for two million weights."""
MEMORY = 2 << 30


def main() -> None:
    """Until nothing comes any more."""
    from ethosu import mlw_codec

    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    while len(head := sys.stdin.buffer.read(LENGTH.size)) == LENGTH.size:
        stream = bytearray(sys.stdin.buffer.read(*LENGTH.unpack(head)))
        weights = numpy.array(mlw_codec.decode(stream), "<i2")
        sys.stdout.buffer.write(LENGTH.pack(len(weights)) + weights.tobytes())
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
