import pytest
import tflite
from locations import REPOSITORY

from edgecask.errors import ModelFileError
from edgecask.target.flatbuffer_reads import LONGEST_NAME, MOST_INDEXES, FlatbufferReads

CONTENT = (REPOSITORY / "tests" / "data" / "raw.tflite").read_bytes()
TENSOR_NAME = 10


@pytest.fixture
def model():
    return tflite.Model.GetRootAs(CONTENT, 0)


@pytest.fixture
def reads(model):
    return FlatbufferReads(CONTENT, model, "the model")


def test_lengths_beyond_the_file_or_beyond_reason(reads):
    assert reads.count(3, 3, "tensors") == 3
    for length in (-1, len(CONTENT) + 1):
        with pytest.raises(ValueError, match="longer than the file"):
            reads.count(length, length, "tensors")
    with pytest.raises(ModelFileError, match="the model has more than 2 tensors: no device runs such a model"):
        reads.count(3, 2, "tensors")


def test_lists_of_tensors_are_bounded_all_together(model):
    reads = FlatbufferReads(b"x" * MOST_INDEXES, model, "the model")
    assert reads.vector(0) == [] and reads.vector([1, -1]) == [1, -1]
    reads.vector([0] * (MOST_INDEXES - 3))
    with pytest.raises(ModelFileError, match="more than 1 inputs and outputs of operators"):
        reads.vector([0, 0])


def test_what_a_tensor_says_of_itself(model, reads):
    graph = model.Subgraphs(0)
    tensor = graph.Tensors(int(graph.InputsAsNumpy()[0]))
    assert reads.text(tensor, TENSOR_NAME) == tensor.Name().decode() != ""
    assert reads.shape(tensor) == tuple(tensor.ShapeAsNumpy()) and reads.buffer_length(tensor) == 0
    with pytest.raises(ValueError, match="a tensor without data"):
        reads.data_start(tensor)
    constants = [graph.Tensors(number) for number in range(graph.TensorsLength())]
    constant = next(tensor for tensor in constants if reads.buffer_length(tensor))
    start = reads.data_start(constant)
    data = model.Buffers(constant.Buffer()).DataAsNumpy().tobytes()
    assert CONTENT[start : start + reads.buffer_length(constant)] == data


def test_a_long_text_is_cut_and_one_that_ends_beyond_the_file_is_damage(model, reads):
    tensor = model.Subgraphs(0).Tensors(0)
    place = tensor._tab.Indirect(tensor._tab.Pos + tensor._tab.Offset(TENSOR_NAME))
    for length, said in ((LONGEST_NAME + 1, "…"), (len(CONTENT), None)):
        changed = CONTENT[:place] + length.to_bytes(4, "little") + CONTENT[place + 4 :] + b"x" * LONGEST_NAME
        reads = FlatbufferReads(changed, model, "the model")
        if said is None:
            with pytest.raises(ValueError, match="a text is longer than the file"):
                reads.text(tensor, TENSOR_NAME)
        else:
            assert reads.text(tensor, TENSOR_NAME).endswith(said)
