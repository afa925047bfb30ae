"""What each task of tasks.py does: options to values, one call into edgecask/, and its result as text."""

from __future__ import annotations

import errno
import functools
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, ParamSpec

from edgecask.directories import Directories, user_directories
from edgecask.errors import EdgecaskError, InterruptedBuildError, StorageError, UsageError
from edgecask.options import whole_number

if TYPE_CHECKING:
    from edgecask.progress import Display
    from edgecask.runner.executor import Execution
    from edgecask.runner.protocol import Runner

Parameters = ParamSpec("Parameters")
DIST = Path("dist")
RUNNERS = ("auto", "docker", "venv")
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
    """The runner for `--runner`; raises UsageError for an unknown one, EngineError where docker is forced in vain.

    From here on, `invoke clean` has to wait for this process.
    """
    from edgecask.runner.container import engine
    from edgecask.runner.venv import VirtualEnvironmentRunner
    from edgecask.store.in_use import keep_in_use

    if name not in RUNNERS:
        raise UsageError(f"There is no runner {name!r}.", advice=f"Use --runner with one of {', '.join(RUNNERS)}.")
    keep_in_use(directories)
    if name == "venv":
        return VirtualEnvironmentRunner(directories)
    if name == "auto" and not engine.answers():
        say("no container engine answers: using virtual environments (--runner=docker would insist)")
        return VirtualEnvironmentRunner(directories)
    from edgecask.runner.container.runner import DockerRunner

    runner = DockerRunner(directories)
    if name == "docker":
        engine.require()
    return runner


def make_execution(runner: str, display: Display) -> Execution:
    """What runs stages for `--runner`, in the user's own folders; raises as make_runner does."""
    from edgecask.runner.executor import Execution
    from edgecask.store.store import Store

    directories = user_directories()
    return Execution(
        directories=directories,
        store=Store(directories.store),
        runner=make_runner(runner, directories, display.note),
        display=display,
    )


def image_size_of(text: str) -> int | None:
    """The value of --imgsz, None where it is left out; raises UsageError where it is no number."""
    if not text:
        return None
    size = whole_number(text)
    if size is None:
        raise UsageError(f"--imgsz={text} is not a number of pixels.", advice="Use --imgsz=192, for example.")
    return size


def quantize(config: str, *, runner: str) -> None:
    """`invoke quantize`."""
    from edgecask.firmware.st_quantize_config import load_config
    from edgecask.firmware.st_quantize_config import quantize as quantize_saved_model
    from edgecask.progress import make_display

    load_config(Path(config))  # before an engine is asked for
    display = make_display()
    display.note(f"model       {quantize_saved_model(make_execution(runner, display), Path(config))}")


def pack(target: str) -> None:
    """`invoke package`."""
    from edgecask.package.package import write_archive
    from edgecask.target.target import load_target

    print(write_archive(DIST / load_target(target).name))


def table_of_targets() -> None:
    """`invoke targets --markdown`."""
    from edgecask.cli.target_table import markdown_table
    from edgecask.target.target import load_target, target_names

    print(markdown_table([load_target(name) for name in target_names()], DIST), end="")


def list_targets() -> None:
    """`invoke targets`."""
    from edgecask.target.target import load_target, target_names

    for name in target_names():
        target = load_target(name)
        sizes = ", ".join(map(str, target.model.image_sizes))
        keypoints = target.model.keypoints or "any number of"
        limits = f"image sizes {sizes}, default {target.model.default_image_size}; {keypoints} keypoints"
        print(f"{name:<12} {target.title}  ({limits})")


def make_images() -> None:
    """`invoke images`."""
    from edgecask.runner.container.images import ensure_image
    from edgecask.runner.container.runner import DockerRunner
    from edgecask.runner.environments.environment import environment_names, load_environment
    from edgecask.store.in_use import keep_in_use

    directories = user_directories()
    keep_in_use(directories)
    runner = DockerRunner(directories)
    for name in environment_names():
        image = ensure_image(directories, runner.client, load_environment(name), print)
        print(f"{name:<12} {image['name']:<45} {image['size'] / 1e6:8.0f} MB  {image['id']}")


def make_locks(*, upgrade: bool) -> None:
    """`invoke lock`."""
    from edgecask.runner.environments.lock_files import lock_all

    for path in lock_all(upgrade=upgrade):
        print(path)


def doctor() -> None:
    """`invoke doctor`."""
    from edgecask.cli.doctor import examine

    findings = examine(user_directories())
    for finding in findings:
        print(f"{finding.state:<8} {finding.subject:<22} {finding.found}")
        if not finding.good:
            print(f"{'':<8} {'':<22} → {finding.remedy}")
    if any(not finding.good and finding.required for finding in findings):
        sys.exit(1)


def clean(*, everything: bool) -> None:
    """`invoke clean`."""
    from edgecask.cli.clean import clean as remove

    for line in remove(user_directories(), DIST, everything=everything):
        print(line, flush=True)
