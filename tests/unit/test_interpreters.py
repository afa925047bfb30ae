"""What interpreters do not compute is told by what stands in the way."""

import numpy
import pytest

from pipeline.harness import Refused
from pipeline.shared.interpreters import candidates


class Network:
    """One that ends with an error, or has one output."""

    size = 64

    def __init__(self, outcome):
        self._outcome = outcome

    def __call__(self, pixels):
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return [self._outcome]


@pytest.mark.parametrize(
    ("outcome", "kind", "message"),
    [
        (RuntimeError("failed to invoke.\nmore"), "model-file", "cannot compute the model: failed to invoke."),
        (ValueError(), "model-file", "cannot compute the model: no reason given."),
        (numpy.zeros((0, 0)), "model", "outputs are not those of the target's head"),
    ],
)
def test_a_model_that_gives_nothing_is_refused_with_the_reason(outcome, kind, message):
    with pytest.raises(Refused, match=message) as refusal:
        candidates(Network(outcome), "pose", "decoded", numpy.zeros((64, 64, 3), numpy.uint8))
    assert refusal.value.failure["kind"] == kind
