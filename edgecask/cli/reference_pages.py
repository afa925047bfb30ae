"""Pages of the reference that follow from the code and from targets/: exit codes, and what each device accepts."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from edgecask.errors import EdgecaskError, all_errors
from edgecask.firmware import emulation
from edgecask.target.firmware_changes import decoder_change
from edgecask.target.target import Target, load_target, target_names
from edgecask.task.task import TASKS, task_of

MADE = "<!-- Made by `invoke reference` from {source}: do not edit. -->"
GIVEN_BY_ALL = (
    (0, "All went well; for `check` and `check-data`: nothing is wrong."),
    (1, "`doctor`: no build can run here."),
)


def exit_codes_page() -> str:
    """Every exit code and what it stands for, in Markdown."""
    codes = [*GIVEN_BY_ALL, *((each.exit_code, _meaning(each)) for each in all_errors())]
    return "\n".join(
        [
            "# Exit codes",
            "",
            MADE.format(source="edgecask/errors.py"),
            "",
            "Every failure is one line that says what happened, to which file, and what to do next. It has its own",
            "exit code, which is never used for anything else, and leaves nothing half-written behind.",
            "",
            "| code | what happened |",
            "|---|---|",
            *(f"| {code} | {meaning} |" for code, meaning in sorted(codes)),
            "",
        ]
    )


def _meaning(error: type[EdgecaskError]) -> str:
    return " ".join((inspect.getdoc(error) or "").split("\n\n")[0].split()).replace("|", "\\|")


def targets_page() -> str:
    """What every built-in device accepts, in Markdown."""
    targets = [load_target(name) for name in target_names()]
    lines = [
        "# Targets",
        "",
        MADE.format(source="targets/*/target.toml"),
        "",
        "What each device's firmware accepts, and what edgecask makes of a checkpoint for it. The comments in the",
        "`target.toml` files name the firmware's source file and commit for each value. To add a device, see",
        "[Adding a target](../extend/target.md).",
        "",
        "| target | device | firmware | sizes | weights | input / output | keypoints |",
        "|---|---|---|---|---|---|---|",
        *(_overview(target) for target in targets),
        "",
        "## Tasks",
        "",
        "What is built is told from the checkpoint. Outputs in parentheses are decoded by the firmware too, and",
        "`edgecask check` knows them; nothing is built with them.",
        "",
        f"| target | {' | '.join(TASKS)} |",
        f"|---|{'---|' * len(TASKS)}",
        *(_tasks(target) for target in targets),
    ]
    for target in targets:
        lines += ["", f"## {target.name}", "", f"{target.title}. Firmware: {target.firmware}.", "", "| what | value |"]
        lines += ["|---|---|", *(f"| {name} | {value} |" for name, value in _facts(target))]
        lines += ["", f"{emulation.what_the_camera_sees(target)} {emulation.who_is_shown(target)}"]
        if target.changes:
            lines += ["", "| firmware from | commit | what came with it |", "|---|---|---|"]
            lines += [f"| {each.own_build or each.since} | `{each.source}` | {each.what} |" for each in target.changes]
    return "\n".join(lines) + "\n"


def _overview(target: Target) -> str:
    quantization, model = target.quantization, target.model
    cells = (
        f"[`{target.name}`](#{target.name})",
        target.title,
        target.firmware,
        ", ".join(map(str, model.image_sizes)),
        quantization.granularity,
        f"{quantization.input_type} / {quantization.output_type}",
        str(model.keypoints or "any number") if "keypoints" in task_of(model.task).limits else "–",
    )
    return f"| {' | '.join(cells)} |"


def _tasks(target: Target) -> str:
    """What of each task the target takes: the form of its outputs, and since when."""
    cells = []
    for task in TASKS:
        forms = [form for form in target.forms() if form.model.task == task]
        told = [_form(form) if number == 0 else f"({_form(form)})" for number, form in enumerate(forms)]
        cells.append("; ".join(told) or "–")
    return f"| [`{target.name}`](#{target.name}) | {' | '.join(cells)} |"


def _form(target: Target) -> str:
    count, came = len(target.outputs.order), decoder_change(target)
    told = (
        f"{target.model.head}, {count} {'output' if count == 1 else 'outputs'} of {' or '.join(target.outputs.dtypes)}"
    )
    model = target.model
    if model.max_classes:
        told += f", at most {model.max_classes} classes"
    if model.refused_classes:
        told += f", not {', '.join(map(str, model.refused_classes))} classes"
    if came is None:
        return told
    whose = f"of your own with {came.own_build}" if came.own_build else f"from {came.since} on"
    return f"{told}, firmware {whose}"


def _facts(target: Target) -> Iterator[tuple[str, str]]:
    model, memory = target.model, target.memory
    sizes = ", ".join(map(str, model.image_sizes))
    multiple = f", or any other multiple of {model.image_size_multiple}" if model.image_size_multiple else ""
    yield "image sizes", f"{sizes}{multiple}; default {model.default_image_size}"
    if "classes" in task_of(model.task).limits:
        yield "classes", str(model.classes)
        yield "keypoints", str(model.keypoints or "any number")
    yield "head", task_of(model.task).heads[model.head].title
    yield "outputs", ", ".join(f"`{name}`" for name in target.outputs.order)
    yield "input types it takes", ", ".join(target.input.dtypes)
    yield "output types it takes", ", ".join(target.outputs.dtypes)
    if memory.arena_limit_kib is not None:
        yield "tensor arena", f"at most {memory.arena_limit_kib:,.0f} KiB"
    for size, limit in memory.arena_limits_kib.items():
        yield f"tensor arena at {size}", f"at most {limit:,.0f} KiB"
    yield "model in flash", f"at most {memory.flash_limit_kib:,.0f} KiB"
    if target.npu is not None:
        yield "NPU", f"{target.npu.product}, {target.npu.macs} MACs a cycle, architecture {target.npu.architecture}"
    if target.operators is not None:
        yield "operators", ", ".join(f"`{name}`" for name in target.operators.registered)
    yield "flashed by", FLASHING[target.flash.method]
    if target.flash.address:
        yield "flash address", f"`0x{target.flash.address:06X}`"


FLASHING = {
    "xmodem": "XMODEM, through the board's boot loader",
    "esptool": "Espressif's esptool",
    "stm32": "STM32CubeProgrammer",
    "copy": "copying the file to the board",
}
