"""`edgecask targets`: the devices that can be built for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgecask.common_options import PackagesOption
from edgecask.options import option
from edgecask.wording import shown


@dataclass(frozen=True, kw_only=True)
class Targets(PackagesOption):
    """How they are listed."""

    markdown: bool = option(False, help="the table of the README, made from the packages that there are")


REQUEST = Targets


def run(request: Targets) -> None:
    """Print one line a target, or the README's table."""
    from edgecask.cli.project import Project
    from edgecask.cli.target_table import markdown_table
    from edgecask.target.target import TARGETS, load_target, target_names
    from edgecask.task.task import TASKS

    if request.markdown:
        print(markdown_table([load_target(name) for name in target_names()], request.output), end="")
        return
    own = {folder.name: str(folder) for folder in Project(folder=Path.cwd()).own_targets() if folder.parent != TARGETS}
    for name, place in sorted({**{name: name for name in target_names()}, **own}.items()):
        target = load_target(place)
        sizes = ", ".join(map(str, target.model.image_sizes))
        forms = [target.for_task(task) for task in target.tasks]
        taken = "; ".join(TASKS[form.model.task].describe(form.model.keypoints) for form in forms)
        limits = f"image sizes {sizes}, default {target.model.default_image_size}; {taken}"
        print(shown(f"{name:<12} {target.title}  ({limits}{', of this project' if name in own else ''})"))
