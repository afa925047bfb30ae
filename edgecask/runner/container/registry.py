"""Images by way of a registry: one machine builds and pushes them, others pull them by digest.

The list that `push_images` returns names every image by its digest, so whoever has the list gets these very images,
whatever the registry says later of their tags. It belongs into the project, beside what is built with it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from edgecask.directories import Directories
from edgecask.errors import EnvironmentBuildError, NetworkError
from edgecask.files import read_input, readable_json
from edgecask.runner.container.base_image import REPOSITORY, adopt_base, ensure_base
from edgecask.runner.container.images import LABEL, ensure_image, image_key, image_name
from edgecask.runner.environments.environment import load_environment
from edgecask.runner.protocol import OutputLine

if TYPE_CHECKING:
    from docker import DockerClient

SCHEMA = 1
MAX_BYTES = 1 << 20
BASE_NAME = "base"
_REFERENCE = re.compile(r"[\w.:/\-]+@sha256:[0-9a-f]{64}", re.ASCII)


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """What the images stand on, as base_image.py records it, and where it is in the registry."""

    kind: str
    image: str
    identity: str
    packages: Mapping[str, str]
    reference: str


class ImageList(msgspec.Struct, frozen=True, kw_only=True):
    """Where the images are, by the names of their environments: REGISTRY/PATH/NAME@DIGEST."""

    schema: int
    base: Base
    images: Mapping[str, str]


_LISTS = msgspec.json.Decoder(ImageList)


def read_list(path: Path) -> ImageList:
    """The list in a file; raises EnvironmentBuildError where it is none."""
    advice = "Write it with `invoke images --push=REGISTRY/PATH`."
    content = read_input(path, limit=MAX_BYTES, error=EnvironmentBuildError, advice=advice)
    try:
        found = _LISTS.decode(content)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise EnvironmentBuildError(f"{path} is no list of images ({error}).", advice=advice) from error
    references = [found.base.reference, *found.images.values()]
    wrong = next((each for each in references if not _REFERENCE.fullmatch(each)), None)
    if found.schema != SCHEMA or wrong is not None:
        raise EnvironmentBuildError(
            f"{path} is no list of images ({'another schema' if wrong is None else f'{wrong!r} has no digest'}).",
            advice=advice,
        )
    return found


def push_images(
    directories: Directories, client: DockerClient, names: Sequence[str], *, place: str, say: OutputLine
) -> ImageList:
    """Push the images of environments, made where they are absent, and what they stand on, to `place`/NAME.

    Raises NetworkError where the registry does not take them.
    """
    place = place.rstrip("/")
    images = {}
    for name in names:
        image = ensure_image(directories, client, load_environment(name), say)
        images[name] = _push(client, image["name"], f"{place}/{name}", tag=image["name"].rpartition(":")[2], say=say)
    base = ensure_base(directories, client, say)
    tag = base["identity"].removeprefix("sha256:")[:16]
    reference = _push(client, base["reference"], f"{place}/{BASE_NAME}", tag=tag, say=say)
    described = {name: base[name] for name in ("kind", "image", "identity", "packages")}
    return ImageList(schema=SCHEMA, base=Base(**described, reference=reference), images=images)


def as_text(images: ImageList) -> bytes:
    """The list as a file."""
    return readable_json(msgspec.to_builtins(images))


def pull_images(
    directories: Directories, client: DockerClient, images: ImageList, *, say: OutputLine
) -> dict[str, Mapping[str, Any]]:
    """Pull the images of a list, and use them from now on; what ensure_image says of each, by its environment.

    Raises NetworkError where one cannot be pulled, EnvironmentBuildError where one is of another edgecask's locks.
    """
    base = msgspec.to_builtins(images.base)
    for name, reference in images.images.items():
        environment = load_environment(name)
        key = image_key(environment, base)
        _pull(client, reference, image_name(environment, key), say, label=key)
    name = f"{REPOSITORY}:{images.base.identity.removeprefix('sha256:')[:16]}"
    _pull(client, images.base.reference, name, say)
    adopt_base(directories, {**base, "reference": name})
    return {name: ensure_image(directories, client, load_environment(name), say) for name in images.images}


def _push(client: DockerClient, image: str, repository: str, *, tag: str, say: OutputLine) -> str:
    """Push an image; REPOSITORY@DIGEST as the registry has it."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    say(f"pushing {repository}:{tag}")
    try:
        if not client.images.get(image).tag(repository, tag=tag):
            raise NetworkError(f"{repository} is no name of an image.", advice="Pass --push=REGISTRY/PATH.")
        digest = ""
        for line in client.images.push(repository, tag=tag, stream=True, decode=True):
            if "error" in line:
                raise NetworkError(
                    f"{repository} could not be pushed ({line['error']}).",
                    advice="Check the address, and `docker login` where the registry wants one.",
                )
            digest = line.get("aux", {}).get("Digest", digest)
    except (DockerException, RequestException) as error:
        raise NetworkError(
            f"{repository} could not be pushed ({_first_line(error)}).", advice="Pass --push=REGISTRY/PATH."
        ) from error
    finally:
        with contextlib.suppress(DockerException, RequestException):
            client.images.remove(f"{repository}:{tag}", noprune=True)  # the name alone
    if not digest:
        raise NetworkError(
            f"The engine does not say under which digest {repository} was pushed.", advice="Push with Docker."
        )
    return f"{repository}@{digest}"


def _pull(client: DockerClient, reference: str, name: str, say: OutputLine, *, label: str = "") -> None:
    """Pull an image by its digest and give it the local name, and that alone; an older image of this name goes.

    Raises EnvironmentBuildError where it is not labelled with `label`.
    """
    from docker.errors import DockerException, ImageNotFound
    from requests.exceptions import RequestException

    repository, _, digest = reference.partition("@")
    say(f"pulling {repository}")
    try:
        client.images.pull(repository, tag=digest, platform="linux/amd64")
        image = client.images.get(reference)
        fits = not label or image.labels.get(LABEL) == label
        try:
            older = client.images.get(name)
        except ImageNotFound:
            older = image
        if fits:
            local, _, tag = name.rpartition(":")
            image.tag(local, tag=tag)
        with contextlib.suppress(DockerException):  # of containers that run
            client.images.remove(reference, noprune=fits)
            if fits and older.id != image.id:
                client.images.remove(str(older.id))
    except (DockerException, RequestException) as error:
        raise NetworkError(
            f"{reference} could not be pulled ({_first_line(error)}).",
            advice="Check the network, and `docker login` where the registry wants one.",
        ) from error
    if not fits:
        raise EnvironmentBuildError(
            f"{reference} was made from other locks than this edgecask has.",
            advice="Push the images with this edgecask, or use the one that pushed them.",
        )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
