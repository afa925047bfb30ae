"""Networks with random weights whose boxes and keypoints lie in the picture, in the environment `convert`.

make_seeing_models.py FOLDER: raw-int8.tflite, raw-float.tflite, decoded-uint8.tflite and decoded-float.tflite, for
64 × 64 pixels and five keypoints; boxes-raw-int8.tflite, boxes-decoded-uint8.tflite, boxes-decoded-float.tflite and
boxes-single-float.tflite find three classes, the last one class an anchor. What they find depends on the picture and on
nothing else: their labels are made of what they found (test_ultralytics.py).
"""

import sys
from pathlib import Path

import numpy
import tensorflow
from tensorflow import keras

SIZE, KEYPOINTS, CLASSES = 64, 5, 3
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


def decoded(rows_of_each, *, scores, single=False):
    """One output: boxes that fit into the picture, few scores above nothing, the other values in 0–1.

    `single`: of an anchor's scores all but the best are 0.
    """
    image, maps = features()
    joined = keras.layers.Concatenate(1)([rows(x, rows_of_each, spread=0.5) for x in maps])
    narrow, steep, low = numpy.ones((3, rows_of_each), numpy.float32) * [[1], [1], [0]]
    narrow[2:4] = 0.4
    steep[4 : 4 + scores], low[4 : 4 + scores] = 8, -6
    scaled = [numpy.float32(values) for values in (narrow, steep, low)]
    parts = keras.layers.Lambda(lambda x: tensorflow.sigmoid(x * scaled[1] + scaled[2]) * scaled[0])(joined)
    if single:
        parts = keras.layers.Lambda(best_alone)(parts)
    return keras.Model(image, keras.layers.Permute((2, 1))(parts))


def best_alone(rows):
    boxes, scores = rows[..., :4], rows[..., 4:]
    kept = tensorflow.where(scores >= tensorflow.reduce_max(scores, -1, keepdims=True), scores, 0.0)
    return tensorflow.concat([boxes, kept], -1)


keras.utils.set_random_seed(0)
image, maps = features()
distances = numpy.tile(-3.0 * numpy.abs(numpy.arange(16) - 1), 4)  # about one cell to every side
boxes = [rows(x, 64, spread=1, bias=distances) for x in maps]
scores = [rows(x, 1, spread=2, bias=-10) for x in maps]  # few people a picture
keypoints = keras.layers.Concatenate(1)([rows(x, 3 * KEYPOINTS, spread=0.1) for x in maps])
raw = keras.Model(image, [*boxes, *scores, keypoints])
write(raw, "raw-float.tflite")
write(raw, "raw-int8.tflite", input_type=tensorflow.int8, output_type=tensorflow.int8)
network = decoded(5 + 3 * KEYPOINTS, scores=1)
write(network, "decoded-float.tflite")
write(network, "decoded-uint8.tflite", input_type=tensorflow.uint8)
image, maps = features()
boxes = [rows(x, 64, spread=1, bias=distances) for x in maps]
scores = [rows(x, CLASSES, spread=2, bias=-10) for x in maps]
network = keras.Model(image, [*boxes, *scores])
write(network, "boxes-raw-int8.tflite", input_type=tensorflow.int8, output_type=tensorflow.int8)
network = decoded(4 + CLASSES, scores=CLASSES)
write(network, "boxes-decoded-float.tflite")
write(network, "boxes-decoded-uint8.tflite", input_type=tensorflow.uint8)
write(decoded(4 + CLASSES, scores=CLASSES, single=True), "boxes-single-float.tflite")
