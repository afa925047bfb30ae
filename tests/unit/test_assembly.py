"""Images of the same files are the same bytes; what differs between machines is left out."""

import io
import json
import tarfile

import pytest

from edgecask.errors import EnvironmentBuildError
from edgecask.files import sha256_bytes, sha256_file
from edgecask.runner.container.assembly import FORMAT, Folder, without_note, write_image, write_layer

RECORD = b"toy/__init__.py,sha256=1,3\ntoy-1.0.dist-info/uv_cache.json,sha256=2,9\ntoy-1.0.dist-info/RECORD,,\n"
FILES = {
    "environment/lib/toy/__init__.py": b"x=1",
    "environment/lib/toy-1.0.dist-info/uv_cache.json": b"now",
    "environment/lib/toy-1.0.dist-info/RECORD": RECORD,
}
WORK = Folder(name="work", owner=1000)


def made(path, files, *, time=0, owner=0, kind=None):
    """An archive as an engine gives it."""
    with tarfile.open(path, "w") as archive:
        folder = tarfile.TarInfo("environment")
        folder.type, folder.mode, folder.mtime = tarfile.DIRTYPE, 0o755, time
        archive.addfile(folder)
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.uid, entry.uname, entry.mode = len(content), time, owner, "me", 0o755
            archive.addfile(entry, io.BytesIO(content))
        link = tarfile.TarInfo("environment/python")
        link.type, link.linkname, link.mtime = kind or tarfile.SYMTYPE, "/usr/bin/python3.11", time
        archive.addfile(link)
    return path


def layer_of(tmp_path, name, files=FILES, **how):
    layer = tmp_path / f"{name}.layer"
    write_layer(made(tmp_path / name, files, **how), layer, place="opt/environment", folders=(WORK,))
    return layer


def test_a_layer_has_no_time_no_owner_no_order_and_no_note_of_uv(tmp_path):
    one = layer_of(tmp_path, "one")
    others = dict(reversed(FILES.items()))
    others["environment/lib/toy-1.0.dist-info/uv_cache.json"] = b"then"
    others["environment/lib/toy-1.0.dist-info/RECORD"] = RECORD.replace(b"=2,9", b"=3,10")
    assert sha256_file(layer_of(tmp_path, "other", others, time=1234, owner=7)) == sha256_file(one)
    with tarfile.open(one) as archive:
        found = {member.name: member for member in archive}
        assert archive.extractfile("opt/environment/lib/toy/__init__.py").read() == b"x=1"
    assert list(found) == sorted(found) and not [name for name in found if "uv_cache" in name]
    assert {member.mtime for member in found.values()} == {0}
    assert {name: member.uid for name, member in found.items() if member.uid} == {"work": 1000}
    assert found["opt/environment/lib/toy/__init__.py"].mode == 0o755
    assert found["opt/environment/python"].linkname == "/usr/bin/python3.11"
    changed = {**FILES, "environment/lib/toy/__init__.py": b"x=2"}
    assert sha256_file(layer_of(tmp_path, "changed", changed)) != sha256_file(one)


def test_the_bytes_are_those_of_this_format(tmp_path, base):
    """Others want another FORMAT: images of two edgecasks with the same key must be the same."""
    assert (FORMAT, base[1]) == (1, "sha256:7b8e692fa315b398284ec103a4075f143a43cd536d2512eedf08590753cacbed")


def test_a_record_is_sorted_and_names_what_is_there():
    assert without_note(RECORD) == b"toy-1.0.dist-info/RECORD,,\ntoy/__init__.py,sha256=1,3\n"


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(EnvironmentBuildError, match="opt/environment/python is neither"):
        layer_of(tmp_path, "device", kind=tarfile.CHRTYPE)


@pytest.fixture
def base(tmp_path):
    """The archive of a base image, and its id."""
    path = tmp_path / "base.image"
    settings = {"Env": ["PATH=/bin"], "User": "7"}
    return path, write_image(path, name="edgecask/base:1", layer=layer_of(tmp_path, "base"), settings=settings)


def contents(path):
    with tarfile.open(path) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}


def test_an_image_is_what_docker_and_the_oci_layout_say_of_it(tmp_path, base):
    layer = layer_of(tmp_path, "added", {"environment/more": b"1"})
    path = tmp_path / "image"
    settings = {"User": "1000:1000"}
    identity = write_image(path, name="edgecask/toy:1", layer=layer, settings=settings, below=base[0])
    found = contents(path)
    blobs = {name: content for name, content in found.items() if name.startswith("blobs/")}
    assert all(name == f"blobs/sha256/{sha256_bytes(content)}" for name, content in blobs.items())
    (docker,) = json.loads(found["manifest.json"])
    (index,) = json.loads(found["index.json"])["manifests"]
    manifest = json.loads(found[f"blobs/{index['digest'].replace(':', '/')}"])
    assert docker["RepoTags"] == ["edgecask/toy:1"]
    assert docker["Config"] == f"blobs/{manifest['config']['digest'].replace(':', '/')}"
    assert docker["Layers"] == [f"blobs/{each['digest'].replace(':', '/')}" for each in manifest["layers"]]
    assert manifest["config"]["digest"] == identity
    described = json.loads(found[docker["Config"]])
    assert described["rootfs"]["diff_ids"] == [each["digest"] for each in manifest["layers"]]
    assert described["rootfs"]["diff_ids"][1] == f"sha256:{sha256_file(layer)}"
    # The user of what it stands on is not its own.
    assert described["config"] == {"Env": ["PATH=/bin"], "User": "1000:1000"}


def test_the_same_files_give_the_same_archive_and_other_settings_another_id(tmp_path, base):
    paths = [tmp_path / "1", tmp_path / "2", tmp_path / "3"]
    layer = layer_of(tmp_path, "added")
    ids = [
        write_image(path, name="edgecask/toy:1", layer=layer, settings={"User": user}, below=base[0])
        for path, user in zip(paths, ("1", "1", "2"), strict=True)
    ]
    assert ids[0] == ids[1] != ids[2]
    assert paths[0].read_bytes() == paths[1].read_bytes() != paths[2].read_bytes()


def test_an_archive_that_no_engine_saved_is_one_line(tmp_path):
    other = tmp_path / "other"
    with tarfile.open(other, "w") as archive:
        archive.addfile(tarfile.TarInfo("manifest.json"))
    with pytest.raises(EnvironmentBuildError, match="in a form that is not known"):
        write_image(tmp_path / "image", name="a:1", layer=other, settings={}, below=other)
