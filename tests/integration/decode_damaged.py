"""In the environment `vela`: decode streams of weights, sound and damaged, and say what came of them.

decode_damaged.py REPOSITORY
"""

import json
import random
import sys

sys.path.insert(0, sys.argv[1])

import numpy
from ethosu import mlw_codec

from pipeline.harness import Refused
from pipeline.npu.weight_decoder import WeightDecoder

COUNT = 4000
generator, chance = numpy.random.default_rng(0), random.Random(0)
weights = generator.integers(-255, 256, COUNT)
sound = bytes(mlw_codec.encode(weights.tolist()))
decoder = WeightDecoder()


def outcome(stream):
    try:
        found = decoder.decode(stream, COUNT)
    except Refused as error:
        return str(error)
    return "as it was" if (found == weights).all() else "something else"


results = [outcome(sound), outcome(b""), outcome(sound[: len(sound) // 2]), outcome(b"\0" * 64), outcome(sound)]
damaged = []
for _ in range(40):
    stream = bytearray(sound)
    for _ in range(chance.randint(1, 8)):
        stream[chance.randrange(len(stream))] = chance.randrange(256)
    damaged.append(outcome(bytes(stream)))
results.append(outcome(sound))
print(json.dumps({"results": results, "damaged": sorted(set(damaged))}))
