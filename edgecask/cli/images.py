"""`edgecask images`: all container images, made now."""

from __future__ import annotations

from dataclasses import dataclass

from edgecask.options import Request


@dataclass(frozen=True, kw_only=True)
class Images(Request):
    """Nothing to choose."""


REQUEST = Images


def run(request: Images) -> None:
    """Make the images that are absent, and list all with their sizes."""
    from edgecask.directories import user_directories
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
