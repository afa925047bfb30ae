"""`edgecask quantize --config=FILE`: ST's own quantiser file, read as their tflite_quant.py reads it.

The script is tutorials/scripts/yolov8_quantization/tflite_quant.py of stm32ai-modelzoo-services (46924c0): pictures are
divided by `scale`, then `offset` is added; types other than int8 and uint8 are float; `fake` calibrates with five
uniform arrays in [0, 1) that are not rescaled, and names the use case so.

Without its flaws: any picture format and letter case, sorted pictures, integer operators only, and height before width
(the script resizes pictures to width × height of what it takes for height × width). Paths are taken relative to the
file, or to the folder one stands in.
"""

from __future__ import annotations

import math
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Literal

import msgspec

from edgecask.data.calibration import pack_images
from edgecask.errors import StorageError, UsageError
from edgecask.files import copy_whole, read_input
from edgecask.firmware import st
from edgecask.options import path_of
from edgecask.plan.model_stages import QUANTIZE, prepared
from edgecask.runner.executor import Execution
from edgecask.store.result import Blob
from edgecask.store.store import Store
from edgecask.yaml_file import YamlError, parse_yaml

LARGEST_FILE = 1 << 20
FAKE_IMAGES = 5
OPENCV_LINEAR = {"resize": "bilinear-half-pixel", "colour": "rgb", "frame": None}
"""As ST's script resizes: cv2.resize with INTER_LINEAR (tutorials/scripts/yolov8_quantization/tflite_quant.py)."""
INTEGERS = ("int8", "uint8")
GRANULARITIES = {"per_channel": "per-channel", "per_tensor": "per-tensor"}


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """The SavedModel and its input (height, width, channels)."""

    name: str | int | float
    uc: str | int | float | None
    model_path: str
    input_shape: tuple[int, int, Literal[1, 3]]


class Quantization(msgspec.Struct, frozen=True, kw_only=True):
    """What to make; `fake` calibrates with random numbers. A type that is neither int8 nor uint8 is float."""

    quantization_type: Literal["per_channel", "per_tensor"]
    quantization_input_type: str | None
    quantization_output_type: str | None
    export_path: str
    fake: bool = False
    calib_dataset_path: str | None = None


class Rescaling(msgspec.Struct, frozen=True, kw_only=True):
    """What the network is fed: pixel / scale + offset."""

    scale: float | str
    offset: float | str = 0.0


class PreProcessing(msgspec.Struct, frozen=True, kw_only=True):
    """The steps before the network."""

    rescaling: Rescaling


class QuantizeConfig(msgspec.Struct, frozen=True, kw_only=True):
    """user_config_quant.yaml; other tables in it are for other tools and are left alone."""

    model: Model
    quantization: Quantization
    pre_processing: PreProcessing


def load_config(path: Path) -> QuantizeConfig:
    """Read the file; raises UsageError that names what is wrong in it."""
    content = read_input(path, limit=LARGEST_FILE, error=UsageError, advice="Check --config.")
    try:
        return msgspec.convert(parse_yaml(content.decode("utf-8-sig")), QuantizeConfig)
    except (YamlError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not YAML: {error}.", advice="Correct it.") from error
    except msgspec.ValidationError as error:
        raise UsageError(
            f"{path}: {error}.", advice="It has to be a user_config_quant.yaml of ST's yolov8_quantization."
        ) from error


def rescaling_of(rescaling: Rescaling, path: Path) -> tuple[float, float]:
    """The factor and the offset that make of a pixel what the network is fed; raises UsageError for nonsense.

    A fraction as text (1/255) is what ST's other files multiply by. Their script takes numbers alone, so it is read as
    what it can only mean.
    """
    offset = _number(rescaling.offset, "offset", path)
    if isinstance(rescaling.scale, str) and "/" in rescaling.scale:
        numerator, _, denominator = rescaling.scale.partition("/")
        below = _number(denominator, "scale", path)
        factor = _number(numerator, "scale", path) / below if below else 0.0
        if 0 < factor <= 1:
            return factor, offset
        raise _no_scale(rescaling.scale, path)
    divisor = _number(rescaling.scale, "scale", path)
    if divisor < 1:
        raise _no_scale(rescaling.scale, path)
    return 1 / divisor, offset


def _number(value: float | str, name: str, path: Path) -> float:
    try:
        found = float(value)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise UsageError(
            f"{path}: pre_processing.rescaling.{name} is {value!r}, not a number.",
            advice="Write {scale: 255, offset: 0} for pictures of 0 to 1, or {scale: 127.5, offset: -1} for -1 to 1.",
        )
    return found


def _no_scale(value: float | str, path: Path) -> UsageError:
    return UsageError(
        f"{path}: pre_processing.rescaling.scale is {value}; pixels of 0 to 255 are divided by it.",
        advice="Write {scale: 255, offset: 0} for pictures of 0 to 1, or {scale: 127.5, offset: -1} for -1 to 1.",
    )


def type_of(text: str | None) -> str:
    """The type that a file means: whatever is neither int8 nor uint8 is float."""
    return text if text in INTEGERS else "float32"


def _resolve(config_path: Path, text: str) -> Path:
    path = path_of(text)
    beside = config_path.parent / path
    return beside if beside.exists() else path


def pack_saved_model(store: Store, folder: Path) -> Blob:
    """A SavedModel folder as one file of the store; raises UsageError where it is none."""
    if not (folder / "saved_model.pb").is_file():
        raise UsageError(
            f"{folder} is not a SavedModel (it has no saved_model.pb).",
            advice="model.model_path has to name the folder that `yolo export format=saved_model` made.",
        )
    with store.temporary() as temporary:
        archive_path = temporary / "saved_model.zip"
        with zipfile.ZipFile(archive_path, "w", zipfile.ZIP_STORED) as archive:
            for name in ("saved_model.pb", "variables", "assets"):
                member = folder / name
                for path in sorted(member.rglob("*")) if member.is_dir() else [member]:
                    if path.is_file():
                        archive.writestr(zipfile.ZipInfo(path.relative_to(folder).as_posix()), path.read_bytes())
        return store.adopt(archive_path)


def quantize(execution: Execution, config_path: Path) -> Path:
    """Do what the file asks for; the model under ST's name in `quantization.export_path`."""
    config = load_config(config_path)
    wanted = config.quantization
    saved_model = pack_saved_model(execution.store, _resolve(config_path, config.model.model_path))
    images: Blob | None = None
    if not wanted.fake:
        if wanted.calib_dataset_path is None:
            raise UsageError(
                f"{config_path}: quantization.calib_dataset_path is missing.",
                advice="Name a folder with pictures, or set quantization.fake: True to try with random ones.",
            )
        images = pack_images(execution.store, _resolve(config_path, wanted.calib_dataset_path)).archive
    factor, offset = rescaling_of(config.pre_processing.rescaling, config_path)
    height, width, channels = config.model.input_shape
    calibration = execution.run(
        prepared(
            shape=(height, width, channels),
            camera=OPENCV_LINEAR,
            images=images,
            random=FAKE_IMAGES if wanted.fake else 0,
        )
    )
    names = {
        "granularity": GRANULARITIES[wanted.quantization_type],
        "input_type": type_of(wanted.quantization_input_type),
        "output_type": type_of(wanted.quantization_output_type),
    }
    result = execution.run(
        replace(
            QUANTIZE,
            inputs={"saved_model.zip": saved_model, "calibration.npy": calibration.outputs["calibration.npy"]},
            parameters={
                **names,
                "output_order": None,
                "scale": 1.0 if wanted.fake else factor,
                "offset": 0.0 if wanted.fake else offset,
                "full_range": False,
                "range_search": False,
                "task": None,
                "head": None,
                "compress_weights": "off",
                "gptq": False,
                "depthwise_by_channel": False,
                "describe": False,
            },
        )
    )
    use_case = "fake" if wanted.fake else str(config.model.uc)
    file_name = st.model_name(str(config.model.name), **names, use_case=use_case)
    return _export(result.outputs["model.tflite"], path_of(wanted.export_path), file_name)


def _export(model: Blob, folder: Path, name: str) -> Path:
    if name != Path(name).name:
        raise UsageError(f"{name!r} is not a file name.", advice="model.name and model.uc must not hold slashes.")
    try:
        copy_whole(model.path, folder / name)
    except OSError as error:
        raise StorageError(f"{folder} cannot be written ({error.strerror}).", advice="Check export_path.") from error
    return folder / name
