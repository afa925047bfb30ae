import pytest

from edgecask.build import plan_build
from edgecask.build_request import BuildRequest
from edgecask.directories import bundled
from edgecask.plan.graph import Node
from edgecask.plan.memory import MEMORY_MIB, UNKNOWN_MIB, memory_of, slots_for
from edgecask.store.store import Store
from edgecask.target.target import target_names


def test_every_program_in_the_table_is_there():
    assert all((bundled("pipeline") / name / f"{name}.py").is_file() for name in MEMORY_MIB)


@pytest.mark.parametrize("target", target_names())
def test_every_program_of_a_build_is_in_the_table(directories, target):
    """One that is not takes the place of several on the workers of a matrix."""
    request = BuildRequest(target=target, weights="demo")
    store = Store(directories.store)
    plan = plan_build(request, directories=directories, warn=lambda text: None, store=store)
    programs = {each.program.name for each in plan.graph.members.values() if isinstance(each, Node)}
    assert len(programs) > 5 and programs <= MEMORY_MIB.keys()


def test_a_program_that_is_not_in_the_table_counts_as_a_large_one():
    assert memory_of("train") == UNKNOWN_MIB > max(MEMORY_MIB.values())


def test_slots_by_memory_and_cores():
    assert [slots_for(memory, 8) for memory in (0, 1000, 5000, 64_000)] == [1, 1, 2, 8]
