import pytest

from edgecask.matrix.timings import Timings, spoken


def test_times_are_kept_and_the_newest_counts_a_fifth(directories):
    timings = Timings(directories)
    timings.note("export", 10.0)
    timings.note("export", 20.0)
    timings.save()
    assert Timings(directories).seconds == {"export": 12.0}


def test_an_estimate_needs_every_program(directories):
    timings = Timings(directories)
    timings.note("export", 10.0)
    assert timings.estimate({"export": 4, "convert": 0}, at_once=2) == 20.0
    assert timings.estimate({"export": 4, "convert": 1}, at_once=2) is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"a": "x", "b": -1}', b"\xff"])
def test_a_file_that_is_damaged_counts_as_none(directories, content):
    directories.timings.mkdir(parents=True, exist_ok=True)
    (directories.timings / "seconds.json").write_bytes(content)
    assert Timings(directories).seconds == {}


@pytest.mark.parametrize(("seconds", "text"), [(5, "5 s"), (89.6, "90 s"), (600, "10 min"), (9000, "2.5 h")])
def test_durations_in_words(seconds, text):
    assert spoken(seconds) == text
