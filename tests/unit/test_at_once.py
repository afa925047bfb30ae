"""Many small things at once: all of them, in order, and no more than that when it stops."""

import threading
import time

import pytest

from edgecask.store.at_once import PORTION, THREADS, at_once


@pytest.mark.parametrize("count", [0, 1, PORTION, PORTION + 1, 3 * PORTION * THREADS])
def test_everything_in_its_order(count):
    assert list(at_once(lambda item: 2 * item, range(count))) == [2 * item for item in range(count)]


def test_several_wait_at_the_same_time():
    """Else this would wait for ever."""
    meeting = threading.Barrier(THREADS, timeout=30)
    assert len(list(at_once(lambda item: item % PORTION or meeting.wait(), range(PORTION * THREADS)))) > 0


def test_an_error_is_told_and_nothing_more_begins():
    begun = []

    def fail(item):
        begun.append(item)
        time.sleep(0.001)
        raise OSError(item)

    with pytest.raises(OSError, match=r"^0$"):
        list(at_once(fail, range(1000 * PORTION)))
    count = len(begun)
    assert count < 500
    time.sleep(0.05)
    assert len(begun) == count


def test_whoever_stops_early_waits_for_little():
    done = []

    def slow(item):
        time.sleep(0.0005)
        done.append(item)
        return item

    results = at_once(slow, range(10_000 * PORTION))
    assert next(results) == 0
    results.close()
    count = len(done)
    assert count < 100 * PORTION
    time.sleep(0.05)
    assert len(done) == count
