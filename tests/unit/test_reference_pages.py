"""What the generated pages say; that the files are up to date is a test in test_reference_files.py."""

from edgecask.cli.reference_pages import exit_codes_page, targets_page
from edgecask.errors import all_errors
from edgecask.target.target import load_target, target_names


def test_every_exit_code_has_a_line_with_its_meaning():
    lines = exit_codes_page().splitlines()
    for error in all_errors():
        (line,) = [line for line in lines if line.startswith(f"| {error.exit_code} |")]
        assert len(line) > 30, "its docstring says what happened"
    assert sum(line.startswith("| 0 |") for line in lines) == 1


def test_every_target_has_its_limits():
    page = targets_page()
    for name in target_names():
        target = load_target(name)
        section = page.split(f"\n## {name}\n")[1].split("\n## ")[0]
        assert target.title in section and target.firmware in section
        assert f"{target.memory.flash_limit_kib:,.0f} KiB" in section
        assert f"default {target.model.default_image_size}" in section
        for change in target.changes:
            assert change.source in section
