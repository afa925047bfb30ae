"""In the environment `vela`: our tables against what run_silus.py saw; prints how many are equal and the first not.

compare_silus.py REPOSITORY RESULT.json
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])

from pipeline.compile.silu_lut import Quantization, silu_table

different = []
pairs = json.loads(Path(sys.argv[2]).read_text())
for quantizations, expected in pairs:
    table = silu_table(*(Quantization(scale=scale, zero_point=zero_point) for scale, zero_point in quantizations))
    if table != expected:
        different.append(sum(ours != theirs for ours, theirs in zip(table, expected, strict=True)))
print(json.dumps({"count": len(pairs), "different": different}))
