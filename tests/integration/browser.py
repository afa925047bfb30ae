"""A page in Debian's headless Chromium, by its WebDriver."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

PHONE = (360, 740)
DESK = (1280, 900)


def chromium_or_skip() -> tuple[str, str]:
    """The browser and its driver; their absence is a failure in continuous integration and a skip elsewhere."""
    found = shutil.which("chromium"), shutil.which("chromedriver")
    if found[0] is None or found[1] is None:
        message = "needs chromium and chromedriver (Debian: apt-get install chromium chromium-driver)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return found[0], found[1]


class Page:
    """A page that is open."""

    def __init__(self, driver: Chrome) -> None:
        self._driver = driver

    def open(self, path: Path, *, size: tuple[int, int] = DESK, dark: bool = False) -> None:
        """Load the file as a window of that many CSS pixels shows it, in light or dark mode."""
        self.visit(path.resolve().as_uri(), size=size, dark=dark)

    def visit(self, address: str, *, size: tuple[int, int] = DESK, dark: bool = False) -> None:
        """The same with an address."""
        for log in ("browser", "performance"):
            self._driver.get_log(log)  # forgets what earlier pages left
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == PHONE}
        self._driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        self._driver.get(address)

    def prepare(self, script: str) -> None:
        """Run a script in every page that is opened from now on, before the page's own."""
        self._driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})

    def evaluate(self, expression: str):
        """The value of a JavaScript expression, or of a promise."""
        return self._driver.execute_async_script(
            "const done = arguments[0]; Promise.resolve(" + expression + ").then(done, error => done(String(error)))"
        )

    def console(self) -> list[str]:
        """Everything the page or the browser complained about."""
        return [entry["message"] for entry in self._driver.get_log("browser")]

    def fetched(self) -> list[str]:
        """The address of every request since `open`."""
        events = (json.loads(entry["message"])["message"] for entry in self._driver.get_log("performance"))
        return [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]

    def allow_clipboard(self) -> None:
        """Let the page read what it copied; nobody is there to be asked."""
        for name in ("clipboard-read", "clipboard-write"):
            self._driver.execute_cdp_cmd("Browser.setPermission", {"permission": {"name": name}, "setting": "granted"})

    def screenshot(self, path: Path) -> None:
        """The whole page as PNG."""
        size = self.evaluate("[document.documentElement.clientWidth, document.documentElement.scrollHeight]")
        clip = {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1}
        shot = self._driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
        path.write_bytes(base64.b64decode(shot["data"]))


@contextmanager
def headless_chromium() -> Iterator[Page]:
    """A browser for as long as the context lasts."""
    program, driver_program = chromium_or_skip()
    options = ChromeOptions()
    options.binary_location = program
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(argument)  # --no-sandbox: in continuous integration everything runs as root
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Chrome(options=options, service=ChromeService(executable_path=driver_program))
    try:
        yield Page(driver)
    finally:
        driver.quit()
