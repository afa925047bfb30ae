import pytest

from edgecask.errors import TargetError, UsageError
from edgecask.target.target import TARGETS, load_target, target_names


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
def test_a_target_that_is_not_valid_names_file_and_field(tmp_path, old, new, match):
    folder = tmp_path / "mine"
    folder.mkdir()
    text = (TARGETS / "grove" / "target.toml").read_text()
    assert old in text
    (folder / "target.toml").write_text(text.replace(old, new, 1))
    (folder / "vela_config.ini").write_text("")
    with pytest.raises(TargetError, match=match) as caught:
        load_target("mine", tmp_path)
    assert "mine/target.toml" in str(caught.value)
