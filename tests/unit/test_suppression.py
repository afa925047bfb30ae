"""Who is shown and what is printed: each firmware's rules against a plain way to write them, and by hand."""

import numpy
import pytest

from edgecask.target.target import load_target
from pipeline.shared import roundings, suppression
from pipeline.shared.candidates import Candidates
from pipeline.shared.std_sort import sorted_by_score

PLAIN = {
    "score": 0.5,
    "score_comparison": ">=",
    "iou": 0.45,
    "iou_comparison": ">",
    "iou_formula": "exact",
    "ties": "earlier",
    "maximum": None,
    "rounding": "none",
    "order": "descending",
}


def rules(target):
    return load_target(target).nms.rules()


def people(*rows, keypoints=()):
    """Rows are x1, y1, x2, y2, score; keypoints are x, y, visibility, the same for everybody."""
    return Candidates(
        boxes=numpy.array([row[:4] for row in rows], float).reshape(-1, 4),
        scores=numpy.array([row[4] for row in rows]),
        keypoints=numpy.array([keypoints or ((0, 0, 0),)] * len(rows), float),
    )


def many(seed, count=60):
    """Random people who overlap, with few different scores."""
    generator = numpy.random.default_rng(seed)
    corners = generator.uniform(0, 0.6, (count, 2))
    return Candidates(
        boxes=numpy.concatenate([corners, corners + generator.uniform(0.05, 0.5, (count, 2))], 1),
        scores=generator.integers(1, 20, count) / 20,
        keypoints=generator.uniform(-0.1, 1.1, (count, 4, 3)),
    )


def scores_left(found, **changed):
    return suppression.suppress(found, PLAIN | changed).scores.tolist()


def test_the_best_of_those_that_overlap_is_kept():
    found = people((0, 0, 2, 2, 0.5), (0, 0, 2, 2.2, 0.9), (5, 5, 6, 6, 0.7), (0, 0, 9, 9, 0.1))
    assert scores_left(found) == [0.9, 0.7]
    assert scores_left(found, iou=0.95) == [0.9, 0.7, 0.5]
    assert scores_left(found, iou=0.95, maximum=1) == [0.9]
    assert scores_left(found, score=0.95) == []
    assert scores_left(people()) == []


def test_comparisons_at_the_threshold():
    at = people((0, 0, 2, 2, 0.5), (10, 0, 12, 2, 0.6))
    assert scores_left(at) == [0.6, 0.5]
    assert scores_left(at, score_comparison=">") == [0.6]
    half = people((0, 0, 2, 1, 0.9), (0, 0, 1, 1, 0.8))  # an IoU of exactly a half
    assert scores_left(half, iou=0.5) == [0.9, 0.8]
    assert scores_left(half, iou=0.5, iou_comparison=">=") == [0.9]


def test_of_equal_scores_the_earlier_or_the_later_anchor_wins():
    found = people((0, 0, 2, 2, 0.9), (0, 0, 2, 2.1, 0.9), (7, 7, 8, 8, 0.9))
    for ties, kept in (("earlier", [[0, 0, 2, 2], [7, 7, 8, 8]]), ("later", [[7, 7, 8, 8], [0, 0, 2, 2.1]])):
        assert suppression.suppress(found, PLAIN | {"ties": ties}).boxes.tolist() == kept


def test_people_apart_across_and_down_suppress_each_other_on_the_stm32mp2():
    found = people((0, 0, 0.1, 0.1, 0.9), (0.2, 0.2, 0.3, 0.3, 0.8))
    assert len(suppression.shown(found, rules("stm32mp2"), (640, 480), 256).scores) == 1
    assert len(suppression.shown(found, rules("stm32n6"), (640, 480), 256).scores) == 2


# Whole firmwares, written out as their sources are


def as_sscma(found, frame):
    """el_algorithm_yolo_pose.cpp: two lists that are built from their front."""
    boxes = []
    for anchor, (box, score) in enumerate(zip(found.boxes, found.scores, strict=True)):
        if score < 0.5:
            continue
        boxes.insert(0, [anchor, box * numpy.tile(frame, 2), score])
    boxes.sort(key=lambda entry: -entry[2])
    for place, (_, box, score) in enumerate(boxes):
        if score == 0:
            continue
        for other in boxes[place + 1 :]:
            across = max(0, min(box[2], other[1][2]) - max(box[0], other[1][0]))
            down = max(0, min(box[3], other[1][3]) - max(box[1], other[1][1]))
            areas = [(entry[2] - entry[0]) * (entry[3] - entry[1]) for entry in (box, other[1])]
            if across * down / (sum(areas) - across * down) > 0.45:
                other[2] = 0
    results = []
    for anchor, box, score in boxes:
        if score == 0:
            continue
        middle = (box[:2] + box[2:]) / 2
        points = [
            [max(0, int(x * frame[0] + 0.5)), max(0, int(y * frame[1] + 0.5)), max(0, int(seen * 100 + 0.5))]
            for x, y, seen in found.keypoints[anchor]
        ]
        sides = box[2:] - box[:2]
        results.insert(0, ([int(v + 0.5) for v in (*middle, *sides)], int(score * 100 + 0.5), points))
    return results


def corners_taken_for_centres(a, b):
    """The IoU that box_iou of yolo_postprocessing.cc and Nuvoton's CalculateBoxIOU give x, y, width, height."""

    def overlap(x1, w1, x2, w2):
        return min(x1 + w1 / 2, x2 + w2 / 2) - max(x1 - w1 / 2, x2 - w2 / 2)

    w, h = overlap(a[0], a[2], b[0], b[2]), overlap(a[1], a[3], b[1], b[3])
    shared = 0 if w < 0 or h < 0 else w * h
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def as_himax(found, frame, size):
    """cvapp_yolov8_pose.cpp and yolo_postprocessing.cc."""
    single = numpy.float32

    rows = []
    for anchor, ((x1, y1, x2, y2), score) in enumerate(zip(found.boxes * size, found.scores, strict=True)):
        if score >= 0.25:
            rows.append(((x1, y1, x2 - x1, y2 - y1), score, anchor))
    rows = [rows[place] for place in sorted_by_score([row[1] for row in rows])]
    results = []
    while rows:
        box, score, anchor = rows.pop(0)
        rows = [row for row in rows if not corners_taken_for_centres(box, row[0]) > 0.45]
        if len(results) == 40:
            continue

        def printed(value, along):
            return int(single(min(max(int(value), 0), size)) / single(size) * single(frame[along]))

        points = [
            [printed(x * size, 0), printed(y * size, 1), int(single(seen) * single(100))]
            for x, y, seen in found.keypoints[anchor]
        ]
        results.insert(0, ([printed(v, at % 2) for at, v in enumerate(box)], int(single(score) * single(100)), points))
    return results


def as_nuvoton(found, frame, size):
    """YOLOv8nPosePostProcessing.cpp: a list that is built from its front, then sorted stably; C's types."""
    single = numpy.float32

    rows = []
    for anchor, ((x1, y1, x2, y2), score) in enumerate(zip(found.boxes * size, found.scores, strict=True)):
        if score >= 0.7:
            rows.insert(0, [(x1, y1, x2 - x1, y2 - y1), score, anchor])
    rows.sort(key=lambda row: -row[1])
    for place, (box, score, _) in enumerate(rows):
        for other in rows[place + 1 :] if score else []:
            if corners_taken_for_centres(box, other[0]) > 0.45:
                other[1] = 0
    factors = [single(frame[along]) / single(size) for along in range(2)]

    def printed(value, along):
        return min(max(int(single(value) * factors[along]), 0), frame[along] - 1)

    return [
        (
            [printed(value, at % 2) for at, value in enumerate(box)],
            score,
            [[printed(x * size, 0), printed(y * size, 1), seen] for x, y, seen in found.keypoints[anchor]],
        )
        for box, score, anchor in rows
        if score
    ]


def as_stm32mp2(found):
    """yolov8n_pose_pp.py."""
    rows = [
        [*box, score] for box, score in zip(found.boxes.tolist(), found.scores.tolist(), strict=True) if score > 0.75
    ]
    rows.sort(key=lambda row: row[4], reverse=True)

    def iou(a, b):
        shared = (min(a[2], b[2]) - max(a[0], b[0])) * (min(a[3], b[3]) - max(a[1], b[1]))
        areas = [(row[2] - row[0]) * (row[3] - row[1]) for row in (a, b)]
        return shared / (sum(areas) - shared)

    kept = []
    while rows:
        kept.append(rows[0])
        rows = [row for row in rows if iou(row, kept[-1]) < 0.5]
    return kept


def in_pixels(found, frame, *, centre):
    """Rows as the firmware prints them."""
    extent = numpy.tile(frame, 2)
    rows = []
    for box, score, keypoints in zip(found.boxes * extent, found.scores, found.keypoints, strict=True):
        sides = box[2:] - box[:2]
        start = box[:2] + sides / 2 if centre else box[:2]
        points = keypoints * [*frame, 100]
        values = [*start, *sides], score * 100, points
        whole = [numpy.rint(numpy.array(value)).astype(int).tolist() for value in values]
        for exact, rounded in zip(values, whole, strict=True):
            assert numpy.array(exact) == pytest.approx(numpy.array(rounded), abs=1e-6)
        rows.append(tuple(whole))
    return rows


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("target", ["grove", "xiao"])
def test_what_sscma_prints(target, seed):
    found, frame = many(seed), (240, 240)
    # Visibility is a sigmoid, from 0 to 1.
    found.keypoints[..., 2] = found.keypoints[..., 2].clip(0, 1)
    printed = suppression.shown(found, rules(target), frame, 192)
    expected = as_sscma(found, numpy.array(frame))
    assert len(expected) > 3 and in_pixels(printed, frame, centre=True) == expected
    assert printed.scores.tolist() == sorted(printed.scores)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("size", [192, 224, 256])
def test_what_himax_prints(seed, size):
    found, frame = many(seed, 150), (320, 240)
    found.keypoints[..., 2] = found.keypoints[..., 2].clip(0, 1)
    expected = as_himax(found, frame, size)
    printed = suppression.shown(found, rules("grove-himax"), frame, size)
    assert len(expected) > 10
    assert in_pixels(printed, frame, centre=False) == expected


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("size", [192, 224, 256])
def test_what_nuvotons_sample_draws(seed, size):
    found, frame = many(seed, 150), (320, 240)
    expected = as_nuvoton(found, frame, size)
    drawn = suppression.shown(found, rules("numaker-m55m1"), frame, size)
    assert len(expected) > 10 and len(drawn.scores) == len(expected)
    extent = numpy.tile(frame, 2)
    for (box, score, points), corners, found_score, keypoints in zip(
        expected, drawn.boxes * extent, drawn.scores, drawn.keypoints, strict=True
    ):
        assert [*corners[:2], *(corners[2:] - corners[:2])] == pytest.approx(box, abs=1e-6)
        assert found_score == score
        assert (keypoints * [*frame, 1]).ravel() == pytest.approx(numpy.array(points).ravel(), abs=1e-6)


def test_himax_shows_forty_people_at_most():
    rows = [
        (column / 10, row / 10, column / 10 + 0.05, row / 10 + 0.05, 0.5) for row in range(8) for column in range(8)
    ]
    assert len(suppression.shown(people(*rows), rules("grove-himax"), (320, 240), 256).scores) == 40
    assert len(suppression.shown(people(*rows), rules("grove"), (240, 240), 192).scores) == 64
    assert len(suppression.shown(people(*rows), rules("stm32n6"), (320, 240), 256).scores) == 10


@pytest.mark.parametrize("seed", range(20))
def test_what_the_stm32mp2_draws(seed):
    found = many(seed, 150)
    drawn = suppression.shown(found, rules("stm32mp2"), (640, 480), 256)
    expected = as_stm32mp2(found)
    assert [[*box, score] for box, score in zip(drawn.boxes.tolist(), drawn.scores.tolist(), strict=True)] == expected


# Rounding


def test_sscma_rounds_halves_up_and_holds_at_zero():
    found = people((0.125, 0.125, 0.25, 0.4375, 0.505), keypoints=((-0.25, 0.0626, 0.245), (0.0625, 1.5, 0.996)))
    printed = roundings.rounded(found, (8, 8), 96)
    # Centre 1.5, 2.25; sides 1, 2.5; 50.5 %; keypoints −2, 0.501, 24.5 % and 0.5, 12, 99.6 %.
    assert in_pixels(printed, (8, 8), centre=True) == [([2, 2, 1, 3], 51, [[0, 1, 25], [1, 12, 100]])]


def test_himax_computes_in_single_precision():
    """100 / 192 · 240 is 125, and a little less in single precision: 124, the only such pixel of 192, 224 and 256."""
    found = people((0, 100.5 / 192, 0.5, 1, 0.5), (0, 101.5 / 192, 0.5, 1, 0.4))
    printed = roundings.truncated_twice(found, (320, 240), 192)
    assert [row[0][1] for row in in_pixels(printed, (320, 240), centre=False)] == [124, 126]


def test_himax_cuts_off_in_pixels_of_the_model_and_then_of_the_frame():
    found = people((0.999 / 256, -3 / 256, 101.9 / 256, 300 / 256, 0.29), keypoints=((7.9 / 256, 255.9 / 256, 0.999),))
    printed = roundings.truncated_twice(found, (320, 240), 256)
    # Corner 0, 0 and sides 100, 256 (303 held) of 256: 125 and 240. Keypoint 7, 255: 8.75 and 239.06. 29 % is no 28.99.
    assert in_pixels(printed, (320, 240), centre=False) == [([0, 0, 125, 240], 29, [[8, 239, 99]])]


def boxes(*rows):
    """Rows are cx, cy, w, h, score, class."""
    table = numpy.array(rows, float)
    half = table[:, 2:4] / 2
    return Candidates(
        boxes=numpy.concatenate([table[:, :2] - half, table[:, :2] + half], 1),
        scores=table[:, 4],
        keypoints=numpy.zeros((len(rows), 0, 3)),
        classes=table[:, 5].astype(int),
    )


def test_a_class_suppresses_its_own_boxes_alone_and_has_a_maximum_of_its_own():
    found = boxes(
        (1, 1, 2, 2, 0.9, 0), (1, 1, 2, 2, 0.8, 1), (1, 1, 2, 2, 0.7, 0), (5, 5, 1, 1, 0.6, 0), (9, 9, 1, 1, 0.55, 1)
    )
    assert scores_left(found) == [0.9, 0.6, 0.55]
    assert scores_left(found, by_class=True) == [0.9, 0.8, 0.6, 0.55]
    assert scores_left(found, by_class=True, maximum=1) == [0.9, 0.8]
    assert suppression.suppress(found, PLAIN | {"by_class": True}).classes.tolist() == [0, 1, 0, 1]


def test_schraudolphs_sigmoid_is_rough():
    """fast_exp of el_algorithm_yolo_world.cpp by hand: 1064986823 as float32 is 1064986816, whose bits are 0.978161."""
    assert roundings.rough_sigmoid(numpy.array([0.5]))[0] == pytest.approx(1 / 1.978161, abs=1e-6)
    exact = numpy.linspace(0.01, 0.99, 99)
    rough = roundings.rough_sigmoid(exact)
    assert numpy.abs(rough - exact).max() < 0.02 and numpy.abs(rough - exact).max() > 0.005
    assert (numpy.diff(rough) > 0).all()


def test_sscma_prints_detection_from_whole_pixels_and_percent():
    grove = load_target("grove").for_task("detect").nms.rules()
    # The second overlaps the first by its class' box; the third is another class there.
    found = boxes((0.5, 0.5, 0.2, 0.2, 0.8, 2), (0.51, 0.5, 0.2, 0.2, 0.7, 2), (0.5, 0.5, 0.2, 0.2, 0.6, 0))
    result = suppression.shown(found, grove, (240, 240), 192)
    assert result.classes.tolist() == [2, 0]
    centre = (result.boxes[:, :2] + result.boxes[:, 2:]) / 2 * 240
    assert centre.tolist() == [[120, 120], [120, 120]]
    assert (result.scores * 100 == numpy.floor(result.scores * 100)).all() and result.scores[0] > result.scores[1]
    xiao = load_target("xiao").for_task("detect").nms.rules()
    found = boxes(
        (0.9, 0.5, 0.1, 0.1, 0.9, 0),
        (-0.1, 0.5, 0.1, 0.1, 0.6, 1),
        (0.3, 0.2, 0.1, 0.1, 0.504, 1),
        (0.5, 0.5, 0.1, 0.1, 0.5, 1),
    )
    result = suppression.shown(found, xiao, (240, 240), 192)
    assert result.classes.tolist() == [1, 1, 0] and result.scores.tolist() == [
        0.6,
        0.5,
        0.9,
    ]  # from the left; 0.5 is not above
    assert (result.boxes[0, 0] + result.boxes[0, 2]) / 2 == 0  # held at the edge


def test_himax_detection_is_cut_off_once_and_knows_no_classes():
    himax = load_target("grove-himax-yolo11").nms.rules()
    found = boxes((0.5, 0.5, 0.21, 0.205, 0.8, 2), (0.5, 0.5, 0.2, 0.2, 0.7, 1), (0.2, 0.2, 0.1, 0.1, 0.25, 1))
    result = suppression.shown(found, himax, (320, 240), 224)
    assert result.classes.tolist() == [1, 2] and result.scores.tolist() == [0.25, 0.8]
    assert (result.boxes[1] * [320, 240, 320, 240]).round(6).tolist() == [126, 95, 193, 144]
