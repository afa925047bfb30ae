"""`invoke reference`: what follows from the options' declarations, for those who work on edgecask."""

from __future__ import annotations

from dataclasses import dataclass

from edgecask.options import Request


@dataclass(frozen=True, kw_only=True)
class Reference(Request):
    """Nothing to choose."""


REQUEST = Reference


def run(request: Reference) -> None:
    """Write every file again, and say which changed."""
    from edgecask.cli.reference_files import files

    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path}")
