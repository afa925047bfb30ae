"""`invoke make-demo-data`: a data set of rendered people."""

from __future__ import annotations

from pathlib import Path


def make_demo_data(
    *, output: str, count: str, validation: str, seed: str, image_size: str, facing: str, runner: str
) -> None:
    """Make the data set and say what it holds."""
    from edgecask.cli.session import make_execution
    from edgecask.data import synthetic as demo_data
    from edgecask.progress import make_display

    request = demo_data.DemoDataRequest(
        output=Path(output),
        count=demo_data.number_within(count, "count", 1, 1_000_000),
        validation=demo_data.number_within(validation, "val", 1, 1_000_000),
        seed=demo_data.number_within(seed, "seed", 0, 2**63 - 1),
        image_size=demo_data.number_within(image_size, "imgsz", 64, 1024),
        facing=demo_data.number_within(facing, "facing", 0, 100),
    )
    display = make_display()
    execution = make_execution(runner, display)
    made = demo_data.make_demo_data(execution, request)
    display.note(f"{'pictures':<12}{made.images:,}, {made.without_people:,} of them without people")
    display.note(f"{'people':<12}{made.people:,}")
    display.note(f"{'sha256':<12}{made.sha256}")
    display.note(f"{'data set':<12}{request.output / 'data.yaml'}")
