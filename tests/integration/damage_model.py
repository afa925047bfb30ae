"""In the environment `convert`: a .tflite whose first convolution of the head's scores has a wrong weight scale.

damage_model.py MODEL.tflite DAMAGED.tflite; the name of what that convolution gives is printed.
"""

import sys
from pathlib import Path

import flatbuffers
from tensorflow.lite.python import schema_py_generated as schema

model = schema.ModelT.InitFromPackedBuf(Path(sys.argv[1]).read_bytes(), 0)
graph = model.subgraphs[0]
convolutions = [
    operator
    for operator in graph.operators
    if model.operatorCodes[operator.opcodeIndex].builtinCode == schema.BuiltinOperator.CONV_2D
]
chosen = convolutions[len(convolutions) // 2]
weights = graph.tensors[chosen.inputs[1]]
weights.quantization.scale = [3 * scale for scale in weights.quantization.scale]
builder = flatbuffers.Builder(1024)
builder.Finish(model.Pack(builder), b"TFL3")
Path(sys.argv[2]).write_bytes(builder.Output())
print(graph.tensors[chosen.outputs[0]].name.decode())
