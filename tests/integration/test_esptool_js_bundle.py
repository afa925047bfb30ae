"""The bundle of esptool-js is what its recipe makes of the packages that the lock names, byte for byte."""

import json
import shutil
import subprocess

import pytest
from locations import REPOSITORY

pytestmark = pytest.mark.extended
RECIPE = REPOSITORY / "tools" / "esptool-js"
BUNDLE = REPOSITORY / "edgecask" / "package" / "board_page" / "esptool_js"


def test_every_package_of_the_lock_has_its_hash():
    packages = json.loads((RECIPE / "package-lock.json").read_text())["packages"]
    assert len(packages) > 4
    assert all(entry["integrity"].startswith("sha512-") for name, entry in packages.items() if name)


@pytest.mark.skipif(shutil.which("npm") is None, reason="needs node and npm (Debian: apt-get install npm)")
def test_the_same_packages_give_the_same_bytes(tmp_path):
    recipe = tmp_path / "recipe"
    shutil.copytree(RECIPE, recipe, ignore=shutil.ignore_patterns("node_modules"))
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=recipe, check=True, timeout=300)
    subprocess.run(["node", "build.mjs", str(tmp_path / "made")], cwd=recipe, check=True, timeout=60)
    made = {path.name: path.read_bytes() for path in (tmp_path / "made").iterdir()}
    assert made == {path.name: path.read_bytes() for path in BUNDLE.iterdir()}
