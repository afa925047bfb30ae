"""`edgecask quantize`: what ST's tflite_quant.py does, from the same file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgecask.common_options import RunnerOption
from edgecask.options import option


@dataclass(frozen=True, kw_only=True)
class Quantize(RunnerOption):
    """ST's file."""

    config: Path = option(help="ST's user_config_quant.yaml", placeholder="FILE")


REQUEST = Quantize


def run(request: Quantize) -> None:
    """Quantize the SavedModel that the file names, and say where the model is."""
    from edgecask.cli.session import make_execution
    from edgecask.firmware.st_quantize_config import load_config, quantize
    from edgecask.progress import make_display

    load_config(request.config)  # before an engine is asked for
    display = make_display()
    execution = make_execution(request.runner, display, require_isolation=request.require_isolation)
    display.note(f"model       {quantize(execution, request.config)}")
