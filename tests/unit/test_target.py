import pytest

from edgecask.errors import TargetError, UsageError
from edgecask.target.target import load_target, target_names


@pytest.mark.parametrize("name", target_names())
def test_every_target_is_valid_and_takes_its_own_sizes(name):
    target = load_target(name)
    assert target.image_size(None) == target.model.default_image_size
    for size in target.model.image_sizes:
        assert target.image_size(size) == size


@pytest.mark.parametrize("name", ["nope", "", "../targets/grove", "grove/", "."])
def test_an_unknown_target_lists_the_known(name):
    with pytest.raises(TargetError, match="grove"):
        load_target(name)


@pytest.mark.parametrize("size", [0, -32, 16, 33, 200])
def test_a_size_the_firmware_does_not_take(size):
    with pytest.raises(UsageError, match="multiple of 32"):
        load_target("grove").image_size(size)


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ('granularity = "per-tensor"', 'granularity = "per-row"', "granularity"),
        ("[outputs]", "[outputs]\nmisspelt = 1", "misspelt"),
        ("[model]", "[model", "not valid"),
        ("classes = 1", "", "classes"),
    ],
)
def test_a_target_that_is_not_valid_names_file_and_field(own_target, tmp_path, old, new, match):
    own_target((old, new))
    with pytest.raises(TargetError, match=match) as caught:
        load_target("mine", tmp_path)
    assert "mine/target.toml" in str(caught.value)


def test_a_target_by_its_folder_or_its_file(own_target, tmp_path, monkeypatch):
    folder = own_target()
    for name in (str(folder), f"{folder}/", str(folder / "target.toml")):
        assert load_target(name).name == "mine" and load_target(name).folder == str(folder)
    monkeypatch.chdir(tmp_path)
    assert load_target("./mine").folder == str(folder)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_target("~/mine").folder == str(folder)


@pytest.mark.parametrize("name", ["/nowhere", "./gone", "~nobody-of-that-name/x"])
def test_a_folder_that_is_no_target(name):
    with pytest.raises(TargetError, match="no target in"):
        load_target(name)


def test_a_folder_whose_name_cannot_stand_in_a_vendors_file(own_target):
    with pytest.raises(TargetError, match="folder's name"):
        load_target(str(own_target(name="my board; rm")))


def test_what_was_probably_meant():
    with pytest.raises(TargetError, match="Did you mean grove"):
        load_target("grvoe")


def test_how_much_of_an_image_is_taken():
    grove = load_target("grove")
    assert grove.seen_with(None) is grove
    assert grove.seen_with("camera").view() == {
        "resize": "nearest-float32", "colour": "yuv422", "frame": [240, 240],
    }  # fmt: skip
    assert grove.seen_with("none").view()["frame"] is None
