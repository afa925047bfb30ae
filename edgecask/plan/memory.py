"""How much memory a stage of each program takes, so that no more of them run at once than a machine holds."""

from __future__ import annotations

MEMORY_MIB = {
    "agreement": 128,
    "arena": 128,
    "compile": 128,
    "contact_sheet": 128,
    "convert": 896,
    "cost_plots": 128,
    "detect": 640,
    "export": 512,
    "inspect_images": 128,
    "overlays": 128,
    "prepare": 128,
    "quantize": 896,
    "rounding": 2048,
    "samples": 128,
    "score": 128,
    "synthetic_objects": 128,
    "synthetic_people": 128,
    "timeline_plot": 128,
    "tradeoff_plot": 128,
    "write_weights": 512,
}
"""MiB by program: what `benchmarks/stage_memory.py` shows for yolov8n-pose at 256 px with 80 labelled images, and a
quarter more, in steps of 128."""
UNKNOWN_MIB = 4096
"""Of a program that is not in the table, such as training, which grows with images and batch."""


def memory_of(program: str) -> int:
    """MiB that a stage of the program takes at most."""
    return MEMORY_MIB.get(program, UNKNOWN_MIB)


def slots_for(memory_mib: int, cores: int) -> int:
    """How many stages a machine runs at once, by its free memory in MiB and its cores; at least one."""
    return max(1, min(cores, memory_mib // max(MEMORY_MIB.values())))
