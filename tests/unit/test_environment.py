import pytest

from edgecask.directories import REPOSITORY
from edgecask.errors import EnvironmentBuildError
from edgecask.runner.environments.environment import environment_names, load_environment, read_lock
from edgecask.runner.environments.wheelhouse import INSTALLER_LOCK

LOCKS = sorted(REPOSITORY.glob("docker/**/requirements.txt")) + [
    INSTALLER_LOCK, REPOSITORY / "requirements.txt", REPOSITORY / "requirements-dev.txt",
]  # fmt: skip


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_every_package_is_pinned_with_a_hash_and_nothing_local_is_written_down(path):
    pins = read_lock(path)
    text = path.read_text()
    lines = [line for line in text.splitlines() if line and line[0].isalnum()]
    assert len(pins) == len(lines) > 0
    assert all("==" in line for line in lines)
    assert "://" not in text and "/opt" not in text and "/root" not in text and "find-links" not in text


def test_the_environments_of_the_main_job_are_there():
    assert {"export", "convert", "vela"} <= set(environment_names())


def test_pinned_versions():
    def version(environment, package):
        return next(pin.version for pin in load_environment(environment).pins() if pin.name == package)

    assert version("convert", "tensorflow-cpu") == "2.13.1"
    assert version("convert", "onnx2tf") == "1.17.5"
    assert version("vela", "ethos-u-vela") == "4.5.0"
    assert version("export", "torch").endswith("+cpu")


def test_no_environment_holds_cuda():
    for name in environment_names():
        assert not [pin.name for pin in load_environment(name).pins() if "nvidia" in pin.name or "cuda" in pin.name]


def test_the_environment_for_gpus_is_made_on_demand_only():
    assert "train-gpu" not in environment_names() and "train-gpu" in environment_names(on_demand=True)

    def version(environment, package):
        return next(pin.version for pin in load_environment(environment).pins() if pin.name == package)

    assert version("train-gpu", "torch") + "+cpu" == version("train", "torch") == version("export", "torch")
    for package in ("ultralytics", "numpy", "opencv-python-headless"):
        assert version("train-gpu", package) == version("train", package) == version("export", package)


def test_what_stands_on_another_environment_has_all_its_packages():
    """Otherwise its image would hold versions that its lock does not name."""
    standing = [load_environment(name) for name in environment_names() if load_environment(name).parent is not None]
    assert "train" in [environment.name for environment in standing]
    for environment in standing:
        pins = {pin.name: pin for pin in environment.pins()}
        for inherited in environment.parent.pins():
            assert pins[inherited.name].version == inherited.version
            assert pins[inherited.name].hashes & inherited.hashes


def test_only_the_packages_that_are_new_are_added(tmp_path, monkeypatch):
    monkeypatch.setattr("edgecask.runner.environments.environment.DOCKER", tmp_path)
    digest = f" \\\n    --hash=sha256:{'a' * 64}\n"
    for name, pins in (("below", ("a==1", "b==2")), ("above", ("a==1", "b==2", "c==3", "d==4"))):
        (tmp_path / name).mkdir()
        text = "".join(f"{pin}{digest}    # via x\n" for pin in pins)
        (tmp_path / name / "requirements.txt").write_text(f"# a comment\n{text}")
    assert load_environment("above").parent is None
    (tmp_path / "above" / "parent").write_text("below\n")
    added = tmp_path / "added.txt"
    added.write_text(load_environment("above").added_lock())
    assert [pin.name for pin in read_lock(added)] == ["c", "d"]


def test_a_pin_without_a_hash_is_refused(tmp_path):
    path = tmp_path / "requirements.txt"
    path.write_text("numpy==1.24.3\nsix==1.16.0 --hash=sha256:" + "a" * 64 + "\n")
    with pytest.raises(EnvironmentBuildError, match="numpy is pinned without a hash"):
        read_lock(path)


def test_a_missing_lock_says_how_to_make_it(monkeypatch, tmp_path):
    monkeypatch.setattr("edgecask.runner.environments.environment.DOCKER", tmp_path)
    with pytest.raises(EnvironmentBuildError, match="invoke lock"):
        load_environment("export")
