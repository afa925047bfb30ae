"""What `verify --rebuild` refuses before anything is built; tests/integration/test_whole_rebuilds.py builds."""

import json

import pytest
from test_package import contents, write  # noqa: F401

from edgecask.cli import rebuild as module
from edgecask.cli.verify import Verify
from edgecask.errors import UsageError, VerificationError
from edgecask.package import provenance
from edgecask.package.provenance import parse_provenance


@pytest.fixture
def statement(contents, write):  # noqa: F811
    package = write(contents(parameters={"calibration_count": 7, "gptq": True}))
    return json.loads((package.folder / provenance.FILE).read_text())


def parsed(statement):
    return parse_provenance(json.dumps(statement).encode())


def request(**more):
    return Verify(target="grove", rebuild=True, weights="demo", **more)


def test_what_was_asked_for_is_asked_for_again(statement, tmp_path):
    again = module._request(request(), parsed(statement), tmp_path)
    assert (again.calibration_count, again.gptq, again.weights, again.target) == (7, True, "demo", "grove")
    assert again.output == tmp_path / "dist" and again.sign_key is None


def test_a_checkpoint_gets_the_name_that_it_had(statement, tmp_path):
    (tmp_path / "other.pt").write_bytes(b"weights")
    again = module._request(
        Verify(target="grove", rebuild=True, weights=str(tmp_path / "other.pt")), parsed(statement), tmp_path
    )
    assert again.weights == str(tmp_path / "weights" / "best.pt")
    assert (tmp_path / "weights" / "best.pt").read_bytes() == b"weights"


@pytest.mark.parametrize("name", ["../x.pt", "a/b.pt", "..", ""])
def test_a_recorded_name_leads_nowhere_else(statement, tmp_path, name):
    statement["predicate"]["buildDefinition"]["externalParameters"]["weights"] = name
    given = tmp_path / "given.pt"
    given.write_bytes(b"weights")
    again = module._request(Verify(target="grove", rebuild=True, weights=str(given)), parsed(statement), tmp_path)
    assert again.weights == str(given)


@pytest.mark.parametrize(
    "parameters",
    [
        {"unheard": 1}, {"sign_key": "/etc/shadow"}, {"output": "/"}, {"data": "/x"}, {"calibration_count": -1},
        {"calibration_count": "many"}, {"gptq": "yes"}, {"rounding": "up"}, {"image_size": 10**400},
    ],
)  # fmt: skip
def test_a_provenance_that_asks_for_nonsense_is_one_line(statement, tmp_path, parameters):
    statement["predicate"]["buildDefinition"]["externalParameters"] = parameters
    with pytest.raises(VerificationError):
        module._request(request(), parsed(statement), tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"null", b"[" * 100_000, b'{"predicateType": "x", "predicate": {}}', b"\xff"],
)
def test_what_is_no_provenance_is_refused(content):
    with pytest.raises(VerificationError, match="is no provenance of a package"):
        parse_provenance(content)


def test_a_statement_of_another_kind_is_refused(statement):
    statement["predicate"]["buildDefinition"]["buildType"] = "https://example.org/other"
    with pytest.raises(VerificationError, match="another kind of build"):
        parsed(statement)


def test_options_that_need_each_other():
    with pytest.raises(UsageError, match="needs the checkpoint"):
        Verify(target="grove", rebuild=True)
    with pytest.raises(UsageError, match="--weights is for building again"):
        Verify(target="grove", weights="demo")


def test_a_package_without_a_provenance_is_told(directories, contents, write):  # noqa: F811
    package = write(contents())
    with pytest.raises(VerificationError, match="nobody knows how it was built"):
        module.rebuild(
            request(), {"model.tflite": b""}, package.manifest, directories=directories, runner=None, display=None
        )
