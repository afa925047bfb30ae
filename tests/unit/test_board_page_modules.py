"""The modules of the board page, one by one, in node; tests/integration/test_board_in_browser.py has the whole page."""

import shutil
import subprocess

import pytest
from locations import REPOSITORY

from edgecask.package.board_page import FOLDER

TESTS = REPOSITORY / "tests" / "javascript"
IN_CHROMIUM_ALONE = {
    "main.js": "calls one function",
    "served.js": "calls one function",
    "page.js": "buttons and what they do",
    "picture.js": "draws",
}


def test_each_module_has_tests():
    tested = {path.name.replace(".test.js", ".js") for path in TESTS.glob("*.test.js")}
    assert {path.name for path in FOLDER.glob("*.js")} == tested | set(IN_CHROMIUM_ALONE)


@pytest.mark.extended
@pytest.mark.skipif(shutil.which("node") is None, reason="needs node (Debian: apt-get install nodejs)")
def test_modules(tmp_path):
    for path in (*FOLDER.glob("*.js"), *TESTS.glob("*.js"), REPOSITORY / "tests" / "data" / "sscma-lines.json"):
        shutil.copy(path, tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    done = subprocess.run(
        ["node", "--test", *sorted(path.name for path in tmp_path.glob("*.test.js"))],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:]
    assert "fail 0" in done.stdout and "skipped 0" in done.stdout
