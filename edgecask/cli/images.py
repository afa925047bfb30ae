"""`edgecask images`: all container images, made now, or moved by way of a registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgecask.errors import UsageError
from edgecask.options import Request, option


@dataclass(frozen=True, kw_only=True)
class Images(Request):
    """Whether a registry is between."""

    push: str | None = option(None, help="push the images to a registry, and write --list", placeholder="REGISTRY/PATH")
    pull: bool = option(False, help="pull the images of --list by their digests, instead of building them")
    list: Path = option(Path("edgecask-images.json"), help="the list of images with their digests", placeholder="FILE")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.push is not None and self.pull:
            raise UsageError("--push and --pull exclude each other.", advice="Leave one of them out.")
        if self.push is not None and ("@" in self.push or "://" in self.push or "/" not in self.push.strip("/")):
            raise UsageError(
                f"--push is {self.push!r}.", advice="Pass a registry and a path: --push=registry.example/team."
            )


REQUEST = Images


def run(request: Images) -> None:
    """Make, push or pull the images, and list all with their sizes."""
    from edgecask.directories import user_directories
    from edgecask.files import write_whole
    from edgecask.runner.container.images import ensure_image
    from edgecask.runner.container.registry import as_text, pull_images, push_images, read_list
    from edgecask.runner.container.runner import DockerRunner
    from edgecask.runner.environments.environment import environment_names, load_environment
    from edgecask.store.in_use import keep_in_use
    from edgecask.wording import shown

    def say(text: str) -> None:
        print(shown(text))

    images = read_list(request.list) if request.pull else None
    directories = user_directories()
    keep_in_use(directories)
    client = DockerRunner(directories).client
    if images is not None:
        for name, image in pull_images(directories, client, images, say=say).items():
            say(_line(name, image))
        return
    names = environment_names()
    for name in names:
        say(_line(name, ensure_image(directories, client, load_environment(name), say)))
    if request.push is not None:
        pushed = push_images(directories, client, names, place=request.push, say=say)
        write_whole(request.list, as_text(pushed))
        say(f"{request.list} names them by their digests: keep it with your project, for `edgecask images --pull`")


def _line(name: str, image: Mapping[str, Any]) -> str:
    return f"{name:<12} {image['name']:<45} {image['size'] / 1e6:8.0f} MB  {image['id']}"
