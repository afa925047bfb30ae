"""A shared store in a folder: what is fetched is verified, what cannot be reached is told once."""

import shutil
import subprocess
from pathlib import Path

import pytest

from edgecask.errors import UsageError
from edgecask.files import sha256_bytes
from edgecask.store.record import MadeFrom
from edgecask.store.remote import Remote, RemoteSettings, shown
from edgecask.store.store import Store

MADE_FROM = MadeFrom(
    algorithm=1, stage="toy", environment="e", parameters={}, inputs={}, outputs=["out"], programs={}, variables={}
)


@pytest.fixture
def shared(tmp_path):
    return tmp_path / "shared store"


@pytest.fixture
def machine(tmp_path, shared):
    """A store of a machine of its own with the shared one behind it; its warnings are `warnings`."""
    made = []

    def make(**settings):
        warnings = []
        settings = {"url": f"file://{shared}", **settings}
        remote = Remote(RemoteSettings(**settings), warn=warnings.append)
        store = Store(tmp_path / f"machine {len(made)}", remote=remote)
        store.warnings = warnings
        made.append(store)
        return store

    return make


def publish(store, content=b"result"):
    with store.temporary() as folder:
        (folder / "out").write_bytes(content)
        return store.publish(MADE_FROM, outputs={"out": folder / "out"}, report={"n": 1}, toolchain={})


def test_what_one_machine_made_another_finds(machine):
    made = publish(machine())
    other = machine()
    found = other.find(made.key)
    assert found.outputs["out"].path.read_bytes() == b"result" and found.report == {"n": 1} and found.cached
    assert found.outputs["out"].path.is_relative_to(other.root)


def test_what_was_fetched_is_kept(machine, shared):
    made = publish(machine())
    other = machine()
    assert other.find(made.key)
    shutil.rmtree(shared)
    assert other.find(made.key) and other.warnings == []


def test_the_record_comes_last(machine, shared):
    """A machine that dies in between leaves blobs, and no record that names what is not there."""
    store = machine()
    order = []
    original = store.remote._files.put_file, store.remote._files.pipe_file
    store.remote._files.put_file = lambda *a, **k: (order.append("blob"), original[0](*a, **k))[1]
    store.remote._files.pipe_file = lambda *a, **k: (order.append("record"), original[1](*a, **k))[1]
    try:
        publish(store)
    finally:
        store.remote._files.put_file, store.remote._files.pipe_file = original
    assert order == ["blob", "record"]


@pytest.mark.parametrize("kind", ["blobs", "results"])
def test_what_has_rotted_there_counts_as_absent_and_heals(machine, shared, kind):
    made = publish(machine())
    (path,) = shared.glob(f"{kind}/*/*")
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    other = machine()
    assert other.find(made.key) is None
    if kind == "results":
        publish(other)
        assert machine().find(made.key)


def test_a_result_under_another_key_is_not_taken(machine, shared):
    made = publish(machine())
    (path,) = shared.glob("results/*/*")
    other_key = sha256_bytes(b"another")
    (shared / "results" / other_key[:2]).mkdir()
    shutil.copy(path, shared / "results" / other_key[:2] / other_key)
    store = machine()
    assert store.find(other_key) is None and store.find(made.key)


def test_a_blob_that_was_cut_short_is_put_again(machine, shared):
    publish(machine())
    (path,) = shared.glob("blobs/*/*")
    path.chmod(0o644)
    path.write_bytes(b"res")
    publish(machine())
    assert path.read_bytes() == b"result"


def test_read_only_writes_nothing(machine, shared):
    publish(machine(read_only=True))
    assert not shared.exists()


def test_what_cannot_be_reached_is_told_once_and_left_alone(machine, shared):
    shared.write_text("a file where the store should be")
    store = machine()
    made = publish(store)
    assert store.find(made.key), "the local store still serves"
    publish(store, b"more")
    assert len(store.warnings) == 1 and "going on with the local one" in store.warnings[0]


@pytest.mark.parametrize("url", ["nosuch://bucket", "s3//", ""])
def test_an_address_that_is_none(url):
    if url == "nosuch://bucket":
        with pytest.raises(UsageError, match="cannot be used"):
            Remote(RemoteSettings(url=url), warn=print)


def test_credentials_in_an_address_are_not_shown():
    assert shown("s3://key:secret@host/bucket?token=x") == "s3://host/bucket"
    assert shown("/mnt/store") == "/mnt/store"


@pytest.fixture
def keys(tmp_path):
    """A key of the team's, one of a stranger's, and the file that names the team's."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("needs OpenSSH's ssh-keygen")
    for name in ("team", "stranger"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)], check=True, capture_output=True
        )
    signers = tmp_path / "signers"
    signers.write_text(f"edgecask {(tmp_path / 'team.pub').read_text()}")
    return tmp_path / "team", tmp_path / "stranger", signers


@pytest.mark.parametrize(("signer", "found"), [(0, True), (1, False), (None, False)])
def test_only_what_the_team_has_signed_counts(machine, keys, signer, found):
    made = publish(machine(sign_key=None if signer is None else keys[signer]))
    assert bool(machine(signers=keys[2]).find(made.key)) == found


def test_a_signature_is_good_for_its_own_record_alone(machine, keys, shared):
    made = publish(machine(sign_key=keys[0]))
    (record,) = [path for path in shared.glob("results/*/*") if path.suffix != ".sig"]
    signature = record.with_name(record.name + ".sig").read_bytes()
    publish(machine(), b"planted")  # under the same key, by somebody who may write
    assert record.with_name(record.name + ".sig").read_bytes() == signature
    assert machine(signers=keys[2]).find(made.key) is None
    assert Path(record).is_file()
