"""Orders of operators, on networks small enough to reckon by hand; one byte takes one cycle."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.compile.operator_order import Cost, shortest


def found(costs, before):
    return shortest(costs, before, bytes_per_cycle=1.0)


def test_where_nothing_waits_the_order_stays():
    costs = [Cost(cycles=100.0, weight_bytes=10), Cost(cycles=100.0, weight_bytes=90), Cost(cycles=5.0)]
    order = found(costs, [set(), {0}, {1}])
    assert order.numbers == (0, 1, 2) and order.end == 10 + 100 + 100 + 5


def test_what_can_start_fills_the_wait_of_what_cannot():
    """The second would wait 990 cycles for its weights; the third and fourth need few, and take as long."""
    costs = [
        Cost(cycles=10.0, weight_bytes=10),
        Cost(cycles=10.0, weight_bytes=1000),
        Cost(cycles=400.0, weight_bytes=20),
        Cost(cycles=500.0),
    ]
    before = [set(), {0}, {0}, {2}]
    order = found(costs, before)
    # The fourth is ready when the third has run, and nothing waits by then until the second's weights are there.
    assert order.numbers == (0, 2, 3, 1)
    assert order.end == 1030 + 10


def test_a_table_takes_the_engine_and_the_kernel_waits_for_it():
    costs = [Cost(cycles=10.0, weight_bytes=10, table_cycles=5.0), Cost(cycles=10.0, weight_bytes=20)]
    assert found(costs, [set(), set()]).end == 10 + 5 + 20 + 10


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_an_order_keeps_what_is_needed_and_is_never_longer(data):
    count = data.draw(st.integers(1, 12))
    number = st.integers(0, 500)
    costs = [
        Cost(
            cycles=float(data.draw(number)),
            weight_bytes=data.draw(number),
            table_cycles=data.draw(st.sampled_from([0.0, 7.0])),
        )
        for _ in range(count)
    ]
    before = [data.draw(st.sets(st.integers(0, index - 1), max_size=3)) if index else set() for index in range(count)]
    order = found(costs, before)
    assert sorted(order.numbers) == list(range(count))
    place = {operator: position for position, operator in enumerate(order.numbers)}
    assert all(place[needed] < place[index] for index in range(count) for needed in before[index])
    own = found(costs, [set(range(index)) for index in range(count)])
    assert own.numbers == tuple(range(count)) and order.end <= own.end
    # Neither the flash nor the kernels can be quicker than they are.
    bytes_, tables = sum(cost.weight_bytes for cost in costs), sum(cost.table_cycles for cost in costs)
    assert order.end >= max(bytes_ + tables, sum(cost.cycles for cost in costs) + tables)
