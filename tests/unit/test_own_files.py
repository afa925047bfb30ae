"""What in a package's folder is the user's, what is carried to the next package, and what is removed."""

from test_manifest import make_package

from edgecask.package.manifest import read_manifest
from edgecask.package.own_files import added_by_user, carry_over, made_from_model, remove_own
from edgecask.target.target import load_target

FILES = ["manifest.json", "model.tflite", "report.html"]


def package(folder, **changes):
    make_package(folder, **changes)
    (folder / "mine").mkdir()
    (folder / "mine" / "weights.raw").touch()
    (folder / "mine" / "application.hex").touch()
    return folder, read_manifest(folder, target="grove")


def test_what_the_manifest_does_not_list_is_the_users(tmp_path):
    folder, manifest = package(tmp_path / "grove", files=FILES)
    assert added_by_user(folder, manifest) == [folder / "mine"]
    assert not remove_own(folder, manifest)
    assert [path.name for path in folder.iterdir()] == ["mine"]


def test_a_package_of_0_1_lists_nothing_and_is_removed_whole(tmp_path):
    folder, manifest = package(tmp_path / "grove")
    assert added_by_user(folder, manifest) == []
    assert remove_own(folder, manifest) and not folder.exists()


def test_what_was_made_from_the_older_model_stays_behind_at_any_depth(tmp_path):
    folder, manifest = package(tmp_path / "grove", files=FILES)
    newer = tmp_path / "newer"
    newer.mkdir()
    carry_over(folder, manifest, newer, stale={"weights.raw"})
    assert [path.relative_to(newer).as_posix() for path in sorted(newer.rglob("*"))] == ["mine", "mine/application.hex"]
    assert (folder / "mine" / "weights.raw").exists()


def test_what_the_newer_package_brings_itself_is_not_overwritten(tmp_path):
    folder, manifest = package(tmp_path / "grove", files=FILES)
    (tmp_path / "newer" / "mine").mkdir(parents=True)
    carry_over(folder, manifest, tmp_path / "newer", stale=())
    assert list((tmp_path / "newer" / "mine").iterdir()) == []


def test_the_file_at_the_models_address_is_made_from_the_model():
    assert made_from_model(load_target("stm32n6")) == {"network_atonbuf.xSPI2.raw"}
    assert made_from_model(load_target("grove")) == set()
