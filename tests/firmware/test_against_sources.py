"""The formulas against the firmwares themselves: their own sources, compiled here, on the same inputs.

    git clone https://github.com/Seeed-Studio/SSCMA-Micro
    git clone https://github.com/HimaxWiseEyePlus/Seeed_Grove_Vision_AI_Module_V2
    git clone https://github.com/STMicroelectronics/stm32ai-modelzoo-services
    git clone https://github.com/STMicroelectronics/STM32N6-GettingStarted-PoseEstimation
    EDGECASK_FIRMWARE_SOURCES=FOLDER_OF_THEM .venv/bin/python -m pytest tests/firmware

SSCMA-Micro and the STM32N6's decoder need g++ and gcc; Himax' parts are made for a Cortex-M55 and need
arm-none-eabi-g++ with newlib's libstdc++ and qemu-system-arm (Debian: g++, libstdc++-arm-none-eabi-newlib,
qemu-system-arm). Without sources or tools they skip.
"""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
import sys
import types
from pathlib import Path

import numpy
import pytest

from edgecask.target.target import load_target
from pipeline.heads.pose_decode import decode_decoded, decode_raw
from pipeline.shared import camera, suppression

pytestmark = pytest.mark.extended

HERE = Path(__file__).parent
SSCMA = ("SSCMA-Micro", "ff48a1c")
ST_LINUX = ("stm32ai-modelzoo-services", "46924c0")
ST_N6 = ("STM32N6-GettingStarted-PoseEstimation", "0365ebf")
HIMAX = ("Seeed_Grove_Vision_AI_Module_V2", "d3265e2")
POSE_APP = "EPII_CM55M_APP_S/app/scenario_app/tflm_yolov8_pose"
OUTSIDE = 60000
"""A negative number in 16 bits: what the conversion leaves on a PC, and 0 on a Cortex-M."""


def source(repository: tuple[str, str], path: str) -> bytes:
    """One file of a clone, at the commit that the formulas are of."""
    name, commit = repository
    clone = Path(os.environ.get("EDGECASK_FIRMWARE_SOURCES", "")) / name
    if "EDGECASK_FIRMWARE_SOURCES" not in os.environ or not clone.is_dir():
        pytest.skip(f"needs EDGECASK_FIRMWARE_SOURCES with a clone of {name}")
    return subprocess.run(["git", "-C", clone, "show", f"{commit}:{path}"], check=True, capture_output=True).stdout


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name}")
    return found


def outputs(generator, side: int, keypoints: int, people: int):
    """Seven int8 outputs of a network with so many high scores on each grid, packed and decoded; many are equal."""
    grids = [(side // stride) ** 2 for stride in (8, 16, 32)]
    tensors = [generator.integers(-128, 128, (grid, 64)).astype(numpy.int8) for grid in grids]
    for grid in grids:
        scores = numpy.full(grid, -100)
        count = min(people, grid)
        scores[generator.choice(grid, count, replace=False)] = generator.integers(-4, 8, count) * 12
        tensors.append(scores.astype(numpy.int8).reshape(grid, 1))
    tensors.append(generator.integers(-128, 128, (sum(grids), 3 * keypoints)).astype(numpy.int8))
    quantization = [(0.0912, -20)] * 3 + [(0.107, 20), (0.109, 19), (0.1, 18)] + [(0.0317, 5)]
    packed = b"".join(struct.pack("<fi", *each) for each in quantization)
    packed += b"".join(tensor.tobytes() for tensor in tensors)
    real = [
        (tensor.astype(numpy.float32) - numpy.float32(zero)) * numpy.float32(scale)
        for tensor, (scale, zero) in zip(tensors, quantization, strict=True)
    ]
    return packed, decode_raw(real, side)


def printed(found, frame: tuple[int, int], *, centre: bool) -> list[list[int]]:
    """People as the firmware prints them."""
    rows = []
    for box, score, points in zip(found.boxes * numpy.tile(frame, 2), found.scores, found.keypoints, strict=True):
        sides = box[2:] - box[:2]
        row = [*(box[:2] + sides / 2 if centre else box[:2]), *sides, 100 * score, *(points * [*frame, 100]).ravel()]
        rows.append([round(float(value)) for value in row])
    return rows


def differences(ours: list[list[int]], theirs: list[list[int]]) -> numpy.ndarray:
    assert len(ours) == len(theirs)
    theirs_array = numpy.array(theirs)
    return numpy.abs(numpy.array(ours) - numpy.where(theirs_array > OUTSIDE, 0, theirs_array))


def with_sscma(folder: Path, program: str, *algorithms: str) -> Path:
    """One of the programs here, compiled with these of SSCMA-Micro's files."""
    compiler = tool("g++")
    assert source(SSCMA, "core")  # skips before anything is compiled
    clone = Path(os.environ["EDGECASK_FIRMWARE_SOURCES"]) / SSCMA[0]
    archive = subprocess.run(["git", "-C", clone, "archive", SSCMA[1], "core"], check=True, capture_output=True).stdout
    subprocess.run(["tar", "x", "-C", folder], input=archive, check=True)
    (folder / "porting").mkdir()
    (folder / "porting" / "el_misc.h").write_text(
        "#pragma once\n#include <cstdint>\n#include <cstdio>\n#define el_printf printf\n"
        "static inline uint64_t el_get_time_ms() { return 0; }\n"
    )
    (folder / "el_config_porting.h").write_text(
        "#pragma once\n#define CONFIG_EL_DEBUG 1\n#define CONFIG_EL_LIB_JPEGENC 0\n#define CONFIG_EL_PORTING_POSIX 0\n"
    )
    files = [f"core/{name}.cpp" for name in (*algorithms, "algorithm/el_algorithm_base", "utils/el_cv")]
    command = [compiler, "-w", "-std=c++20", "-O1", "-I.", "-Icore", HERE / program, *files, "-o", "made"]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "made"


@pytest.fixture(scope="module")
def sscma(tmp_path_factory) -> Path:
    return with_sscma(tmp_path_factory.mktemp("sscma"), "sscma.cpp", "algorithm/el_algorithm_yolo_pose")


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("side", [192, 224, 256])
@pytest.mark.parametrize("name", ["grove", "xiao"])
def test_sscma(sscma, name, side, seed):
    generator = numpy.random.default_rng(seed)
    target = load_target(name)
    image = generator.integers(0, 256, (240, 240, 3), numpy.uint8)
    if seed % 2:  # smooth colours, too
        image = camera.bilinear_half_pixel(image[:9, :9], 240, 240)
    if name == "xiao":
        red, green, blue = numpy.moveaxis(image.astype(int) >> numpy.array([3, 2, 3]), 2, 0)
        frame = (red << 11 | green << 5 | blue).astype(">u2").tobytes()
    else:
        # The way to YUV is the hardware's; here it is the one that is inferred.
        red, green, blue = numpy.moveaxis(image.astype(float), 2, 0)
        luma = numpy.floor(0.299 * red + 0.587 * green + 0.114 * blue + 0.5)
        chroma = [
            camera._of_column_pairs(-0.168735892 * red - 0.331264108 * green + 0.5 * blue),
            camera._of_column_pairs(0.5 * red - 0.418687589 * green - 0.081312411 * blue),
        ]
        planes = [luma, *(plane[:, ::2] + 128 for plane in chroma)]
        frame = b"".join(plane.astype(numpy.uint8).tobytes() for plane in planes)
    keypoints = (17, 4)[seed % 2]
    packed, found = outputs(generator, side, keypoints, 14)
    header = struct.pack("<7i", 1 if name == "xiao" else 2, 240, 240, side, keypoints, 50, 45)
    done = subprocess.run([sscma], input=header + frame + packed, check=True, capture_output=True)

    tensor = (numpy.frombuffer(done.stderr, numpy.uint8).astype(int) + 128) % 256
    seen = camera.view(image, side, side, target.seen_with("camera").view())
    assert seen.frame == (240, 240) and (seen.pixels == tensor.reshape(side, side, 3)).all()

    theirs = [[int(number) for number in line.split()] for line in done.stdout.decode().splitlines()]
    ours = printed(suppression.shown(found, target.nms.rules(), seen.frame, side), seen.frame, centre=True)
    assert len(theirs) > 5
    # Single precision: what falls half-way between two pixels may come out one off.
    different = differences(ours, theirs)
    assert different.max() <= 1 and (different > 0).mean() < 0.01


def on_cortex_m55(folder: Path, name: str, *extra: object) -> Path:
    """The program `name`.cpp for qemu's Cortex-M55."""
    made = folder / f"{name}.elf"
    command = [
        tool("arm-none-eabi-g++"), "-w", "-std=c++17", "-mcpu=cortex-m55", "-mfloat-abi=hard", "-mthumb", "-O2",
        "-fno-exceptions", "-fno-rtti", f"-I{folder}", f"-I{HERE}", "-nostartfiles", "-T", HERE / "cortex_m55.ld",
        HERE / f"{name}.cpp", *extra, "--specs=nosys.specs", "-o", made,
    ]  # fmt: skip
    subprocess.run([str(word) for word in command], check=True, capture_output=True)
    return made


def run_on_cortex_m55(program: Path, content: bytes) -> bytes:
    folder = program.parent
    (folder / "in.bin").write_bytes(content)
    (folder / "out.bin").write_bytes(b"")
    command = [
        tool("qemu-system-arm"), "-M", "mps3-an547", "-kernel", program, "-semihosting-config",
        "enable=on,target=native", "-nographic", "-monitor", "none", "-serial", "none",
    ]  # fmt: skip
    subprocess.run([str(word) for word in command], cwd=folder, check=True, timeout=120)
    return (folder / "out.bin").read_bytes()


@pytest.mark.parametrize(
    ("width", "height", "side"), [(320, 240, 192), (320, 240, 224), (320, 240, 256), (200, 150, 192)]
)
def test_himax_resize(tmp_path, width, height, side):
    library = tmp_path / "lib_img_proc.a"
    library.write_bytes(source(HIMAX, "EPII_CM55M_APP_S/prebuilt_libs/gnu/lib_img_proc.a"))
    program = on_cortex_m55(tmp_path, "himax_resize", library, "-lm")
    planes = numpy.random.default_rng(side).integers(0, 256, (3, height, width), numpy.uint8)
    square = run_on_cortex_m55(program, struct.pack("<3i", width, height, side) + planes.tobytes())
    theirs = numpy.frombuffer(square, numpy.uint8).reshape(side, side, 3)
    # The planes are blue, green and red.
    assert (camera.bilinear_aligned_corners(numpy.moveaxis(planes[::-1], 0, 2), side, side) == theirs).all()


def cut(text: str, start: str, end: str) -> str:
    """The part of a source file from the line that `start` matches up to the one that `end` matches."""
    return text[re.search(start, text, re.MULTILINE).start() : re.search(end, text, re.MULTILINE).start()]


@pytest.fixture(scope="module", params=[192, 224, 256])
def himax_decoder(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("himax")
    app = source(HIMAX, f"{POSE_APP}/cvapp_yolov8_pose.cpp").decode("utf-8", "replace")
    (folder / "anchors.inc").write_text(cut(app, r"^void anchor_stride_matrix", r"^int cv_yolov8_pose_init"))
    (folder / "decoder.inc").write_text(cut(app, r"^typedef struct detection_cls", r"^int cv_yolov8_pose_run"))
    for name in ("yolo_postprocessing.h", "yolo_postprocessing.cc"):
        (folder / name).write_bytes(source(HIMAX, f"{POSE_APP}/{name}"))
    program = on_cortex_m55(folder, "himax_decode", f"-DSIDE={request.param}", folder / "yolo_postprocessing.cc")
    return request.param, program


@pytest.mark.parametrize("seed", range(8))
def test_himax_decoder(himax_decoder, seed):
    side, program = himax_decoder
    packed, found = outputs(numpy.random.default_rng(seed), side, 17, (4, 14, 40)[seed % 3])
    theirs = numpy.frombuffer(run_on_cortex_m55(program, packed), "<u2").reshape(-1, 5 + 51).tolist()
    ours = printed(
        suppression.shown(found, load_target("grove-himax").nms.rules(), (320, 240), side), (320, 240), centre=False
    )
    assert len(theirs) > 3
    # Single precision: what lies next to a whole pixel of the model may come out one off, and the frame's are wider.
    different = differences(ours, theirs)
    assert different.max() <= 2 and (different > 0).mean() < 0.01


@pytest.mark.parametrize("seed", range(20))
def test_stm32mp2(monkeypatch, seed):
    """ST's application is Python: its decoder runs as it is, without the NPU."""
    module = types.ModuleType("stai_mpu")
    module.stai_mpu_network = object
    monkeypatch.setitem(sys.modules, "stai_mpu", module)
    path = "application_code/pose_estimation/STM32MP-LINUX/Application"
    scope = {}
    exec(compile(source(ST_LINUX, f"{path}/yolov8n_pose_pp.py"), "yolov8n_pose_pp.py", "exec"), scope)
    default = re.search(rb'"--conf_threshold", default=([\d.]+)', source(ST_LINUX, f"{path}/pose_estimation.py"))
    network = scope["NeuralNetwork"].__new__(scope["NeuralNetwork"])
    nms = load_target("stm32mp2").nms
    assert float(default[1]) == nms.score
    network._conf_threshold, network._iou_threshold = nms.score, nms.iou

    generator = numpy.random.default_rng(seed)
    output = generator.uniform(0, 1, (56, 1344)).astype(numpy.float32)
    output[2:4] *= 0.4
    output[4] = numpy.where(generator.uniform(0, 1, 1344) < 0.05, generator.integers(180, 256, 1344) / 255, 0)
    theirs = network.post_process_YoloV8(output)
    ours = suppression.shown(decode_decoded([output], 256), nms.rules(), (640, 480), 256)
    assert len(theirs) == len(ours.scores) > 5
    for mine, box, keypoints, score in zip(theirs, ours.boxes, ours.keypoints, ours.scores, strict=True):
        assert numpy.array(mine[:4]) == pytest.approx(box, abs=1e-6) and mine[4] == score
        assert (mine[7].reshape(-1, 3) == keypoints.astype(numpy.float32)).all()


@pytest.fixture(scope="module")
def stm32n6(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("stm32n6")
    compiler = tool("gcc")
    library = "Middlewares/lib_vision_models_pp/lib_vision_models_pp"
    for name in (
        "Inc/mpe_yolov8_pp_if.h", "Inc/mpe_pp_output_if.h", "Inc/od_pp_loc.h", "Src/mpe_pp_yolov8.c",
        "Src/vision_models_pp.h", "Src/vision_models_pp.c", "Src/vision_models_pp_maxi_if32.c",
    ):  # fmt: skip
        (folder / Path(name).name).write_bytes(source(ST_N6, f"{library}/{name}"))
    (folder / "arm_math.h").write_text(
        "#pragma once\n#include <math.h>\n#include <stdint.h>\n#include <string.h>\ntypedef float float32_t;\n"
    )
    files = ["mpe_pp_yolov8.c", "vision_models_pp.c", "vision_models_pp_maxi_if32.c"]
    command = [compiler, "-w", "-O1", "-I.", HERE / "stm32n6.c", *files, "-lm", "-o", "stm32n6"]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "stm32n6"


@pytest.mark.parametrize("seed", range(20))
def test_stm32n6(stm32n6, seed):
    nms = load_target("stm32n6").nms
    generator = numpy.random.default_rng(seed)
    keypoints = (17, 4)[seed % 2]
    output = generator.uniform(0, 1, (5 + 3 * keypoints, 1344)).astype(numpy.float32)
    output[2:4] *= 0.4
    # Scores that differ: qsort leaves the order of equal ones open.
    output[4] = numpy.where(generator.uniform(0, 1, 1344) < 0.02, generator.permutation(1344) / 1344, 0)
    header = struct.pack("<2i2fi", 1344, keypoints, nms.score, nms.iou, nms.maximum)
    done = subprocess.run([stm32n6], input=header + output.tobytes(), check=True, capture_output=True)
    theirs = numpy.frombuffer(done.stdout, numpy.float32).reshape(-1, 5 + 3 * keypoints)
    ours = suppression.shown(decode_decoded([output], 256), nms.rules(), (640, 480), 256)
    assert len(theirs) == len(ours.scores) > 3
    corners = numpy.concatenate([theirs[:, :2] - theirs[:, 2:4] / 2, theirs[:, :2] + theirs[:, 2:4] / 2], 1)
    assert corners == pytest.approx(ours.boxes, abs=1e-6)
    assert (theirs[:, 4] == ours.scores).all() and (theirs[:, 5:].reshape(ours.keypoints.shape) == ours.keypoints).all()
