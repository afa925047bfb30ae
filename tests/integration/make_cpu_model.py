"""An int8 model with an operator that no Ethos-U runs, in the environment `convert`: make_cpu_model.py FILE."""

import sys
from pathlib import Path

import numpy
import tensorflow


class Model(tensorflow.Module):
    @tensorflow.function(input_signature=[tensorflow.TensorSpec([1, 16, 16, 8], tensorflow.float32)])
    def __call__(self, x):
        x = tensorflow.nn.relu(x)
        return tensorflow.gather_nd(x, [[0, 1], [0, 2]])


model = Model()
converter = tensorflow.lite.TFLiteConverter.from_concrete_functions([model.__call__.get_concrete_function()], model)
converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
random = numpy.random.default_rng(0)
converter.representative_dataset = lambda: ([random.random((1, 16, 16, 8), numpy.float32)] for _ in range(4))
converter.target_spec.supported_ops = [tensorflow.lite.OpsSet.TFLITE_BUILTINS_INT8]
converter.inference_input_type = converter.inference_output_type = tensorflow.int8
Path(sys.argv[1]).write_bytes(converter.convert())
