"""A chip is found again by how long it took."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.npu.chip_fit import TOLERANCE, Measurement, fitted
from pipeline.npu.event_timeline import Event, timeline

WAIT = Event(kind="transfer wait")
WAITING = [Event(kind="transfer", cycles=900.0), WAIT, Event(kind="kernel", cycles=100.0)] * 5
COMPUTING = [Event(kind="transfer", cycles=50.0), WAIT, *[Event(kind="kernel", cycles=400.0)] * 3] * 5


def measured(events, transfers, kernels):
    return Measurement(events=events, cycles=timeline(events, transfer_scale=transfers, kernel_scale=kernels).total)


FACTORS = st.floats(0.25, 4)


@settings(max_examples=4, deadline=None)
@given(FACTORS, FACTORS)
def test_two_files_that_wait_in_other_places_tell_both_factors(transfers, kernels):
    found = fitted([measured(events, transfers, kernels) for events in (WAITING, COMPUTING)])
    assert found.error < 2 * TOLERANCE
    assert found.kernels[0] / 1.1 <= kernels <= 1.1 * found.kernels[1] and found.kernels[1] < 1.3 * found.kernels[0]


@settings(max_examples=4, deadline=None)
@given(FACTORS)
def test_one_file_leaves_open_which_is_off(factor):
    found = fitted([measured(WAITING, factor, 1.0)])
    assert found.error < TOLERANCE
    assert found.transfers[0] / 1.05 <= factor <= 1.05 * found.transfers[1]
    assert found.kernels[0] / 1.05 <= 1.0 <= 1.05 * found.kernels[1] and found.kernels[1] > 1.5 * found.kernels[0]


def test_what_no_chip_explains_remains():
    times = [timeline(events).total for events in (WAITING, COMPUTING)]
    found = fitted(
        [
            Measurement(events=WAITING, cycles=20 * times[0]),
            Measurement(events=COMPUTING, cycles=times[1] / 20),
        ]
    )
    assert found.error > 0.5
