"""Suppressions that go another way, against the firmwares' own loops, written out once more."""

import math

import numpy
import pytest

from edgecask.target.target import load_target
from pipeline.shared import suppression
from pipeline.shared.candidates import Candidates

FRAME = (640, 400)


def noise(seed, count=60, classes=4, *, step=0.01):
    """Boxes on top of each other, with scores of which many are equal where `step` is large."""
    generator = numpy.random.default_rng(seed)
    centre, half = generator.uniform(0.2, 0.8, (count, 2)), generator.uniform(0.02, 0.3, (count, 2))
    scores = generator.uniform(0, 1, (count, classes)).round(int(-math.log10(step)))
    return Candidates(
        boxes=numpy.concatenate([centre - half, centre + half], 1),
        scores=scores.max(1),
        keypoints=numpy.zeros((count, 0, 3)),
        classes=scores.argmax(1),
        class_scores=scores,
    )


def as_nuvoton(found, size, threshold=0.5, frame=(320, 240)):
    """YOLOv8nODPostProcessing.cpp: CalDetectionBox, CalculateNMS and RunPostProcessing."""

    def overlap(x1, w1, x2, w2):
        return min(x1 + w1 / 2, x2 + w2 / 2) - max(x1 - w1 / 2, x2 - w2 / 2)

    def iou(a, b):
        w, h = overlap(a[0], a[2], b[0], b[2]), overlap(a[1], a[3], b[1], b[3])
        shared = 0 if w < 0 or h < 0 else w * h
        return shared / (a[2] * a[3] + b[2] * b[3] - shared) if shared else 0

    boxes = []
    for (x1, y1, x2, y2), scores in zip(found.boxes * size, found.class_scores, strict=True):
        most, shown = -1.0, 0
        for number, score in enumerate(scores):
            if score > most:
                most, shown = score, number
        if most >= threshold:
            boxes.insert(0, {"box": (x1, y1, x2 - x1, y2 - y1), "probabilities": list(scores), "class": shown})
    for number in range(found.class_scores.shape[1]):
        boxes.sort(key=lambda box: -box["probabilities"][0])  # the class that the comparison was made with
        for place, one in enumerate(boxes):
            if one["probabilities"][number] == 0:
                continue
            for other in boxes[place + 1 :]:
                if other["probabilities"][number] and iou(one["box"], other["box"]) > 0.45:
                    other["probabilities"][number] = 0
    factors = [numpy.float32(side) / numpy.float32(size) for side in frame]
    return [
        (
            [
                min(max(int(numpy.float32(value) * factors[at % 2]), 0), frame[at % 2] - 1)
                for at, value in enumerate(box["box"])
            ],
            box["class"],
            box["probabilities"][box["class"]],
        )
        for box in boxes
        if box["probabilities"][box["class"]] > 0
    ]


@pytest.mark.parametrize("step", [0.01, 0.1])
@pytest.mark.parametrize("seed", range(15))
def test_what_nuvotons_detection_sample_draws(seed, step):
    found = noise(seed, step=step)
    rules = load_target("numaker-m55m1").for_task("detect").nms.rules()
    drawn = suppression.shown(found, rules, (320, 240), 192)
    expected = as_nuvoton(found, 192)
    corners = drawn.boxes * numpy.tile((320, 240), 2)
    ours = [
        (numpy.rint([*box[:2], *(box[2:] - box[:2])]).astype(int).tolist(), int(shown), score)
        for box, shown, score in zip(corners, drawn.classes, drawn.scores, strict=True)
    ]
    assert len(expected) > 3 and ours == expected


def test_a_box_of_another_class_removes_by_its_lower_score():
    """Nuvoton's peculiarity: the dog that is more of a cat takes the cat beside it away, and stays a dog."""
    boxes = numpy.array([[0.1, 0.1, 0.5, 0.5], [0.1, 0.1, 0.5, 0.5]])
    scores = numpy.array([[0.6, 0.1], [0.7, 0.9]])
    found = Candidates(
        boxes=boxes, scores=scores.max(1), keypoints=numpy.zeros((2, 0, 3)), classes=scores.argmax(1),
        class_scores=scores,
    )  # fmt: skip
    rules = load_target("numaker-m55m1").for_task("detect").nms.rules()
    assert suppression.shown(found, rules, (320, 240), 192).classes.tolist() == [1]
    apart = rules | {"suppression": "one-by-one"}
    assert sorted(suppression.shown(found, apart, (320, 240), 192).classes.tolist()) == [0, 1]


def as_openmv(found, size, frame, threshold=0.6):
    """YoloV8 and NMS of OpenMV's ml library (ultralytics.py, utils.py), as they go."""
    boxes = []
    for (x1, y1, x2, y2), score, shown in zip(found.boxes * size, found.scores, found.classes, strict=True):
        if not score > threshold:
            continue
        left, top = max(0.0, min(x1, size)), max(0.0, min(y1, size))
        right, bottom = max(0.0, min(x2, size)), max(0.0, min(y2, size))
        width, height = int(right - left), int(bottom - top)
        if width > 0 and height > 0:
            boxes.append([int(left), int(top), width, height, score, int(shown)])
    waiting = sorted(boxes, key=lambda box: box[4], reverse=True)

    def iou(a, b):
        across = max(0, min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]))
        down = max(0, min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]))
        shared = across * down
        return shared / (a[2] * a[3] + b[2] * b[3] - shared)

    shown, best = [], 0
    while waiting:
        box = waiting.pop(best)
        shown.append(box)
        for other in waiting:
            value = iou(box, other)
            other[4] *= math.exp(-10.0 * value * value)
            if other[4] < 0.1:
                other[4] = 0.0
        waiting = [other for other in waiting if other[4] > 0]
        best = max(enumerate(waiting), key=lambda entry: entry[1][4])[0] if waiting else 0
    across, down = frame[0] / size, frame[1] / size
    return [
        ([int(x * across), int(y * down), int(w * across), int(h * down)], kind, score)
        for x, y, w, h, score, kind in shown
    ]


@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize("size", [192, 256])
def test_what_openmv_shows(seed, size):
    found = noise(seed, step=0.0001)
    drawn = suppression.shown(found, load_target("openmv-ae3").nms.rules(), FRAME, size)
    expected = as_openmv(found, size, FRAME)
    corners = drawn.boxes * numpy.tile(FRAME, 2)
    ours = [numpy.rint([*box[:2], *(box[2:] - box[:2])]).astype(int).tolist() for box in corners]
    assert len(expected) > 5 and ours == [box for box, _, _ in expected]
    assert drawn.classes.tolist() == [kind for _, kind, _ in expected]
    assert drawn.scores == pytest.approx([score for _, _, score in expected])
    assert drawn.scores.min() < 0.6  # scores fade below the threshold, and are shown


def test_a_box_without_sides_is_not_shown():
    found = noise(0, 2)
    flat = Candidates(
        boxes=numpy.array([[0.5, 0.5, 0.501, 0.9], [0.2, 0.2, 0.4, 0.4]]), scores=numpy.array([0.9, 0.8]),
        keypoints=found.keypoints, classes=numpy.array([0, 1]),
    )  # fmt: skip
    assert suppression.shown(flat, load_target("openmv-ae3").nms.rules(), FRAME, 192).classes.tolist() == [1]


@pytest.mark.parametrize("target", ["numaker-m55m1", "openmv-ae3"])
def test_a_curve_takes_the_best_hundred(target):
    rules = load_target(target).for_task("detect").nms.rules() | {"score": 0.001, "maximum": 5}
    left = suppression.ranked(noise(1, 80), rules, (320, 240), 192)
    assert len(left.scores) == 5 and left.scores.tolist() == sorted(left.scores, reverse=True)
