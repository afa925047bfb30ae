"""In the environment `convert`: float networks by NumPy against TensorFlow Lite's kernels.

    compare_float_networks.py REPOSITORY [FLOAT.tflite …]

Prints JSON: of the files and of networks made here, by name, `error`, the largest difference of any activation as a
part of that activation's largest value, and `kinds`, their operators; `refused`, by name, why a network is none for it;
`damaged`, the same of files that no converter writes; `empty`, the operators of a file without any; `old`, a file of
an old TensorFlow as those above; `shape`, what is said of an image of another shape; `held`, how many maps of a chain
are in memory at once at most; `kernels`, all that there are; and `calibrated`, by name, how far scales are at most from
those that TensorFlow's calibrator gives, as a part of them.
"""

import json
import sys
import tracemalloc
from pathlib import Path

sys.path.insert(0, sys.argv[1])

import numpy
import tensorflow

from pipeline.quantize import calibration
from pipeline.shared.float_kernels import KERNELS
from pipeline.shared.float_network import FloatNetwork, LiteFloatNetwork, float_network
from pipeline.shared.tflite_graph import Graph, operator_name, schema

SIDE, CHANNELS, LINKS = 15, 8, 20
nn, lite = tensorflow.nn, tensorflow.lite
generator = numpy.random.default_rng(0)


def noise(*shape):
    return tensorflow.constant(generator.normal(0, 0.4, shape).astype(numpy.float32))


def known(image):
    """Every kernel, with each padding and stride, on what a convolution makes of the picture."""
    one = nn.conv2d(image, noise(3, 3, 3, CHANNELS), 1, "SAME") + noise(CHANNELS)
    two = nn.relu(nn.conv2d(image, noise(1, 1, 3, CHANNELS), 1, "SAME") + noise(CHANNELS))
    yield nn.relu6(nn.conv2d(4 * one, noise(3, 3, CHANNELS, 5), 2, "SAME") + noise(5))
    yield nn.conv2d(one, noise(2, 4, CHANNELS, 5), 3, "VALID")
    yield nn.conv2d(one, noise(5, 3, CHANNELS, 5), [1, 2, 1, 1], "SAME")
    yield nn.depthwise_conv2d(one, noise(3, 3, CHANNELS, 1), [1, 1, 1, 1], "SAME") + noise(CHANNELS)
    yield nn.relu(nn.depthwise_conv2d(one, noise(5, 4, CHANNELS, 1), [1, 2, 2, 1], "VALID"))
    yield nn.max_pool2d(one, 5, 1, "SAME")
    yield nn.max_pool2d(-1.5 * two - 1.0, [3, 2], 2, "SAME")
    yield nn.max_pool2d(one, 3, 2, "VALID")
    yield one + two
    yield nn.relu6(one - two)
    yield one * two
    yield nn.relu(one * noise(1, 1, 1, CHANNELS))
    yield tensorflow.sigmoid(200 * one)
    yield nn.relu(tensorflow.transpose(one, [0, 2, 1, 3]))
    yield nn.relu6(tensorflow.transpose(one, [0, 3, 2, 1]))
    yield nn.softmax(30 * one)
    yield nn.softmax(tensorflow.reshape(one, [1, SIDE * SIDE, CHANNELS]))
    yield tensorflow.compat.v1.image.resize_nearest_neighbor(one, (2 * SIDE, SIDE + 4))
    yield tensorflow.concat([one, two, image], 3)
    yield tensorflow.concat([one, two], 1)
    yield tensorflow.pad(one, [[0, 0], [1, 2], [0, 3], [0, 0]])
    yield from tensorflow.split(one, 2, 3)
    yield from tensorflow.split(one, [1, 5, 2], -1)
    yield one[:, 1:9:2, ::3, 2:]
    yield tensorflow.transpose(one, [0, 3, 1, 2])
    flat = tensorflow.reshape(one, [SIDE * SIDE, CHANNELS])
    yield tensorflow.matmul(flat, noise(CHANNELS, 6)) + noise(6)
    yield tensorflow.matmul(flat, noise(CHANNELS, 6))


UNKNOWN = {
    "leaky": lambda image: nn.leaky_relu(nn.conv2d(image, noise(3, 3, 3, 4), 1, "SAME"), 0.1),
    "dilated": lambda image: nn.conv2d(image, noise(3, 3, 3, 4), 1, "SAME", dilations=2),
    "widening": lambda image: nn.depthwise_conv2d(image, noise(3, 3, 3, 2), [1, 1, 1, 1], "SAME"),
    "bilinear": lambda image: tensorflow.image.resize(image, (2 * SIDE, 2 * SIDE)),
    "corners": lambda image: tensorflow.compat.v1.image.resize_nearest_neighbor(image, (7, 7), align_corners=True),
    "of any size": lambda image: nn.conv2d(image, noise(3, 3, 3, 4), 1, "SAME"),
    "squeezed": lambda image: image[:, 2] + 1.0,
}


def converter_of(outputs_of, *, side=SIDE):
    """Of the tensors that a function makes of an image; the outputs' names are in their order."""

    @tensorflow.function(input_signature=[tensorflow.TensorSpec([1, side, side, 3])])
    def network(image):
        generator.bit_generator.state = numpy.random.default_rng(0).bit_generator.state
        found = outputs_of(image)
        values = [found] if tensorflow.is_tensor(found) else list(found)
        return {f"output{number:02}": value for number, value in enumerate(values)}

    return lite.TFLiteConverter.from_concrete_functions([network.get_concrete_function()])


def images():
    """Some that stand for what a network sees."""
    shape = (1, SIDE, SIDE, 3)
    return ([numpy.random.default_rng(seed).random(shape, numpy.float32)] for seed in range(5))


def calibrated(outputs_of):
    """How far the ranges of an integer model are from those that TensorFlow's own calibrator finds."""
    models = []
    for make in (lambda converter: calibration.quantized(converter, images), lambda converter: converter.convert()):
        converter = converter_of(outputs_of)
        converter.optimizations = [lite.Optimize.DEFAULT]
        converter.representative_dataset = images
        converter.target_spec.supported_ops = [lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tensorflow.int8
        models.append(Graph.read(make(converter)))
    ours, theirs = models
    assert ours.kinds == theirs.kinds and len(ours.tensors) == len(theirs.tensors)
    worst, ranges = 0.0, 0
    for one, other in zip(ours.tensors, theirs.tensors, strict=True):
        assert (one.name, one.type, list(one.shape)) == (other.name, other.type, list(other.shape))
        if one.quantization is None or one.quantization.scale is None:
            continue
        scales = [numpy.array(each.quantization.scale) for each in (one, other)]
        worst, ranges = max(worst, float(numpy.abs(scales[0] / scales[1] - 1).max())), ranges + 1
        assert numpy.abs(one.quantization.zeroPoint - other.quantization.zeroPoint).max() <= 1
    return {"worst": worst, "ranges": ranges}


def compared(content):
    """The largest difference and the operators of a file."""
    ours, theirs = FloatNetwork(content), LiteFloatNetwork(content)
    image = numpy.random.default_rng(1).random(ours.graph.tensors[ours.entry].shape, numpy.float32)
    found, wanted = dict(ours.computed(image)), dict(theirs.computed(image))
    assert found.keys() == wanted.keys()
    error = max(
        float(numpy.abs(found[tensor] - values).max() / max(1e-6, numpy.abs(values).max()))
        for tensor, values in wanted.items()
    )
    return {"error": error, "kinds": sorted({operator_name(kind) for kind in ours.graph.kinds})}


networks = {Path(name).name: Path(name).read_bytes() for name in sys.argv[2:]} | {
    "known": converter_of(known).convert()
}
result = {name: compared(content) for name, content in networks.items()}
result["calibrated"] = {
    "known": calibrated(known),
    "leaky": calibrated(UNKNOWN["leaky"]),
    "overflow": calibrated(lambda image: nn.relu(1e30 * image) * 1e30),
}
result["kernels"] = sorted(operator_name(kind) for kind in KERNELS)
result["refused"] = {}
for name, outputs_of in UNKNOWN.items():
    content = converter_of(outputs_of, side=None if name == "of any size" else SIDE).convert()
    try:
        FloatNetwork(content)
    except ValueError as error:
        result["refused"][name] = str(error)
    assert Graph.read(content).operators and isinstance(float_network(content), LiteFloatNetwork), name


def chain(image):
    """Maps one after the other."""
    for _ in range(LINKS):
        image = nn.relu(tensorflow.transpose(image, [0, 2, 1, 3]))
    return image


def changed(outputs_of, change):
    """The file after a change of its graph."""
    graph = Graph.read(converter_of(outputs_of).convert())
    change(graph)
    return graph.packed()


def of_old(graph):
    """As TensorFlow before 2.4 wrote it."""
    for code in graph.model.operatorCodes:
        code.builtinCode = 0


def of_two_images(graph):
    for tensor in graph.tensors:
        tensor.shape = numpy.array([2, *tensor.shape[1:]], numpy.int32)


def given_a_constant(graph):
    (number,) = (
        number for number, tensor in enumerate(graph.tensors) if graph.model.buffers[tensor.buffer].data is not None
    )
    graph.model.subgraphs[0].outputs = numpy.array([number], numpy.int32)


def with_types(graph):
    for tensor in graph.tensors:
        tensor.type = schema.TensorType.INT32


def with_parts(graph):
    number = graph.operators[0].inputs[1]
    graph.model.buffers[graph.tensors[number].buffer].data = numpy.frombuffer(
        numpy.int32([1, 1]).tobytes(), numpy.uint8
    )


def with_options(**values):
    """A change of the first operator's options."""

    def change(graph):
        vars(graph.operators[0].builtinOptions).update(values)

    return change


def square(image):
    return image * image


def pooled(image):
    return nn.max_pool2d(image, 3, 1, "SAME")


DAMAGED = {
    "stride": (pooled, with_options(strideH=0)),
    "window": (pooled, with_options(filterHeight=20_000, filterWidth=20_000)),
    "parts": (lambda image: tensorflow.split(image, [1, 2], 3), with_parts),
    "images": (square, of_two_images),
    "constant": (lambda image: image * noise(1, 1, 1, 3), given_a_constant),
    "types": (square, with_types),
    "options": (pooled, lambda graph: setattr(graph.operators[0], "builtinOptions", None)),
}
result["damaged"] = {}
for name, (outputs_of, change) in DAMAGED.items():
    try:
        FloatNetwork(changed(outputs_of, change))
    except ValueError as error:
        result["damaged"][name] = str(error).partition(" (")[0]


def without_operators(graph):
    """Not even with an empty list of them."""
    (graph,) = graph.model.subgraphs
    graph.operators, graph.outputs = None, graph.inputs


result["empty"] = compared(changed(square, without_operators))["kinds"]
result["old"] = compared(changed(square, of_old))
try:
    dict(FloatNetwork(networks["known"]).computed(numpy.zeros((1, SIDE, SIDE + 1, 3), numpy.float32)))
except ValueError as error:
    result["shape"] = str(error)
network = FloatNetwork(converter_of(chain, side=256).convert())
tracemalloc.start()
for _ in network.computed(image := numpy.zeros((1, 256, 256, 3), numpy.float32)):
    pass
result["held"] = tracemalloc.get_traced_memory()[1] / image.nbytes
print(json.dumps(result))
