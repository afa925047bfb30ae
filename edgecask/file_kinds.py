"""What a file is by its first bytes, where it is not what a user takes it for.

People pass what a download, `git clone` without LFS or an export left under the right name. Telling them what it is
costs nothing; PyTorch's and TensorFlow's own words about it help nobody.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

LOOKED_AT = 1024
"""Bytes."""
LFS = "Run `git lfs pull` in its repository, or download the file itself."
DOWNLOAD = "Download the file itself: a browser, or a login, came in between."
SOURCE = "Pass the .pt it was made from."
CHECKPOINT = "Pass a checkpoint written by `yolo pose train`, `yolo detect train` or `invoke train`."

# By how they begin, and what to do where a checkpoint is wanted.
_BEGINNINGS: tuple[tuple[bytes, str, str], ...] = (
    (b"version https://git-lfs.github.com/spec/", "a Git LFS pointer, not the file it stands for", LFS),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras)", SOURCE),
    (b"GGUF", "a GGUF file", CHECKPOINT),
    (b"7767517\n", "an ncnn model", SOURCE),
    (b"\x1f\x8b", "a gzip archive", "Unpack it first."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it first."),
    (b"Rar!\x1a\x07", "a RAR archive", "Unpack it first."),
    (b"\xfd7zXZ\x00", "an xz archive", "Unpack it first."),
    (b"\x89PNG\r\n\x1a\n", "a picture (PNG)", CHECKPOINT),
    (b"\xff\xd8\xff", "a picture (JPEG)", CHECKPOINT),
    (b"%PDF-", "a PDF document", CHECKPOINT),
    (b"\x7fELF", "a program (ELF)", CHECKPOINT),
)
ZIP = b"PK\x03\x04"
_PAGES = (b"<!doctype html", b"<html", b"<head", b"<!-- ")
# An ONNX file begins with its version of the format (field 1), then one of these fields: producer_name (2) to
# opset_import (8). onnx/onnx.proto, ModelProto.
_ONNX_FIELDS = frozenset({0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42})
_TEXT = frozenset(b"\t\n\r") | frozenset(range(32, 127))


def describe(path: Path) -> tuple[str, str] | None:
    """What the file is, as "a web page", and what to do where a checkpoint is wanted; None for what may be one.

    Raises OSError where it cannot be read.
    """
    with path.open("rb") as stream:
        start = stream.read(LOOKED_AT)
    return _archive(path) if start.startswith(ZIP) else describe_bytes(start)


def describe_bytes(start: bytes) -> tuple[str, str] | None:
    """As `describe`, for the first LOOKED_AT bytes of a file; an archive is not looked into."""
    for beginning, what, advice in _BEGINNINGS:
        if start.startswith(beginning):
            return what, advice
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:32].lower().startswith(_PAGES):
        return "a web page", DOWNLOAD
    if text.startswith(b"<?xml"):
        return "an XML file (a web page, or an OpenVINO model)", SOURCE
    if start[4:8] == b"TFL3":
        return "a TFLite file", f"{SOURCE} `invoke check` looks at .tflite files."
    if len(start) > 2 and start[0] == 0x08 and 2 <= start[1] <= 32 and start[2] in _ONNX_FIELDS:
        return "an ONNX file", SOURCE
    if len(start) > 9 and start[8:9] == b"{" and int.from_bytes(start[:8], "little") < 1 << 27:
        return "a safetensors file: weights without a network", CHECKPOINT
    if start[257:262] == b"ustar":
        return "a tar archive", "Unpack it first."
    if len(start) > 8 and not start.strip(b"\0"):
        return "a file of zeros: a copy or download that was cut off", "Copy it again."
    if b"\n" in start and all(byte in _TEXT for byte in start):
        return "a text file", CHECKPOINT
    return None


def _archive(path: Path) -> tuple[str, str] | None:
    """What a zip file is, which a checkpoint is, too; None also for a damaged one."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    last = {name.rpartition("/")[2] for name in names}
    if "constants.pkl" in last:  # torch/csrc/jit/serialization: a checkpoint holds data.pkl alone
        return "a TorchScript file", SOURCE
    if "data.pkl" in last:
        return None
    if "saved_model.pb" in last:
        return "a zipped SavedModel", SOURCE
    if {"config.json", "metadata.json"} <= last:
        return "a Keras file", SOURCE
    if any(name.endswith(".npy") for name in last):
        return "a NumPy archive", CHECKPOINT
    return "a zip archive without a checkpoint in it", "Unpack it first, or pass the .pt itself."
