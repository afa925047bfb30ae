"""Walks through time, small enough to reckon by hand; one byte takes one cycle, and operator n is at time 2 n."""

from pipeline.compile.places import Life, Places
from pipeline.compile.prefetch_walk import Parts, walked
from pipeline.compile.transfer_order import Engine, Kernel, Transfer

ENGINE = Engine(rate=1.0, latency=0.0)


def parts(cycles, weights, slices=1):
    """Operators of so many cycles; `weights` has bytes by operator, in so many slices, each with a buffer."""
    kernels, owners, transfers, names = [], [], [], []
    for number, count in enumerate(cycles):
        for part in range(slices if number in weights else 1):
            if number in weights:
                transfers.append(Transfer(size=weights[number] // slices, consumer=len(kernels)))
                names.append(f"{number}.{part}")
            kernels.append(Kernel(cycles=count / (slices if number in weights else 1)))
            owners.append(number)
    return Parts(
        kernels=kernels,
        owners=owners,
        times=[2 * number for number in range(len(cycles))],
        transfers=transfers,
        buffers=list(range(len(transfers))),
        names=names,
        sizes=[transfer.size for transfer in transfers],
    )


def memory(limit, *features):
    """Feature maps as (size, first operator, last operator), one above the other."""
    places = Places(limit=limit)
    for number, (size, first, last) in enumerate(features):
        places.take(
            Life(name=number, size=size, first=2 * first, last=2 * last + 1), sum(f[0] for f in features[:number])
        )
    return places


def test_with_room_weights_come_from_the_start():
    found = walked(parts([1000, 1000, 1000], {2: 1600}), memory(1600), "lowest", ENGINE)
    assert found.begins == {0: 0} and found.places.addresses() == {"2.0": 0}
    assert found.end == 3000


def test_weights_wait_until_a_feature_map_has_ended():
    """1,600 bytes find room when the second operator runs: 1,000 cycles later, and 600 of them are waited for."""
    found = walked(parts([1000, 1000, 1000], {2: 1600}), memory(1600, (320, 0, 0)), "lowest", ENGINE)
    assert found.begins == {0: 1}
    assert found.end == 1000 + 1600 + 1000


def test_slices_use_room_that_a_whole_layer_cannot():
    """Half of them comes beside the feature map, the other half when that has ended, and nothing waits."""
    whole, halves = (
        walked(parts([1000, 1000, 1000], {2: 1600}, slices), memory(1600, (800, 0, 0)), "lowest", ENGINE)
        for slices in (1, 2)
    )
    assert whole.end == 3600 and halves.end == 3000
    assert halves.begins == {0: 0, 1: 1}
    assert halves.places.addresses() == {0: 0, "2.0": 800, "2.1": 0}


def test_what_finds_no_room_even_when_it_is_next_is_no_walk():
    assert walked(parts([1000], {0: 1600}), memory(1600, (16, 0, 0)), "lowest", ENGINE) is None


def test_memory_that_was_given_stays_as_it_is():
    places = memory(3200, (800, 0, 2))
    assert walked(parts([10, 10], {1: 160}), places, "highest", ENGINE).places.addresses() == {0: 0, "1.0": 3040}
    assert places.addresses() == {0: 0}


def test_a_buffer_is_filled_again_when_its_slice_has_been_used():
    """Two buffers for three slices: the third comes when the first one's kernel has ended."""
    given = parts([300], {0: 480}, slices=3)
    twice = Parts(
        kernels=given.kernels,
        owners=given.owners,
        times=given.times,
        transfers=[*given.transfers[:2], Transfer(size=160, consumer=2, after=0)],
        buffers=[0, 1, 0],
        names=given.names[:2],
        sizes=given.sizes[:2],
    )
    found = walked(twice, memory(320), "lowest", ENGINE)
    assert found.begins == {0: 0, 1: 0} and found.places.end == 320
    assert found.end == 480 + 100
