"""The order that std::sort leaves equal elements in, as GCC's standard library computes it; used by suppression.py.

The C++ standard leaves it open. The steps are those of libstdc++ (bits/stl_algo.h: introsort with a median of three,
then insertion sort), which has sorted so since its first releases.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

THRESHOLD = 16
"""Shorter stretches are left to the insertion sort."""


def std_sort(count: int, before: Callable[[int, int], bool]) -> list[int]:
    """The numbers below `count` in the order of `before`, which says whether one must come before another."""
    order = list(range(count))
    if count:
        _introsort(order, 0, count, 2 * (count.bit_length() - 1), before)
        for place in range(1, count):
            _insert(order, place, before)
    return order


def sorted_by_score(scores: Sequence[float]) -> list[int]:
    """The places of the scores, highest first, as std::sort with `a > b` leaves them."""
    return std_sort(len(scores), lambda left, right: bool(scores[left] > scores[right]))


def _introsort(order: list[int], first: int, last: int, depth: int, before: Callable[[int, int], bool]) -> None:
    while last - first > THRESHOLD:
        if not depth:
            # libstdc++ goes on with a heap here, which needs scores in an order made to slow the partition down.
            order[first:last] = [order[first + place] for place in _stable(order[first:last], before)]
            return
        depth -= 1
        cut = _partition(order, first, last, before)
        _introsort(order, cut, last, depth, before)
        last = cut


def _stable(part: list[int], before: Callable[[int, int], bool]) -> list[int]:
    def compare(left: int, right: int) -> int:
        return before(part[right], part[left]) - before(part[left], part[right])

    return sorted(range(len(part)), key=functools.cmp_to_key(compare))


def _partition(order: list[int], first: int, last: int, before: Callable[[int, int], bool]) -> int:
    """Move a median of three to the front, and what must not come before it behind what must; where they meet."""
    second, middle, end = first + 1, first + (last - first) // 2, last - 1
    a, b, c = order[second], order[middle], order[end]
    if before(a, b):
        chosen = middle if before(b, c) else end if before(a, c) else second
    else:
        chosen = second if before(a, c) else end if before(b, c) else middle
    order[first], order[chosen] = order[chosen], order[first]
    pivot = order[first]
    low, high = first + 1, last
    while True:
        while before(order[low], pivot):
            low += 1
        high -= 1
        while before(pivot, order[high]):
            high -= 1
        if low >= high:
            return low
        order[low], order[high] = order[high], order[low]
        low += 1


def _insert(order: list[int], place: int, before: Callable[[int, int], bool]) -> None:
    """Move the element at `place` to the left past all that it must come before."""
    element = order[place]
    while place and before(element, order[place - 1]):
        order[place] = order[place - 1]
        place -= 1
    order[place] = element
