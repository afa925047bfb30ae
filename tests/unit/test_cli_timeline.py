"""The lines of `edgecask timeline`, and the files that it refuses before anything runs."""

import pytest

from edgecask.analysis.timeline import Timeline, Wait
from edgecask.cli import timeline as command
from edgecask.errors import ModelFileError, UsageError
from edgecask.files import sha256_bytes
from edgecask.firmware.board.measurement import write_measured
from edgecask.target.target import load_target


def made(**changes):
    given = {
        "total": 10.0, "kernels": {"elementwise": 2.0, "convolution": 5.5}, "transfers": {"weights": 6.0},
        "transferred": {"weights": 300_000}, "waits": (Wait(start=1.0, length=2.5, before="the end"),),
        "sensitivity": {"flash 20 % slower": 11.25}, "clock_hz": 4e8, "macs_per_cycle": 64,
        "flash_bytes_per_second": 5e7,
    }  # fmt: skip
    return Timeline(**(given | changes))


def test_a_timeline_in_words():
    lines = list(command.describe(made(), load_target("grove")))
    assert "Ethos-U55-64 at 400 MHz, flash at 50 MB/s, as grove has it" in lines[0]
    assert "10.0 ms" in lines[1] and "nothing was measured" in lines[1]
    assert [" ".join(line.split()) for line in lines[2:]] == [
        "convolution 5.5 ms 55 %",
        "elementwise 2.0 ms 20 %",
        "kernels wait 2.5 ms 25 %",
        "flash: weights 6.0 ms 60 % 300,000 bytes",
        "waits 2.50 ms from 1.0 ms on, before the end",
        "with flash 20 % slower: 11.2 ms",
    ]


def test_a_file_without_npu_code_is_refused_before_anything_runs(tmp_path, monkeypatch):
    from edgecask.target import model_file

    path = tmp_path / "plain.tflite"
    path.write_bytes(b"\x1c\0\0\0TFL3")
    monkeypatch.setattr(model_file, "parse_model", lambda content, name: type("File", (), {"npu": (), "name": name}))
    with pytest.raises(ModelFileError, match=r"plain\.tflite holds no NPU code"):
        command.run(command.ShowTimeline(model=path))
    assert list(tmp_path.iterdir()) == [path]


def measured(path, content, **milliseconds):
    times = {name: {"median": value, "percentile_95": value} for name, value in milliseconds.items()}
    write_measured(
        path,
        {
            "schema": 1, "date": "2026-11-26", "board": {"name": "b"}, "model": {"sha256": sha256_bytes(content)},
            "milliseconds": times,
        },
    )  # fmt: skip


def test_what_a_board_took_belongs_to_the_file_that_was_on_it(tmp_path):
    digests = {"timeline": sha256_bytes(b"own"), "timeline against": sha256_bytes(b"ahead")}
    measured(tmp_path / "a.json", b"own", preprocess=5.0, inference=60.0)
    measured(tmp_path / "b.json", b"ahead", inference=50.0)
    measured(tmp_path / "c.json", b"another", inference=1.0)
    (tmp_path / "d.json").write_text("nothing")
    assert command.measured_times(tmp_path, digests) == {"timeline": 60.0, "timeline against": 50.0}
    assert command.measured_times(tmp_path / "a.json", digests) == {"timeline": 60.0}
    measured(tmp_path / "e.json", b"own", whole=70.0)
    for path in (tmp_path / "c.json", tmp_path / "d.json", tmp_path / "e.json", tmp_path / "gone.json"):
        with pytest.raises(UsageError, match="how long the inference of this file took"):
            command.measured_times(path, digests)


def test_a_fit_in_words():
    line = command.describe_fit({"transfers": [1.1, 1.12], "kernels": [0.9, 1.4], "error": 0.001})
    assert line.endswith("flash takes 1.10 times, kernels take 0.90 to 1.40 times as long as configured")
    assert "20 % remain" in command.describe_fit({"transfers": [1, 1], "kernels": [1, 1], "error": 0.2})
