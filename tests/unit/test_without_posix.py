"""Nothing on the host needs POSIX to be imported: on Windows a model can be checked and flashed."""

import ast
import subprocess
import sys

import pytest
from locations import REPOSITORY

SCRIPT = """
import importlib, pkgutil, sys, traceback

BLOCKED = {"termios", "fcntl", "pwd", "grp", "resource", "tty", "pty"}


class Blocker:
    # Only for modules of ours: what Python and other packages import, they know how to do without on Windows.
    def find_spec(self, name, path=None, target=None):
        if name in BLOCKED:
            frame = sys._getframe(1)
            while frame and "importlib" in frame.f_code.co_filename:
                frame = frame.f_back
            if frame and "edgecask" in frame.f_globals.get("__name__", ""):
                raise ImportError(f"{name} is blocked for {frame.f_globals['__name__']}")
        return None


for name in BLOCKED:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Blocker())
import edgecask

failed = 0
count = 0
for module in pkgutil.walk_packages(edgecask.__path__, "edgecask."):
    if module.name.endswith("__main__"):
        continue
    count += 1
    try:
        importlib.import_module(module.name)
    except ImportError:
        failed += 1
        traceback.print_exc()
print(count)
sys.exit(failed)
"""


def test_every_host_module_can_be_imported():
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 80


POSIX_ONLY = {"termios", "fcntl", "pwd", "grp", "resource", "tty", "pty"}


def guarded(tree):
    """The nodes that run where an ImportError is expected."""
    for node in ast.walk(tree):
        expected = "ImportError" in ast.unparse(node.items[0]) if isinstance(node, ast.With) else False
        if isinstance(node, ast.Try):
            expected = any("ImportError" in ast.unparse(handler.type or ast.Constant(0)) for handler in node.handlers)
        if expected:
            yield from (each for part in node.body for each in ast.walk(part))


@pytest.mark.parametrize("path", sorted((REPOSITORY / "edgecask").rglob("*.py")), ids=lambda path: path.name)
def test_what_only_posix_has_is_imported_where_its_absence_is_expected(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    safe = set(map(id, guarded(tree)))
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert not POSIX_ONLY & set(names) or id(node) in safe, f"{path}:{node.lineno}"
