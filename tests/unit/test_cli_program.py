"""The command `edgecask`: every command with nothing, with --help, and with a wrong value of every option."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from locations import REPOSITORY

import edgecask
from edgecask.cli.program import command_help, main
from edgecask.cli.tasks import COMMANDS, DEVELOPMENT_COMMANDS
from edgecask.option_kinds import ListOf, PathKind, Switch, Text

WITHOUT_ARGUMENTS = {"clean", "doctor", "images", "init", "make-demo-data", "targets"}
"""What may be called with nothing, and then does something."""
WRONG = "\u00b2"


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Call edgecask in an empty folder; the exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDGECASK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")

    def call(*words):
        code = 0
        try:
            main(["edgecask", *words])
        except SystemExit as end:
            code = end.code
        return code, *capsys.readouterr()

    return call


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help(run, name):
    pages = [run(name, "--help"), run("--help", name), run(name, "-h")]
    assert pages[0] == pages[1] == pages[2]
    code, page, errors = pages[0]
    assert code == 0 and errors == "" and page.startswith(f"Usage: edgecask {name}")
    assert COMMANDS[name].summary in page
    for option in COMMANDS[name].options:
        assert (option.name.upper() if option.positional else option.usage) in page


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - WITHOUT_ARGUMENTS))
def test_nothing_is_one_line(run, name):
    code, printed, errors = run(name)
    assert code == 2 and printed == ""
    (line,) = errors.splitlines()
    assert line.startswith("error: ") and "is missing" in line


@pytest.mark.parametrize(
    ("name", "option"),
    [
        (name, option.name)
        for name, command in sorted(COMMANDS.items())
        for option in command.options
        if not isinstance(
            option.kind.kind if isinstance(option.kind, ListOf) else option.kind, Text | PathKind | Switch
        )
    ],
)
def test_a_wrong_value_is_one_line(run, name, option):
    needed = [f"--{each.name}=x" for each in COMMANDS[name].options if each.required]
    code, printed, errors = run(name, *needed, f"--{option}={WRONG}")
    assert code == 2 and printed == ""
    (line,) = errors.splitlines()
    assert line.startswith(f"error: --{option}={WRONG} is not ")


def test_a_wrong_name_of_a_folder_is_refused(run):
    code, _, errors = run("train", "--data=x", "--name=../elsewhere")
    assert code == 2 and "--name" in errors


def test_a_wrong_target_has_its_own_exit_code(run):
    code, _, errors = run("build", "--target=grvoe")
    assert code == 10 and errors == "error: There is no target 'grvoe'. Did you mean grove?\n"


def test_version_list_and_help(run):
    assert run("--version") == (0, f"edgecask {edgecask.__version__}\n", "")
    for words in ([], ["--help"], ["--list"]):
        code, page, _ = run(*words)
        assert code == 0 and all(name in page for name in COMMANDS)
        assert not any(f"\n  {name} " in page for name in DEVELOPMENT_COMMANDS)


def test_completion(run):
    code, script, _ = run("--print-completion-script=bash")
    assert code == 0 and "edgecask" in script
    assert run("--complete", "--", "edgecask", "bu")[1].split() == sorted(COMMANDS)
    offered = run("--complete", "--", "edgecask", "build", "--gp")[1].split()
    assert {"--gptq", "--no-range-search", "--target"} <= set(offered)


def test_groups_of_options():
    page = command_help(COMMANDS["build"], program="edgecask")
    order = [page.index(heading) for heading in ("\nOptions:", "\nQuantization:", "\nCompilation for the NPU:")]
    assert order == sorted(order) and page.count("\nOptions:") == 1


def test_init_writes_a_file_once(run, tmp_path):
    assert run("init")[0] == 0 and (tmp_path / "edgecask.toml").is_file()
    code, _, errors = run("init")
    assert code == 2 and "already" in errors


def test_an_unknown_key_of_the_project_is_named_by_every_command(run, tmp_path):
    (tmp_path / "edgecask.toml").write_text("imgzs = 192")
    code, _, errors = run("targets")
    assert code == 2 and "Did you mean imgsz?" in errors


def test_own_targets_are_listed_and_found(run, tmp_path):
    folder = tmp_path / "targets" / "mine"
    folder.mkdir(parents=True)
    for name in ("target.toml", "vela_config.ini"):
        (folder / name).write_bytes((REPOSITORY / "targets" / "grove" / name).read_bytes())
    listed = run("targets")[1]
    assert "\nmine " in listed and "of this project" in listed
    _, printed, errors = run("check", str(REPOSITORY / "tests/data/raw_vela.tflite"), "--target=mine", "--json")
    assert json.loads(printed)["target"] == "mine", errors


CLUSTER = {"dask", "distributed", "fsspec", "psutil"}
"""What only a matrix, a worker or a shared store needs."""


@pytest.mark.parametrize(
    "module", ["edgecask.build", "edgecask.cli.session", "edgecask.store.shared", "edgecask.cli.matrix"]
)
def test_without_a_matrix_nothing_of_dask_is_imported(module):
    script = f"import sys, edgecask.runner.venv, edgecask.runner.container.runner, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=REPOSITORY, check=True)
    assert module in done.stdout.split() and not CLUSTER & set(done.stdout.split())


def test_it_starts_quickly_and_imports_nothing_heavy():
    """What `--list` needs: no command's module, nothing that runs stages, reads models or talks to an engine."""
    script = (
        "import sys; from edgecask.cli.program import main\n"
        "try: main(['edgecask', '--list'])\n"
        "finally: print(sorted(name for name in sys.modules if '.' not in name or name.startswith('edgecask')))"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, check=True)
    loaded = set(eval(done.stdout.splitlines()[-1]))
    heavy = {"msgspec", "rich", "docker", "requests", "serial", "tflite", "jinja2", "platformdirs", "filelock"}
    assert not loaded & (heavy | CLUSTER)
    assert {name for name in loaded if name.startswith("edgecask.")} <= {
        "edgecask.cli", "edgecask.cli.command", "edgecask.cli.exit_codes", "edgecask.cli.parser",
        "edgecask.cli.program", "edgecask.cli.tasks", "edgecask.errors", "edgecask.number_kinds",
        "edgecask.option_kinds", "edgecask.options", "edgecask.wording",
    }  # fmt: skip


def test_invoke_in_a_clone_reads_the_same_command_line(tmp_path):
    """Invoke has no setting for another parser."""

    def invoke(*words):
        command = [sys.executable, "-m", "invoke", "--search-root", str(REPOSITORY), *words]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    code, page, _ = invoke("check", "--help")
    assert code == 0 and "--granularity=per-tensor|per-channel" in page and "MODEL" in page
    code, _, errors = invoke("build", "--taget=grove")
    assert (code, errors) == (2, "error: There is no option --taget of build. Did you mean --target?\n")
    code, _, errors = invoke("check", str(Path("x.tflite")))
    assert code == 2 and errors.startswith("error: --target is missing.") and len(errors.splitlines()) == 1
    listed = invoke("--list")[1]
    assert all(f"\n  {name} " in listed for name in COMMANDS | DEVELOPMENT_COMMANDS)
