"""The small models beside this file, in the environment `convert`: make_models.py FOLDER.

They have the shapes of the devices' contracts at 32 × 32 pixels and compute nothing of use. raw_vela.tflite is
raw.tflite compiled by Vela 4.5.0 with targets/grove/vela_config.ini.
"""

import sys
from pathlib import Path

import numpy
import tensorflow
from tensorflow import keras

FOLDER = Path(sys.argv[1])
SIZE = 32
KEYPOINTS = 5
CLASSES = 4


def features():
    image = keras.Input((SIZE, SIZE, 3), batch_size=1)
    maps, x = [], image
    for channels, repeat in ((8, 3), (8, 1), (8, 1)):
        for _ in range(repeat):
            x = keras.layers.Conv2D(channels, 3, strides=2, padding="same", activation="relu")(x)
        maps.append(x)
    return image, maps


def rows(x, channels):
    return keras.layers.Reshape((-1, channels))(keras.layers.Conv2D(channels, 1)(x))


def convert(model, name, *, per_channel, input_type, output_type):
    converter = tensorflow.lite.TFLiteConverter.from_keras_model(model)
    if input_type != tensorflow.float32:
        random = numpy.random.default_rng(0)
        converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: (
            [random.random((1, SIZE, SIZE, 3), numpy.float32)] for _ in range(8)
        )
        converter.target_spec.supported_ops = [tensorflow.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type, converter.inference_output_type = input_type, output_type
        converter._experimental_disable_per_channel = not per_channel
    (FOLDER / name).write_bytes(converter.convert())


keras.utils.set_random_seed(0)
image, maps = features()
boxes, scores = [rows(x, 64) for x in maps], [rows(x, 1) for x in maps]
keypoints = keras.layers.Concatenate(1)([rows(x, 3 * KEYPOINTS) for x in maps])
raw = keras.Model(image, [*boxes, *scores, keypoints])
int8, uint8, float32 = tensorflow.int8, tensorflow.uint8, tensorflow.float32
convert(raw, "raw.tflite", per_channel=False, input_type=int8, output_type=int8)
convert(raw, "raw_float.tflite", per_channel=False, input_type=float32, output_type=float32)
image, maps = features()
joined = keras.layers.Concatenate(1)([rows(x, 5 + 3 * KEYPOINTS) for x in maps])
decoded = keras.Model(image, keras.layers.Permute((2, 1))(joined))
convert(decoded, "tiny_quant_pc_uf_test.tflite", per_channel=True, input_type=uint8, output_type=float32)
convert(decoded, "tiny_quant_pt_uf_test.tflite", per_channel=False, input_type=uint8, output_type=float32)
# 59 rows, joined as Ultralytics' head joins them: by shape 18 keypoints of one class, really 17 of four.
image, maps = features()
parts = [
    keras.layers.Permute((2, 1))(keras.layers.Concatenate(1)([rows(x, channels) for x in maps]))
    for channels in (4, CLASSES, 3 * 17)
]
several = keras.Model(image, keras.layers.Concatenate(1)(parts))
convert(several, "classes_quant_pt_uf_test.tflite", per_channel=False, input_type=uint8, output_type=float32)
