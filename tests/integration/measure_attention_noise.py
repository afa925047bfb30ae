"""In the environment `convert`: signal over rounding of an attention as edgecask builds it, and with BATCH_MATMUL.

    measure_attention_noise.py REPOSITORY

One head with 32 channels of queries and keys and 64 of values, on normally distributed maps of 6 × 6 and 8 × 8
positions, from flat attention to sharp. What docs/guide/your-own-model.md says is from here.
"""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
sys.path.insert(0, sys.argv[1])

import numpy
import tensorflow

from pipeline.convert import attention

DEPTH, WIDTH, CALIBRATION, JUDGED = 32, 64, 20, 20


def by_matrices(queries, keys, values):
    """The same with TensorFlow's products of matrices."""
    count = queries.shape[1] * queries.shape[2]
    rows = [tensorflow.reshape(maps, (1, count, maps.shape[3])) for maps in (queries, keys, values)]
    weights = tensorflow.nn.softmax(tensorflow.matmul(rows[0], rows[1], transpose_b=True))
    return tensorflow.reshape(tensorflow.matmul(weights, rows[2]), values.shape)


def convolution(channels, spread, seed):
    start = tensorflow.keras.initializers.RandomNormal(stddev=spread, seed=seed)
    return tensorflow.keras.layers.Conv2D(channels, 1, kernel_initializer=start)


def decibels(attend, layers, side, maps):
    """Variance of the float output over the squared error of the integer one."""
    entry = tensorflow.keras.Input((side, side, DEPTH), batch_size=1)
    model = tensorflow.keras.Model(entry, attend(*(layer(entry) for layer in layers)))
    converter = tensorflow.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([each] for each in maps[:CALIBRATION])
    converter.target_spec.supported_ops = [tensorflow.lite.OpsSet.TFLITE_BUILTINS_INT8]
    interpreter = tensorflow.lite.Interpreter(model_content=converter.convert())
    interpreter.allocate_tensors()
    (given,), (made,) = interpreter.get_input_details(), interpreter.get_output_details()
    error = signal = 0.0
    for each in maps[CALIBRATION:]:
        interpreter.set_tensor(given["index"], each)
        interpreter.invoke()
        wanted = model(each).numpy()
        error += ((interpreter.get_tensor(made["index"]) - wanted) ** 2).sum()
        signal += ((wanted - wanted.mean()) ** 2).sum()
    return 10 * numpy.log10(signal / error)


for side in (6, 8):
    for sharpness in (0.3, 1.0, 2.0):
        chance = numpy.random.default_rng(1)
        maps = [chance.normal(size=(1, side, side, DEPTH)).astype(numpy.float32) for _ in range(CALIBRATION + JUDGED)]
        layers = convolution(DEPTH, sharpness / DEPTH, 1), convolution(DEPTH, 1, 2), convolution(WIDTH, 0.2, 3)
        matrices, ours = (decibels(attend, layers, side, maps) for attend in (by_matrices, attention.attended))
        print(f"{side * side} positions, sharpness {sharpness}: BATCH_MATMUL {matrices:.1f} dB, edgecask {ours:.1f} dB")
