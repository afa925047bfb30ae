import pytest

from edgecask.runner.sizes import parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("6g", 6 << 30), ("512m", 512 << 20), ("512MiB", 512 << 20), ("1.5 GiB", 3 << 29), ("10GB", 10**10),
        ("8 TB", 8 * 10**12), ("1073741824", 1 << 30), ("100B", 100), ("64K", 64 << 10), ("0", 0),
    ],
)  # fmt: skip
def test_sizes_as_people_write_them(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "abc", "-1", "6 gigs", "1e9", "iB", "6x", "٣g", "1" * 13, "0x10", "6gg", "1,5g"])
def test_what_is_no_size(text):
    with pytest.raises(ValueError, match="is no size"):
        parse_size(text)
