import zipfile

import pytest
from PIL import Image

from edgecask.build import plan_build
from edgecask.build_request import BuildRequest
from edgecask.directories import bundled
from edgecask.plan.graph import Node
from edgecask.plan.memory import MEMORY_MIB, UNKNOWN_MIB, memory_of, slots_for
from edgecask.store.store import Store
from edgecask.target.target import load_target, target_names


def test_every_program_in_the_table_is_there():
    assert all((bundled("pipeline") / name / f"{name}.py").is_file() for name in MEMORY_MIB)


def a_detector(path):
    """As much of a checkpoint as says that it is one."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("best/data.pkl", b"\x80\x02cultralytics.nn.tasks\nDetectionModel\n.")
    return str(path)


@pytest.mark.parametrize(
    ("target", "task"), [(name, task) for name in target_names() for task in load_target(name).tasks]
)
def test_every_program_of_a_build_is_in_the_table(directories, tmp_path, target, task):
    """One that is not takes the place of several on the workers of a matrix."""
    calibration = tmp_path / "images"
    calibration.mkdir()
    for number in range(2):
        Image.new("RGB", (32, 32), (number, 0, 0)).save(calibration / f"{number}.png")
    request = BuildRequest(target=target, weights="demo")
    if task == "detect":
        request = BuildRequest(target=target, weights=a_detector(tmp_path / "best.pt"), calibration=calibration)
    store = Store(directories.store)
    plan = plan_build(request, directories=directories, warn=lambda text: None, store=store)
    programs = {each.program.name for each in plan.graph.members.values() if isinstance(each, Node)}
    assert len(programs) > 5 and programs <= MEMORY_MIB.keys()


def test_a_program_that_is_not_in_the_table_counts_as_a_large_one():
    assert memory_of("train") == UNKNOWN_MIB > max(MEMORY_MIB.values())


def test_slots_by_memory_and_cores():
    assert [slots_for(memory, 8) for memory in (0, 1000, 5000, 64_000)] == [1, 1, 2, 8]
