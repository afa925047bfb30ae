"""Training on GPUs is another environment, and so another result."""

from edgecask.plan.training_stages import training_stage
from edgecask.runner.environments.environment import environment_names
from edgecask.store.result import Blob


def stage(tmp_path, *, gpus=False, **parameters):
    blob = Blob(path=tmp_path / "x", sha256="1" * 64, size=1)
    return training_stage(gpus=gpus, inputs={"weights.pt": blob}, parameters=parameters)


def test_its_environment_follows_from_the_hardware(tmp_path):
    plain, fast = stage(tmp_path), stage(tmp_path, gpus=True)
    assert (plain.program.environment, plain.program.gpus) == ("train", False)
    assert (fast.program.environment, fast.program.gpus) == ("train-gpu", True)
    assert {plain.program.environment, fast.program.environment} <= set(environment_names(on_demand=True))


def test_what_it_trains_with_is_in_its_key_and_nothing_is_for_the_store(tmp_path):
    assert stage(tmp_path, epochs=3).key("e") == stage(tmp_path, epochs=3).key("e")
    assert stage(tmp_path, epochs=4).key("e") != stage(tmp_path, epochs=3).key("e")
    assert stage(tmp_path).outputs == () and stage(tmp_path).request()["inputs"] == ["weights.pt"]
