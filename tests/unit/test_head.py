import pytest

from edgecask.task.head import Channels, Output


@pytest.mark.parametrize(
    ("channels", "size", "count"),
    [
        (Channels(fixed=64), 64, 0), (Channels(fixed=64), 63, None), (Channels(fixed=5, each=3), 8, 1),
        (Channels(fixed=5, each=3), 56, 17), (Channels(fixed=5, each=3), 5, None),
        (Channels(fixed=5, each=3), 57, None), (Channels(fixed=5, each=3), 2, None),
    ],
)  # fmt: skip
def test_channels(channels, size, count):
    assert channels.count(size) == count


def test_anchors_are_the_cells_of_one_grid_or_of_all():
    assert Output(name="one", channels=Channels(fixed=1), stride=16).anchors(192) == 144
    assert Output(name="all", channels=Channels(fixed=1)).anchors(192) == 576 + 144 + 36
