"""Files of arrays: numpy reads them, and no patch level of Python shows in their bytes."""

import io
import zipfile

import numpy
import pytest
from locations import REPOSITORY

from pipeline.shared.arrays import save_arrays

ARRAYS = {"a": numpy.arange(6, dtype=numpy.float32).reshape(2, 3), "b": numpy.array([[]], numpy.int8)}


def test_numpy_reads_what_was_written(tmp_path):
    save_arrays(tmp_path / "x.npz", ARRAYS)
    with numpy.load(tmp_path / "x.npz") as found:
        assert found.files == list(ARRAYS)
        for name, array in ARRAYS.items():
            assert found[name].dtype == array.dtype and numpy.array_equal(found[name], array)


def test_members_are_written_as_small_ones_are_everywhere():
    """As zip's first version has them: sizes in the header, and no extra field, in which Pythons differ."""
    written = io.BytesIO()
    save_arrays(written, ARRAYS)
    with zipfile.ZipFile(written) as archive:
        for member in archive.infolist():
            assert (member.extract_version, member.extra, member.flag_bits) == (20, b"", 0)
            assert member.date_time == (1980, 1, 1, 0, 0, 0)
    assert written.getvalue()[28:30] == b"\0\0"  # the length of the first member's extra field, in its own header


def test_objects_are_refused(tmp_path):
    with pytest.raises(ValueError, match="Object arrays"):
        save_arrays(tmp_path / "x.npz", {"a": numpy.array([{}])})


def test_no_program_writes_arrays_another_way():
    writers = [path for path in (REPOSITORY / "pipeline").rglob("*.py") if "numpy.savez(" in path.read_text()]
    assert not writers
