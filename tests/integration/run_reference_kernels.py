"""In the environment `convert`: what TFLite's own kernels give for pictures of noise and shapes.

    run_reference_kernels.py MODEL.tflite INPUTS.npy RESULT.npz

INPUTS are written, int8 (N, H, W, C); RESULT holds for each output an array with one row a picture.
"""

import sys

import numpy
import tensorflow

interpreter = tensorflow.lite.Interpreter(
    model_path=sys.argv[1],
    experimental_op_resolver_type=tensorflow.lite.experimental.OpResolverType.BUILTIN_REF,
)
interpreter.allocate_tensors()
(entry,) = interpreter.get_input_details()
_, height, width, channels = entry["shape"]
generator = numpy.random.default_rng(0)
coarse = generator.integers(-128, 128, (1, 8, 8, channels)).repeat(height // 8, 1).repeat(width // 8, 2)
noise = generator.integers(-128, 128, (1, height, width, channels))
images = numpy.concatenate([coarse, noise]).astype(numpy.int8)
numpy.save(sys.argv[2], images)
found = []
for image in images:
    interpreter.set_tensor(entry["index"], image[None])
    interpreter.invoke()
    found.append([interpreter.get_tensor(detail["index"])[0] for detail in interpreter.get_output_details()])
numpy.savez(sys.argv[3], **{str(index): numpy.stack(rows) for index, rows in enumerate(zip(*found, strict=True))})
