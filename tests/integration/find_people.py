"""Do the float and the int8 model find the labelled people? In the environment `convert`:

    find_people.py MODEL.tflite IMAGES LABELS COUNT     prints {"people": …, "found": …, "keypoint_error": …} as JSON

Decodes the raw head as el_algorithm_yolo_pose.cpp does, and the decoded one as ST's applications do. A person counts as
found where a detection's box has an IoU of at least 0.5 with the labelled one; the keypoint error is the median
distance of visible keypoints, as a part of the square root of the box's area.
"""

import json
import sys
from pathlib import Path

import numpy
import tensorflow
from PIL import Image

SMALLEST_PERSON = 0.04  # part of the picture: smaller ones are a few pixels at 192
SCORE = 0.25


def sigmoid(x):
    return 1 / (1 + numpy.exp(-x))


def run(interpreter, picture):
    (entry,) = interpreter.get_input_details()
    size = entry["shape"][1]
    rows, columns = (numpy.arange(size) * side // size for side in picture.shape[:2])
    pixels = picture[rows][:, columns][None]
    if entry["dtype"] == numpy.int8:
        pixels = (pixels.astype(numpy.int16) - 128).astype(numpy.int8)
    elif entry["dtype"] == numpy.float32:
        pixels = pixels / 255
    interpreter.set_tensor(entry["index"], pixels.astype(entry["dtype"]))
    interpreter.invoke()
    outputs = {}
    for detail in interpreter.get_output_details():
        value = interpreter.get_tensor(detail["index"])[0].astype(numpy.float32)
        if detail["dtype"] == numpy.int8:
            scale, zero_point = detail["quantization"]
            value = (value - zero_point) * scale
        outputs[value.shape] = value
    return outputs, size


def decode(outputs, size):
    """Boxes (x1, y1, x2, y2), scores and keypoints (K, 3), coordinates in 0–1, best first, after NMS."""
    if len(outputs) == 1:
        (rows,) = outputs.values()
        centre, side, scores = rows[:2].T, rows[2:4].T, rows[4]
        points = rows[5:].T.reshape(len(scores), -1, 3)[..., :2]
        return suppress(numpy.concatenate([centre - side / 2, centre + side / 2], 1), scores, points)
    everything = []
    for stride in (8, 16, 32):
        side = size // stride
        box, score = outputs[side * side, 64], outputs[side * side, 1]
        bins = box.reshape(-1, 4, 16)
        weights = numpy.exp(bins - bins.max(-1, keepdims=True))
        distance = (weights / weights.sum(-1, keepdims=True)) @ numpy.arange(16)
        ys, xs = numpy.divmod(numpy.arange(side * side), side)
        centre = numpy.stack([xs, ys], 1) + 0.5
        corners = numpy.concatenate([centre - distance[:, :2], centre + distance[:, 2:]], 1) * stride / size
        everything.append((corners, sigmoid(score[:, 0]), centre, numpy.full(side * side, stride)))
    corners, scores, centres, strides = (numpy.concatenate(parts) for parts in zip(*everything, strict=True))
    raw = next(v for v in outputs.values() if v.shape[0] == len(scores)).reshape(len(scores), -1, 3)
    points = (raw[..., :2] * 2 + (centres - 0.5)[:, None]) * strides[:, None, None] / size
    return suppress(corners, scores, points)


def suppress(corners, scores, points):
    kept = []
    for index in numpy.argsort(-scores):
        if scores[index] < SCORE:
            break
        if all(overlap(corners[index], corners[other]) < 0.45 for other in kept):
            kept.append(index)
    return corners[kept], points[kept]


def overlap(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, 0) * max(height, 0)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


interpreter = tensorflow.lite.Interpreter(sys.argv[1])
interpreter.allocate_tensors()
people = found = 0
errors = []
for path in sorted(Path(sys.argv[2]).iterdir())[: int(sys.argv[4])]:
    boxes, points = decode(*run(interpreter, numpy.asarray(Image.open(path).convert("RGB"))))
    labels = Path(sys.argv[3]) / f"{path.stem}.txt"  # none where there is nobody in the picture
    for line in labels.read_text().splitlines() if labels.exists() else []:
        _, x, y, w, h, *rest = map(float, line.split())
        if w * h < SMALLEST_PERSON:
            continue
        people += 1
        truth = (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
        best = max(range(len(boxes)), key=lambda i: overlap(truth, boxes[i]), default=None)
        if best is not None and overlap(truth, boxes[best]) >= 0.5:
            found += 1
            labelled = numpy.array(rest).reshape(-1, 3)
            visible = labelled[:, 2] == 2
            distance = numpy.linalg.norm(labelled[visible, :2] - points[best][visible], axis=1)
            errors.extend(distance / (w * h) ** 0.5)
print(json.dumps({"people": people, "found": found, "keypoint_error": float(numpy.median(errors))}))
