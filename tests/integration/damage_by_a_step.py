"""In the environment `convert`: a .tflite again and again, each time with one convolution's weights a step too large.

damage_by_a_step.py MODEL.tflite FOLDER [NUMBER …]; writes FOLDER/NUMBER.tflite for each convolution, or for those
given, and prints a JSON list of [number, name of what it gives, how many weights it has].
"""

import json
import sys
from pathlib import Path

import flatbuffers
import numpy
from tensorflow.lite.python import schema_py_generated as schema

LARGEST_CODE = 127

content, folder = Path(sys.argv[1]).read_bytes(), Path(sys.argv[2])
model = schema.ModelT.InitFromPackedBuf(content, 0)
graph = model.subgraphs[0]
convolutions = [
    operator
    for operator in graph.operators
    if model.operatorCodes[operator.opcodeIndex].builtinCode == schema.BuiltinOperator.CONV_2D
]
told = []
for number in map(int, sys.argv[3:] or range(len(convolutions))):
    operator = convolutions[number]
    buffer = model.buffers[graph.tensors[operator.inputs[1]].buffer]
    codes = numpy.asarray(buffer.data, numpy.uint8).view(numpy.int8)
    kept = buffer.data
    buffer.data = (codes.astype(numpy.int16) + 1).clip(-LARGEST_CODE, LARGEST_CODE).astype(numpy.int8).view(numpy.uint8)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    (folder / f"{number}.tflite").write_bytes(builder.Output())
    buffer.data = kept
    told.append([number, graph.tensors[operator.outputs[0]].name.decode(), len(codes)])
print(json.dumps(told))
