"""In the environment `convert`: a network of one operator of each kind that a simulated NPU knows, as int8 TFLite.

    make_operator_model.py MODEL.tflite INPUTS.npy RESULT.npz

The weights and pictures are noise. RESULT holds what TFLite's reference kernels make of it (run_reference_kernels.py).
"""

import subprocess
import sys
from pathlib import Path

import numpy
import tensorflow

SIDE, CHANNELS = 16, 24
generator = numpy.random.default_rng(0)


def noise(*shape):
    return tensorflow.constant(generator.normal(0, 0.4, shape).astype(numpy.float32))


def outputs_of(image):
    """Each operator on what a convolution makes of the picture."""
    one = tensorflow.nn.conv2d(image, noise(3, 3, 3, CHANNELS), 1, "SAME") + noise(CHANNELS)
    two = tensorflow.nn.relu6(tensorflow.nn.conv2d(image, noise(1, 1, 3, CHANNELS), 1, "SAME"))
    depthwise = tensorflow.nn.depthwise_conv2d
    strided = [1, 2, 2, 1]
    yield tensorflow.nn.conv2d(one, noise(3, 3, CHANNELS, 40), 2, "SAME") + noise(40)
    yield tensorflow.nn.conv2d(one, noise(3, 3, CHANNELS, 16), 3, "VALID")
    yield tensorflow.nn.conv2d(one, noise(3, 3, CHANNELS, 16), 1, "SAME", dilations=2)
    yield tensorflow.nn.conv2d(one, noise(9, 9, CHANNELS, 16), 1, "SAME")
    yield depthwise(one, noise(3, 3, CHANNELS, 1), [1, 1, 1, 1], "SAME") + noise(CHANNELS)
    yield depthwise(one, noise(5, 5, CHANNELS, 1), strided, "SAME")
    yield tensorflow.nn.avg_pool2d(one, 3, 1, "SAME")
    yield tensorflow.nn.avg_pool2d(one, 2, 2, "VALID")
    yield tensorflow.nn.max_pool2d(one, 3, 2, "SAME")
    yield one + two
    yield one - two
    yield one * two
    yield one + noise(1, 1, 1, CHANNELS)
    yield noise(1, 1, 1, CHANNELS) - one
    yield two * noise(1, 1, 1, 1)
    yield tensorflow.minimum(one, 0.5 * one)
    yield tensorflow.maximum(one, 0.5 * one)
    yield tensorflow.nn.leaky_relu(one, 0.1)
    yield tensorflow.abs(one)
    yield tensorflow.sigmoid(one)
    yield tensorflow.tanh(one)
    yield tensorflow.compat.v1.image.resize_nearest_neighbor(one, (2 * SIDE, 2 * SIDE))
    yield tensorflow.concat([one, two], 3)


@tensorflow.function(input_signature=[tensorflow.TensorSpec([1, SIDE, SIDE, 3])])
def network(image):
    generator.bit_generator.state = numpy.random.default_rng(0).bit_generator.state
    return {f"output{number:02}": value for number, value in enumerate(outputs_of(image))}


converter = tensorflow.lite.TFLiteConverter.from_concrete_functions([network.get_concrete_function()])
converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
converter.representative_dataset = lambda: (
    [generator.uniform(0, 1, (1, SIDE, SIDE, 3)).astype(numpy.float32)] for _ in range(20)
)
converter.target_spec.supported_ops = [tensorflow.lite.OpsSet.TFLITE_BUILTINS_INT8]
converter.inference_input_type = converter.inference_output_type = tensorflow.int8
Path(sys.argv[1]).write_bytes(converter.convert())
subprocess.run([sys.executable, Path(__file__).with_name("run_reference_kernels.py"), *sys.argv[1:]], check=True)
