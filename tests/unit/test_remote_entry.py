"""When a file was written, as different file systems of fsspec tell it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from edgecask.store.remote_entry import modified


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"LastModified": datetime(1970, 1, 2, tzinfo=UTC)}, 86400),  # S3
        ({"LastModified": datetime(1970, 1, 2, 1, tzinfo=timezone(timedelta(hours=1)))}, 86400),
        ({"last_modified": datetime(1970, 1, 2)}, 86400),  # without a zone it is that of Greenwich
        ({"mtime": 86400.5, "created": 1.0}, 86400.5),  # a folder of this machine
        ({"updated": "1970-01-02T00:00:00Z"}, 86400),  # Google's
        ({"mtime": None, "size": 3}, None),
        ({"mtime": "yesterday"}, None),
        ({"mtime": True}, None),
        ({}, None),
    ],
)
def test_when_it_was_written(entry, expected):
    assert modified(entry) == expected
