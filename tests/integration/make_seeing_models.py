"""Networks with random weights whose boxes and keypoints lie in the picture, in the environment `convert`.

make_seeing_models.py FOLDER: raw-int8.tflite, raw-float.tflite, decoded-uint8.tflite and decoded-float.tflite, for
64 × 64 pixels and five keypoints. What they find depends on the picture and on nothing else: their labels are made of
what they found (test_ultralytics.py).
"""

import sys
from pathlib import Path

import numpy
import tensorflow
from tensorflow import keras

SIZE, KEYPOINTS = 64, 5
folder = Path(sys.argv[1])
initializers = keras.initializers


def features():
    image = keras.Input((SIZE, SIZE, 3), batch_size=1)
    maps, x = [], image
    for repeat in (3, 1, 1):
        for _ in range(repeat):
            x = keras.layers.Conv2D(
                16, 3, strides=2, padding="same", activation="relu", kernel_initializer="he_normal"
            )(x)
        maps.append(x)
    return image, maps


def rows(x, channels, *, spread, bias=None):
    """A 1 × 1 convolution as rows of anchors: values that differ by about `spread`."""
    convolution = keras.layers.Conv2D(
        channels,
        1,
        kernel_initializer=initializers.RandomNormal(stddev=spread),
        bias_initializer="zeros" if bias is None else initializers.Constant(bias),
    )
    return keras.layers.Reshape((-1, channels))(convolution(x))


def write(model, name, *, input_type=tensorflow.float32, output_type=tensorflow.float32):
    converter = tensorflow.lite.TFLiteConverter.from_keras_model(model)
    if input_type != tensorflow.float32:
        random = numpy.random.default_rng(0)
        converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: (
            [random.random((1, SIZE, SIZE, 3), numpy.float32)] for _ in range(8)
        )
        converter.target_spec.supported_ops = [tensorflow.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type, converter.inference_output_type = input_type, output_type
        converter._experimental_disable_per_channel = True
    (folder / name).write_bytes(converter.convert())


keras.utils.set_random_seed(0)
image, maps = features()
distances = numpy.tile(-3.0 * numpy.abs(numpy.arange(16) - 1), 4)  # about one cell to every side
boxes = [rows(x, 64, spread=1, bias=distances) for x in maps]
scores = [rows(x, 1, spread=2, bias=-10) for x in maps]  # few people a picture
keypoints = keras.layers.Concatenate(1)([rows(x, 3 * KEYPOINTS, spread=0.1) for x in maps])
raw = keras.Model(image, [*boxes, *scores, keypoints])
write(raw, "raw-float.tflite")
write(raw, "raw-int8.tflite", input_type=tensorflow.int8, output_type=tensorflow.int8)
image, maps = features()
joined = keras.layers.Concatenate(1)([rows(x, 5 + 3 * KEYPOINTS, spread=0.5) for x in maps])
narrow, steep, low = numpy.ones((3, 5 + 3 * KEYPOINTS), numpy.float32) * [[1], [1], [0]]
narrow[2:4] = 0.4  # boxes that fit into the picture
steep[4], low[4] = 8, -6  # few people a picture
scaled = [numpy.float32(values) for values in (narrow, steep, low)]
parts = keras.layers.Lambda(lambda x: tensorflow.sigmoid(x * scaled[1] + scaled[2]) * scaled[0])(joined)
decoded = keras.Model(image, keras.layers.Permute((2, 1))(parts))
write(decoded, "decoded-float.tflite")
write(decoded, "decoded-uint8.tflite", input_type=tensorflow.uint8)
