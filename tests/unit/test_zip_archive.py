"""Zip files from outside: what is written, and that hostile ones write nothing elsewhere and fill no disk."""

import io
import stat
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgecask.data import zip_archive
from edgecask.data.zip_archive import is_zip, unpack
from edgecask.errors import DatasetError

SUFFIXES = frozenset({".jpg", ".txt"})


@pytest.fixture
def write(tmp_path):
    def make(*entries, compression=zipfile.ZIP_DEFLATED):
        path = tmp_path / "export.zip"
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, content in entries:
                archive.writestr(name, content)
        return path

    return make


@pytest.fixture
def unpacked(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()

    def call(path):
        unpack(path, folder, SUFFIXES)
        return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}

    return call


def test_files_that_are_wanted_are_written_and_others_are_not(write, unpacked):
    path = write(
        ("README.md", "x"), ("train/a.jpg", "a"), ("train/A.TXT", "b"), ("train\\b.jpg", "c"),
        ("__MACOSX/._a.jpg", "x"), (".hidden/a.jpg", "x"), ("train/", ""), ("run.exe", "x"),
    )  # fmt: skip
    assert is_zip(path)
    assert unpacked(path) == {"train/a.jpg": b"a", "train/A.TXT": b"b", "train/b.jpg": b"c"}


def test_what_is_called_a_zip_or_holds_nothing_is_one(write, tmp_path):
    empty, called = write().rename(tmp_path / "empty"), tmp_path / "export.ZIP"
    called.write_text("hello")
    assert is_zip(empty) and is_zip(called)
    with pytest.raises(DatasetError, match="is no zip file that can be unpacked"):
        unpack(called, tmp_path, SUFFIXES)
    json = tmp_path / "instances.json"
    json.write_text("{}")
    assert not is_zip(json)


@pytest.mark.parametrize(
    "name", ["../a.jpg", "/etc/a.jpg", "..\\a.jpg", "x/../../a.jpg", "C:/a.jpg", "C:a.jpg", "x" * 1021 + ".jpg"]
)
def test_names_that_lead_elsewhere(write, unpacked, tmp_path, name):
    with pytest.raises(DatasetError, match=r"export\.zip holds .* a name that leads elsewhere"):
        unpacked(write(("b.jpg", "b"), (name, "a")))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export.zip", "out"]


def test_links(write, unpacked):
    link = zipfile.ZipInfo("a.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(DatasetError, match="'a.jpg', a link"):
        unpacked(write((link, "/etc/passwd")))


@pytest.mark.parametrize("names", [("a.jpg", "A.jpg"), ("a.jpg", "a.jpg"), ("a.jpg/b.jpg", "a.jpg")])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_under_one_name(write, unpacked, names):
    with pytest.raises(DatasetError, match="twice|as a file and as a folder"):
        unpacked(write(*((name, "a") for name in names)))


def test_an_archive_that_unpacks_to_far_more_than_it_is(write, unpacked, tmp_path):
    path = write(*((f"{number}.txt", bytes(1 << 20)) for number in range(70)))
    with pytest.raises(DatasetError, match=r"has 0\.1 MB and unpacks to 73 MB"):
        unpacked(path)
    assert not list((tmp_path / "out").iterdir())


def test_files_that_lie_over_each_other(write, unpacked):
    """All entries of the directory lead to one file: what is claimed is more than the archive has."""
    path = write(("0.txt", bytes(range(256)) * 64), ("1.txt", b"b"), compression=zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    second = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 1)
    content[second + 20 : second + 28] = struct.pack("<II", 1 << 14, 1 << 14)
    path.write_bytes(content)
    with pytest.raises(DatasetError, match="claims to hold more than it has bytes"):
        unpacked(path)


def test_a_claim_that_is_smaller_than_what_is_there_writes_no_more_than_claimed(write, unpacked, tmp_path):
    path = write(("0.txt", bytes(1 << 20)))
    content = bytearray(path.read_bytes())
    for sign, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = content.index(sign) + at
        content[start : start + 4] = struct.pack("<I", 10)
    path.write_bytes(content)
    with pytest.raises(DatasetError, match="no zip file that can be unpacked"):
        unpacked(path)
    assert (tmp_path / "out" / "0.txt").stat().st_size <= 10


def test_limits(write, unpacked, monkeypatch):
    path = write(("0.txt", b"12345"), ("1.txt", b"1"))
    monkeypatch.setattr(zip_archive, "LARGEST_MEMBER", 4)
    with pytest.raises(DatasetError, match=r"'0\.txt' of more than"):
        unpacked(path)
    monkeypatch.setattr(zip_archive, "MOST_MEMBERS", 1)
    with pytest.raises(DatasetError, match="more than 1 files"):
        unpacked(path)


def test_an_encrypted_one(write, unpacked):
    path = write(("0.txt", b"12345"))
    content = bytearray(path.read_bytes())
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(sign) + at] |= 1
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"encrypted.*without a password"):
        unpacked(path)


@given(st.data())
def test_damaged_ones_are_one_line(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("damaged")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("train/a.jpg", "train/b.txt"):
            archive.writestr(name, name * 20)
    content = bytearray(buffer.getvalue())
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[at] = data.draw(st.integers(0, 255))
    path = folder / "x.zip"
    path.write_bytes(content[: data.draw(st.integers(4, len(content)))])
    (folder / "out").mkdir()
    try:
        unpack(path, folder / "out", SUFFIXES)
    except DatasetError as error:
        assert "\n" not in str(error)
    assert sorted(entry.name for entry in folder.iterdir()) == ["out", "x.zip"]
