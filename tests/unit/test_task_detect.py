"""What detection means: the outputs of its heads, and that host and programs say the same."""

import pytest

from edgecask.task import head
from edgecask.task.detect import DECODED, LEVELS, RAW, SPLIT, Detect
from pipeline.heads import detect as programs

SIZE = 96


def shapes_of(kind, classes):
    """The outputs' shapes at 96 × 96."""
    shapes = []
    for output in kind.outputs:
        channels = output.channels.fixed + output.channels.each * classes
        if output.feature_map:
            shapes.append((1, SIZE // output.stride, SIZE // output.stride, channels))
        else:
            sides = output.anchors(SIZE), channels
            shapes.append((1, *(reversed(sides) if output.channels_first else sides)))
    return shapes


def test_host_and_programs_say_the_same():
    assert RAW.names == programs.RAW_OUTPUTS and DECODED.names == programs.DECODED_OUTPUTS
    assert LEVELS.names == programs.LEVELS_OUTPUTS and SPLIT.names == programs.SPLIT_OUTPUTS
    assert (head.STRIDES, head.BOX_CHANNELS) == (programs.STRIDES, programs.BOX_CHANNELS)


@pytest.mark.parametrize("classes", [1, 3, 63, 65, 80, 100])
@pytest.mark.parametrize("name", ["raw", "decoded", "levels", "split"])
def test_the_classes_are_told_by_the_shapes(name, classes):
    kind = Detect.heads[name]
    shapes = shapes_of(kind, classes)
    assert [kind.output_of(shape, SIZE).name for shape in shapes] == list(kind.names)
    assert set(kind.counts(shapes, SIZE)) == {classes}


def test_sixty_four_classes_are_taken_for_boxes_by_the_raw_head_alone():
    names = [RAW.output_of(shape, SIZE).name for shape in shapes_of(RAW, 64)]
    assert names == ["box_s8", "box_s16", "box_s32"] * 2
    others = [Detect.heads[name] for name in ("decoded", "levels", "split")]
    assert all(set(kind.counts(shapes_of(kind, 64), SIZE)) == {64} for kind in others)


def test_classes_of_a_joined_output():
    task = Detect()
    assert task.classes_of([4, 80]) == task.classes_of([2, 2, 80]) == 80
    for parts in ([84], [4], [], [5, 51], [4, 1, 51], [8, 51]):
        assert task.classes_of(parts) is None
