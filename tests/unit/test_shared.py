from pathlib import Path

import pytest

from edgecask.errors import UsageError
from edgecask.store.shared import open_store, remote_settings


def test_there_is_none_unless_it_is_named(directories, monkeypatch):
    monkeypatch.delenv("EDGECASK_REMOTE_STORE", raising=False)
    assert open_store(directories, warn=print).remote is None


def test_the_settings_are_variables():
    found = remote_settings(
        {
            "EDGECASK_REMOTE_STORE": "s3://bucket/results",
            "EDGECASK_REMOTE_STORE_READ_ONLY": "1",
            "EDGECASK_REMOTE_STORE_SIGN_KEY": "~/key",
        }
    )
    assert found.url == "s3://bucket/results" and found.read_only
    assert found.sign_key == Path.home() / "key" and found.signers is None


def test_a_switch_that_is_neither():
    with pytest.raises(UsageError, match="READ_ONLY=yes"):
        remote_settings({"EDGECASK_REMOTE_STORE_READ_ONLY": "yes"})


def test_a_store_with_a_shared_one_behind_it(directories, monkeypatch, tmp_path):
    monkeypatch.setenv("EDGECASK_REMOTE_STORE", (tmp_path / "far").as_uri())
    assert open_store(directories, warn=print).remote.writable
