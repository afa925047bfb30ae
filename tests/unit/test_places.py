"""Places in memory, small enough to see; and by chance against every pair."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.compile.places import ORDERS, PREFERENCES, Life, Places, Room, packed


def life(name, size, first, last, alignment=16):
    return Life(name=name, size=size, first=first, last=last, alignment=alignment)


def with_holes():
    """From time 0 to 9: free are 64 bytes at 32, 32 bytes at 128, and 96 bytes at the end."""
    places = Places(limit=320)
    for name, address, size in (("a", 0, 32), ("b", 96, 32), ("c", 160, 64)):
        places.take(life(name, size, 0, 9), address)
    return places


@pytest.mark.parametrize(
    ("preference", "address"), [("lowest", 32), ("highest", 304), ("tightest", 128), ("top of the tightest", 144)]
)
def test_a_hole_is_chosen_as_asked(preference, address):
    assert with_holes().free(life("new", 16, 3, 4), preference) == address


def test_memory_is_free_again_when_a_life_has_ended():
    places = with_holes()
    assert places.free(life("large", 300, 9, 12), "lowest") is None
    assert places.free(life("large", 300, 10, 12), "lowest") == 0
    assert places.free(life("too large", 321, 10, 12), "lowest") is None


def test_addresses_are_aligned_at_both_ends_of_a_hole():
    places = Places(limit=1000)
    places.take(life("a", 48, 0, 0), 0)
    assert places.free(life("b", 100, 0, 0, alignment=256), "lowest") == 256
    assert places.free(life("b", 100, 0, 0, alignment=256), "highest") == 768
    assert places.free(life("c", 1000 - 48, 0, 0, alignment=256), "highest") is None


def test_a_copy_is_filled_apart():
    places = with_holes()
    other = places.copy()
    other.take(life("new", 16, 0, 0), 304)
    assert places.end == 224 and other.end == 320
    assert other.addresses() == {"a": 0, "b": 96, "c": 160, "new": 304}


def test_what_does_not_fit_is_not_packed():
    lives = [life("a", 64, 0, 1), life("b", 64, 1, 2)]
    for order in ORDERS:
        assert packed(lives, 127, order) is None
        assert packed(lives, 128, order).end == 128


def test_where_bytes_are_counted_room_is_what_no_time_has_too_many_of():
    room = Room(limit=100, taken=[(life("a", 64, 0, 3), 0)])
    assert room.free(life("b", 36, 3, 5), "lowest") == 0
    room.take(life("b", 36, 3, 5), 0)
    assert room.free(life("c", 1, 0, 3), "lowest") is None
    assert room.free(life("c", 64, 4, 9), "lowest") == 0 and room.free(life("c", 65, 4, 9), "lowest") is None


def test_a_copy_of_counted_room_is_counted_apart():
    room = Room(limit=100, taken=[(life("a", 64, 0, 3), 0)])
    other = room.copy()
    other.take(life("b", 36, 0, 0), 0)
    assert other.free(life("c", 16, 0, 0), "lowest") is None and room.free(life("c", 16, 0, 0), "lowest") == 0


LIVES = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 20), st.integers(0, 6)), min_size=1, max_size=25)


@settings(max_examples=200, deadline=None)
@given(LIVES, st.sampled_from(ORDERS), st.sampled_from(PREFERENCES))
def test_nothing_that_lives_at_the_same_time_shares_a_byte(drawn, order, preference):
    lives = [life(number, 16 * size, first, first + more) for number, (size, first, more) in enumerate(drawn)]
    places = packed(lives[::2], 2048, order)
    for item in lives[1::2] if places is not None else ():
        address = places.free(item, preference)
        if address is not None:
            places.take(item, address)
    for (one, low), (other, high) in itertools.combinations(places.taken if places is not None else (), 2):
        together = one.first <= other.last and other.first <= one.last
        assert not together or low + one.size <= high or high + other.size <= low
    for item, address in places.taken if places is not None else ():
        assert address % item.alignment == 0 and 0 <= address <= 2048 - item.size
