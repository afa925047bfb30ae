import io
import time

import pytest

from edgecask.training import progress
from edgecask.training.progress import (
    Clock,
    LiveTrainingDisplay,
    PlainTrainingDisplay,
    duration,
    epoch_line,
    metrics_line,
)

PROGRESS = {"epoch": 2, "epochs": 10, "batch": 1, "batches": 4, "losses": {"box": 1.25, "pose": 3.0}}
EPOCH = {"epoch": 2, "epochs": 10, "losses": {"box": 1.25}, "pose_map50": 0.5, "pose_map": 0.25, "best": True}


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "1 s"), (80, "80 s"), (300, "5 min"), (9000, "2.5 h")])
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_the_clock_counts_from_where_the_training_went_on(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    assert clock.left(epoch=6, epochs=10, batch=2, batches=4) is None
    monkeypatch.setattr(time, "monotonic", lambda: 110.0)  # half an epoch later, half and three to go
    assert clock.left(epoch=6, epochs=10, batch=4, batches=4) == pytest.approx(80)


def test_an_epoch_is_one_line():
    line = epoch_line(EPOCH, 90.0, learned="pose")
    assert line == "epoch  2/10  box 1.250  pose mAP50 0.500  mAP50-95 0.250 *  2 min left"
    assert epoch_line({**EPOCH, "epoch": 10}, 0.0, learned="pose").endswith("0.250 *")
    assert epoch_line({**EPOCH, "best": False}, None, learned="pose").endswith("0.250")


def test_metrics_are_those_of_what_is_learned():
    metrics = {"box_map50": 0.9, "box_map": 0.7, "pose_map50": 0.5, "pose_map": 0.25}
    assert metrics_line(metrics, "box") == "box mAP50 0.900  mAP50-95 0.700"
    assert metrics_line(metrics, "pose") == "pose mAP50 0.500  mAP50-95 0.250"


def test_plain_output_has_no_progress_within_an_epoch():
    stream = io.StringIO()
    display = PlainTrainingDisplay(stream)
    display.progress(PROGRESS)
    display.note("epoch 1")
    assert stream.getvalue() == "epoch 1\n"


def test_a_terminal_shows_epoch_batch_losses_and_time(monkeypatch):
    from rich.console import Console

    stream = io.StringIO()
    monkeypatch.setattr(progress, "make_console", lambda: Console(file=stream, force_terminal=True, width=160))
    display = LiveTrainingDisplay()
    with display.bar:
        display.progress(PROGRESS)
        time.sleep(0.01)
        display.progress({**PROGRESS, "batch": 2})
        display.note("[red]a line[/]")
        display.bar.refresh()
    shown = stream.getvalue()
    assert "epoch 2/10" in shown and "2/4" in shown and "box 1.250  pose 3.000" in shown and "left" in shown
    assert "[red]a line[/]" in shown  # nothing a stage says is markup
