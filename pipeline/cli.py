"""What each task of tasks.py does: options to values, one call into pipeline/, and its result as text."""

from __future__ import annotations

import errno
import functools
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn, ParamSpec

from pipeline.directories import Directories, user_directories
from pipeline.errors import ContractError, EdgecaskError, InterruptedBuildError, StorageError, UsageError

if TYPE_CHECKING:
    from pipeline.contract import Report
    from pipeline.package import Package
    from pipeline.runner import Runner

Parameters = ParamSpec("Parameters")
DIST = Path("dist")
RUNNERS = ("auto", "docker", "venv")
METRICS = (
    ("NPU time", "npu_ms", "{:.1f} ms  (Vela's estimate)"),
    ("SRAM", "sram_kib", "{:.1f} KiB"),
    ("arena", "arena_kib", "{:.1f} KiB  (measured by TFLite Micro on this machine)"),
    ("flash", "flash_kib", "{:.1f} KiB"),
)
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


def reported(function: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Turn every failure a user can cause into its line on standard error and its exit code."""

    @functools.wraps(function)
    def wrapped(*arguments: Parameters.args, **named: Parameters.kwargs) -> None:
        # Ends like Ctrl-C, so that what is running is stopped and removed.
        signal.signal(signal.SIGTERM, lambda number, frame: _interrupt())
        try:
            function(*arguments, **named)
        except EdgecaskError as error:
            _fail(error)
        except KeyboardInterrupt:
            _fail(InterruptedBuildError("Interrupted; what was running has been stopped and removed."))
        except OSError as error:
            _fail(_storage_error(error))

    return wrapped


def _interrupt() -> NoReturn:
    raise KeyboardInterrupt


def _storage_error(error: OSError) -> StorageError:
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in NO_SPACE:
        return StorageError(f"No space left on the device{where}.", advice="Free some, or set EDGECASK_HOME elsewhere.")
    return StorageError(f"{error.strerror or error}{where}.", advice="Check the path and its permissions.")


def _fail(error: EdgecaskError) -> NoReturn:
    if error.details:
        print(error.details, file=sys.stderr)
    print(f"error: {error}", file=sys.stderr)
    sys.exit(error.exit_code)


def make_runner(name: str, directories: Directories, say: Callable[[str], None]) -> Runner:
    """The runner for `--runner`; raises UsageError for an unknown one, EngineError where docker is forced in vain."""
    from pipeline.runner import engine
    from pipeline.runner.venv import VirtualEnvironmentRunner

    if name not in RUNNERS:
        raise UsageError(f"There is no runner {name!r}.", advice=f"Use --runner with one of {', '.join(RUNNERS)}.")
    if name == "venv":
        return VirtualEnvironmentRunner(directories)
    if name == "auto" and not engine.answers():
        say("no container engine answers: using virtual environments (--runner=docker would insist)")
        return VirtualEnvironmentRunner(directories)
    from pipeline.runner.docker import DockerRunner

    runner = DockerRunner(directories)
    if name == "docker":
        engine.require()
    return runner


def _whole(text: str, option: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise UsageError(f"{option}={text} is not a number above 0.", advice=f"Use {option}=200, for example.")
    return int(text)


def image_size_of(text: str) -> int | None:
    """The value of --imgsz, None where it is left out; raises UsageError where it is no number."""
    if not text:
        return None
    if not text.isdigit():
        raise UsageError(f"--imgsz={text} is not a number of pixels.", advice="Use --imgsz=192, for example.")
    return int(text)


def _points(text: str, data: str) -> float | None:
    if not text:
        return None
    if not data:
        raise UsageError("--max-ap-drop needs labelled pictures.", advice="Pass --data as well.")
    try:
        return float(text)
    except ValueError:
        raise UsageError(
            f"--max-ap-drop={text} is not a number of points.", advice="Use --max-ap-drop=1.0, for example."
        ) from None


def _silu(*, fuse: bool, into_convolution: bool) -> Literal["separate", "convolution"] | None:
    if into_convolution and not fuse:
        raise UsageError(
            "--no-fuse-silu and --experimental-fuse-into-conv exclude each other.", advice="Leave one of them out."
        )
    return "convolution" if into_convolution else None if fuse else "separate"


def build(
    *,
    target: str,
    weights: str,
    image_size: str,
    calibration: str,
    calibration_count: str,
    runner: str,
    granularity: str,
    input_type: str,
    output_type: str,
    refine: bool,
    compact: str,
    fuse_silu: bool,
    fuse_into_convolution: bool,
    data: str,
    max_ap_drop: str,
) -> None:
    """`invoke build`."""
    from pipeline.build import BuildRequest
    from pipeline.build import build as build_package
    from pipeline.display import make_display
    from pipeline.target import load_target

    request = BuildRequest(
        target=target,
        weights=weights,
        image_size=image_size_of(image_size),
        calibration=Path(calibration) if calibration else None,
        calibration_count=_whole(calibration_count, "--calibration-count"),
        granularity=granularity or None,
        input_type=input_type or None,
        output_type=output_type or None,
        refine=None if refine else False,
        compact=compact or None,
        silu=_silu(fuse=fuse_silu, into_convolution=fuse_into_convolution),
        data=Path(data) if data else None,
        max_ap_drop=_points(max_ap_drop, data),
        output=DIST,
    )
    load_target(target).image_size(request.image_size)  # before an engine is asked for
    directories = user_directories()
    display = make_display()
    package = build_package(
        request, directories=directories, runner=make_runner(runner, directories, display.note), display=display
    )
    for line in describe(package):
        display.note(line)


def describe(package: Package) -> list[str]:
    """The end of a build: where the package is and what the model costs on the device."""
    manifest = package.manifest
    metrics = manifest["metrics"]
    model = manifest["model"]
    lines = [f"package     {package.folder}/  ({model['file']}, {model['bytes']:,} bytes)"]
    for name, key, text in METRICS:
        if key in metrics:
            lines.append(f"{name:<12}{text.format(metrics[key])}")
    if "npu_ops" in metrics:
        lines.append(f"{'operators':<12}{metrics['npu_ops']} on the NPU, {metrics['cpu_ops']} on the CPU")
    else:
        lines.append(f"{'operators':<12}{metrics['operators']}; the vendor's compiler places them")
    if "accuracy" in manifest:
        from pipeline.commands.evaluate import describe as describe_accuracy

        lines += describe_accuracy(manifest["accuracy"])
    return lines


def quantize(config: str, *, runner: str) -> None:
    """`invoke quantize`."""
    from pipeline.display import make_display
    from pipeline.execution import Execution
    from pipeline.quantize_config import load_config
    from pipeline.quantize_config import quantize as quantize_saved_model
    from pipeline.store import Store

    load_config(Path(config))  # before an engine is asked for
    directories, display = user_directories(), make_display()
    execution = Execution(
        directories=directories,
        store=Store(directories.store),
        runner=make_runner(runner, directories, display.note),
        display=display,
    )
    display.note(f"model       {quantize_saved_model(execution, Path(config))}")


def check(path: str, *, target: str, as_json: bool, measure_arena: bool, granularity: str) -> None:
    """`invoke check`."""
    from pipeline import contract
    from pipeline.digest import readable_json
    from pipeline.model_file import read_model
    from pipeline.target import load_target

    loaded = load_target(target)
    model = read_model(Path(path))
    arena = None
    if measure_arena and not model.npu:
        arena = _measure_arena(Path(path), quiet=as_json)
    claimed = granularity or contract.granularity_in_name(Path(path).name)
    report = contract.check(model, loaded, arena_bytes=arena, claimed_granularity=claimed)
    if as_json:
        print(readable_json(report.as_json()).decode(), end="")
    else:
        _print_report(report)
    if report.failures:
        sys.exit(ContractError.exit_code)


def _measure_arena(path: Path, *, quiet: bool) -> int:
    from pipeline import plan
    from pipeline.display import PlainDisplay
    from pipeline.execution import Execution
    from pipeline.store import Store

    directories = user_directories()
    display = PlainDisplay(sys.stderr if quiet else sys.stdout)
    store = Store(directories.store)
    runner = make_runner("auto", directories, display.note)
    execution = Execution(directories=directories, store=store, runner=runner, display=display)
    return int(execution.run(plan.arena_stage(model=store.ingest(path))).report["arena_bytes"])


def _print_report(report: Report) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("rule", "", "found", "needed", title=f"{report.model} on {report.target}", title_justify="left")
    marks = {"pass": "[green]pass[/]", "fail": "[red]FAIL[/]", "unknown": "[yellow]cannot know[/]"}
    console = Console(width=None if sys.stdout.isatty() else 160)
    for row in report.rows:
        table.add_row(row.rule, marks[row.verdict], escape(row.found), escape(row.needed))
    console.print(table)
    for row in report.rows:
        if row.verdict != "pass" and row.advice:
            console.print(f"{row.rule}: {row.advice}", markup=False, highlight=False, soft_wrap=True)
    broken = len(report.failures)
    console.print("no rule is broken" if not broken else f"{broken} rules are broken: do not flash this file")


def escape(text: str) -> str:
    """`text` for rich, whose markup it must not become."""
    from rich.markup import escape as escape_markup

    return escape_markup(text)


def flash(*, target: str, model: str, port: str, dry_run: bool, force: bool) -> None:
    """`invoke flash`."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    from pipeline import contract
    from pipeline.flash import FlashRequest
    from pipeline.flash import flash as flash_model
    from pipeline.model_file import read_model
    from pipeline.package import model_of_package
    from pipeline.target import load_target

    loaded = load_target(target)
    path = Path(model) if model else model_of_package(DIST / loaded.name)
    report = contract.check(read_model(path), loaded, claimed_granularity=contract.granularity_in_name(path.name))
    if report.failures and not force:
        _print_report(report)
        raise ContractError(
            f"{path} is not flashed: it breaks {len(report.failures)} rules of {loaded.firmware}.",
            advice="Build it again; --force flashes it all the same, unless it is too large.",
        )
    console = Console()
    with Progress(BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task("flash", total=None, visible=False)
        flash_model(
            FlashRequest(
                flash=loaded.flash,
                model=path,
                port=port or None,
                dry_run=dry_run,
                space_kib=loaded.memory.flash_limit_kib,
                say=lambda text: console.print(text, markup=False, highlight=False, soft_wrap=True),
                progress=lambda done, total: bar.update(task, completed=done, total=total, visible=True),
            )
        )
    if not dry_run and loaded.flash.method != "copy":
        console.print("done")


def pack(target: str) -> None:
    """`invoke package`."""
    from pipeline.package import write_archive
    from pipeline.target import load_target

    print(write_archive(DIST / load_target(target).name))


def table_of_targets() -> None:
    """`invoke targets --markdown`."""
    from pipeline.target import load_target, target_names
    from pipeline.target_table import markdown_table

    print(markdown_table([load_target(name) for name in target_names()], DIST), end="")


def list_targets() -> None:
    """`invoke targets`."""
    from pipeline.target import load_target, target_names

    for name in target_names():
        target = load_target(name)
        sizes = ", ".join(map(str, target.model.image_sizes))
        keypoints = target.model.keypoints or "any number of"
        limits = f"image sizes {sizes}, default {target.model.default_image_size}; {keypoints} keypoints"
        print(f"{name:<12} {target.title}  ({limits})")


def make_images() -> None:
    """`invoke images`."""
    from pipeline.environment import environment_names, load_environment
    from pipeline.runner.docker import DockerRunner
    from pipeline.runner.images import ensure_image

    directories = user_directories()
    runner = DockerRunner(directories)
    for name in environment_names():
        image = ensure_image(directories, runner.client, load_environment(name), print)
        print(f"{name:<12} {image['name']:<45} {image['size'] / 1e6:8.0f} MB  {image['id']}")


def make_locks(*, upgrade: bool) -> None:
    """`invoke lock`."""
    from pipeline.locking import lock_all

    for path in lock_all(upgrade=upgrade):
        print(path)


def doctor() -> None:
    """`invoke doctor`."""
    from pipeline.doctor import examine

    findings = examine(user_directories())
    for finding in findings:
        print(f"{finding.state:<8} {finding.subject:<22} {finding.found}")
        if not finding.good:
            print(f"{'':<8} {'':<22} → {finding.remedy}")
    if any(not finding.good and finding.required for finding in findings):
        sys.exit(1)


def clean(*, everything: bool) -> None:
    """`invoke clean`."""
    from pipeline.cleaning import remove_all, remove_results

    directories = user_directories()
    for line in remove_all(directories) if everything else remove_results(directories):
        print(line)
    for manifest in sorted(DIST.glob("*/manifest.json")):
        shutil.rmtree(manifest.parent)
        print(f"removed {manifest.parent}")
