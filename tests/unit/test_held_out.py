"""Which calibration images judge instead of calibrating."""

import hashlib

import pytest

from edgecask.data.held_out import FEWEST, MOST, held_out, too_few


def images(count, first=0):
    return {f"{number:04}.jpg": hashlib.sha256(b"%d" % number).hexdigest() for number in range(first, first + count)}


@pytest.mark.parametrize(
    ("count", "expected"), [(0, 0), (1, 0), (20, 0), (24, 0), (25, 5), (60, 12), (80, 16), (400, 80), (1000, 80)]
)
def test_one_in_five_where_enough_are_left(count, expected):
    chosen = held_out(images(count))
    assert len(chosen) == expected and list(chosen) == sorted(chosen)
    assert count < FEWEST or count - expected >= 20
    assert expected <= MOST


def test_names_do_not_matter_and_neither_does_the_order():
    given = images(50)
    renamed = {f"other/{name}": digest for name, digest in reversed(given.items())}
    assert held_out(renamed) == tuple(f"other/{name}" for name in held_out(given))


def test_they_come_from_everywhere():
    numbers = [int(name[:4]) for name in held_out(images(400))]
    quarters = [sum(start <= number < start + 100 for number in numbers) for start in range(0, 400, 100)]
    assert min(quarters) > 10


def test_another_image_changes_hardly_anything():
    before, after = set(held_out(images(60))), set(held_out(images(61)))
    assert len(before ^ after) <= 2


def test_copies_of_one_image_are_on_the_same_side():
    given = images(50)
    copied = {f"copy of {name}": digest for name, digest in given.items()}
    chosen = set(held_out(given | copied))
    assert {f"copy of {name}" for name in given if name in chosen} == {name for name in chosen if name in copied}
    assert len(chosen) == 20


def test_copies_of_a_single_image_all_calibrate():
    assert held_out(dict.fromkeys(images(40), "0" * 64)) == ()


def test_it_is_told_why_there_are_none():
    assert "all 12" in too_few(12) and str(FEWEST) in too_few(12)
