"""The order of equal scores, as GCC's std::sort leaves them."""

import random

from pipeline.shared.std_sort import sorted_by_score, std_sort

SCORES = [(7 * number * number + 3 * number) % 5 / 8 for number in range(24)]


def test_as_the_library_itself_sorts():
    """std::sort with `a.score > b.score` of g++ 12, printed."""
    assert sorted_by_score(SCORES) == [
        22, 2, 19, 4, 17, 7, 14, 9, 12, 23, 18, 13, 8, 3, 11, 10, 15, 16, 6, 5, 20, 21, 1, 0,
    ]  # fmt: skip


def test_up_to_sixteen_stay_in_their_order():
    assert sorted_by_score(SCORES[:16]) == sorted(range(16), key=lambda place: -SCORES[place])
    assert sorted_by_score([]) == [] and sorted_by_score([0.5]) == [0]


def test_any_number_is_sorted():
    numbers = random.Random(0)
    for count in range(0, 600, 7):
        scores = [numbers.randrange(9) / 8 for _ in range(count)]
        order = sorted_by_score(scores)
        assert sorted(order) == list(range(count))
        assert [scores[place] for place in order] == sorted(scores, reverse=True)


def test_an_order_made_to_slow_it_down():
    """A comparison that decides late (McIlroy's adversary) reaches the depth at which the library takes another way."""
    count, values, solid, candidate = 400, {}, 0, -1

    def before(left, right):
        nonlocal solid, candidate
        if left not in values and right not in values:
            values[left if left == candidate else right] = solid
            solid += 1
        if left not in values:
            candidate = left
        elif right not in values:
            candidate = right
        return values.get(left, count) < values.get(right, count)

    order = std_sort(count, before)
    ranks = [values.get(place, count) for place in order]
    assert ranks == sorted(ranks)
