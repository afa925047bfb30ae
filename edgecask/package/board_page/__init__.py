"""dist/TARGET/board.html: flashes the package's model and shows what the board sees, in a browser with Web Serial.

One page that needs nothing but itself: the model is inside, it fetches nothing (its Content-Security-Policy forbids
it), and it has the same bytes for the same inputs. Its modules of JavaScript are put into one
script by bundle().
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edgecask.files import sha256_bytes
from edgecask.firmware.board.flashing import overwritten
from edgecask.firmware.flash import browser_library, works_in_a_browser
from edgecask.firmware.flash.acknowledgements import MEANINGS
from edgecask.target.package_tables import Manifest
from edgecask.target.target import Target
from edgecask.task.pose import COCO_KEYPOINTS
from edgecask.task.task import task_of
from edgecask.templates import page_templates, script_digest

PAGE = "board.html"
TEMPLATE = "board.html.j2"
FOLDER = Path(__file__).resolve().parent
MAIN, SERVED = "main.js", "served.js"
"""The page of a package, and that of `edgecask watch`."""
ESPTOOL_JS_SHA256 = "0fab881b5f26725d3bd5f030bfd12c9b8aa70c475967f08e0a05d44a34ce521d"
SIGNALS = {"rts": "requestToSend", "dtr": "dataTerminalReady"}
IMPORT = re.compile(r'^import \{ ([\w, ]+) \} from "\./(\w+\.js)";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:class|const|function) )", re.MULTILINE)


def has_page(target: Target) -> bool:
    """Whether there is anything that a page could do with the target's board."""
    return target.console is not None


def bundle(folder: Path = FOLDER, main: str = MAIN) -> str:
    """All modules as one script: each once, what it imports before it, and nothing of one named as in another."""
    done: dict[str, str] = {}

    def add(name: str) -> None:
        if name in done:
            return
        text = (folder / name).read_text(encoding="utf-8")
        for _, needed in IMPORT.findall(text):
            add(needed)
        done[name] = EXPORT.sub("", IMPORT.sub("", text)).strip()

    add(main)
    names = [name for text in done.values() for name in re.findall(r"^(?:async )?(?:class|function) (\w+)", text, re.M)]
    names += [name for text in done.values() for name in re.findall(r"^const (\w+)", text, re.M)]
    assert len(names) == len(set(names)), f"two modules share a name: {sorted(names)}"
    parts = "\n\n".join(f"// {name}\n{text}" for name, text in done.items())
    return f'"use strict";\n(() => {{\n{parts}\n}})();\n'


def vendor_script(target: Target) -> tuple[str, str]:
    """Espressif's esptool-js for a board that is flashed by it, and its licences; see tools/esptool-js/build.mjs."""
    library = browser_library(target.flash)
    if not library:
        return "", ""
    content = (FOLDER / library / "esptool.js").read_bytes()
    assert sha256_bytes(content) == ESPTOOL_JS_SHA256, "esptool.js is not what build.mjs made"
    return content.decode("ascii"), (FOLDER / library / "LICENSES.txt").read_text(encoding="utf-8")


def bundled_packages(target: Target) -> list[dict[str, str]]:
    """What of npm the page holds: `name`, `version`, `licence`, and `sha512` of the package's file in the registry."""
    library = browser_library(target.flash)
    if not (has_page(target) and library):
        return []
    found: list[dict[str, str]] = json.loads((FOLDER / library / "packages.json").read_text(encoding="utf-8"))
    return found


def _facts(
    target: Target, manifest: Manifest | None, *, model: bytes = b"", note: str | None = None, replay: bool = False
) -> dict[str, Any]:
    """What the script is told, as JSON."""
    assert target.console is not None
    has_bones = manifest is None or manifest["keypoints"] == COCO_KEYPOINTS
    bones = task_of(_task_of(target, manifest)).skeleton.get("bones", ()) if has_bones else ()
    return {
        "target": target.name,
        "protocol": target.family,
        "usb": [[int(part, 16) for part in each.split(":")] for each in target.flash.usb_ids],
        "baudRate": target.console.baud_rate,
        "signal": SIGNALS[target.console.reset_line],
        "ticks": target.console.ticks_per_millisecond,
        "method": target.flash.method,
        "address": target.flash.address,
        "md5": hashlib.md5(model, usedforsecurity=False).hexdigest() if model else "",
        "note": note,
        "meanings": MEANINGS,
        "bones": bones,
        "classes": manifest["classes"] if manifest is not None and not manifest["keypoints"] else [],
        "replay": replay,
        "patience": {},
    }


def _task_of(target: Target, manifest: Manifest | None) -> str:
    """What the package's model is for; without one, what the target is usually for."""
    return target.model.task if manifest is None else manifest.get("task", target.model.task)


def render_board(target: Target, manifest: Manifest, model: bytes, *, note: str | None) -> bytes:
    """The page of a package; `note` is what the firmware is told of the model, None for one that is told nothing."""
    flashes = works_in_a_browser(target.flash)
    vendor, licences = vendor_script(target)
    return _rendered(
        target,
        manifest,
        script=vendor + bundle(),
        licences=licences,
        facts=_facts(target, manifest, model=model, note=note),
        model=base64.b64encode(model).decode() if flashes else "",
        overwritten=list(overwritten(target.flash, len(model), None)) if flashes else [],
    )


def render_served(target: Target, manifest: Manifest | None, *, socket: str, replay: bool) -> bytes:
    """The page of `edgecask watch`, which connects to `socket` alone, an origin such as ws://127.0.0.1:8000.

    `manifest` is that of the package that is on the board, as far as anybody knows.
    """
    return _rendered(
        target,
        manifest,
        script=bundle(main=SERVED),
        facts=_facts(target, manifest, replay=replay),
        connects_to=socket,
    )


def _rendered(
    target: Target,
    manifest: Manifest | None,
    *,
    script: str,
    facts: dict[str, Any],
    model: str = "",
    overwritten: Sequence[str] = (),
    connects_to: str = "",
    licences: str = "",
) -> bytes:
    from markupsafe import Markup

    style = (FOLDER.parent / "report.css").read_text(encoding="utf-8")
    text = json.dumps(facts, sort_keys=True).replace("<", "\\u003c")
    # Names are whatever somebody wrote: everything is escaped but our own files, the model's base64, and JSON in which
    # no tag can begin.
    return (
        page_templates(FOLDER.parent)
        .get_template(TEMPLATE)
        .render(
            target=target,
            manifest=manifest,
            flashes=bool(model),
            words=task_of(_task_of(target, manifest)).words,
            phases=target.console is not None and target.console.ticks_per_millisecond is None,
            overwritten=overwritten,
            style=Markup(style),  # noqa: S704
            facts=Markup(text),  # noqa: S704
            model=Markup(model),  # noqa: S704
            script=Markup(script),  # noqa: S704
            script_sha256=script_digest(script),
            connects_to=connects_to,
            licences=licences,
        )
        .encode()
    )
