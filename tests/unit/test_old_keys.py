import pytest

from edgecask.errors import TargetError
from edgecask.target.target import load_target


def test_keys_of_the_release_before_still_work(own_target):
    """A target.toml that was written for 0.1."""
    folder = own_target(("zero_copy_concat = true", "in_place = false"))
    compiled = load_target(str(folder)).compile
    assert compiled is not None and not compiled.zero_copy_concat


def test_thresholds_of_the_release_before_are_told_where_they_stand_now(own_target):
    folder = own_target(("[nms]", "[decode]"))
    with pytest.raises(TargetError, match=r"is of edgecask 0\.1: .*\[decode\] are now in \[nms\].*\[camera\]"):
        load_target(str(folder))


def test_a_target_of_somebodys_own_from_before_there_were_families(own_target):
    old = [
        ('family = "sscma"\n', ""),
        ("[vendor]", "[sscma]"),
        ('product = "Ethos-U55"\n', ""),
        ("stream_version = 0\n", ""),
        ("custom_dma = false\n", ""),
    ]
    target, grove = load_target(str(own_target(*old))), load_target("grove")
    assert (target.family, target.vendor, target.npu) == ("sscma", grove.vendor, grove.npu)
