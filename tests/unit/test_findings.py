import os
from pathlib import Path

from edgecask.data.findings import Place, finding_of


def test_places_are_counted_and_without_any_there_is_nothing():
    (finding,) = finding_of("error", "images are missing", ["a", "b"], "Copy them.")
    assert (finding.severity, finding.what, finding.advice) == ("error", "2 images are missing", "Copy them.")
    assert finding.places == ("a", "b") and finding_of("error", "images are missing", [], "Copy them.") == []


def test_a_file_is_named_from_the_data_yaml_on(tmp_path):
    place = Place(tmp_path)
    assert place(tmp_path / "images" / "a.png") == "images/a.png"
    assert place(Path("/elsewhere/a.png")) == "/elsewhere/a.png"
    assert place.all({tmp_path / "b", tmp_path / "a"}) == ["a", "b"]


def test_nothing_in_a_name_moves_the_cursor(tmp_path):
    assert Place(tmp_path)(tmp_path / os.fsdecode(b"\xff\x1b[31m\n.png")) == "\ufffd\ufffd[31m\ufffd.png"
