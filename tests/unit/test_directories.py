"""Where edgecask finds what it brings along, in a clone and installed."""

import pytest
from locations import REPOSITORY

from edgecask.directories import bundled, is_installed

FOLDERS = ("pipeline", "docker", "targets", "models")


@pytest.mark.parametrize("name", FOLDERS)
def test_in_a_clone_they_stand_beside_the_package(name):
    assert not is_installed()
    assert bundled(name) == REPOSITORY / name and bundled(name).is_dir()


@pytest.mark.parametrize("name", FOLDERS)
def test_installed_they_are_inside_it_whatever_else_has_their_names(name, tmp_path):
    """`docker` beside the package is the engine's SDK then."""
    package = tmp_path / "site-packages" / "edgecask"
    for folder in FOLDERS:
        (package / folder).mkdir(parents=True)
        (package.parent / folder).mkdir()
    assert is_installed(package)
    assert bundled(name, package) == package / name
