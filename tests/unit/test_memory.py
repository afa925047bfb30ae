from edgecask.directories import bundled
from edgecask.plan.memory import MEMORY_MIB, UNKNOWN_MIB, memory_of, slots_for


def test_every_program_in_the_table_is_there():
    assert all((bundled("pipeline") / name / f"{name}.py").is_file() for name in MEMORY_MIB)


def test_a_program_that_is_not_in_the_table_counts_as_a_large_one():
    assert memory_of("train") == UNKNOWN_MIB > max(MEMORY_MIB.values())


def test_slots_by_memory_and_cores():
    assert [slots_for(memory, 8) for memory in (0, 1000, 5000, 64_000)] == [1, 1, 2, 8]
