"""`edgecask capture`: pictures that differ, as the board sent them."""

import pytest
from sscma_board import HimaxApp, Scene, SscmaBoard
from test_jpeg_brightness import image, jpeg

from edgecask.cli import capture as command
from edgecask.errors import BoardError, UsageError

DIFFERENT = [jpeg(image(48, 48, seed), quality=30) for seed in range(4)]
NOISY = [jpeg(image(48, 48, 0), quality=quality) for quality in (28, 32, 40)]
"""The first one once more, with other noise of the encoder."""


@pytest.fixture
def run(tmp_path, capsys):
    def call(board, target="grove", **options):
        board.start()
        try:
            command.run(command.Capture(target=target, port=board.port, output=tmp_path / "calibration", **options))
        finally:
            board.stopped.set()
        return capsys.readouterr().out

    return call


def test_near_duplicates_are_passed_over(run, tmp_path):
    scene = Scene(images=[DIFFERENT[0], *NOISY, b"no JPEG", *DIFFERENT[1:]])
    said = run(SscmaBoard(scene=scene), count=4)
    assert "4 pictures" in said and "4 were passed over" in said and "--calibration=" in said
    files = sorted((tmp_path / "calibration").iterdir())
    assert [path.name for path in files] == ["00001.jpg", "00002.jpg", "00003.jpg", "00004.jpg"]
    assert [path.read_bytes() for path in files] == DIFFERENT


def test_a_second_run_adds(run, tmp_path):
    for _ in range(2):
        run(SscmaBoard(scene=Scene(images=DIFFERENT)), count=2)
    assert sorted(path.name for path in (tmp_path / "calibration").iterdir())[-1] == "00004.jpg"


def test_himax_app_sends_images_too(run, tmp_path):
    run(HimaxApp(image=DIFFERENT[0]), "grove-himax", count=1)
    assert (tmp_path / "calibration" / "00001.jpg").read_bytes() == DIFFERENT[0]


def test_nothing_moves(run, monkeypatch):
    monkeypatch.setattr(command, "TRIES", 5)
    with pytest.raises(BoardError, match="1 differ from each other.*Move what the camera sees"):
        run(SscmaBoard(scene=Scene(images=DIFFERENT[:1])), count=2)


def test_a_file_in_place_of_the_folder(run, tmp_path):
    (tmp_path / "calibration").write_text("mine")
    with pytest.raises(UsageError, match="is a file"):
        run(SscmaBoard(), count=1)
