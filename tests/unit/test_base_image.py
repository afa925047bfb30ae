"""What dpkg says is in an image."""

from edgecask.runner.container.base_image import parse_packages

STATUS = """Package: libgomp1
Status: install ok installed
Architecture: amd64
Multi-Arch: same
Version: 12.2.0-14+deb12u1
Description: GCC OpenMP (GOMP) support library
 Status: deinstall ok config-files

Package: bash
Status: install ok installed
Architecture: amd64
Version: 5.2.15-2+b13

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1
"""


def test_installed_packages_are_read_and_what_was_removed_is_left_out():
    assert parse_packages(STATUS) == {"bash:amd64": "5.2.15-2+b13", "libgomp1:amd64": "12.2.0-14+deb12u1"}
    assert parse_packages("") == {}
