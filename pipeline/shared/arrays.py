"""Arrays in an .npz whose bytes are the same under every Python.

numpy.savez lets zipfile choose how it writes sizes, and patch levels differ there (3.11.2 and 3.11.7 do).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy


def save_arrays(destination: Path | IO[bytes], arrays: Mapping[str, numpy.ndarray[Any, Any]]) -> None:
    """Write arrays under their names, in their order, for numpy.load to read."""
    with zipfile.ZipFile(destination, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            numpy.lib.format.write_array(content, numpy.asanyarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content.getbuffer())
