"""Jinja's templates, compiled once: compiling those of a package takes longer than everything else of a rebuild.

Pages escape whatever they are given, and the filter `markdown` makes text of a name in a Markdown file. What steers a
terminal is shown as its escape in both.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgecask.directories import user_directories
from edgecask.wording import markdown_text, shown_value

if TYPE_CHECKING:
    from jinja2 import Environment


def script_digest(script: str) -> str:
    """What a page's Content-Security-Policy allows its script by, behind `sha256-`."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def page_templates(folder: Path) -> Environment:
    """Templates of HTML pages in a folder."""
    return _environment(folder, autoescape=True, lstrip_blocks=True)


def text_templates(folder: Path) -> Environment:
    """Templates of Markdown in a folder."""
    return _environment(folder, autoescape=False, keep_trailing_newline=True)


def _environment(folder: Path, **options: Any) -> Environment:
    from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
    from jinja2.bccache import Bucket

    place = user_directories().templates

    class Cache(FileSystemBytecodeCache):
        """Jinja's own, which notices another template or another Python; a home that is read only is left alone."""

        def load_bytecode(self, bucket: Bucket) -> None:
            with contextlib.suppress(OSError):
                super().load_bytecode(bucket)

        def dump_bytecode(self, bucket: Bucket) -> None:
            with contextlib.suppress(OSError):
                place.mkdir(parents=True, exist_ok=True)
                super().dump_bytecode(bucket)

    environment = Environment(  # noqa: S701 - pages escape, Markdown is no HTML
        finalize=shown_value,
        loader=FileSystemLoader(folder),
        bytecode_cache=Cache(str(place)),
        undefined=StrictUndefined,
        trim_blocks=True,
        **options,
    )
    environment.filters["markdown"] = markdown_text
    return environment
