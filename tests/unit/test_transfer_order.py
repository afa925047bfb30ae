"""The order of kernels and transfers, on streams small enough to reckon by hand; one byte takes one cycle."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.compile.transfer_order import GRAIN, Engine, Kernel, Piece, StuckError, Transfer, arrange
from pipeline.npu.event_timeline import Event, timeline

ENGINE = Engine(rate=1.0, latency=0.0)


def kernels(*cycles, table=None):
    return [
        Kernel(cycles=float(count), table_cycles=16.0 if number == table else 0.0)
        for number, count in enumerate(cycles)
    ]


def whole(number, size):
    return Piece(transfer=number, offset=0, size=size)


def test_weights_come_as_early_as_their_memory_is_free():
    """The weights of the third kernel come while the first and second compute; it waits for nothing."""
    transfers = [Transfer(size=1600, consumer=0), Transfer(size=800, consumer=2)]
    found = arrange(kernels(1000, 1000, 1000), transfers, ENGINE)
    assert found.order == (whole(0, 1600), 0, 1, whole(1, 800), 2)
    assert found.end == 1600 + 3000


def test_a_transfer_waits_for_the_kernel_whose_memory_it_takes():
    transfers = [Transfer(size=1600, consumer=2, after=1)]
    found = arrange(kernels(1000, 1000, 500), transfers, ENGINE)
    assert found.order == (0, 1, whole(0, 1600), 2) and found.end == 2000 + 1600 + 500


def test_a_piece_ends_when_a_table_has_to_be_loaded():
    """The second kernel's table is due at 1000, and the transfer goes on behind it."""
    found = arrange(kernels(1000, 1000, 10, table=1), [Transfer(size=1600, consumer=2)], ENGINE)
    assert found.order == (0, whole(0, 992), 1, Piece(transfer=0, offset=992, size=608), 2)
    assert found.end == 1000 + 16 + 1000 + 10


def test_no_piece_is_hardly_worth_a_transfer():
    found = arrange(kernels(1000, 1000, 10, table=1), [Transfer(size=1040, consumer=2)], ENGINE)
    sizes = [entry.size for entry in found.order if isinstance(entry, Piece)]
    assert sizes == [1040]  # 48 bytes more make the table wait, and save a transfer


def test_a_transfer_that_may_never_begin_is_an_error():
    with pytest.raises(StuckError, match="transfer 0"):
        arrange(kernels(10, 10), [Transfer(size=64, consumer=1)], ENGINE, may_begin=lambda number, moment: False)


def test_whoever_decides_is_told_where_the_walk_is():
    asked, begun = [], []

    def may_begin(number, moment):
        asked.append((number, moment.upcoming, moment.now, list(moment.ends)))
        return moment.upcoming == 1

    arrange(kernels(100, 100), [Transfer(size=64, consumer=1)], ENGINE, may_begin=may_begin, begun=begun.append)
    assert asked[0] == (0, 0, 0.0, []) and asked[-1] == (0, 1, 0.0, [100.0]) and begun == [0]


STREAMS = st.lists(
    st.tuples(st.integers(1, 3000), st.booleans(), st.integers(0, 400), st.integers(0, 5)), min_size=1, max_size=12
)


@settings(max_examples=300, deadline=None)
@given(STREAMS)
def test_every_byte_comes_once_in_order_and_before_its_kernel(rows):
    """And the end that was foretold is that of the event timeline with the waits that the order needs."""
    made = [Kernel(cycles=float(cycles), table_cycles=16.0 if table else 0.0) for cycles, table, _, _ in rows]
    transfers = [
        Transfer(size=size * GRAIN, consumer=number, after=max(number - 1 - back, -1))
        for number, (_, _, size, back) in enumerate(rows)
        if size
    ]
    found = arrange(made, [replace(transfer) for transfer in transfers], ENGINE)
    assert [entry for entry in found.order if not isinstance(entry, Piece)] == list(range(len(made)))
    position = {}
    come = [0] * len(transfers)
    for place, entry in enumerate(found.order):
        if isinstance(entry, Piece):
            assert entry.offset == come[entry.transfer] and entry.size % GRAIN == 0 and entry.size > 0
            come[entry.transfer] += entry.size
            assert transfers[entry.transfer].after < len([x for x in found.order[:place] if not isinstance(x, Piece)])
        else:
            position[entry] = place
            assert all(come[n] == t.size for n, t in enumerate(transfers) if t.consumer <= entry)
    assert timeline(events_of(found.order, made, transfers)).total == pytest.approx(found.end)


def events_of(order, made, transfers):
    """The stream as the NPU would see it, with all waits that the transfers and tables need."""
    events, issued, last = [], [], {transfer.consumer: number for number, transfer in enumerate(transfers)}
    for entry in order:
        if isinstance(entry, Piece):
            after = transfers[entry.transfer].after
            if after >= 0:
                events.append(Event(kind="kernel wait", count=len(issued) - 1 - after))
            events.append(Event(kind="transfer", cycles=entry.size))
            continue
        kernel = made[entry]
        if kernel.table_cycles:
            events += [
                Event(kind="kernel wait"),
                Event(kind="transfer", cycles=kernel.table_cycles),
                Event(kind="transfer wait"),
            ]
        elif entry in last:
            events.append(Event(kind="transfer wait", count=pieces_behind(order, entry, last[entry])))
        events.append(Event(kind="kernel", cycles=kernel.cycles))
        issued.append(entry)
    return events


def pieces_behind(order, kernel, transfer):
    """How many transfers were issued after the last piece of this one, and before the kernel."""
    before = order[: order.index(kernel)]
    last = max(place for place, entry in enumerate(before) if isinstance(entry, Piece) and entry.transfer == transfer)
    return len([entry for entry in before[last + 1 :] if isinstance(entry, Piece)])
