"""The Action and the workflows, as far as they can be looked at without GitHub.

actionlint itself runs in .github/workflows/ci.yml: it comes in no package of PyPI that works without its download.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from locations import REPOSITORY

ACTION = REPOSITORY / "action.yml"
WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))


def steps_of(path):
    """All steps of an Action or a workflow."""
    content = yaml.safe_load(path.read_text())
    groups = [content["runs"]] if "runs" in content else content["jobs"].values()
    return [step for group in groups for step in group["steps"]]


SHELL_STEPS = [
    pytest.param(step, id=f"{path.name}: {step['name']}")
    for path in (ACTION, *WORKFLOWS)
    for step in steps_of(path)
    if "run" in step
]


@pytest.mark.parametrize("step", SHELL_STEPS)
def test_shellcheck_has_nothing_to_say(step, tmp_path):
    script = tmp_path / "step.sh"
    variables = "".join(f"export {name}=$1\n" for name in step.get("env", {}))
    script.write_text(f"set -eo pipefail\n{variables}{step['run']}")  # as GitHub's runner calls bash
    program = Path(sys.executable).with_name("shellcheck")
    done = subprocess.run([program, "--shell=bash", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("step", SHELL_STEPS)
def test_no_input_becomes_part_of_a_script(step):
    """What a user passes reaches a script as a variable, never as its text."""
    assert "${{" not in step["run"]


def test_scripts_of_continuous_integration():
    program = Path(sys.executable).with_name("shellcheck")
    scripts = [REPOSITORY / ".ci" / name for name in ("run", "campaign", "prepare.sh")]
    done = subprocess.run(
        [program, "-x", "--source-path=SCRIPTDIR", *scripts], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_every_input_is_used_and_every_used_one_declared():
    text = ACTION.read_text()
    used = set(re.findall(r"\$\{\{ inputs\.([a-z-]+) ", text))
    assert used == set(yaml.safe_load(text)["inputs"])


@pytest.mark.parametrize("path", [ACTION, *WORKFLOWS], ids=lambda path: path.name)
def test_every_step_output_is_of_an_earlier_step(path):
    ids = [step["id"] for step in steps_of(path) if "id" in step]
    assert set(re.findall(r"steps\.([a-z_-]+)\.", path.read_text())) <= set(ids)


def test_the_workflow_runs_ci_run_and_the_action():
    steps = steps_of(REPOSITORY / ".github" / "workflows" / "ci.yml")
    assert any(step.get("run") == "bash .ci/run" for step in steps)
    assert any(step.get("uses") == "./" for step in steps)
