import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgecask.files import canonical_json, readable_json, sha256_file, sha256_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=10,
)


@given(JSON)
def test_canonical_json_means_the_same(value):
    assert json.loads(canonical_json(value)) == value


def test_order_of_keys_does_not_matter():
    assert sha256_json({"a": 1, "b": [2, 3]}) == sha256_json({"b": [2, 3], "a": 1})
    assert sha256_json([2, 3]) != sha256_json([3, 2])


def test_nan_is_refused():
    with pytest.raises(ValueError):
        canonical_json(float("nan"))


def test_readable_json_is_sorted_and_ends_with_a_newline():
    assert readable_json({"b": 1, "a": 2}) == b'{\n  "a": 2,\n  "b": 1\n}\n'


def test_sha256_of_a_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 3_000_000)
    assert sha256_file(path) == hashlib.sha256(b"x" * 3_000_000).hexdigest()
