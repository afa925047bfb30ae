"""In the environment `vela`: run the model that is flashed, command by command, on a simulated Ethos-U55.

    run_on_simulated_npu.py REPOSITORY MODEL.tflite INPUTS.npy RESULT.npz [nothing|transfers|kernels|both]

INPUTS are int8 (N, H, W, C). RESULT holds for each output of the model an array with one row a picture, by the number
of the output. The last word says what is late. Prints what was executed, and which commands are in each other's way.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])

import numpy

from pipeline.npu.compiled_model import CompiledModel
from pipeline.npu.hazards import Memory, hazards

compiled = CompiledModel(Path(sys.argv[2]).read_bytes())
npu, found = compiled.npu(late=sys.argv[5] if len(sys.argv) > 5 else "nothing"), []
for image in numpy.load(sys.argv[3]):
    found.append(compiled.run(npu, image))
numpy.savez(sys.argv[4], **{str(index): numpy.stack(rows) for index, rows in enumerate(zip(*found, strict=True))})
(commands,) = compiled.commands.values()
checked = hazards(commands, Memory(macs_per_cycle=compiled.macs_per_cycle))
print(json.dumps({"executed": npu.executed, "hazards": len(checked.found), "pairs": checked.pairs}))
