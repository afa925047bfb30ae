"""The Action's own shell steps, in their order, as GitHub's runner would run them.

Its `uses:` steps cannot run here. They set up Python, cache and upload: the test stands in for the first, gives the
second's folders to the build, and checks that what the third is told to take is there.
"""

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from locations import REPOSITORY, files_below
from recording import RecordingDisplay

from edgecask.build import BuildRequest, build
from edgecask.directories import user_directories
from edgecask.runner.venv import VirtualEnvironmentRunner

pytestmark = pytest.mark.extended


@dataclass
class Job:
    """A job with one step, `uses: edgecask`: what GitHub's runner knows of it."""

    workspace: Path
    temporary: Path
    inputs: dict[str, str]
    outputs: dict[str, dict[str, str]] = field(default_factory=lambda: {"python": {"python-version": "3.11.0"}})
    outcomes: dict[str, str] = field(default_factory=dict)
    uploads: list[dict[str, str]] = field(default_factory=list)
    failed: bool = False

    def expression(self, text: str) -> str:
        """One `${{ … }}` of those that the Action uses."""
        fixed = {"runner.temp": str(self.temporary), "runner.os": "Linux", "runner.arch": "X64"}
        kind, _, rest = text.partition(".")
        if kind == "inputs":
            return self.inputs[rest]
        if kind == "steps":
            step, what, *name = rest.split(".")
            return self.outcomes[step] if what == "outcome" else self.outputs[step][name[0]]
        return fixed[text]

    def filled(self, text: str) -> str:
        return re.sub(r"\$\{\{ ([^}]+) \}\}", lambda found: self.expression(found[1]), text)

    def applies(self, condition: str) -> bool:
        """Whether a step runs; the Action's conditions alone are known."""
        known = {
            "": not self.failed,
            "${{ runner.os != 'Linux' || runner.arch != 'X64' }}": False,
            "${{ !cancelled() && steps.build.conclusion != 'skipped' }}": "build" in self.outcomes,
        }
        return known[condition]

    def run(self, step: dict) -> str:
        """A shell step with the runner's own way to call bash; what it printed."""
        output, script = self.temporary / "output", self.temporary / "step.sh"
        output.write_text("")
        script.write_text(step["run"])
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            cwd=self.workspace,
            env={
                **os.environ,
                "GITHUB_ACTION_PATH": str(REPOSITORY),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(self.summary),
                **{name: self.filled(value) for name, value in step.get("env", {}).items()},
            },
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        self.failed = self.failed or done.returncode != 0
        if "id" in step:
            self.outputs[step["id"]] = dict(line.split("=", 1) for line in output.read_text().splitlines())
            self.outcomes[step["id"]] = "failure" if done.returncode else "success"
        return done.stdout + done.stderr

    @property
    def summary(self) -> Path:
        return self.temporary / "summary.md"


@pytest.fixture(scope="module")
def temporary(tmp_path_factory):
    """RUNNER_TEMP, the same for all tests, so that what is installed once is there; environments as from the cache."""
    folder = tmp_path_factory.mktemp("temp")
    (folder / "edgecask-home").symlink_to(user_directories().home)
    return folder


@pytest.fixture
def act(tmp_path, temporary, monkeypatch, session_directories):
    """Run the Action with inputs in a workspace with files."""
    monkeypatch.setenv("EDGECASK_STORE", str(session_directories.store))
    for left in ("summary.md", "edgecask-build.log"):
        (temporary / left).unlink(missing_ok=True)

    def call(files, **inputs):
        action = yaml.safe_load((REPOSITORY / "action.yml").read_text())
        workspace = tmp_path / "my repository"
        for name, content in files.items():
            (workspace / name).parent.mkdir(parents=True, exist_ok=True)
            (workspace / name).write_bytes(content)
        defaults = {name: each["default"] for name, each in action["inputs"].items()}
        job = Job(workspace=workspace, temporary=temporary, inputs={**defaults, **inputs})
        printed = ""
        for step in action["runs"]["steps"]:
            if not job.applies(step.get("if", "")):
                continue
            if "run" in step:
                printed += job.run(step)
            elif step["uses"].startswith("actions/upload-artifact@"):
                job.uploads.append({name: job.filled(value) for name, value in step["with"].items()})
            elif step["uses"].startswith("actions/cache@"):
                for path in job.filled(step["with"]["path"]).splitlines():
                    assert Path(path).parent == temporary / "edgecask-home"
                assert re.fullmatch(r"edgecask-Linux-X64-3\.11\.0-[0-9a-f]{64}", job.filled(step["with"]["key"]))
            else:
                assert step["uses"].startswith("actions/setup-python@")
        return job, printed

    return call


def test_a_config_file_a_checkpoint_and_two_targets(act, session_directories, tmp_path):
    files = {
        "models/best.pt": (REPOSITORY / "models" / "demo" / "demo.pt").read_bytes(),
        "board/edgecask.toml": b'targets = ["grove", "grove-himax"]\nrounding = "nearest"\n\n'
        b"[target.grove-himax]\nimgsz = 192\n",
        "edgecask/__init__.py": b"raise SystemExit('a folder of the user stood in for edgecask')",
        "board/edgecask.py": b"raise SystemExit('a file of the user stood in for edgecask')",
    }
    job, printed = act(files, checkpoint="models/best.pt", config="board/edgecask.toml", output="out/packages")
    assert not job.failed, printed
    packages = job.workspace / "out" / "packages"
    assert job.uploads == [{"name": "edgecask", "path": str(packages), "if-no-files-found": "error"}]
    assert sorted(path.name for path in packages.iterdir()) == ["grove", "grove-himax"]
    expected = build(
        BuildRequest(
            target="grove",
            weights=str(job.workspace / "models" / "best.pt"),
            rounding="nearest",
            output=tmp_path / "expected",
        ),
        directories=session_directories,
        runner=VirtualEnvironmentRunner(session_directories),
        display=RecordingDisplay(),
    )
    assert files_below(packages / "grove") == files_below(expected.folder)
    summary = job.summary.read_text()
    assert summary.count("No rule is broken.") == len(list(packages.glob("*/*.tflite"))) >= 2
    assert f"## {packages}/grove/model.tflite on grove" in summary.replace("\\", "")


def test_a_build_that_fails_says_why_in_the_summary_and_uploads_nothing(act):
    job, printed = act({"readme.md": b""}, checkpoint="gone.pt", target="grove", options="--imgsz=192\n\n")
    assert job.failed and job.uploads == []
    assert "the build failed" in job.summary.read_text()
    assert "    error: There are no weights at gone.pt." in job.summary.read_text(), printed


def test_a_config_file_of_another_name_is_refused(act):
    job, _ = act({"grove.toml": b""}, config="grove.toml")
    assert job.failed and "grove.toml is not a file called edgecask.toml" in job.summary.read_text()
