"""What preparing an environment in the virtual environment runner leaves on the machine."""

from edgecask.runner.venv import VirtualEnvironmentRunner


def test_nothing_is_left_outside_edgecasks_folder(small_environment, directories, tmp_path):
    runner = VirtualEnvironmentRunner(directories)
    runner.prepare(small_environment, lambda line: None)
    assert runner.is_ready(small_environment)
    assert not (tmp_path / "user").exists()
    assert [path.name for path in directories.environments.iterdir()] == [runner._folder(small_environment).name]
    assert not directories.pythons.exists()  # this machine has one
