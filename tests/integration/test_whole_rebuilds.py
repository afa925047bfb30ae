"""`verify --rebuild`: a package built again from what it was built from, with nothing from the store."""

import json
import shutil

import pytest
from recording import RecordingDisplay

from edgecask.cli.rebuild import rebuild
from edgecask.cli.verify import Verify
from edgecask.errors import VerificationError
from edgecask.files import sha256_bytes
from edgecask.package.manifest import read_manifest
from edgecask.package.sums import listed_files
from edgecask.runner.venv import VirtualEnvironmentRunner

pytestmark = pytest.mark.campaign


@pytest.fixture
def again(session_directories):
    """Verify a folder, in virtual environments."""
    display = RecordingDisplay()

    def call(folder, **given):
        request = Verify(target="grove", output=folder.parent, rebuild=True, **{"weights": "demo", **given})
        sentence = rebuild(
            request, listed_files(folder), read_manifest(folder, target="grove"), directories=session_directories,
            runner=VirtualEnvironmentRunner(session_directories), display=display,
        )  # fmt: skip
        return sentence, display

    return call


def test_the_same_inputs_give_every_byte_again_and_every_step_runs(demo_builds, again):
    sentence, display = again(demo_builds("venv")[0].folder)
    assert sentence == "built again, every file has the same bytes"
    assert {"export", "convert", "quantize", "compile"} <= set(display.ran) and not any(display.cached.values())


def test_a_package_of_containers_is_built_again_in_virtual_environments(demo_builds, again, engine_or_skip):
    sentence, _ = again(demo_builds("docker")[0].folder)
    assert sentence.startswith("built again in another kind of environment, every file but provenance.json")


def test_the_step_that_gave_something_else_is_named(demo_builds, again, tmp_path):
    """As if the package had been built where the conversion gave other bytes."""
    folder = tmp_path / "grove"
    shutil.copytree(demo_builds("venv")[0].folder, folder)
    path = folder / "provenance.json"
    statement = json.loads(path.read_text())
    steps = statement["predicate"]["buildDefinition"]["internalParameters"]["steps"]
    convert = next(step for step in steps if step["name"] == "convert")
    convert["outputs"]["saved_model.zip"] = "0" * 64
    before = sha256_bytes(path.read_bytes())
    path.write_text(json.dumps(statement))
    sums = folder / "SHA256SUMS"
    sums.write_text(sums.read_text().replace(before, sha256_bytes(path.read_bytes())))
    with pytest.raises(VerificationError, match="the step convert is the first that differs: it gave another saved_m"):
        again(folder)


def test_other_weights_are_refused_before_anything_is_built(demo_builds, again, checkpoints):
    with pytest.raises(VerificationError, match="--weights|calibrated with"):
        again(demo_builds("venv")[0].folder, weights=str(checkpoints / "five-keypoints.pt"))
