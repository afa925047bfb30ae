"""ONNX → TensorFlow SavedModel and float TFLite, in the environment `convert` (tensorflow-cpu, onnx2tf).

Parameters: `outputs`, the names of the model's outputs, and the `head` of a `task` (a key of CONVERTERS), which is put
on the converted convolutions. Inputs `model.onnx` and `reference.npz` (a picture and what
PyTorch makes of it; the conversion is refused where it makes something else of it); outputs `saved_model.zip` (one
signature `serving_default`: `images` float32 (1, S, S, 3) → the named outputs) and `float.tflite`, its float32 twin,
with which what quantisation costs can be measured.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy
import onnx2tf
import tensorflow

from pipeline.convert import attention
from pipeline.harness import INPUTS, OUTPUTS, Refused
from pipeline.heads.converters import CONVERTERS

TOLERANCE = 1e-3
"""Of an output's largest value. Sums in another order differ by far less, an axis taken for another by the value."""


def pack(folder: Path, archive_path: Path) -> None:
    """Every file of `folder` in sorted order, without times or owners."""
    with zipfile.ZipFile(archive_path, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.writestr(zipfile.ZipInfo(path.relative_to(folder).as_posix()), path.read_bytes())


def to_keras(onnx_path: Path, scratch: Path) -> Any:
    """onnx2tf's Keras model of the graph, made without network and without the variants nobody asked for."""
    # onnx2tf downloads this file wherever it is not in the working directory (onnx2tf/utils/common_functions.py);
    # its content is only used when onnx2tf itself quantises, which it does not here.
    os.chdir(scratch)
    attention.register()
    numpy.save("calibration_image_sample_data_20x128x128x3_float32.npy", numpy.zeros((20, 128, 128, 3), numpy.float32))
    try:
        return onnx2tf.convert(
            input_onnx_file_path=str(onnx_path),
            output_folder_path=str(scratch / "onnx2tf"),
            output_signaturedefs=True,  # layer names that a SavedModel can hold
            not_use_onnxsim=True,
            # It writes other names into its input, and without what functions give, where that can be written: nodes
            # have names from PyTorch already.
            not_use_opname_auto_generate=True,
            disable_model_save=True,
            non_verbose=True,
        )
    except SystemExit as error:  # how onnx2tf reports a node it cannot convert
        raise Refused(
            "stage", "onnx2tf could not convert the network.", "Report the lines above with the architecture."
        ) from error


def compare(model: bytes, reference: Path) -> float:
    """The largest difference from PyTorch's result; raises Refused of kind "stage" where it is no rounding."""
    interpreter = tensorflow.lite.Interpreter(model_content=model)
    worst = 0.0
    with numpy.load(reference) as arrays:
        runner = interpreter.get_signature_runner()
        results = runner(images=arrays["images"])
        for name, result in sorted(results.items()):
            difference = (
                float(numpy.abs(result - arrays[name]).max()) if result.shape == arrays[name].shape else numpy.inf
            )
            if difference > TOLERANCE * max(1.0, float(numpy.abs(arrays[name]).max())):
                raise Refused(
                    "stage",
                    f"onnx2tf changed the network: {name} differs from PyTorch's result by {difference:.3g}.",
                    "Try another --imgsz (an axis was taken for another of the same length) and report it.",
                )
            worst = max(worst, difference)
    return worst


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Convert, then save both forms."""
    names = parameters["outputs"]
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        model = to_keras(INPUTS / "model.onnx", scratch)
        shape = [1, *model.inputs[0].shape[1:]]

        @tensorflow.function(input_signature=[tensorflow.TensorSpec(shape, tensorflow.float32, name="images")])
        def serve(images: Any) -> dict[str, Any]:
            made = CONVERTERS[parameters["task"]](parameters["head"], model(images))
            return {name: made[name] for name in names}

        # The function and its variables alone: saving the Keras model as such also writes every weight as JSON.
        module = tensorflow.Module()
        module.model_variables = model.variables
        saved_model = scratch / "saved_model"
        tensorflow.saved_model.save(module, str(saved_model), signatures=serve)
        # A random identifier of this save, which nothing reads.
        (saved_model / "fingerprint.pb").unlink(missing_ok=True)
        pack(saved_model, OUTPUTS / "saved_model.zip")
        converter = tensorflow.lite.TFLiteConverter.from_saved_model(str(saved_model))
        content = converter.convert()
        compare(content, INPUTS / "reference.npz")
        (OUTPUTS / "float.tflite").write_bytes(content)
    return {"versions": {"tensorflow-cpu": tensorflow.__version__, "onnx2tf": onnx2tf.__version__}}
