"""Which pictures the report shows."""

import json

from edgecask.analysis.overlays import choose, pairs, spread
from edgecask.store.store import Store


def detection(score):
    return {"box": [0, 0, 1, 1], "score": score, "keypoints": []}


def entry(name, people):
    return {"name": name, "width": 4, "height": 3, "float": [detection(0.9)] * people, "int8": []}


def test_images_with_people_come_first_and_from_everywhere():
    entries = [entry(f"{number:02}", people=number % 2) for number in range(40)]
    assert [found["name"] for found in choose(entries, 6)] == ["01", "09", "17", "23", "31", "39"]
    assert choose(entries[:3], 6) == [entries[1]]


def test_a_few_of_many_come_from_everywhere():
    assert spread(range(100), 4) == [0, 33, 66, 99]
    assert spread("ab", 4) == ["a", "b"] and spread([], 4) == []


def test_where_nobody_is_seen_some_are_shown_all_the_same():
    entries = [entry(f"{number:02}", people=0) for number in range(40)]
    assert len(choose(entries, 6)) == 6 and choose([], 6) == []


def test_parts_are_read_image_by_image_as_the_firmware_would_show_them(directories):
    entry = {"name": "a.jpg", "width": 4, "height": 3, "shown": [detection(0.9)]}
    part = {"images": [entry | {"detections": [detection(0.9), detection(0.01)]}]}
    blobs = [Store(directories.store).ingest_bytes(json.dumps(part).encode())]
    assert list(pairs(blobs, blobs)) == [
        {"name": "a.jpg", "width": 4, "height": 3, "float": [detection(0.9)], "int8": [detection(0.9)]}
    ]
