"""Files under the wrong name are told by how they begin, and a checkpoint is none of them."""

import io
import lzma
import struct
import zipfile

import numpy
import pytest
from locations import REPOSITORY

from edgecask.data.weights import DEMO, demos, find_weights, ingest_weights
from edgecask.errors import ModelFileError, WeightsError
from edgecask.file_kinds import describe
from edgecask.store.store import Store
from edgecask.target.model_file import read_model


def zipped(*names):
    """A zip file of empty members."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, b"")
    return packed.getvalue()


def numpy_archive():
    packed = io.BytesIO()
    numpy.savez(packed, a=numpy.zeros(3))
    return packed.getvalue()


LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 6832633\n"
HEADER = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
OTHER = {
    "a Git LFS pointer": LFS_POINTER,
    "a web page": b"\xef\xbb\xbf\n<!DOCTYPE HTML>\n<html></html>",
    "an XML file": b'<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>',
    "an ONNX file": b"\x08\x07\x12\x07pytorch\x1a\x052.0.0",
    "a TFLite file": (REPOSITORY / "tests" / "data" / "raw.tflite").read_bytes(),
    "a TorchScript file": zipped("best/data.pkl", "best/code/__torch__.py", "best/constants.pkl"),
    "a zipped SavedModel": zipped("best_saved_model/saved_model.pb"),
    "a Keras file": zipped("config.json", "metadata.json", "model.weights.h5"),
    "a NumPy archive": numpy_archive(),
    "a zip archive": zipped("best.pt"),
    "a safetensors file": struct.pack("<Q", len(HEADER)) + HEADER + b"\0" * 4,
    "an HDF5 file": b"\x89HDF\r\n\x1a\n" + b"\0" * 100,
    "an xz archive": lzma.compress(b"checkpoint"),
    "a picture": b"\x89PNG\r\n\x1a\n" + b"\0" * 30,
    "a file of zeros": b"\0" * 4096,
    "a text file": b"path: data\ntrain: images\n",
}


@pytest.mark.parametrize("what", OTHER)
def test_what_is_no_checkpoint_is_told(tmp_path, directories, what):
    path = tmp_path / "best.pt"
    path.write_bytes(OTHER[what])
    with pytest.raises(WeightsError, match=f"best.pt is {what}") as told:
        ingest_weights(Store(directories.store), find_weights(directories, str(path)))
    assert told.value.advice and "\n" not in str(told.value)


def test_a_pointer_and_a_web_page_say_how_to_get_the_file(tmp_path, directories):
    for content, advice in ((LFS_POINTER, "git lfs pull"), (OTHER["a web page"], "Download the file itself")):
        path = tmp_path / "best.pt"
        path.write_bytes(content)
        with pytest.raises(WeightsError, match=advice):
            ingest_weights(Store(directories.store), find_weights(directories, str(path)))
        path = tmp_path / "model.tflite"
        path.write_bytes(content)
        with pytest.raises(ModelFileError, match=advice):
            read_model(path)


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x02}q\0.",
        b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.",
        zipped("best/data.pkl", "best/data/0"),
        b"PK\x03\x04cut",
    ],
)
def test_pickles_are_left_to_the_loader(tmp_path, content):
    path = tmp_path / "best.pt"
    path.write_bytes(content)
    assert describe(path) is None


def test_checkpoints_are_none_of_them(tmp_path):
    assert describe(demos()[DEMO]) is None
    for packed in sorted((REPOSITORY / "tests" / "data").glob("ultralytics-*.pt.xz")):
        path = tmp_path / packed.stem
        path.write_bytes(lzma.decompress(packed.read_bytes()))
        assert describe(path) is None
