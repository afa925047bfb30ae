"""Operators that Vela left on the CPU, each as a model of its own in TFLite's interpreter (LiteRT)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flatbuffers
from ai_edge_litert import interpreter
from ai_edge_litert import schema_py_generated as schema

from pipeline.harness import Refused


def cpu_operators(content: bytes) -> Callable[[int], Callable[[list[Any]], list[Any]]]:
    """What makes an operator of the .tflite, by its number, computable: values of inputs → values of outputs."""

    def of(position: int) -> Callable[[list[Any]], list[Any]]:
        model = schema.ModelT.InitFromPackedBuf(content, 0)
        (graph, *_) = model.subgraphs
        operator = graph.operators[position]
        graph.operators = [operator]
        graph.inputs = [
            int(number) for number in operator.inputs if number >= 0 and not _constant(model, graph, number)
        ]
        graph.outputs = [int(number) for number in operator.outputs]
        model.subgraphs, model.signatureDefs, model.metadata = [graph], [], []
        _drop_unused(model, graph, operator)
        builder = flatbuffers.Builder(1 << 16)
        builder.Finish(model.Pack(builder), b"TFL3")
        try:
            made = interpreter.Interpreter(
                model_content=bytes(builder.Output()),
                experimental_op_resolver_type=interpreter.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
                num_threads=1,
            )
            made.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            reason = (str(error).splitlines() or ["no reason given"])[0]
            raise Refused(
                "model-file", f"TensorFlow Lite does not take operator {position} of {{model}}: {reason}"
            ) from error

        def run(values: list[Any]) -> list[Any]:
            for number, value in zip(made.get_input_details(), values, strict=True):
                made.set_tensor(number["index"], value)
            made.invoke()
            return [made.get_tensor(detail["index"]) for detail in made.get_output_details()]

        return run

    return of


def _constant(model: Any, graph: Any, number: int) -> bool:
    data = model.buffers[graph.tensors[number].buffer].data
    return data is not None and len(data) > 0


def _drop_unused(model: Any, graph: Any, operator: Any) -> None:
    """Empty the buffers of all other tensors: weights of the NPU are most of a file."""
    used = {graph.tensors[number].buffer for number in operator.inputs if number >= 0}
    for number, buffer in enumerate(model.buffers):
        if number not in used:
            buffer.data = None
