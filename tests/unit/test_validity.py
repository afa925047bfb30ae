import pytest

from edgecask.errors import TargetError
from edgecask.target.target import TARGETS, load_target


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("arena_limit_kib = 1110\ninterpreter", "arena_limit_kib = 512\ninterpreter", "512 in .memory. and 1110"),
        ('"MEAN", "BATCH_MATMUL",', '"MEAN",', "BATCH_MATMUL"),
        ('from = "2023-11-02"', 'from = "2026-11-02"', "order of their days"),
        ('from = "2023-11-02"', 'from = "someday"', "date"),
    ],
)
def test_a_history_that_contradicts_the_tables(own_target, old, new, match):
    with pytest.raises(TargetError, match=match):
        load_target(str(own_target((old, new))))


@pytest.mark.parametrize(
    ("line", "said"),
    [('head = "rare"', "`head` in .* is 'rare'"), ('head = "raw"\ntask = "segment"', "no task 'segment'")],
)
def test_targets_name_what_there_is(tmp_path, line, said):
    folder = tmp_path / "mine"
    folder.mkdir()
    text = (TARGETS / "xiao" / "target.toml").read_text()
    (folder / "target.toml").write_text(text.replace('head = "raw"', line, 1))
    with pytest.raises(TargetError, match=said):
        load_target(str(folder))
