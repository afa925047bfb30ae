"""Signatures of packages, by the real ssh-keygen."""

import os
import subprocess

import pytest

from edgecask.build import plan_build
from edgecask.build_request import BuildRequest
from edgecask.errors import UsageError, VerificationError
from edgecask.package.signature import FILE, NAMESPACE, sign, signer_of


def make_key(folder, name="key", passphrase=""):
    path = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", path], check=True)
    return path


@pytest.fixture
def key(tmp_path):
    return make_key(tmp_path)


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "SHA256SUMS").write_text(f"{'0' * 64}  model.tflite\n")
    return folder


@pytest.fixture
def allowed(tmp_path, key):
    path = tmp_path / "allowed_signers"
    path.write_text(f"ann@example.org {key.with_suffix('.pub').read_text()}")
    return path


def test_who_signed_is_named_where_somebody_says_whose_keys_count(package, key, allowed):
    assert signer_of(package, allowed=None) is None
    sign(package, key)
    assert signer_of(package, allowed=allowed) == "ann@example.org"
    assert signer_of(package, allowed=None).startswith("whoever has the key SHA256:")
    line = ["ssh-keygen", "-Y", "verify", "-f", allowed, "-I", "ann@example.org", "-n", NAMESPACE, "-s", package / FILE]
    with (package / "SHA256SUMS").open("rb") as sums:  # as the module says to do it without edgecask
        subprocess.run(line, stdin=sums, check=True, capture_output=True)


def test_a_package_that_was_changed_is_not_what_was_signed(package, key, allowed):
    sign(package, key)
    (package / "SHA256SUMS").write_text(f"{'1' * 64}  model.tflite\n")
    for signers in (allowed, None):
        with pytest.raises(VerificationError, match="is no signature of what the package holds"):
            signer_of(package, allowed=signers)


def test_a_signature_for_something_else_does_not_count(package, key, allowed):
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-n", "git", "-f", key, package / "SHA256SUMS"], check=True)
    for signers in (allowed, None):
        with pytest.raises(VerificationError, match="is no signature"):
            signer_of(package, allowed=signers)


def test_somebody_elses_key_and_none_are_refused(package, tmp_path, allowed):
    with pytest.raises(VerificationError, match="is not signed"):
        signer_of(package, allowed=allowed)
    sign(package, make_key(tmp_path, "other"))
    with pytest.raises(VerificationError, match="is by nobody whom"):
        signer_of(package, allowed=allowed)


@pytest.mark.parametrize("content", [b"", b"x", b"-----BEGIN SSH SIGNATURE-----\n", b"\0" * 5000, b"a" * (1 << 17)])
def test_what_is_no_signature_is_refused(package, allowed, content):
    (package / FILE).write_bytes(content)
    for signers in (allowed, None):
        with pytest.raises(VerificationError):
            signer_of(package, allowed=signers)


def test_a_pipe_in_its_place_does_not_hang(package, allowed):
    os.mkfifo(package / FILE)
    with pytest.raises(VerificationError, match="cannot be read"):
        signer_of(package, allowed=allowed)


@pytest.mark.parametrize("allowed_text", ["", "nonsense\n", "* ssh-ed25519 AAAA\n"])
def test_a_list_of_signers_without_any(package, key, allowed, allowed_text):
    sign(package, key)
    allowed.write_text(allowed_text)
    with pytest.raises(VerificationError):
        signer_of(package, allowed=allowed)


def test_keys_that_cannot_sign_are_one_line(package, tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="There is no key at"):
        sign(package, tmp_path / "none")
    (tmp_path / "text").write_text("no key")
    with pytest.raises(UsageError, match="ssh-keygen cannot sign with"):
        sign(package, tmp_path / "text")
    with pytest.raises(UsageError, match="ssh-add"):  # nobody is asked for it
        sign(package, make_key(tmp_path, "locked", passphrase="secret words"))
    assert not (package / FILE).exists()
    monkeypatch.setattr("edgecask.ssh_keygen.PROGRAM", "no-such-program")
    with pytest.raises(UsageError, match="not installed"):
        sign(package, make_key(tmp_path, "again"))


def test_the_same_key_signs_the_same_in_the_same_bytes(package, key):
    sign(package, key)
    before = (package / FILE).read_bytes()
    (package / FILE).unlink()
    sign(package, key)
    assert (package / FILE).read_bytes() == before


def test_a_key_that_is_not_there_is_told_before_anything_is_built(tmp_path, directories):
    request = BuildRequest(target="grove", weights="demo", sign_key=tmp_path / "absent", output=tmp_path / "dist")
    with pytest.raises(UsageError, match="There is no key at .*absent"):
        plan_build(request, directories=directories, warn=print)
    assert not directories.store.exists()
