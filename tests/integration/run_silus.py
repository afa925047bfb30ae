"""In the environment `convert`: what TFLite's own kernels give for SiLU, in every one of 256 codes.

    run_silus.py MODEL.tflite RESULT.json

For every MUL(x, LOGISTIC(x)) of the model, and for many random quantisations.
"""

import json
import sys
from pathlib import Path

import flatbuffers
import numpy
import tensorflow
from tensorflow.lite.python import schema_py_generated as schema

CODES = numpy.arange(-128, 128, dtype=numpy.int8)


def quantizations_of(path):
    """(x, LOGISTIC, MUL) as (scale, zero point) each."""
    model = schema.ModelT.InitFromPackedBuf(Path(path).read_bytes(), 0)
    graph = model.subgraphs[0]
    kinds = [model.operatorCodes[operator.opcodeIndex].builtinCode for operator in graph.operators]
    gates = {}
    for kind, operator in zip(kinds, graph.operators, strict=True):
        if kind == schema.BuiltinOperator.LOGISTIC:
            gates[operator.outputs[0]] = operator.inputs[0]
    for kind, operator in zip(kinds, graph.operators, strict=True):
        if kind == schema.BuiltinOperator.MUL:
            for value, gate in (operator.inputs, operator.inputs[::-1]):
                if gates.get(gate) == value:
                    tensors = (graph.tensors[index].quantization for index in (value, gate, operator.outputs[0]))
                    yield [(float(found.scale[0]), int(found.zeroPoint[0])) for found in tensors]


def random_quantizations(count):
    generator = numpy.random.default_rng(0)
    for _ in range(count):
        scale = numpy.float32(10 ** generator.uniform(-3, 0))
        yield [
            (float(scale), int(generator.integers(-128, 128))),
            (1 / 256, -128),
            (float(numpy.float32(scale * generator.uniform(0.2, 1.5))), int(generator.integers(-128, 0))),
        ]


def tensor(index, name, quantization):
    found = schema.QuantizationParametersT()
    found.scale, found.zeroPoint = [quantization[0]], [quantization[1]]
    made = schema.TensorT()
    made.shape, made.type, made.name, made.quantization = [1, 256], schema.TensorType.INT8, name, found
    made.buffer = 0
    return made


def model_of(quantizations):
    """One model with a LOGISTIC and a MUL for each of the quantisations, side by side."""
    graph = schema.SubGraphT()
    graph.tensors, graph.operators, graph.inputs, graph.outputs = [], [], [], []
    for index, parts in enumerate(quantizations):
        first = len(graph.tensors)
        graph.tensors += [
            tensor(first + part, f"{name}{index}", parts[part]) for part, name in enumerate(("x", "gate", "y"))
        ]
        logistic, multiply = schema.OperatorT(), schema.OperatorT()
        logistic.opcodeIndex, logistic.inputs, logistic.outputs = 0, [first], [first + 1]
        multiply.opcodeIndex, multiply.inputs, multiply.outputs = 1, [first, first + 1], [first + 2]
        multiply.builtinOptionsType, multiply.builtinOptions = schema.BuiltinOptions.MulOptions, schema.MulOptionsT()
        graph.operators += [logistic, multiply]
        graph.inputs.append(first)
        graph.outputs.append(first + 2)
    codes = []
    for kind in (schema.BuiltinOperator.LOGISTIC, schema.BuiltinOperator.MUL):
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = kind
        code.version = 2
        codes.append(code)
    model = schema.ModelT()
    model.version, model.operatorCodes, model.subgraphs, model.buffers = 3, codes, [graph], [schema.BufferT()]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


quantizations = [*quantizations_of(sys.argv[1]), *random_quantizations(300)]
interpreter = tensorflow.lite.Interpreter(
    model_content=model_of(quantizations),
    # The plain kernels: XNNPACK rounds in floating point.
    experimental_op_resolver_type=tensorflow.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
)
interpreter.allocate_tensors()
for detail in interpreter.get_input_details():
    interpreter.set_tensor(detail["index"], CODES[None])
interpreter.invoke()
tables = [interpreter.get_tensor(detail["index"])[0].tolist() for detail in interpreter.get_output_details()]
Path(sys.argv[2]).write_text(json.dumps([*zip(quantizations, tables, strict=True)]))
