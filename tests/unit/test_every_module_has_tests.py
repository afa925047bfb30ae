"""Each module of the host has a file of unit tests of its name: test_NAME.py, or test_FOLDER_NAME.py."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest
from locations import REPOSITORY

UNIT = REPOSITORY / "tests" / "unit"
HOST = REPOSITORY / "edgecask"
ONE_CALL = "calls one function of a module that has tests"
DECLARATIONS = "declarations alone"
ENGINE = "run by tests/integration/test_stage_isolation.py, which needs the engine"
EXCEPTIONS = {
    "edgecask/__main__.py": "run as a user runs it by tests/unit/test_cli_program.py",
    "edgecask/build_request.py": "options; their rules are tests of tests/unit/test_common_options.py",
    "edgecask/cli/build.py": "run by tests/unit/test_cli.py, and whole by tests/integration/test_build_grove.py",
    "edgecask/cli/check_data.py": "its lines stand in tests/unit/test_data_check.py, with the data sets they are about",
    "edgecask/cli/images.py": "needs the engine; what it refuses is in tests/unit/test_registry.py",
    "edgecask/cli/lint.py": ONE_CALL,
    "edgecask/cli/lock.py": ONE_CALL,
    "edgecask/cli/make_demo_data.py": ONE_CALL,
    "edgecask/cli/package.py": ONE_CALL,
    "edgecask/cli/quantize.py": ONE_CALL,
    "edgecask/cli/reference.py": ONE_CALL,
    "edgecask/cli/targets.py": "run by tests/unit/test_cli.py; its table is edgecask/cli/target_table.py",
    "edgecask/cli/tasks.py": DECLARATIONS,
    "edgecask/cli/test.py": "its tiers are those of tests/unit/test_development.py",
    "edgecask/cli/train.py": "run by tests/unit/test_training_train.py",
    "edgecask/cli/worker.py": "run as a user runs it by tests/unit/test_cluster.py",
    "edgecask/data/demo_request.py": DECLARATIONS,
    "edgecask/data/images.py": "run by tests/unit/test_data_check.py on every kind of picture",
    "edgecask/firmware/commands.py": DECLARATIONS,
    "edgecask/firmware/plain.py": "tests/unit/test_himax.py and test_nuvoton.py ask the families that stand on it",
    "edgecask/matrix/worker.py": "run as a user runs it by tests/unit/test_cluster.py",
    "edgecask/plan/board_stages.py": DECLARATIONS,
    "edgecask/plan/data_stages.py": DECLARATIONS,
    "edgecask/plan/plot_stages.py": DECLARATIONS,
    "edgecask/runner/container/installation.py": "run by tests/integration/test_same_images.py, which needs the engine",
    "edgecask/runner/container/runner.py": ENGINE,
    "edgecask/runner/protocol.py": DECLARATIONS,
    "edgecask/store/result.py": DECLARATIONS,
    "edgecask/task/words.py": DECLARATIONS,
    "edgecask/target/package_tables.py": DECLARATIONS,
    "edgecask/target/rules.py": DECLARATIONS,
    "edgecask/target/tables.py": "declarations; tests/unit/test_target_values.py holds each value to be checked",
}
"""Why a module has none of its own."""


def is_empty(path: Path) -> bool:
    """Whether a module holds nothing but its docstring and constants of one line."""
    return path.name == "__init__.py" and not any(
        isinstance(node, ast.FunctionDef | ast.ClassDef) for node in ast.parse(path.read_text()).body
    )


def modules(host: Path) -> dict[str, tuple[str, ...]]:
    """The names of modules that hold something, by path: folders, then the name; a package has its folder's."""
    found = {}
    for path in sorted(host.rglob("*.py")):
        if not is_empty(path):
            parts = path.relative_to(host.parent).with_suffix("").parts
            found[path.relative_to(host.parent).as_posix()] = parts[:-1] if parts[-1] == "__init__" else parts
    return found


def imported(path: Path) -> set[str]:
    """What a file of tests imports, as modules and as names in modules."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def without_tests(host: Path, unit: Path) -> set[str]:
    """The modules for which there is no file; where two share a name, it is that of the one it imports."""
    named = modules(host)
    shared = Counter(parts[-1] for parts in named.values())
    missing = set()
    for module, parts in named.items():
        files = [unit / f"test_{parts[-1]}.py", unit / f"test_{'_'.join(parts[-2:])}.py"]
        if shared[parts[-1]] > 1:
            files[:1] = [file for file in files[:1] if file.is_file() and ".".join(parts) in imported(file)]
        if not any(file.is_file() for file in files):
            missing.add(module)
    return missing


def test_every_module_has_its_file_or_a_reason():
    missing = without_tests(HOST, UNIT) - set(EXCEPTIONS)
    assert not missing, f"write tests/unit/test_NAME.py for {', '.join(sorted(missing))}, or a reason into EXCEPTIONS"


def test_no_reason_outlives_its_module():
    assert set(EXCEPTIONS) <= without_tests(HOST, UNIT)


@pytest.mark.parametrize("reason", sorted(set(EXCEPTIONS.values())))
def test_what_a_reason_names_is_there(reason):
    for name in re.findall(r"[a-z_/]+/\w+\.py", reason):
        assert (REPOSITORY / name).is_file(), name


def test_a_module_without_a_file_is_found(tmp_path):
    host, unit = tmp_path / "host", tmp_path / "unit"
    for name in ("a", "one/b", "two/b", "one/__init__"):
        (host / name).parent.mkdir(parents=True, exist_ok=True)
        (host / f"{name}.py").write_text('"""Nothing."""\n')
    unit.mkdir()
    assert without_tests(host, unit) == {"host/a.py", "host/one/b.py", "host/two/b.py"}
    (unit / "test_host_a.py").touch()
    (unit / "test_b.py").write_text("from host.two import b\n")
    assert without_tests(host, unit) == {"host/one/b.py"}
    (unit / "test_one_b.py").touch()
    assert without_tests(host, unit) == set()
    (host / "one" / "__init__.py").write_text("def work(): ...\n")
    assert without_tests(host, unit) == {"host/one/__init__.py"}


def test_no_two_files_of_tests_have_one_name():
    """pytest imports them by their names alone: the second of two is an error, which ends the run."""
    names = [path.name for path in (REPOSITORY / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))
