"""The documentation: builds without a warning, says the same commands in every language, keeps to its limits."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from locations import REPOSITORY

DOCS = REPOSITORY / "docs"
QUICK_STARTS = [REPOSITORY / "README.md", DOCS / "index.md", DOCS / "quick-start.es.md", DOCS / "quick-start.ja.md"]
PAGES = sorted([*DOCS.rglob("*.md"), *REPOSITORY.glob("*.md"), *(REPOSITORY / "models").rglob("*.md")])
MAX_README_LINES = 120


def commands_in(path: Path) -> list[str]:
    """The commands of a quick start: what is indented behind its heading, in order."""
    text = path.read_text()
    section = re.split(r"^## (?:Quick start)$", text, maxsplit=1, flags=re.MULTILINE)[-1]
    section = re.split(r"^## ", section, maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"^    (\S.*)$", section, re.MULTILINE)


def test_the_site_builds_without_a_warning(tmp_path):
    """Links and anchors too."""
    shutil.copytree(DOCS, tmp_path / "docs")
    for name in ("zensical.toml", "SECURITY.md", "CHANGELOG.md"):
        shutil.copyfile(REPOSITORY / name, tmp_path / name)
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    pages = {path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")}
    for page in pages - {"index"}:
        assert (tmp_path / "site" / page / "index.html").is_file(), f"{page} is not in zensical.toml"
    for path in (tmp_path / "site").rglob("*.html"):
        fetched = re.findall(r"<(?:script|img|link)[^>]+(?:src|href)=\"?(https?://[^\"\s>]+)", path.read_text())
        assert not [address for address in fetched if "canonical" not in address], f"{path.name} fetches {fetched}"


@pytest.mark.parametrize("path", QUICK_STARTS[1:], ids=lambda path: path.name)
def test_every_quick_start_has_the_same_commands(path):
    expected = commands_in(QUICK_STARTS[0])
    assert len(expected) == 4 and all(command.endswith(("demo", "doctor", "photos/", "grove")) for command in expected)
    assert commands_in(path) == expected


def test_the_readme_stays_short():
    assert len((REPOSITORY / "README.md").read_text().splitlines()) <= MAX_README_LINES


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_links_between_files_lead_somewhere(path):
    for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text()):
        if "://" not in link:
            assert (path.parent / link).exists(), link


def test_every_page_of_the_navigation_is_there_and_the_other_way_round():
    listed = set(re.findall(r"\"([\w./-]+\.md)\"", (REPOSITORY / "zensical.toml").read_text()))
    assert listed == {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}


def commands_and_options() -> dict[str, set[str]]:
    from edgecask.cli.tasks import COMMANDS, DEVELOPMENT_COMMANDS

    found = {}
    for name, command in {**COMMANDS, **DEVELOPMENT_COMMANDS}.items():
        names = {each for option in command.options for each in (option.name, *option.old_names)}
        found[name] = {"help", *names, *(f"no-{each}" for each in names)}
    return found


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_every_command_line_is_one_that_works(path):
    """Commands and options in the documentation exist."""
    known = commands_and_options()
    for line in re.findall(r"(?:^    |`|\$ )(?:\S*/)?(?:edgecask|invoke) ([^`\n]+)", path.read_text(), re.MULTILINE):
        words = line.split(" #")[0].split()
        if words[0].startswith("-") or (words[0] not in known and words[0].isupper()):
            continue
        assert words[0] in known, line
        for word in words[1:]:
            if word in ("&&", "|"):
                break
            if match := re.match(r"--([a-z][a-z-]*)", word):
                assert match[1] in known[words[0]], line
