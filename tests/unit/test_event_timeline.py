"""When commands start and end, on streams small enough to reckon by hand."""

import pytest

from pipeline.npu.event_timeline import Event, timeline


def kernel(cycles):
    return Event(kind="kernel", cycles=cycles)


def transfer(cycles):
    return Event(kind="transfer", cycles=cycles)


KERNELS_DONE, TRANSFERS_DONE = Event(kind="kernel wait"), Event(kind="transfer wait")


def times(*events, **scales):
    return [(span.started, span.ended) for span in timeline(events, **scales).spans]


def test_kernels_run_one_after_the_other():
    assert times(kernel(10), kernel(5)) == [(0, 10), (10, 15)]


def test_a_transfer_hides_behind_a_kernel_unless_it_is_waited_for():
    assert timeline([kernel(10), transfer(8), TRANSFERS_DONE, kernel(5)]).total == 15
    assert timeline([transfer(8), TRANSFERS_DONE, kernel(10), kernel(5)]).total == 23


def test_a_wait_for_kernels_keeps_back_what_follows():
    assert times(kernel(10), KERNELS_DONE, transfer(8), TRANSFERS_DONE, kernel(5)) == [
        (0, 10), (10, 10), (10, 18), (18, 18), (18, 23),
    ]  # fmt: skip


def test_a_wait_may_leave_some_outstanding():
    one_left = Event(kind="kernel wait", count=1)
    assert times(kernel(10), kernel(10), one_left, transfer(3))[-1] == (10, 13)
    assert times(kernel(10), kernel(10), KERNELS_DONE, transfer(3))[-1] == (20, 23)


def test_a_third_kernel_and_a_second_transfer_stall_the_commands():
    """The kernel after them is issued when one of two has ended, and so is the transfer behind it."""
    assert times(kernel(10), kernel(10), kernel(10), transfer(1))[-1] == (10, 11)
    assert times(transfer(10), transfer(10), kernel(1)) == [(0, 10), (10, 20), (10, 11)]


def test_the_chip_may_be_another():
    events = [transfer(10), TRANSFERS_DONE, kernel(20)]
    assert timeline(events, transfer_scale=2).total == 40
    assert timeline(events, kernel_scale=0.5).total == 20
    assert timeline(events, transfer_latency=5).total == 35


def test_what_is_busy_adds_up():
    found = timeline([transfer(10), kernel(20), transfer(3), kernel(1)])
    assert (found.kernel_busy, found.transfer_busy) == (21, 13)
    assert found.total == pytest.approx(21)
