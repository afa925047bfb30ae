"""Two views of the same people: how far they differ, and when that is more than a loss."""

import math
import random

import pytest

from pipeline.board_check.sides import CANNOT_TELL, DIFFERS, SAME, check
from pipeline.heads import detect_match
from pipeline.heads.pose_match import match

SIGMAS = (0.05,) * 6
RULES = {
    "task": "pose", "sigmas": SIGMAS, "visibility": 0.5, "score": 0.5, "factor": 2.0, "offset": 0.5, "least": 20,
    "replicates": 200, "seed": 0,
}  # fmt: skip
FRAMES = 40


def person(chance, *, score=0.8):
    left, top = chance.uniform(10, 90), chance.uniform(10, 60)
    points = [[left + chance.uniform(0, 60), top + chance.uniform(0, 120), 0.9] for _ in SIGMAS]
    return {"box": [left, top, left + 60, top + 120], "score": score, "keypoints": points}


def noisy(seen, chance, deviation, right=0.0):
    points = [
        [x + right + chance.gauss(0, deviation), y + chance.gauss(0, deviation), v] for x, y, v in seen["keypoints"]
    ]
    return {**seen, "keypoints": points}


def verdict(*, board=2.0, loss=2.0, right=0.0, frames=FRAMES, **changes):
    """Of people whom the board sees with so much noise, and the loss changes by so much."""
    chance = random.Random(4)
    entries, seen = [], {}
    for number in range(frames):
        name, true = f"{number:05d}", person(chance)
        entries.append({"name": f"{name}.jpg", "people": changes.get("people", [noisy(true, chance, board, right)])})
        seen[f"{name}.png"] = {"shown": [], "detections": [true]}
        seen[f"{name}-0-before.png"] = {"shown": [true], "detections": []}
        seen[f"{name}-0-after.png"] = {"shown": [], "detections": [noisy(true, chance, loss)]}
    return check(entries, seen, RULES)


def test_as_much_as_the_loss_is_the_same():
    found = verdict()
    assert found["verdict"] == SAME and 0.7 < found["ratio"]["value"] < 1.4 and found["board"]["missed"] == 0
    assert abs(found["offset"]["right"]["value"]) < 0.5
    assert found["board"]["pixels"] == pytest.approx(2 * math.sqrt(math.pi / 2), rel=0.1)


def test_much_more_than_the_loss_differs():
    assert verdict(board=4.0)["verdict"] == DIFFERS  # squared distances: four times as much


@pytest.mark.parametrize("right", [1.5, -1.5])
def test_to_one_side_differs_though_it_is_less_than_the_loss(right):
    found = verdict(right=right)
    assert found["verdict"] == DIFFERS and found["ratio"]["interval"][0] < 2
    assert found["offset"]["right"]["value"] == pytest.approx(right, abs=0.5)


def test_a_board_that_sees_nobody_or_somebody_else():
    assert verdict(people=[])["verdict"] == DIFFERS
    found = verdict(people=[person(random.Random(99))])
    assert found["verdict"] == DIFFERS and found["board"]["missed"] == 2 * FRAMES


def test_too_few_people_tell_nothing():
    found = verdict(frames=19)
    assert (found["verdict"], found["ratio"], found["offset"]) == (CANNOT_TELL, None, None)


def test_an_interval_on_both_sides_of_the_limit_tells_nothing():
    assert verdict(board=2.8)["verdict"] == CANNOT_TELL


def test_without_any_loss_nothing_is_said():
    assert verdict(loss=0.0)["verdict"] == CANNOT_TELL


def test_who_is_near_the_threshold_may_be_shown_on_one_side_alone():
    chance = random.Random(1)
    entries = [{"name": "a.jpg", "people": [person(chance, score=0.55)]}, {"name": "b.jpg", "people": []}]
    seen = {
        "a.png": {"detections": []},
        "b.png": {"detections": [person(chance, score=0.58), person(chance, score=0.2)]},
    }
    assert check(entries, seen, RULES)["board"]["people"] == 0
    seen["b.png"]["detections"][0]["score"] = 0.62
    assert check(entries, seen, RULES)["board"]["missed"] == 1


def test_each_detection_is_taken_once():
    chance = random.Random(1)
    one = person(chance)
    entries, seen = [{"name": "a.jpg", "people": [one, one]}], {"a.png": {"detections": [one]}}
    figures = check(entries, seen, RULES)["board"]
    assert figures["people"] == 2 and figures["missed"] == 1


def test_keypoints_that_the_board_does_not_see_count_for_nothing():
    chance = random.Random(2)
    one = person(chance)
    hidden = {**one, "keypoints": [[65_535, 0, 0.0], *one["keypoints"][1:]]}
    assert match(hidden, one, RULES)[:3] == (1.0, 0.0, 5)
    nothing = {**one, "keypoints": [[0, 0, 0.1]] * 6}
    assert math.isnan(match(nothing, one, RULES).likeness)
    entries, seen = [{"name": "a.jpg", "people": [nothing]}], {"a.png": {"detections": []}}
    assert check(entries, seen, RULES)["board"]["missed"] == 1


def thing(box, *, kind=0, score=0.8):
    return {"box": box, "score": score, "keypoints": [], "class": kind}


def test_boxes_are_the_same_by_their_overlap_and_class():
    one = thing([10, 20, 50, 100])
    assert detect_match.match(one, one, RULES) == (1.0, 0.0, 2, (0.0, 0.0))
    likeness, pixels, points, offset = detect_match.match(one, thing([14, 23, 54, 103]), RULES)
    assert likeness == pytest.approx(36 * 77 / (2 * 3200 - 36 * 77)) and (pixels, points) == (10, 2)
    assert offset == (-4, -3)
    assert detect_match.match(one, thing([10, 20, 50, 100], kind=1), RULES).likeness == 0
    assert detect_match.match(one, thing([200, 20, 250, 100]), RULES).likeness == 0
    assert detect_match.match(thing([5, 5, 5, 5]), thing([5, 5, 5, 5]), RULES).likeness == 0


def verdict_of_boxes(*, right=0.0, kind=0, deviation=1.0):
    chance = random.Random(5)

    def moved(box, right=0.0):
        return thing(
            [value + right * (at % 2 == 0) + chance.gauss(0, deviation) for at, value in enumerate(box)], kind=kind
        )

    entries, seen = [], {}
    for number in range(FRAMES):
        name, left = f"{number:05d}", chance.uniform(0, 100)
        box = [left, 20, left + 60, 140]
        entries.append({"name": f"{name}.jpg", "people": [moved(box, right)]})
        seen[f"{name}.png"] = {"shown": [], "detections": [thing(box)]}
        seen[f"{name}-0-before.png"] = {"shown": [thing(box)], "detections": []}
        seen[f"{name}-0-after.png"] = {"shown": [], "detections": [{**moved(box), "class": 0}]}
    return check(entries, seen, {**RULES, "task": "detect", "sigmas": []})


def test_boxes_of_a_board():
    same = verdict_of_boxes()
    assert same["verdict"] == SAME and same["board"]["missed"] == 0 and same["board"]["people"] == FRAMES
    aside = verdict_of_boxes(right=1.5)
    assert aside["verdict"] == DIFFERS and aside["offset"]["right"]["value"] == pytest.approx(1.5, abs=0.4)
    other = verdict_of_boxes(kind=3)
    assert other["verdict"] == DIFFERS and other["board"]["missed"] == 2 * FRAMES
